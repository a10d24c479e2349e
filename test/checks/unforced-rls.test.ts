import { check, checkFix } from "../support/checks.js";

const only = "unforced-rls";
const on = "# file: data-orchestrator.yaml\nchecks:\n  unforced-rls: info\n";

suite("unforced-rls", () => {
  test("is off unless somebody asks for it", () => {
    const notes = `\
-- file: migrations/1_notes.sql
create table "Notes é 😀" (id uuid primary key);
alter table "Notes é 😀" enable row level security;
`;
    check(notes, only);
    check(`${notes}-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unforced-rls\n${on}`, only);
  });

  test("forces it", () =>
    checkFix(
      `-- file: migrations/1_notes.sql\nCREATE TABLE notes (id uuid PRIMARY KEY);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\n${on}`,
      `${on}-- file: migrations/1_notes.sql\nCREATE TABLE notes (id uuid PRIMARY KEY);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nALTER TABLE notes FORCE ROW LEVEL SECURITY;\n`,
      only,
    ));
});
