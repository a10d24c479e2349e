import { check, checkFix } from "../support/checks.js";

suite("blocking-index", () => {
  test("speaks of a table that an earlier migration made, quoted and qualified, beside an é", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table app."Room é" (id uuid primary key, "Name" text);
-- file: supabase/migrations/2_index.sql
-- é 😀
create index on app."Room é" ("Name");
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blocking-index
`,
      "blocking-index",
    ));

  test("is silent for tables of this file, temporary tables, views, partitioned parents and the platform", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table event (id int, at date) partition by range (at);
create view v as select 1 as a;
create materialized view mv as select 1 as a;
-- file: supabase/migrations/2_index.sql
create table room (id uuid primary key, name text);
create index on room (name);
create temp table t (a int);
create index on t (a);
create index on event (id);
create index on mv (a);
create index on auth.users (email);
drop index if exists nothing_like_it;
`,
      "blocking-index",
    ));

  test("speaks although a statement before it is broken, and of DROP and REINDEX", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table room (id uuid primary key, name text);
create index room_name on room (name);
-- file: supabase/migrations/2_index.sql
selec 1;
drop index room_name;
-- <^^^^^^^^^^^^^^^^ blocking-index
reindex index room_pkey;
-- <^^^^^^^^^^^^^^^^^^^ blocking-index
`,
      "blocking-index",
    ));

  test("takes the statement to a migration of its own, in the case of its words", () =>
    checkFix(
      "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key, name text);\n-- file: supabase/migrations/2_index.sql\nALTER TABLE room ADD COLUMN seen boolean;\nCREATE UNIQUE INDEX room_name ON room (name);\n",
      "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key, name text);\n-- file: supabase/migrations/2_index.sql\nALTER TABLE room ADD COLUMN seen boolean;\n-- file: supabase/migrations/3_room_name.sql\nCREATE UNIQUE INDEX CONCURRENTLY room_name ON room (name);\n",
      "blocking-index",
    ));

  test("does it in place where nothing wraps the file", () =>
    checkFix(
      "-- file: db/migrations/1_init.sql\n-- +goose Up\ncreate table room (id int, name text);\n-- file: db/migrations/2_index.sql\n-- +goose NO TRANSACTION\n-- +goose Up\ncreate index room_name on room (name);\n",
      "-- file: db/migrations/1_init.sql\n-- +goose Up\ncreate table room (id int, name text);\n-- file: db/migrations/2_index.sql\n-- +goose NO TRANSACTION\n-- +goose Up\ncreate index concurrently room_name on room (name);\n",
      "blocking-index",
    ));

  test("says nothing of a dump among migrations", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, title text);
-- file: supabase/migrations/2_baseline.sql
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE IF NOT EXISTS public.note (id int, title text);
CREATE INDEX note_title ON public.note (title);
-- file: supabase/migrations/3_more.sql
create index note_id_title on note (id, title);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blocking-index
`,
      "blocking-index",
    ));

  test("says nothing of a table that is made again, or in a file of the same version", () =>
    check(
      `\
-- file: migrations/20270105_init.sql
create table note (id int primary key, title text);
-- file: migrations/20270105_more.sql
create index note_title on note (title);
-- file: migrations/20270108_again.sql
create table note (id int primary key, title text);
create index note_title_id on note (title, id);
`,
      "blocking-index",
    ));
});
