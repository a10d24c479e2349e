import assert from "node:assert/strict";
import { type Folder, withFiles } from "../../server/src/core/project.js";
import { lineStarts, offsetAt, positionAt } from "../../server/src/core/text/lines.js";
import { applyEdits } from "../../server/src/core/text/source.js";
import { answers } from "../../server/src/engine/answers.js";
import { allFindings, filesOf, folderOf, strictRun } from "../support/checks.js";

/** Allows every finding of the last file, each by itself; answers what is found in place of it. */
function allowEach(text: string): readonly string[] {
  const folder = folderOf(filesOf(text));
  const file = [...folder.files.values()].at(-1);
  assert.ok(file !== undefined);
  const starts = lineStarts(file.text);
  const here = (of: Folder): readonly string[] =>
    allFindings(of)
      .filter(({ uri }) => uri === file.uri)
      .map(({ check, message }) => `${check}: ${message}`);
  const before = here(folder);
  assert.ok(before.length > 0);
  return allFindings(folder)
    .filter(({ uri }) => uri === file.uri)
    .flatMap(({ check, span }) => {
      const wanted = [{ check, start: positionAt(starts, span.start) }];
      const [answer] = answers.fixes({ folder, run: strictRun() }, { root: folder.root, uri: file.uri, wanted });
      const edits = (answer?.suppress?.edits ?? []).map(({ range, newText }) => ({
        span: { start: offsetAt(starts, file.text, range.start), end: offsetAt(starts, file.text, range.end) },
        text: newText,
      }));
      assert.equal(edits.length, 1);
      const allowed = { uri: file.uri, path: file.path, text: applyEdits(file.text, edits) };
      const after = here(withFiles(folder, [allowed]));
      const extra = after.filter((one) => !before.includes(one));
      return after.length < before.length ? extra : [`${check} is still there`, ...extra];
    });
}

suite("the offer to allow a finding", () => {
  test("silences a statement that is not the first in its line", () =>
    assert.deepEqual(
      allowEach(
        "-- file: migrations/1_a.sql\ncreate table t (id int primary key); create table c (t_id int references t);\n",
      ),
      [],
    ));

  test("stands above a scalar of several lines, in which it would be a part of the query", () =>
    assert.deepEqual(
      allowEach(`-- file: supabase/migrations/20260101000000_a.sql
create table teams (id uuid primary key, name text);
create publication powersync for table teams;
# file: powersync/sync-config.yaml
config:
  edition: 3
streams:
  block:
    auto_subscribe: true
    query: |
      SELECT name
      FROM teams
  folded:
    auto_subscribe: true
    queries:
      - >-
        SELECT
          name FROM teams
  plain:
    auto_subscribe: true
    query: SELECT name
      FROM teams
`),
      [],
    ));
});
