import { check, checkFix } from "../support/checks.js";

suite("volatile-default", () => {
  test("tells volatile from stable, and knows the project's own functions", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key);
create function stamp() returns text language sql stable as $$ select 'x' $$;
create function dice() returns int language sql as $$ select 4 $$;
-- file: supabase/migrations/2_columns.sql
alter table note add a timestamptz default now(), add b text default stamp(), add c int default dice(), add d int generated always as (id * 2) virtual;
--                                                                                ^^^^^^^^^^^^^^^^^^^^ volatile-default
`,
      "volatile-default",
    ));

  test("sets the default after the column is there", () =>
    checkFix(
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key);\n-- file: supabase/migrations/2_token.sql\nalter table note add column token uuid default gen_random_uuid();\n",
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key);\n-- file: supabase/migrations/2_token.sql\nalter table note add column token uuid;\nalter table note alter column token set default gen_random_uuid();\n",
      "volatile-default",
    ));
});
