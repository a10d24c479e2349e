import { check, checkFix } from "../support/checks.js";

suite("required-column", () => {
  test("marks the column, not its neighbours, beside an é", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key);
create domain filled as text default 'x';
-- file: supabase/migrations/2_columns.sql
-- é
alter table note add column title text not null, add column x int, add y filled not null, add z serial not null, add if not exists id int not null;
--                          ^^^^^^^^^^^^^^^^^^^ required-column
`,
      "required-column",
    ));

  test("gives it the empty value of its type, in the case of the statement", () =>
    checkFix(
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key);\n-- file: supabase/migrations/2_title.sql\nALTER TABLE note ADD COLUMN tags text[] NOT NULL;\n",
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key);\n-- file: supabase/migrations/2_title.sql\nALTER TABLE note ADD COLUMN tags text[] NOT NULL DEFAULT '{}';\n",
      "required-column",
    ));

  test("knows nothing of a table that a template names", () =>
    check(
      `\
-- file: migrations/1_init.sql
create table note (id int primary key);
-- file: migrations/2_title.sql
alter table {{ table }} add column title text not null;
{% if titles %}
alter table note add column title text not null;
--                          ^^^^^^^^^^^^^^^^^^^ required-column
{% endif %}
`,
      "required-column",
    ));

  test("asks for a value of what is written from then on, where only a person knows one for the old rows", () =>
    checkFix(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key);
-- file: supabase/migrations/2_title.sql
ALTER TABLE note ADD COLUMN "Who" uuid NOT NULL REFERENCES auth.users (id), ADD COLUMN b int;
`,
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key);
-- file: supabase/migrations/2_title.sql
ALTER TABLE note ADD COLUMN "Who" uuid REFERENCES auth.users (id), ADD COLUMN b int;
ALTER TABLE note ADD CONSTRAINT "note_Who_not_null" CHECK ("Who" IS NOT NULL) NOT VALID;
`,
      "required-column",
    ));
});
