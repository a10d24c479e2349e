import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FileChangeType, type WorkspaceDiagnosticReport } from "vscode-languageserver";
import { type LanguageClient, startClient } from "./support/lsp.js";

const broken = "select from from;\n";

function byName(report: WorkspaceDiagnosticReport): Record<string, readonly unknown[]> {
  const found: Record<string, readonly unknown[]> = {};
  for (const item of report.items)
    if (item.kind === "full") found[path.basename(item.uri)] = item.items.map(({ code }) => code);
  return found;
}

suite("the language server and the disk", function () {
  this.timeout(60_000);
  let root = "";
  let client: LanguageClient;
  const uri = (name: string): string => `${root}/${name}`;
  const write = (name: string, text: string | Uint8Array): void => {
    const file = fileURLToPath(uri(name));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const tell = (name: string, type: FileChangeType): void =>
    client.tell("workspace/didChangeWatchedFiles", { changes: [{ uri: uri(name), type }] });

  setup(async () => {
    root = pathToFileURL(realpathSync(mkdtempSync(path.join(tmpdir(), "disk #é-")))).href;
    write("db/migrations/1_a.sql", broken);
    client = await startClient({ folders: [root] });
  });
  teardown(async () => {
    await client.stop();
    rmSync(fileURLToPath(root), { recursive: true, force: true });
  });

  test("a folder that vanishes takes its findings along, though only its own name is told", async () => {
    assert.deepEqual(byName(await client.pullAll()), { "1_a.sql": ["syntax-error"] });
    rmSync(fileURLToPath(uri("db/migrations")), { recursive: true });
    tell("db/migrations", FileChangeType.Deleted);
    assert.deepEqual(byName(await client.pullAll()), { "1_a.sql": [] });
  });

  test("a merged migration that is changed on the disk is told, and no more once it is restored", async () => {
    const folder = fileURLToPath(root);
    const git = (...args: readonly string[]): void => {
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.invalid", ...args], {
        cwd: folder,
        stdio: "ignore",
      });
    };
    const merged = "create table room (id int primary key);\n";
    const codes = async (text: string): Promise<readonly unknown[]> => {
      write("db/migrations/1_a.sql", text);
      tell("db/migrations/1_a.sql", FileChangeType.Changed);
      const found = (await client.pull(uri("db/migrations/1_a.sql"))).map(({ code }) => code);
      return found.filter((code) => code === "rewritten-history");
    };
    await codes(merged);
    git("init", "-b", "main");
    git("add", ".");
    git("commit", "-m", "all");
    assert.deepEqual(await codes(`${merged}create schema app;\n`), ["rewritten-history"]);
    assert.deepEqual(await codes(merged), []);
  });

  test("what a build writes is no part of the workspace", async () => {
    write("dist/migrations/2_b.sql", broken);
    tell("dist/migrations/2_b.sql", FileChangeType.Created);
    client.open(uri("dist/migrations/2_b.sql"), broken);
    assert.equal((await client.pull(uri("dist/migrations/2_b.sql"))).length, 1);
    client.close(uri("dist/migrations/2_b.sql"));
    assert.deepEqual(await client.pull(uri("dist/migrations/2_b.sql")), []);
    assert.deepEqual(byName(await client.pullAll()), { "1_a.sql": ["syntax-error"], "2_b.sql": [] });
  });

  test("a file that could not be read is read once it can be", async () => {
    write("db/migrations/2_b.sql", Uint8Array.of(0x73, 0xff));
    tell("db/migrations/2_b.sql", FileChangeType.Created);
    const codes = async (): Promise<readonly unknown[]> =>
      (await client.pull(uri("db/migrations/2_b.sql"))).map(({ code }) => code);
    assert.deepEqual(await codes(), ["unreadable-file"]);
    write("db/migrations/2_b.sql", broken);
    tell("db/migrations/2_b.sql", FileChangeType.Changed);
    assert.deepEqual(await codes(), ["syntax-error"]);
  });

  test("a document of a folder that is removed stays open, and is followed by itself", async () => {
    const note = uri("db/migrations/1_a.sql");
    client.open(note, broken);
    client.tell("workspace/didChangeWorkspaceFolders", {
      event: { added: [], removed: [{ uri: root, name: "project" }] },
    });
    assert.deepEqual(
      (await client.pull(note)).map(({ code }) => code),
      ["syntax-error"],
    );
    client.edit(note, 7, 4, "1");
    client.edit(note, 8, 5, "");
    assert.equal(client.textOf(note), "select 1;\n");
    assert.deepEqual(await client.pull(note), []);
  });
});
