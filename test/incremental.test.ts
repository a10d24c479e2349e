import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { schemaOf } from "../server/src/core/folding.js";
import { findings } from "../server/src/core/lint.js";
import { type Folder, withEdit } from "../server/src/core/project.js";
import { lineStarts, positionAt } from "../server/src/core/text/lines.js";
import { viewSchema } from "../server/src/core/views/schema-view.js";
import { filesOf, folderOf, strictRun } from "./support/checks.js";

/**
 * After an edit most of what was known is kept. Whatever is kept, the answer is that of a reading from scratch: of the file that was
 * edited, of one that runs after it, and of the schema they add up to.
 */
suite("after edits", function () {
  this.timeout(120_000);

  const chat = "test/fixtures/workspaces/chat-app/supabase/migrations";
  const pieces = [
    "20260126140000_messages.sql",
    "20260209083000_posts.sql",
    "20260302090000_attachments.sql",
    "20260413150000_notifications.sql",
    "20261116090000_feed_2_0.sql",
  ].map((name) => readFileSync(`${chat}/${name}`, "utf8"));
  const first = `create table profiles (id uuid primary key);\ncreate table rooms (id uuid primary key);\ncreate table room_members (room_id uuid references rooms (id), user_id uuid, status text);\n${pieces.join("\n")}
drop table if exists posts cascade;
create schema extra;
create table extra.a (id int primary key);
drop schema extra cascade;
alter default privileges in schema public grant select on tables to anon;
create table late (id uuid primary key, post uuid references messages (id));
`;
  const second =
    "create index on messages (author_id);\nalter table late add column x text not null;\nselect id, nothing from rooms;\ndrop table profiles cascade;\n";

  test("what is found is what a reading from scratch finds", () => {
    const names = ["supabase/migrations/20270101000000_a.sql", "supabase/migrations/20270102000000_b.sql"];
    let folder = folderOf(filesOf(`-- file: ${names[0]}\n${first}-- file: ${names[1]}\n${second}`));
    const [uri = "", after = ""] = names.map((name) => `file:///project/${name}`);
    const run = strictRun();
    let seed = 20_261_122;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const typed = [
      " ",
      "\n",
      "x",
      "'",
      ";",
      "--",
      "(",
      " not null",
      "create table y (id int);\n",
      "drop table rooms cascade;\n",
      "alter table messages drop column body;\n",
    ];
    for (let round = 0; round < 250; round++) {
      const target = round % 5 === 4 ? after : uri;
      const { text = "" } = folder.files.get(target) ?? {};
      const start = random(text.length + 1);
      const removed = random(4) === 0 ? Math.min(random(40), text.length - start) : 0;
      const added = random(3) === 0 && removed > 0 ? "" : (typed[random(typed.length)] ?? "");
      // Every other edit is taken back, as people do.
      const edits =
        round % 2 === 0
          ? [{ start, removed, added }]
          : [
              { start, removed, added },
              { start, removed: added.length, added: text.slice(start, start + removed) },
            ];
      for (const edit of edits) {
        const before = folder.files.get(target)?.text ?? "";
        const next = before.slice(0, edit.start) + edit.added + before.slice(edit.start + edit.removed);
        folder = withEdit(folder, target, next, { start: edit.start, removed: edit.removed, added: edit.added.length });
        for (const one of [uri, after]) findings(folder, one, run);
      }
      const scratch = folderOf([...folder.files.values()].map(({ path, text }) => ({ path, text })));
      for (const one of [uri, after]) {
        assert.deepEqual(
          briefly(folder, one, findings(folder, one, run)),
          briefly(scratch, one, findings(scratch, one, strictRun())),
          `round ${round}`,
        );
      }
      assert.deepEqual(schemaAt(folder), schemaAt(scratch), `round ${round}`);
    }
  });
  for (const name of ["supabase/migrations/20270101000000_a.sql", "script.sql"]) {
    test(`a statement that looks through everything is judged anew when anything changed, in ${name}`, () => {
      const before =
        "create table a (id int primary key);\ncreate table b (id int primary key, a_id int);\ndrop table a cascade;\n";
      let folder = folderOf([{ path: name, text: before }]);
      const uri = `file:///project/${name}`;
      const run = strictRun();
      findings(folder, uri, run);
      const start = before.indexOf("a_id int") + "a_id int".length;
      const added = " references a (id)";
      const text = before.slice(0, start) + added + before.slice(start);
      folder = withEdit(folder, uri, text, { start, removed: 0, added: added.length });
      const found = findings(folder, uri, run);
      assert.ok(!found.some(({ check }) => check === "unindexed-foreign-key"), "the key went with its table");
    });
  }

  test("only what asked for something different is taken again", () => {
    const tables = Array.from({ length: 200 }, (_, at) => `create table t${at} (id int primary key);\n`).join("");
    const text = `${tables}alter default privileges in schema public grant select on tables to anon;\ncreate schema extra;\ncreate table extra.a (id int primary key);\ndrop table t7 cascade;\ndrop schema extra cascade;\ngrant all on all tables in schema public to anon;\nselect * from t3;\nselect * from t4;\n`;
    let folder = folderOf([{ path: "script.sql", text }]);
    const uri = "file:///project/script.sql";
    const run = strictRun();
    findings(folder, uri, run);
    const taken = (start: number, added: string): readonly string[] => {
      const before = new Set(run.memory.get(uri)?.seen.map(({ step }) => step));
      const { text: now = "" } = folder.files.get(uri) ?? {};
      const next = now.slice(0, start) + added + now.slice(start);
      folder = withEdit(folder, uri, next, { start, removed: 0, added: added.length });
      findings(folder, uri, run);
      const again = run.memory.get(uri)?.seen.filter(({ step }) => !before.has(step)) ?? [];
      return again.map(({ scene }) => scene.statement.text);
    };
    assert.deepEqual(taken(text.indexOf("create table t3 ") + 6, " "), [
      "create  table t3 (id int primary key)",
      "grant all on all tables in schema public to anon",
    ]);
    assert.deepEqual(taken(text.indexOf("alter default") + 1 + 5, " "), [
      "alter  default privileges in schema public grant select on tables to anon",
    ]);
  });
});

function briefly(folder: Folder, uri: string, found: ReturnType<typeof findings>) {
  const starts = lineStarts(folder.files.get(uri)?.text ?? "");
  return found.map(({ check, severity, message, span }) => {
    const { line, character } = positionAt(starts, span.start);
    return `${line}:${character} ${span.end - span.start} ${severity} ${check} ${message}`;
  });
}

function schemaAt(folder: Folder) {
  const [history] = folder.histories;
  assert.ok(history !== undefined);
  return viewSchema(schemaOf(folder, history));
}
