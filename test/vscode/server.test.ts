import assert from "node:assert/strict";
import * as vscode from "vscode";
import { codeOf, eventually, findings, openNew, workspaceFile } from "./editor.js";

const table = `create table public.bookmark (
  id uuid primary key default gen_random_uuid(),
  message_id uuid not null references public.messages (id) on delete cascade
);
alter table public.bookmark enable row level security;
`;

suite("the language server in VS Code", () => {
  test("shows a finding with its name, its page and its place", async () => {
    const { uri } = await openNew("supabase/migrations/20990101000001_bookmark.sql", table);
    const found = await eventually("a finding", () => findings(uri, "unindexed-foreign-key")[0]);
    assert.equal(found.source, "data-orchestrator");
    assert.equal(found.severity, vscode.DiagnosticSeverity.Warning);
    assert.equal(found.range.start.line, 2);
    assert.ok(typeof found.code === "object" && found.code.target.toString().includes("unindexed-foreign-key"));
  });

  test("fixes it, and the finding is gone", async () => {
    const document = await openNew("supabase/migrations/20990101000001_bookmark.sql", table);
    const found = await eventually("a finding", () => findings(document.uri, "unindexed-foreign-key")[0]);
    const fix = await action(document.uri, found.range, /index/i);
    assert.ok(fix.edit);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    await eventually("the finding is gone", () => findings(document.uri, "unindexed-foreign-key").length === 0);
  });

  test("silences a finding with a reason", async () => {
    const document = await openNew(
      "supabase/migrations/20990101000002_silenced.sql",
      table.replaceAll("bookmark", "pin"),
    );
    const found = await eventually("a finding", () => findings(document.uri, "unindexed-foreign-key")[0]);
    const allow = await action(document.uri, found.range, /^Allow `unindexed-foreign-key`/);
    assert.equal(allow.edit, undefined, "nothing is written before somebody says why");
    assert.ok(allow.command);
    const { command, arguments: list } = allow.command;
    await vscode.commands.executeCommand(command, ...(list ?? []), "because pins are never deleted");
    assert.match(
      document.getText(),
      /^-- data-orchestrator: allow unindexed-foreign-key because pins are never deleted$/m,
    );
    await eventually("the finding is gone", () => findings(document.uri, "unindexed-foreign-key").length === 0);
  });

  test("finds a syntax error beside a good statement, and forgets it when it is mended", async () => {
    const document = await openNew("supabase/migrations/20990101000003_syntax.sql", "selec 1;\nselect 2;\n");
    const found = await eventually("a syntax error", () => findings(document.uri)[0]);
    assert.equal(codeOf(found), "syntax-error");
    assert.equal(found.range.start.line, 0);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 5), "t");
    assert.ok(await vscode.workspace.applyEdit(edit));
    await eventually("no finding", () => findings(document.uri).length === 0);
  });

  test("judges one file by another: a later index takes the finding away", async () => {
    const { uri } = await openNew("supabase/migrations/20990101000004_flag.sql", table.replaceAll("bookmark", "flag"));
    await eventually("a finding", () => findings(uri, "unindexed-foreign-key")[0]);
    const index = "create index concurrently flag_message_id_idx on public.flag (message_id);\n";
    await openNew("supabase/migrations/20990101000005_flag_index.sql", index);
    await eventually("the finding is gone", () => findings(uri, "unindexed-foreign-key").length === 0);
  });

  test("judges anew also what was open and is closed", async () => {
    const name = "supabase/migrations/20990101000009_closed.sql";
    const { uri } = await openNew(name, table.replaceAll("bookmark", "closed"), true);
    await eventually("a finding", () => findings(uri, "unindexed-foreign-key")[0]);
    await openNew(
      "supabase/migrations/20990101000010_closed_index.sql",
      "create index concurrently closed_message_id_idx on public.closed (message_id);\n",
      true,
    );
    await eventually("the finding is gone", () => findings(uri, "unindexed-foreign-key").length === 0);
  });

  test("finds what is wrong in files that nobody opened", async () => {
    const uri = workspaceFile("powersync/sync-config.yaml");
    await eventually("a finding in the sync configuration", () => findings(uri)[0]);
  });

  test("says on hover why a finding matters", async () => {
    const document = await openNew(
      "supabase/migrations/20990101000006_hover.sql",
      table.replaceAll("bookmark", "star"),
    );
    const found = await eventually("a finding", () => findings(document.uri, "unindexed-foreign-key")[0]);
    const text = await eventually("a hover", async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        "vscode.executeHoverProvider",
        document.uri,
        found.range.start,
      );
      const contents = hovers.flatMap((hover) => hover.contents.map((content) => textOf(content)));
      return contents.find((content) => content.includes("index"));
    });
    assert.ok(text.length > 20, text);
  });

  test("formats only once that was chosen", async () => {
    const text = "select id,body from public.messages where id=1;\n";
    const document = await openNew("supabase/migrations/20990101000007_format.sql", text);
    const format = () =>
      vscode.commands.executeCommand<vscode.TextEdit[] | undefined>(
        "vscode.executeFormatDocumentProvider",
        document.uri,
        {
          tabSize: 2,
          insertSpaces: true,
        },
      );
    assert.equal((await format())?.length ?? 0, 0);
    const configuration = vscode.workspace.getConfiguration("dataOrchestrator");
    await configuration.update("format.enable", true, vscode.ConfigurationTarget.Global);
    try {
      const edits = await eventually("edits", async () => {
        const answer = await format();
        return answer !== undefined && answer.length > 0 ? answer : undefined;
      });
      const edit = new vscode.WorkspaceEdit();
      edit.set(document.uri, edits);
      assert.ok(await vscode.workspace.applyEdit(edit));
      assert.notEqual(document.getText(), text);
      assert.match(document.getText().replace(/\s+/g, " "), /select id, ?body from public\.messages where id = 1;/i);
    } finally {
      await configuration.update("format.enable", undefined, vscode.ConfigurationTarget.Global);
    }
  });

  test("starts again on command, and goes on finding", async () => {
    await vscode.commands.executeCommand("dataOrchestrator.restartServer");
    const { uri } = await openNew("supabase/migrations/20990101000008_again.sql", table.replaceAll("bookmark", "mark"));
    await eventually("a finding", () => findings(uri, "unindexed-foreign-key")[0]);
  });
});

/** The first action at a place whose title fits. VS Code may answer with none just after a diagnostic, so it is asked again. */
function action(uri: vscode.Uri, range: vscode.Range, title: RegExp): Promise<vscode.CodeAction> {
  return eventually(`an action ${title}`, async () => {
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      uri,
      range,
    );
    return actions.find((candidate) => title.test(candidate.title));
  });
}

function textOf(content: vscode.MarkdownString | vscode.MarkedString): string {
  return typeof content === "string" ? content : content.value;
}
