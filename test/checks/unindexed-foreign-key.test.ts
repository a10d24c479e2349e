import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

suite("unindexed-foreign-key", () => {
  test("marks the constraint of a column, beside an é", () =>
    check(
      `\
-- é
create table room (id uuid primary key);
create table message (
  id uuid primary key,
  room_id uuid not null references room (id) on delete cascade,
--                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-foreign-key
  body text -- é
);`,
      "unindexed-foreign-key",
    ));

  test("marks a constraint of a table, with quoted and qualified names, and one that comes later", () =>
    check(
      `\
create schema app;
create table app."Room" ("Id" uuid primary key);
create table app.message ("Room" uuid, other uuid, constraint to_room foreign key ("Room") references app."Room" ("Id"));
--                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-foreign-key
alter table app.message add foreign key (other) references app."Room";
--                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-foreign-key
`,
      "unindexed-foreign-key",
    ));

  test("is silenced by an index that a later migration makes, and speaks again when one takes it away", () => {
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table room (id uuid primary key);
create table message (id uuid primary key, room_id uuid references room (id));
-- file: supabase/migrations/2_index.sql
create index concurrently message_room on message (room_id);
`,
      "unindexed-foreign-key",
    );
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table room (id uuid primary key);
create table message (id uuid primary key, room_id uuid references room (id));
--                                                      ^^^^^^^^^^^^^^^^^^^^ unindexed-foreign-key
create index message_room on message (room_id);
-- file: supabase/migrations/2_index.sql
drop index message_room;
`,
      "unindexed-foreign-key",
    );
  });

  test("knows the indexes of a partition's parent", () =>
    check(
      `\
create table room (id int primary key);
create table event (id int, room_id int references room (id), at date, primary key (id, at)) partition by range (at);
create index on event (room_id);
create table event_1 partition of event for values from ('2026-01-01') to ('2027-01-01');
`,
      "unindexed-foreign-key",
    ));

  test("speaks although a statement before it is broken", () =>
    check(
      `\
create table room (id uuid primary key);
selec 1;
create table message (id uuid primary key, room_id uuid references room (id));
--                                                      ^^^^^^^^^^^^^^^^^^^^ unindexed-foreign-key
`,
      "unindexed-foreign-key",
    ));

  test("adds the index to the migration that nobody has run, in the case of its words", () =>
    checkFix(
      "CREATE TABLE room (id uuid PRIMARY KEY);\nCREATE TABLE message (id uuid PRIMARY KEY, room_id uuid REFERENCES room (id));\n",
      "CREATE TABLE room (id uuid PRIMARY KEY);\nCREATE TABLE message (id uuid PRIMARY KEY, room_id uuid REFERENCES room (id));\nCREATE INDEX ON message (room_id);\n",
      "unindexed-foreign-key",
    ));

  test("writes a new migration that runs after all others, without a transaction where the tool has a word for it", () =>
    checkFix(
      "-- file: db/migrations/0009_init.sql\n-- migrate:up\ncreate table room (id int primary key);\ncreate table message (id int primary key, room_id int references room (id));\n",
      "-- file: db/migrations/0009_init.sql\n-- migrate:up\ncreate table room (id int primary key);\ncreate table message (id int primary key, room_id int references room (id));\n-- file: db/migrations/0010_index_message_room_id.sql\n-- migrate:up transaction:false\ncreate index concurrently on message (room_id);\n\n-- migrate:down\n",
      "unindexed-foreign-key",
      "Create an index on message (room_id) concurrently in a new migration",
    ));

  test("is quieter where the column only says who did something", () => {
    const severity = (column: string) =>
      allFindings(
        folderOf(
          filesOf(
            `create table person (id int primary key);\ncreate table note (id int primary key, "${column}" int references person (id));`,
          ),
        ),
      ).find((one) => one.check === "unindexed-foreign-key")?.severity;
    for (const name of ["approved_by", "invited_by_user_id", "approvedById"])
      assert.equal(severity(name), "info", name);
    for (const name of ["person_id", "by", "nearby"]) assert.equal(severity(name), "warning", name);
  });
});
