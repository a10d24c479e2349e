import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type DocumentFormattingParams,
  type ExecuteCommandParams,
  type Hover,
  type HoverParams,
  MarkupKind,
  type TextEdit,
} from "vscode-languageserver";
import { actionOf, docs, editOf, source } from "./convert.js";
import { canonical } from "./documents.js";
import type { Session } from "./session.js";

/** The command that opens the page of a check. */
export const openDocs = "data-orchestrator.openDocs";

/** Applies every safe fix of a file; the kind is a sub-kind of `source.fixAll`, so that it can be chosen on save. */
export const fixAll = `${CodeActionKind.SourceFixAll}.dataOrchestrator`;

/** Fixes, suppressions and documentation for the diagnostics of a request. */
export async function codeActions(session: Session, params: CodeActionParams): Promise<CodeAction[]> {
  const uri = canonical(params.textDocument.uri);
  const root = session.documents.folderOf(uri);
  const { only, diagnostics } = params.context;
  const asks = (kind: string): boolean =>
    only === undefined || only.some((wanted) => kind === wanted || kind.startsWith(`${wanted}.`));
  const actions: CodeAction[] = [];
  const own = diagnostics.filter((diagnostic) => diagnostic.source === source);
  if (asks(CodeActionKind.QuickFix) && own.length > 0) {
    const wanted = own.map(({ data, code, range }) => ({
      check: (data as { readonly check?: string } | undefined)?.check ?? String(code),
      start: (data as { readonly start?: typeof range.start } | undefined)?.start ?? range.start,
    }));
    const answers = await session.engine.ask("fixes", { root, uri, wanted });
    for (const { wanted: at, fixes } of answers) {
      for (const fix of fixes) actions.push(actionOf(fix, CodeActionKind.QuickFix, own.slice(at, at + 1)));
    }
    for (const { wanted: at, suppress } of answers) {
      if (suppress !== undefined) actions.push(actionOf(suppress, CodeActionKind.QuickFix, own.slice(at, at + 1)));
    }
    for (const check of new Set(wanted.map((one) => one.check))) {
      const command = { title: `Explain \`${check}\``, command: openDocs, arguments: [check] };
      actions.push({ title: command.title, kind: CodeActionKind.QuickFix, command });
    }
  }
  if (asks(fixAll)) {
    const fixes = await session.engine.ask("safe-fixes", { root, uri });
    if (fixes.length > 0)
      actions.push({ title: "Apply all safe fixes in this file", kind: fixAll, edit: editOf(fixes) });
  }
  return actions;
}

/** Runs one of our commands. */
export async function execute(session: Session, { command, arguments: list }: ExecuteCommandParams): Promise<null> {
  const [check] = list ?? [];
  if (command === openDocs && typeof check === "string" && /^[a-z-]+$/.test(check)) {
    await session.connection.window.showDocument({ uri: docs(check), takeFocus: true });
  }
  return null;
}

/** Why the finding under the cursor matters. */
export async function hover(session: Session, { textDocument, position }: HoverParams): Promise<Hover | null> {
  const document = session.documents.get(textDocument.uri);
  if (document === undefined) return null;
  const uri = canonical(textDocument.uri);
  const answer = await session.engine.ask("hover", {
    root: session.documents.folderOf(uri),
    uri,
    offset: document.offsetAt(position),
  });
  return answer === undefined
    ? null
    : { contents: { kind: MarkupKind.Markdown, value: answer.markdown }, range: answer.range };
}

/** The edits that format a document; none unless formatting was chosen. */
export async function formatting(
  session: Session,
  { textDocument, options }: DocumentFormattingParams,
): Promise<TextEdit[]> {
  if (!session.client.formats) return [];
  const uri = canonical(textDocument.uri);
  const indent = options.insertSpaces ? " ".repeat(options.tabSize) : "\t";
  return [...(await session.engine.ask("format", { root: session.documents.folderOf(uri), uri, indent }))];
}
