/** The built server as an editor uses it, over its standard streams. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { CodeAction, Diagnostic, Hover, WorkspaceDiagnosticReport } from "vscode-languageserver";
import { type ClientOptions, type LanguageClient, startClient } from "../support/lsp.js";

const table =
  "create table note (id uuid primary key, owner uuid references auth.users (id) on delete cascade, body text);\n";
const good = `${table}create index on note (owner);\nalter table note enable row level security;\n`;

suite("the language server", () => {
  let clients: LanguageClient[] = [];
  let folders: string[] = [];

  teardown(async () => {
    for (const client of clients) await client.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    clients = [];
    folders = [];
  });

  async function start(options?: ClientOptions): Promise<LanguageClient> {
    const client = await startClient(options);
    clients.push(client);
    return client;
  }

  /** A workspace folder with these files; its URI as Node writes it. */
  function workspace(files: Readonly<Record<string, string>>): string {
    const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "do-lsp-")));
    folders.push(folder);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    return pathToFileURL(folder).href;
  }

  const codes = (found: readonly Diagnostic[]): readonly unknown[] => found.map(({ code }) => code);
  const byUri = ({ items }: WorkspaceDiagnosticReport): Record<string, unknown> =>
    Object.fromEntries(items.map((item) => [item.uri, item.kind === "full" ? codes(item.items) : item.kind]));

  test("says what it can do", async () => {
    const { initialized } = await start({ folders: [workspace({})] });
    const { capabilities, serverInfo } = initialized;
    assert.equal(serverInfo?.name, "data-orchestrator");
    assert.deepEqual(capabilities.textDocumentSync, { openClose: true, change: 2, save: true });
    assert.deepEqual(capabilities.diagnosticProvider, {
      identifier: "data-orchestrator",
      interFileDependencies: true,
      workspaceDiagnostics: true,
    });
    assert.equal(capabilities.hoverProvider, true);
    assert.deepEqual(capabilities.codeActionProvider, {
      codeActionKinds: ["quickfix", "source.fixAll.dataOrchestrator"],
    });
    assert.equal(capabilities.documentFormattingProvider, undefined);
    assert.deepEqual(capabilities.workspace?.workspaceFolders, { supported: true, changeNotifications: true });
  });

  test("a long history lets the first findings through, and asks to be asked again", async () => {
    const files: Record<string, string> = {};
    for (let at = 1; at <= 400; at++)
      files[`supabase/migrations/${String(at).padStart(4, "0")}_t.sql`] =
        `create table t${at} (id uuid primary key);\n`;
    const name = "supabase/migrations/0200_t.sql";
    files[name] =
      "create table note (id uuid primary key, owner uuid references auth.users (id));\nupdate t1 set id = id;\n";
    const root = workspace(files);
    const client = await start({ folders: [root] });
    const uri = `${root}/${name}`;
    client.open(uri, files[name] ?? "");
    const first = codes(await client.pull(uri));
    assert.ok(first.includes("unbounded-update") && !first.includes("unindexed-foreign-key"), String(first));
    const refreshes = () => client.received.filter(({ method }) => method === "workspace/diagnostic/refresh").length;
    await client.until("refresh", () => refreshes() > 1);
    const then = codes(await client.pull(uri));
    assert.ok(then.includes("unbounded-update") && then.includes("unindexed-foreign-key"), String(then));
  });

  test("asks the client nothing before the handshake is over", async () => {
    const early: string[] = [];
    const client = await start({
      folders: [workspace({ "supabase/migrations/1_a.sql": table })],
      onHandshake: (received) => early.push(...received),
    });
    assert.deepEqual(early, []);
    await client.until("progress", () =>
      client.received.some(({ method }) => method === "window/workDoneProgress/create"),
    );
    await client.until("its end", () => client.received.filter(({ method }) => method === "$/progress").length >= 2);
  });

  test("answers a document's diagnostics with name, page, source and data", async () => {
    const root = workspace({ "supabase/migrations/1_a.sql": `-- é 😀\nselect '😀', from note;\n` });
    const uri = `${root}/supabase/migrations/1_a.sql`;
    const client = await start({ folders: [root] });
    const [finding, ...others] = await client.pull(uri);
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "syntax-error");
    assert.equal(finding.source, "data-orchestrator");
    assert.equal(finding.severity, 1);
    assert.deepEqual(finding.range, { start: { line: 1, character: 13 }, end: { line: 1, character: 17 } });
    assert.match(finding.codeDescription?.href ?? "", /^file:.*docs\/checks\.md#syntax-error$/);
    assert.deepEqual(finding.data, { check: "syntax-error", start: finding.range.start });
  });

  test("answers the diagnostics of the whole workspace, and the second time what changed", async () => {
    const root = workspace({
      "supabase/migrations/1_a.sql": table,
      "supabase/migrations/2_b.sql": "selec 1;\n",
      "notes.sql": "select 1;\n",
    });
    const client = await start({ folders: [root] });
    const first = await client.pullAll();
    assert.deepEqual(Object.keys(byUri(first)).sort(), [
      `${root}/supabase/migrations/1_a.sql`,
      `${root}/supabase/migrations/2_b.sql`,
    ]);
    const previousResultIds = first.items.flatMap(({ uri, resultId }) =>
      resultId === undefined ? [] : [{ uri, value: resultId }],
    );
    const same = await client.ask<WorkspaceDiagnosticReport>("workspace/diagnostic", { previousResultIds });
    assert.deepEqual(
      same.items.filter(({ kind }) => kind === "full"),
      [],
    );
    client.open(`${root}/supabase/migrations/2_b.sql`, "select 1;\n");
    const next = await client.ask<WorkspaceDiagnosticReport>("workspace/diagnostic", { previousResultIds });
    assert.deepEqual(byUri(next), {
      [`${root}/supabase/migrations/1_a.sql`]: "unchanged",
      [`${root}/supabase/migrations/2_b.sql`]: [],
    });
  });

  test("publishes to a client that cannot pull, for what is open", async () => {
    const root = workspace({ "supabase/migrations/1_a.sql": "select 1;\n" });
    const uri = `${root}/supabase/migrations/1_a.sql`;
    const client = await start({ folders: [root], capabilities: {} });
    client.open(uri, "select from from;\n");
    await client.until("a diagnostic", () => client.published.get(uri)?.diagnostics[0]?.code === "syntax-error");
    assert.equal(client.published.get(uri)?.version, 1);
    client.edit(uri, 0, "select from from".length, "select 1");
    await client.until("no diagnostic", () => client.published.get(uri)?.diagnostics.length === 0);
    assert.equal(client.published.get(uri)?.version, 2);
  });

  test("follows edits to the letter", async () => {
    const root = workspace({});
    const uri = `${root}/a.sql`;
    const client = await start({ folders: [root] });
    client.open(uri, "select 'é😀';\r\nselect 2;\rselect 3;\n");
    client.edit(uri, 8, 3, "x");
    client.edit(uri, client.textOf(uri).indexOf("3"), 0, "from from ");
    client.edit(uri, 0, 0, "-- 😀\r\n");
    client.edit(uri, 0, 3, "--");
    const [finding] = await client.pull(uri);
    assert.deepEqual(finding?.range, { start: { line: 3, character: 12 }, end: { line: 3, character: 16 } });
    assert.equal(client.textOf(uri), "--😀\r\nselect 'x';\r\nselect 2;\rselect from from 3;\n");
    client.tell("textDocument/didChange", {
      textDocument: { uri, version: 9 },
      contentChanges: [{ text: "select 1;\n" }],
    });
    assert.deepEqual(await client.pull(uri), []);
  });

  test("a code action brought back from the data of a diagnostic makes the finding go", async () => {
    const root = workspace({ "supabase/migrations/1_a.sql": good });
    const uri = `${root}/supabase/migrations/1_a.sql`;
    const client = await start({ folders: [root] });
    client.open(uri, good.replace("create index on note (owner);\n", ""));
    const found = (await client.pull(uri)).filter(({ code }) => code === "unindexed-foreign-key");
    assert.equal(found.length, 1);
    const fixes = (await client.actions(uri, found)).filter(
      ({ edit, title }) => edit !== undefined && /index/i.test(title) && !/allow/i.test(title),
    );
    assert.equal(fixes.length, 2);
    assert.deepEqual(codes(fixes[0]?.diagnostics ?? []), ["unindexed-foreign-key"]);
    client.apply(fixes[0]?.edit);
    assert.deepEqual(codes(await client.pull(uri)), []);
  });

  test("a fix may be a new file", async () => {
    const root = workspace({ "supabase/migrations/1_a.sql": good.replace("create index on note (owner);\n", "") });
    const uri = `${root}/supabase/migrations/1_a.sql`;
    const client = await start({ folders: [root] });
    const found = (await client.pull(uri)).filter(({ code }) => code === "unindexed-foreign-key");
    const fix = (await client.actions(uri, found)).find(({ title }) => /new migration/.test(title));
    client.apply(fix?.edit);
    assert.deepEqual(codes(await client.pull(uri)), []);
    assert.match(
      client.textOf(`${root}/supabase/migrations/2_index_note_owner.sql`),
      /^create index concurrently on note \(owner\);\n$/,
    );
  });

  test("a finding is allowed with a reason, explained, and hovered over", async () => {
    const root = workspace({});
    const uri = `${root}/supabase/migrations/1_a.sql`;
    const client = await start({ folders: [root] });
    client.open(uri, "select 1;\n\nselect from from;\n");
    const found = await client.pull(uri);
    const hover = await client.ask<Hover>("textDocument/hover", {
      textDocument: { uri },
      position: found[0]?.range.start,
    });
    assert.match(JSON.stringify(hover.contents), /\*\*syntax-error\*\*/);
    const actions = await client.actions(uri, found);
    const explain = actions.find(({ command }) => command !== undefined)?.command;
    assert.equal(explain?.command, "data-orchestrator.openDocs");
    await client.ask("workspace/executeCommand", explain);
    const shown = client.received.find(({ method }) => method === "window/showDocument")?.params as { uri: string };
    assert.match(shown.uri, /docs\/checks\.md#syntax-error$/);
    client.apply(actions.find(({ title }) => title.startsWith("Allow `syntax-error`"))?.edit);
    assert.match(client.textOf(uri), /\n-- data-orchestrator: allow syntax-error because REASON\nselect from from;/);
    assert.deepEqual(codes(await client.pull(uri)), []);
  });

  test("all safe fixes of a file come as one action", async () => {
    const root = workspace({});
    const uri = `${root}/supabase/migrations/1_a.sql`;
    const client = await start({ folders: [root] });
    const unused = "-- data-orchestrator: allow syntax-error because it was wrong once\nselect 1;\n";
    client.open(uri, unused + unused);
    assert.deepEqual(codes(await client.pull(uri)), ["unused-suppression", "unused-suppression"]);
    const [action, ...others] = await client.actions(uri, [], ["source.fixAll"]);
    assert.equal(action?.kind, "source.fixAll.dataOrchestrator");
    assert.deepEqual(others, []);
    client.apply(action?.edit);
    assert.equal(client.textOf(uri), "select 1;\nselect 1;\n");
    assert.deepEqual(await client.pull(uri), []);
  });

  test("two workspace folders have nothing to do with each other, and folders come and go", async () => {
    const one = workspace({
      "supabase/migrations/1_a.sql":
        "create table a (id uuid primary key);\nalter table a enable row level security;\nselect * from b;\n",
    });
    const two = workspace({
      "supabase/migrations/1_a.sql":
        "create table b (id uuid primary key);\nalter table b enable row level security;\nselect * from b;\n",
    });
    const client = await start({ folders: [one, two] });
    assert.deepEqual(byUri(await client.pullAll()), { [`${one}/supabase/migrations/1_a.sql`]: ["unknown-table"] });
    client.tell("workspace/didChangeWorkspaceFolders", { event: { added: [], removed: [{ uri: one, name: "one" }] } });
    assert.deepEqual(
      byUri(await client.pullAll()),
      { [`${one}/supabase/migrations/1_a.sql`]: [] },
      "they are taken back",
    );
    client.tell("workspace/didChangeWorkspaceFolders", { event: { added: [{ uri: one, name: "one" }], removed: [] } });
    await client.until(
      "a refresh",
      () => client.received.filter(({ method }) => method === "workspace/diagnostic/refresh").length >= 3,
    );
    assert.deepEqual(byUri(await client.pullAll()), { [`${one}/supabase/migrations/1_a.sql`]: ["unknown-table"] });
  });

  test("what changes in one migration changes what is said of another, on the disk too", async () => {
    const root = workspace({
      "supabase/migrations/1_a.sql": good,
      "supabase/migrations/2_b.sql": "select titel from note;\n",
    });
    const second = `${root}/supabase/migrations/2_b.sql`;
    const client = await start({ folders: [root] });
    assert.deepEqual(codes(await client.pull(second)), ["unknown-column"]);
    const watched = client.received.find(({ method }) => method === "client/registerCapability")?.params;
    assert.match(JSON.stringify(watched), /didChangeWatchedFiles/);
    const refreshes = (): number =>
      client.received.filter(({ method }) => method === "workspace/diagnostic/refresh").length;
    const before = refreshes();
    writeFileSync(new URL(`${root}/supabase/migrations/1_a.sql`), good.replace("body text", "titel text"));
    client.tell("workspace/didChangeWatchedFiles", {
      changes: [{ uri: `${root}/supabase/migrations/1_a.sql`, type: 2 }],
    });
    await client.until("a refresh", () => refreshes() > before);
    assert.deepEqual(await client.pull(second), []);
    client.open(`${root}/supabase/migrations/1_a.sql`, good);
    assert.deepEqual(codes(await client.pull(second)), ["unknown-column"]);
    client.close(`${root}/supabase/migrations/1_a.sql`);
    assert.deepEqual(await client.pull(second), []);
  });

  test("a changed configuration holds at once, and a broken one says so", async () => {
    const root = workspace({ "supabase/migrations/1_a.sql": "select from from;\n" });
    const uri = `${root}/supabase/migrations/1_a.sql`;
    const settings = `${root}/data-orchestrator.yaml`;
    const client = await start({ folders: [root] });
    assert.deepEqual(
      (await client.pull(uri)).map(({ severity }) => severity),
      [1],
    );
    client.open(settings, "checks:\n  syntax-error: warning\n");
    assert.deepEqual(
      (await client.pull(uri)).map(({ severity }) => severity),
      [2],
    );
    client.edit(settings, client.textOf(settings).indexOf("warning"), "warning".length, "off");
    assert.deepEqual(await client.pull(uri), []);
    client.edit(settings, 0, 0, "cheks: {}\n");
    assert.deepEqual(codes(await client.pull(settings)), ["configuration"]);
    client.tell("workspace/didChangeConfiguration", { settings: null });
    assert.deepEqual(await client.pull(uri), []);
  });

  test("a question that is taken back harms nobody", async () => {
    const migrations = Object.fromEntries(
      Array.from({ length: 60 }, (_none, at) => [
        `supabase/migrations/${1000 + at}_a.sql`,
        `create table t${at} (id int);\nselect from from;\n`.repeat(50),
      ]),
    );
    const root = workspace(migrations);
    const client = await start({ folders: [root] });
    const { id, answer } = client.begin<WorkspaceDiagnosticReport>("workspace/diagnostic", { previousResultIds: [] });
    client.tell("$/cancelRequest", { id });
    const outcome = await answer.then(
      ({ items }) => items.length,
      (error: { readonly code: number }) => error.code,
    );
    assert.ok(outcome === -32800 || outcome === -32802 || outcome <= 60, String(outcome));
    assert.equal((await client.pullAll()).items.length, 60);
  });

  test("what cannot be read is said once, and the rest goes on", async () => {
    const root = workspace({ "supabase/migrations/1_a.sql": "select from from;\n" });
    writeFileSync(new URL(`${root}/supabase/migrations/2_b.sql`), Buffer.from([0x73, 0xff, 0xfe]));
    const client = await start({ folders: [root] });
    assert.deepEqual(byUri(await client.pullAll()), {
      [`${root}/supabase/migrations/1_a.sql`]: ["syntax-error"],
      [`${root}/supabase/migrations/2_b.sql`]: ["unreadable-file"],
    });
  });

  test("a document outside of every folder is looked at by itself", async () => {
    const client = await start({ folders: [workspace({})] });
    client.open("untitled:Untitled-1", "select from from;\n", "sql");
    client.open("file:///nowhere/at%20all/a.sql", "selec 1;\n");
    assert.deepEqual(codes(await client.pull("file:///nowhere/at%20all/a.sql")), ["syntax-error"]);
    assert.deepEqual(codes(await client.pull("untitled:Untitled-1")), ["syntax-error"]);
  });

  test("shuts down in order", async () => {
    const client = await startClient({ folders: [workspace({})] });
    assert.equal(await client.stop(), 0);
  });

  test("an older client that names its folder by rootUri alone is served", async () => {
    const root = workspace({ "supabase/migrations/1_a.sql": "select from from;\n" });
    const client = await start({ params: { rootUri: root, workspaceFolders: null } });
    assert.deepEqual(codes(await client.pull(`${root}/supabase/migrations/1_a.sql`)), ["syntax-error"]);
  });

  test("the chat app opens with all its findings", async () => {
    const copy = workspace({});
    cpSync("test/fixtures/workspaces/chat-app", new URL(copy), { recursive: true });
    const client = await start({ folders: [copy] });
    const { items } = await client.pullAll();
    const all = items.flatMap((item) => (item.kind === "full" ? item.items : []));
    assert.ok(all.length > 20, `${all.length} findings`);
    const actions: CodeAction[] = [];
    for (const item of items) if (item.kind === "full") actions.push(...(await client.actions(item.uri, item.items)));
    assert.ok(actions.length > all.length);
  });
}).timeout(60_000);
