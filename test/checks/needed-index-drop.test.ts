import { check, checkFix } from "../support/checks.js";

const only = "needed-index-drop";
const start = `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table room (id uuid primary key);
create table app."Note" (id uuid primary key, room uuid constraint in_room references room (id), at date);
create index note_room on app."Note" (room, at);
`;

suite("needed-index-drop", () => {
  test("finds the index in its schema, also among several", () =>
    check(
      `${start}\
create index note_at on app."Note" (at);
-- file: supabase/migrations/2_drop.sql
drop index concurrently note_room;
drop index app.note_at, app.note_room;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ needed-index-drop
`,
      only,
    ));

  test("is silent when a successor comes, the key or the column goes, or the table is new", () =>
    check(
      `${start}\
-- file: supabase/migrations/2_drop.sql
drop index app.note_room;
create index next on app."Note" (room);
-- file: supabase/migrations/3_more.sql
drop index app.next;
alter table app."Note" drop column room;
-- file: supabase/migrations/4_fresh.sql
create table fresh (id int primary key, room uuid references room (id));
create index fresh_room on fresh (room);
drop index fresh_room;
`,
      only,
    ));

  test("creates the successor in a migration before that of the drop", () =>
    checkFix(
      `${start}-- file: supabase/migrations/2_drop.sql\nselect 1;\nDROP INDEX CONCURRENTLY app.note_room;\n`,
      `${start}-- file: supabase/migrations/2_drop.sql\nselect 1;\n-- file: supabase/migrations/3_index_note_room.sql\nCREATE INDEX CONCURRENTLY ON app."Note" (room);\n-- file: supabase/migrations/4_drop_note_room.sql\nDROP INDEX CONCURRENTLY app.note_room;\n`,
      only,
    ));

  test("is an error for the replica identity of a published table, which falls back on the primary key", () =>
    checkFix(
      `${start}create unique index once on room (id);\nalter table room replica identity using index once;\ncreate publication p for table room;\n-- file: supabase/migrations/2_drop.sql\ndrop index concurrently once;\n`,
      `${start}create unique index once on room (id);\nalter table room replica identity using index once;\ncreate publication p for table room;\n-- file: supabase/migrations/2_drop.sql\n-- file: supabase/migrations/3_identify_room.sql\nset lock_timeout = '5s';\nalter table room replica identity default;\n-- file: supabase/migrations/4_drop_once.sql\ndrop index concurrently once;\n`,
      only,
    ));
});
