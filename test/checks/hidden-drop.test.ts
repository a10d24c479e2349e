import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = "hidden-drop";
const start = `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table app."Room é" (id uuid primary key, name text, code text unique);
create table note (id uuid primary key, room uuid references app."Room é", owner uuid, size int, constraint fits check (size > 0 or owner is null));
create view named as select name from app."Room é";
create materialized view counted as select count(*) from named;
create policy "in 😀" on note for select to authenticated using (exists (select from app."Room é" r where r.id = note.room));
create index note_owner on note (owner);
create index note_big on note (size) where owner is not null;
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touched before update on note for each row execute function touch();
`;
const drop = "-- file: supabase/migrations/2_drop.sql\n";

suite("hidden-drop", () => {
  const tells = (statement: string): string | undefined =>
    allFindings(folderOf(filesOf(`${start}${drop}${statement}\n`))).find((one) => one.check === only)?.message;

  test("lists what goes along, of every kind", () => {
    for (const [statement, message] of [
      [
        'drop table app."Room é" cascade;',
        "This also drops the materialized view `counted`, the view `named`, the policy `in 😀` on `note` and the foreign key `note_room_fkey` of `note`, and says so nowhere.",
      ],
      [
        "drop schema app cascade;",
        "This also drops the materialized view `counted`, the view `named`, the policy `in 😀` on `note` and the foreign key `note_room_fkey` of `note`, and says so nowhere.",
      ],
      ["drop view named cascade;", "This also drops the materialized view `counted`, and says so nowhere."],
      [
        "alter table note drop owner;",
        "This also drops the check `fits` of `note` and the index `note_big`, and says so nowhere.",
      ],
      [
        'alter table app."Room é" drop constraint "Room é_pkey" cascade;',
        "This also drops the foreign key `note_room_fkey` of `note`, and says so nowhere.",
      ],
      ['alter table app."Room é" drop column name cascade;', "This also drops the view `named`, and says so nowhere."],
      [
        "alter table note drop column room cascade;",
        "This also drops the policy `in 😀` on `note`, and says so nowhere.",
      ],
      ["drop function touch cascade;", "This also drops the trigger `touched` on `note`, and says so nowhere."],
    ] as const)
      assert.equal(tells(statement), message, statement);
  });

  test("is silent where nothing else goes, or comes again", () =>
    check(
      `${start}${drop}\
alter table note drop constraint fits, drop column owner, drop column size;
drop materialized view counted cascade;
drop table if exists nowhere cascade;
drop view named cascade;
create view named as select id from app."Room é";
create table fresh (id int primary key);
create view over as select * from fresh;
drop table fresh cascade;
`,
      only,
    ));

  test("writes each DROP before it, and leaves CASCADE out", () => {
    checkFix(
      `${start}${drop}DROP TABLE app."Room é" CASCADE;\n`,
      `${start}${drop}DROP MATERIALIZED VIEW counted;\nDROP VIEW named;\nDROP POLICY "in 😀" ON note;\nALTER TABLE note DROP CONSTRAINT note_room_fkey;\nDROP TABLE app."Room é";\n`,
      only,
    );
    checkFix(
      `${start}${drop}drop function touch() cascade;\n`,
      `${start}${drop}drop trigger touched on note;\ndrop function touch();\n`,
      only,
    );
  });

  test("is silent for what goes with its own table, or is dropped by name further down", () =>
    check(
      `${start}${drop}\
drop table app."Room é" cascade;
drop table note;
drop view named, counted;
`,
      only,
    ));
});
