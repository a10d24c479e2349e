import { check, checkFix } from "../support/checks.js";

suite("blocking-constraint", () => {
  test("marks each constraint of a statement, and names both tables of a foreign key", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table room (id uuid primary key);
create table "Note é" (id uuid primary key, room uuid, size int);
-- file: supabase/migrations/2_keys.sql
alter table "Note é" add constraint in_room foreign key (room) references room, add check (size > 0), add constraint later check (size < 9) not valid;
--                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blocking-constraint
--                                                                                  ^^^^^^^^^^^^^^^^ blocking-constraint
`,
      "blocking-constraint",
    ));

  test("is silent for a table of this file, and a foreign key of a partitioned one before 18", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table room (id int primary key);
create table event (id int, room int, at date) partition by range (at);
-- file: supabase/migrations/2_keys.sql
alter table event add foreign key (room) references room;
create table note (id int, room int);
alter table note add foreign key (room) references room;
`,
      "blocking-constraint",
    ));

  test("adds it NOT VALID, and validates it in a next migration under the name PostgreSQL gives it", () =>
    checkFix(
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key, size int);\n-- file: supabase/migrations/2_check.sql\nALTER TABLE note ADD CHECK (size > 0);\n",
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key, size int);\n-- file: supabase/migrations/2_check.sql\nALTER TABLE note ADD CHECK (size > 0) NOT VALID;\n-- file: supabase/migrations/3_validate_note_size_check.sql\nALTER TABLE note VALIDATE CONSTRAINT note_size_check;\n",
      "blocking-constraint",
    ));

  test("says nothing of a constraint that is there", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table room (id int primary key);
create table note (id int primary key, room_id int references room (id), size int);
-- file: supabase/migrations/2_dump.sql
alter table note add constraint note_room_id_fkey foreign key (room_id) references room (id);
alter table note add constraint note_size check (size > 0);
--                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blocking-constraint
`,
      "blocking-constraint",
    ));
});
