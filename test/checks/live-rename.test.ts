import { check, checkFix } from "../support/checks.js";

const only = "live-rename";
const start = `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table app."Note é" (id int primary key, "Da" int not null default 3, b int);
create type app.mood as enum ('sad 😀');
create index note_b on app."Note é" (b);
create view seen as select 1 as a;
-- file: supabase/migrations/2_rename.sql
`;

suite("live-rename", () => {
  test("finds tables, columns, schemas and labels", () =>
    check(
      `${start}\
/* 😀 */ alter table app."Note é" rename column "Da" to da;
--       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ live-rename
alter table app."Note é" rename to note;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ live-rename
alter table app.note set schema public;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ live-rename
alter type app.mood rename value 'sad 😀' to 'blue';
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ live-rename
alter schema app rename to apps;
`,
      only,
    ));

  test("finds a schema with tables in it", () =>
    check(
      `${start}\
alter schema app rename to "Apps";
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ live-rename
alter schema auth rename to authority;
`,
      only,
    ));

  test("is silent for what nobody knows by its name", () =>
    check(
      `${start}\
alter index app.note_b rename to note_c;
alter table app."Note é" add column c int;
alter table app."Note é" rename c to d;
alter view seen rename to saw;
alter table app."Note é" rename constraint "Note é_pkey" to note_key;
create table fresh (id int primary key);
alter table fresh rename to older;
create type kind as enum ('a');
alter type kind rename value 'a' to 'b';
`,
      only,
    ));

  test("keeps a view under the old name", () =>
    checkFix(
      `${start}ALTER TABLE app."Note é" RENAME TO note;\n`,
      `${start}ALTER TABLE app."Note é" RENAME TO note;\nCREATE VIEW app."Note é" WITH (security_invoker = TRUE) AS SELECT * FROM app.note;\n`,
      only,
    ));

  test("puts a second column beside it, each following the other", () =>
    checkFix(
      `${start}select 1;\nalter table app."Note é" rename "Da" to da;\n`,
      `${start}select 1;
-- file: supabase/migrations/3_add_note_da.sql
set local lock_timeout = '5s';
alter table app."Note é" add column da integer;

create function app."Note é_da_Da"() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op = 'INSERT' and new.da is null or tg_op = 'UPDATE' and new.da is not distinct from old.da then
    new.da := new."Da";
  else
    new."Da" := new.da;
  end if;
  return new;
end $$;

create trigger "Note é_da_Da" before insert or update on app."Note é" for each row execute function app."Note é_da_Da"();
-- file: supabase/migrations/4_fill_note_da.sql
do $$
declare
  first_key app."Note é".id%type;
  last_key app."Note é".id%type;
begin
  select id into first_key from app."Note é" order by id limit 1;
  while first_key is not null loop
    select id into last_key
    from (select id from app."Note é" where id >= first_key order by id limit 5000) as batch
    order by id desc limit 1;
    update app."Note é" set da = "Da"
    where id between first_key and last_key and da is null;
    commit;
    select id into first_key from app."Note é" where id > last_key order by id limit 1;
  end loop;
end $$;
`,
      only,
    ));
});
