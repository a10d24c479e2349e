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
      "Add it without default, then set the default for new rows",
    ));

  const fill = (column: string, value: string): string => `\
do $$
declare
  first_key note.id%type;
  last_key note.id%type;
begin
  select id into first_key from note order by id limit 1;
  while first_key is not null loop
    select id into last_key
    from (select id from note where id >= first_key order by id limit 5000) as batch
    order by id desc limit 1;
    update note set ${column} = ${value}
    where id between first_key and last_key and ${column} is null;
    commit;
    select id into first_key from note where id > last_key order by id limit 1;
  end loop;
end $$;
`;

  test("fills the old rows of a required column in batches, outside of a transaction, and then requires it", () =>
    checkFix(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key);
-- file: supabase/migrations/2_token.sql
alter table note add column token uuid not null default (gen_random_uuid());
`,
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key);
-- file: supabase/migrations/2_token.sql
alter table note add column token uuid;
alter table note alter column token set default (gen_random_uuid());
-- file: supabase/migrations/3_fill_note_token.sql
${fill("token", "(gen_random_uuid())")}\
-- file: supabase/migrations/4_check_note_token.sql
set lock_timeout = '5s';
alter table note add constraint note_token_not_null check (token is not null) not valid;
-- file: supabase/migrations/5_validate_note_token.sql
alter table note validate constraint note_token_not_null;
-- file: supabase/migrations/6_require_note_token.sql
set local lock_timeout = '5s';
alter table note alter column token set not null;

alter table note drop constraint note_token_not_null;
`,
      "volatile-default",
    ));

  test("makes the sequence of a serial column by itself", () =>
    checkFix(
      `\
-- file: migrations/1_init.sql
-- +goose Up
create table note (id int primary key);
-- file: migrations/2_number.sql
-- +goose Up
alter table note add column if not exists number bigserial;
`,
      `\
-- file: migrations/1_init.sql
-- +goose Up
create table note (id int primary key);
-- file: migrations/2_number.sql
-- +goose Up
alter table note add column if not exists number bigint;
create sequence note_number_seq as bigint owned by note.number;
alter table note alter column number set default nextval('note_number_seq');
-- file: migrations/3_fill_note_number.sql
-- +goose NO TRANSACTION
-- +goose Up
${fill("number", "nextval('note_number_seq')")}
-- +goose Down
-- file: migrations/4_check_note_number.sql
-- +goose Up
set local lock_timeout = '5s';
alter table note add constraint note_number_not_null check (number is not null) not valid;

-- +goose Down
-- file: migrations/5_validate_note_number.sql
-- +goose Up
alter table note validate constraint note_number_not_null;

-- +goose Down
-- file: migrations/6_require_note_number.sql
-- +goose Up
set local lock_timeout = '5s';
alter table note alter column number set not null;

alter table note drop constraint note_number_not_null;

-- +goose Down
`,
      "volatile-default",
    ));
});
