/** The commands of the palette. Each is a few lines that ask the server or the editor; none knows SQL. */
import * as vscode from "vscode";
import type { Connection } from "./connect.js";
import type { PlanPanel } from "./plan.js";

/** Registers all commands. */
export function registerCommands(
  connection: Connection,
  plan: PlanPanel,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const commands: Readonly<Record<string, () => unknown>> = {
    explainStatement: () => explain(connection, plan, log),
    lintWorkspace: () => lintWorkspace(connection),
    showSchema: () => vscode.commands.executeCommand("dataOrchestrator.workbench.focus"),
    showOutput: () => log.show(),
    restartServer: () => connection.restart(),
    refresh: () => connection.send({ do: "refresh" }),
    openConfiguration: () => openConfiguration(),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(`dataOrchestrator.${name}`, run)),
  );
}

async function explain(connection: Connection, plan: PlanPanel, log: vscode.LogOutputChannel): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    await vscode.window.showInformationMessage("Place the cursor in a SQL statement to explain it.");
    return;
  }
  if (!vscode.workspace.isTrusted) {
    await vscode.window.showWarningMessage(
      "Nothing is executed in an untrusted workspace: trust it to explain statements.",
    );
    return;
  }
  const { line, character } = editor.selection.active;
  const params = { uri: editor.document.uri.toString(), position: { line, character } };
  const options = { location: vscode.ProgressLocation.Window, title: "Explaining…" };
  try {
    const answer = await vscode.window.withProgress(options, () => connection.explain(params));
    if ("refusal" in answer) await vscode.window.showWarningMessage(answer.refusal);
    else plan.show(answer);
  } catch (error) {
    log.error(`Explain: ${String(error)}`);
    const choice = await vscode.window.showErrorMessage("The statement could not be explained.", "Show Output");
    if (choice !== undefined) log.show();
  }
}

async function lintWorkspace(connection: Connection): Promise<void> {
  connection.send({ do: "refresh" });
  await vscode.commands.executeCommand("workbench.actions.view.problems");
}

const configurationName = "data-orchestrator.yaml";

async function openConfiguration(): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder = folders.length > 1 ? await vscode.window.showWorkspaceFolderPick() : folders[0];
  if (folder === undefined) {
    if (folders.length === 0)
      await vscode.window.showInformationMessage(`Open a folder first: ${configurationName} lies at its top.`);
    return;
  }
  const file = vscode.Uri.joinPath(folder.uri, configurationName);
  const [found] = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, configurationName), null, 1);
  // A missing file is opened unsaved: nothing is written before its author says so.
  const document = await vscode.workspace.openTextDocument(found ?? file.with({ scheme: "untitled" }));
  await vscode.window.showTextDocument(document);
}
