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

  test("says nothing of a table that the file empties first, and speaks again once rows are written", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key);
create table app."Room" (id int primary key);
-- file: supabase/migrations/2_columns.sql
delete from note;
truncate app."Room";
alter table note add column a text not null;
alter table app."Room" add column a text not null;
insert into note values (1, 'x');
alter table note add column b text not null;
--                          ^^^^^^^^^^^^^^^ required-column
delete from note where id = 1;
alter table note add column c text not null;
--                          ^^^^^^^^^^^^^^^ required-column
`,
      "required-column",
    ));

  test("says nothing of a table that is minutes old by the times of its files", () =>
    check(
      `\
-- file: supabase/migrations/20270105101500_init.sql
create table note (id int primary key);
-- file: supabase/migrations/20270105105900_soon.sql
alter table note add column a text not null;
-- file: supabase/migrations/20270105111600_later.sql
alter table note add column b text not null;
--                          ^^^^^^^^^^^^^^^ required-column
-- file: supabase/migrations/20270106000001_counted.sql
create table room (id int primary key);
-- file: supabase/migrations/20270106000002_counted.sql
alter table room add column b text not null;
--                          ^^^^^^^^^^^^^^^ required-column
`,
      "required-column",
    ));
});
