import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = "mismatched-key-type";

suite("mismatched-key-type", () => {
  test("compares the columns of a key one by one, and the user's key", () =>
    check(
      `\
create schema app;
create domain "Big" as bigint;
create table app."Room é" (a "Big", b uuid, primary key (a, b));
create table note (id uuid primary key, a int, b uuid, c text, d smallint, foreign key (a, b) references app."Room é");
--                                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ mismatched-key-type
create table other (id uuid primary key, a bigint, b text, constraint room foreign key (a, b) references app."Room é" (a, b));
--                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ mismatched-key-type
create table mine (id uuid primary key, who text references auth.users);
--                                               ^^^^^^^^^^^^^^^^^^^^^ mismatched-key-type
`,
      only,
    ));

  const severityOf = (own: string, target: string): string | undefined => {
    const text = `create type mood as enum ('sad');\ncreate table a (id ${target} primary key);\ncreate table b (id uuid primary key, a ${own} references a (id));\n`;
    return allFindings(folderOf(filesOf(text))).find((one) => one.check === only)?.severity;
  };

  // What PostgreSQL 17 takes and refuses (42804), tried there.
  test("knows which types can be compared", () => {
    for (const [own, target, severity] of [
      ["smallint", "int", "warning"],
      ["int", "bigserial", "warning"],
      ["bigint", "int", undefined],
      ["int", "numeric", undefined],
      ["numeric", "int", "error"],
      ["text", "varchar(9)", undefined],
      ["char(9)", "text", undefined],
      ["text", "uuid", "error"],
      ["uuid", "text", "error"],
      ["date", "timestamptz", undefined],
      ["int", "text", "error"],
      ["mood", "text", undefined],
      ["citext", "text", undefined],
      ["boolean", "int", "error"],
      ["double precision", "int", "error"],
    ] as const)
      assert.equal(severityOf(own, target), severity, `${own} references ${target}`);
  });

  test("gives it the target's type while nobody has run it", () =>
    checkFix(
      "create table room (id bigserial primary key);\nCREATE TABLE note (id int PRIMARY KEY, room INT NOT NULL REFERENCES room);\n",
      "create table room (id bigserial primary key);\nCREATE TABLE note (id int PRIMARY KEY, room BIGINT NOT NULL REFERENCES room);\n",
      only,
    ));
});
