import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = "narrow-key";

suite("narrow-key", () => {
  test("points at the key", () =>
    check(
      `\
create table "Note é" (body text, "Id" serial2, constraint k primary key ("Id"));
--                                ^^^^ narrow-key
create table other (id int primary key default nextval('numbers'), n serial);
--                  ^^ narrow-key
create table event (id serial, at date, primary key (id, at)) partition by range (at);
`,
      only,
    ));

  test("widens the key and what references it, in the case of each", () =>
    checkFix(
      "CREATE TABLE room (id SERIAL PRIMARY KEY, parent INT REFERENCES room);\ncreate table note (id uuid primary key, room int references room (id), big bigint references room (id));\n",
      "CREATE TABLE room (id BIGSERIAL PRIMARY KEY, parent BIGINT REFERENCES room);\ncreate table note (id uuid primary key, room bigint references room (id), big bigint references room (id));\n",
      only,
    ));

  test("has no fix where one of them may have run", () => {
    const room = "-- file: supabase/migrations/1_a.sql\ncreate table room (id serial primary key);\n";
    const found = allFindings(
      folderOf(filesOf(`${room}-- file: supabase/migrations/2_b.sql\ncreate table note (room int references room);\n`)),
    ).filter((one) => one.check === only);
    assert.deepEqual(
      found.map((one) => one.fixes().length),
      [0],
    );
  });
});
