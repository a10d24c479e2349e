import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { eventually, extension, openNew } from "./editor.js";

suite("the extension", () => {
  test("is activated by a SQL file, in under 100 ms", async () => {
    await openNew("supabase/migrations/20990101000000_activation.sql", "select 1;\n");
    assert.ok(extension);
    await eventually("the extension is active", () => extension?.isActive);
    const { activationMilliseconds } = extension.exports as { activationMilliseconds: number };
    assert.ok(activationMilliseconds < 100, `took ${activationMilliseconds} ms`);
  });

  test("registers every command that it contributes", async () => {
    assert.ok(extension);
    await extension.activate();
    const manifest = JSON.parse(readFileSync(path.join(extension.extensionPath, "package.json"), "utf8")) as {
      contributes: { commands: readonly { command: string; title: string; category: string }[] };
    };
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
    for (const { category } of manifest.contributes.commands) assert.equal(category, "Data Orchestrator");
  });

  test("opens a missing configuration unsaved, and writes nothing", async () => {
    await vscode.commands.executeCommand("dataOrchestrator.openConfiguration");
    const document = vscode.window.activeTextEditor?.document;
    assert.match(document?.uri.path ?? "", /\/data-orchestrator\.yaml$/);
  });
});
