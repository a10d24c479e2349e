import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { makeEmbedded } from "../server/src/embedded/host.js";
import { type ExplainAnswer, explainStatement } from "../server/src/protocol.js";
import { type LanguageClient, startClient } from "./support/lsp.js";

const sync = `\
config:
  edition: 3
streams:
  notes:
    auto_subscribe: true
    query: SELECT * FROM notes
`;
const migration = `\
create table notes (id uuid primary key, body text);
insert into notes values (gen_random_uuid(), 'first');
create function wipe() returns int language sql as 'delete from notes returning 1';
`;

/** A workspace whose programs leave a mark when they run: PowerSync's compiler in its packages, and a `git` in its folder. */
function boobyTrapped() {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "safety-")));
  const marks = path.join(folder, "marks");
  const compiler = path.join(folder, "project/node_modules/@powersync/service-sync-rules");
  for (const made of [marks, compiler, path.join(folder, "bin"), path.join(folder, "project/supabase/migrations")])
    mkdirSync(made, { recursive: true });
  const mark = (name: string): string => JSON.stringify(path.join(marks, name));
  writeFileSync(
    path.join(compiler, "package.json"),
    '{ "name": "@powersync/service-sync-rules", "version": "1.0.0", "main": "index.js" }',
  );
  writeFileSync(path.join(compiler, "index.js"), `require("node:fs").writeFileSync(${mark("compiler")}, "");`);
  const git = `#!${process.execPath}\nrequire("node:fs").writeFileSync(${mark("git")}, "");process.exit(1);\n`;
  writeFileSync(path.join(folder, "bin/git"), git, { mode: 0o755 });
  writeFileSync(path.join(folder, "project/sync-config.yaml"), sync);
  writeFileSync(path.join(folder, "project/supabase/migrations/1_notes.sql"), migration);
  return { folder, marks, root: pathToFileURL(path.join(folder, "project")).href };
}

suite("safety", function () {
  this.timeout(120_000);
  const folders: string[] = [];
  const clients: LanguageClient[] = [];
  teardown(async () => {
    for (const client of clients.splice(0)) await client.stop();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  async function open(trusted: boolean) {
    const { folder, marks, root } = boobyTrapped();
    folders.push(folder);
    const before = process.env.PATH;
    process.env.PATH = `${path.join(folder, "bin")}${path.delimiter}${before ?? ""}`;
    try {
      const client = await startClient({ folders: [root], params: { initializationOptions: { trusted } } });
      clients.push(client);
      return { client, marks, root, folder };
    } finally {
      process.env.PATH = before;
    }
  }

  function explain(client: LanguageClient, uri: string, line = 0): Promise<ExplainAnswer> {
    return client.ask(explainStatement, { uri, position: { line, character: 0 } });
  }

  test("an untrusted workspace is linted, and runs nothing: no git, no package of its own, no database", async () => {
    const { client, marks, root, folder } = await open(false);
    const { items } = await client.pullAll();
    assert.ok(items.some((item) => item.kind === "full" && item.items.length > 0));
    client.open(`${root}/scratch.sql`, "select id from notes;\n");
    assert.deepEqual(await explain(client, `${root}/scratch.sql`), {
      refusal: "Nothing is executed in an untrusted workspace.",
    });
    assert.deepEqual(readdirSync(marks), []);
    assert.deepEqual(readdirSync(path.join(folder, "project")).sort(), [
      "node_modules",
      "supabase",
      "sync-config.yaml",
    ]);
  });

  // Without it the test above could not fail.
  test("a trusted one asks git, and prefers the compiler that it has installed", async () => {
    const { client, marks } = await open(true);
    await client.pullAll();
    assert.deepEqual(readdirSync(marks).sort(), ["compiler", "git"]);
  });

  test("what PostgreSQL does not plan is refused in one line, and nothing of it is run", async () => {
    const { client, root, folder } = await open(true);
    const target = path.join(folder, "written");
    const refused = [
      "begin",
      "commit",
      "rollback",
      "savepoint here",
      `copy notes to program 'touch ${target}'`,
      `copy (select 1) to '${target}'`,
      "do $$ begin delete from notes; end $$",
      "explain analyze delete from notes",
      "prepare gone as delete from notes",
      "call wipe()",
      "truncate notes",
      "drop table notes",
      "set role anon",
      "vacuum",
    ];
    client.open(`${root}/scratch.sql`, `${refused.join(";\n")};\nselect body from notes;\n`);
    for (const line of refused.keys()) {
      const answer = await explain(client, `${root}/scratch.sql`, line);
      assert.ok("refusal" in answer && !answer.refusal.includes("\n"), `${refused[line]}: ${JSON.stringify(answer)}`);
    }
    const last = await explain(client, `${root}/scratch.sql`, refused.length);
    assert.ok("plan" in last, JSON.stringify(last));
    assert.ok(!existsSync(target));
  });

  test("the gate itself takes one statement and no more, and leaves every row where it is", async () => {
    const embedded = makeEmbedded(() => undefined);
    try {
      const statements = migration.trim().split("\n");
      const file = { uri: "file:///1.sql", version: "1", statements, transaction: true };
      const request = { platform: "postgres", files: [file] } as const;
      for (const sql of [
        "select 1; delete from notes",
        "select 1; commit; delete from notes",
        "select $1::int; delete from notes",
        "analyze delete from notes",
        "(analyze) delete from notes",
        "do $$ begin delete from notes; end $$",
        "commit",
        "copy notes to program 'true'",
      ]) {
        const answer = await embedded.explain(request, sql);
        assert.ok(!answer.ok, sql);
      }
      for (const sql of [
        "delete from notes",
        "with gone as (delete from notes returning id) select id from gone",
        "select wipe()",
        "create table copied as select * from notes",
        "select body from notes where body = '$5'",
        "select id from notes where body = $2 and id = $1",
      ]) {
        const answer = await embedded.explain(request, sql);
        assert.ok(answer.ok, `${sql}: ${JSON.stringify(answer)}`);
      }
      const look = "do $$ begin if (select count(*) from notes) <> 1 then raise 'the row is gone'; end if; end $$";
      const after = await embedded.replay({
        platform: "postgres",
        files: [file, { uri: "file:///2.sql", version: "2", statements: [look], transaction: true }],
      });
      assert.ok(after.ok);
      assert.deepEqual(after.errors, []);
    } finally {
      embedded.close();
    }
  });
});
