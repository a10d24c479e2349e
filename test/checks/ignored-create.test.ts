import { check, checkFix } from "../support/checks.js";

const only = "ignored-create";
const start = `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table app."Note é" (id int primary key, a varchar(20), b int default 3);
create unique index note_a on app."Note é" (a) where b > 3;
-- file: supabase/migrations/2_more.sql
`;

suite("ignored-create", () => {
  test("finds columns that stay missing or keep their type, and indexes over something else", () =>
    check(
      `${start}\
/* 😀 */ create table if not exists app."Note é" (id int, a text, "C" int);
--       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ignored-create
create index if not exists note_a on app."Note é" (a);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ignored-create
create index if not exists note_b on app."Note é" (b);
alter table app."Note é" add column if not exists b bigint, add column if not exists d int;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ignored-create
`,
      only,
    ));

  test("is silent where the definitions agree, or nobody can tell", () =>
    check(
      `${start}\
create table if not exists app."Note é" (b int, a character varying(20), id integer);
create unique index if not exists note_a on app."Note é" (a) where b > 3;
alter table app."Note é" add column if not exists a varchar(20) not null default '';
create temporary table if not exists "Note é" (x int);
create table if not exists elsewhere (x int);
do $$ begin execute 'drop table app.n'; end $$;
create table if not exists app."Note é" (zzz int);
`,
      only,
    ));

  test("adds the columns instead", () => {
    checkFix(
      `${start}CREATE TABLE IF NOT EXISTS app."Note é" (\n  id int primary key,\n  c uuid, -- é\n  d text not null default ''\n);\n`,
      `${start}ALTER TABLE app."Note é" ADD COLUMN IF NOT EXISTS c uuid;\nALTER TABLE app."Note é" ADD COLUMN IF NOT EXISTS d text not null default '';\n`,
      only,
    );
  });

  test("does not know which of two migrations of one version runs first", () =>
    check(
      `\
-- file: supabase/migrations/20270105_fix_notes.sql
create table if not exists note (id int primary key);
-- file: supabase/migrations/20270105_notes.sql
create table if not exists note (id int primary key, title text);
`,
      "ignored-create",
    ));

  test("says nothing of columns that come later in the file, and of types that hold every value of the other", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, title text, price numeric(12,2));
-- file: supabase/migrations/2_again.sql
create table if not exists note (id int primary key, title varchar(255), price numeric(10,2), body text);
alter table note add column if not exists body text;
alter table note add column if not exists price numeric(8,2);
alter table note add column if not exists price numeric(14,2);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ignored-create
`,
      "ignored-create",
    ));
});
