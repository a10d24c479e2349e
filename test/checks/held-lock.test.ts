import { check, checkFix } from "../support/checks.js";

suite("held-lock", () => {
  test("points at the statement that takes the lock, once for each lock", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, seen boolean);
-- file: supabase/migrations/2_fill.sql
alter table note add column title text;
update note set title = 'x' where seen;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ held-lock
delete from note where not seen;
`,
      "held-lock",
    ));

  test("is silent where nothing holds the lock, or nothing slow follows", () =>
    check(
      `\
-- file: migrations/1_init.sql
create table note (id int primary key, seen boolean);
-- file: migrations/2_fill.sql
alter table note add column title text;
update note set title = 'x' where seen;
begin;
alter table note validate constraint c;
update note set title = 'y' where seen;
commit;
begin;
alter table note add column more text;
commit;
update note set title = 'z' where seen;
`,
      "held-lock",
    ));

  test("moves the last statement to a next migration", () =>
    checkFix(
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key, seen boolean);\n-- file: supabase/migrations/2_fill.sql\nalter table note add column title text;\nupdate note set title = 'x' where seen;\n",
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key, seen boolean);\n-- file: supabase/migrations/2_fill.sql\nalter table note add column title text;\n-- file: supabase/migrations/3_after_fill.sql\nupdate note set title = 'x' where seen;\n",
      "held-lock",
    ));

  test("moves what follows along, in order, each with the comment above it", () =>
    checkFix(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, seen boolean);
-- file: supabase/migrations/2_fill.sql
alter table note add column title text; -- stays, é
-- All of them,
-- seen or not.
update note set title = 'x' where seen;
update note set title = 'y' where not seen;
`,
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, seen boolean);
-- file: supabase/migrations/2_fill.sql
alter table note add column title text; -- stays, é
-- file: supabase/migrations/3_after_fill.sql
-- All of them,
-- seen or not.
update note set title = 'x' where seen;

update note set title = 'y' where not seen;
`,
      "held-lock",
    ));

  test("ends a written transaction before the slow part, and goes on in a next one", () =>
    checkFix(
      `\
-- file: migrations/1_init.sql
create table note (id int primary key, seen boolean);
-- file: migrations/2_fill.sql
BEGIN;
ALTER TABLE note ADD COLUMN title text;
UPDATE note SET title = 'x' WHERE seen;
COMMIT;
`,
      `\
-- file: migrations/1_init.sql
create table note (id int primary key, seen boolean);
-- file: migrations/2_fill.sql
BEGIN;
ALTER TABLE note ADD COLUMN title text;
COMMIT;

BEGIN;
UPDATE note SET title = 'x' WHERE seen;
COMMIT;
`,
      "held-lock",
    ));

  test("says nothing of an index on a table that the file has emptied", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key);
-- file: supabase/migrations/2_all.sql
delete from note;
alter table note add column title text;
create index note_title on note (title);
`,
      "held-lock",
    ));
});
