/**
 * Asks a person for the reason of a suppression. The language server protocol has no way to ask, so the server leaves a word in its
 * place, and here it is replaced before anything is written.
 */
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";

/** The word that the server leaves where the reason belongs. */
const placeholder = "because REASON";

const command = "dataOrchestrator.allow";

/** Code actions that would write the placeholder ask first. */
export const askForReason: Middleware = {
  async provideCodeActions(document, range, context, token, next) {
    const actions = await next(document, range, context, token);
    return actions?.map((action) => (action instanceof vscode.CodeAction ? asking(action) : action));
  },
};

/** Registers the command behind such an action. */
export function registerReason(): vscode.Disposable {
  return vscode.commands.registerCommand(command, allow);
}

function asking(action: vscode.CodeAction): vscode.CodeAction {
  for (const [uri, edits] of action.edit?.entries() ?? []) {
    const [edit] = edits;
    if (edit === undefined || !edit.newText.includes(placeholder)) continue;
    const asked = new vscode.CodeAction(action.title, action.kind);
    if (action.diagnostics !== undefined) asked.diagnostics = action.diagnostics;
    asked.command = { title: action.title, command, arguments: [uri, edit.range.start, edit.newText] };
    return asked;
  }
  return action;
}

/** Inserts the comment with the reason: the one given, else what the person says; nothing when they say nothing. */
async function allow(uri: vscode.Uri, position: vscode.Position, text: string, given?: string): Promise<void> {
  const reason =
    given ??
    (await vscode.window.showInputBox({
      title: "Allow this finding",
      prompt: "Why is it meant to be?",
      placeHolder: "because …",
    }));
  const words = reason
    ?.trim()
    .replace(/^because\s+/i, "")
    .replace(/\s+/g, " ");
  if (words === undefined || words === "") return;
  const edit = new vscode.WorkspaceEdit();
  // A function as replacement: in a text, `$&` would mean something.
  edit.insert(
    uri,
    position,
    text.replace(placeholder, () => `because ${words}`),
  );
  await vscode.workspace.applyEdit(edit);
}
