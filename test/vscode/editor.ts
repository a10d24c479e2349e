/** What the tests inside VS Code do again and again: open a file of the workspace, wait for something to become true. */
import * as vscode from "vscode";

/** The extension under test. */
export const extension = vscode.extensions.getExtension("data-orchestrator.data-orchestrator");

/** A file of the open workspace. */
export function workspaceFile(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw new Error("no folder is open");
  return vscode.Uri.joinPath(folder.uri, ...name.split("/"));
}

/** Writes a file of the workspace and opens it in an editor of its own, or in the one that the next file takes over. */
export async function openNew(name: string, text: string, preview = false): Promise<vscode.TextDocument> {
  const uri = workspaceFile(name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview });
  return document;
}

/** Asks until the answer is something; fails with `what` after a while. */
export async function eventually<T>(what: string, ask: () => T | undefined | PromiseLike<T | undefined>): Promise<T> {
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within 30 s: ${what}`);
}

/** The product's own diagnostics of a document, those of one check when it is named. */
export function findings(uri: vscode.Uri, check?: string): readonly vscode.Diagnostic[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter(({ source }) => source === "data-orchestrator")
    .filter((diagnostic) => check === undefined || codeOf(diagnostic) === check);
}

/** The name of the check that a diagnostic carries. */
export function codeOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === "object" ? code.value : code);
}
