/** From the engine's words to LSP's. */
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  type WorkspaceEdit,
} from "vscode-languageserver";
import type { Severity } from "../core/checks/check.js";
import type { WireFinding, WireFix } from "../engine/messages.js";

/** The name under which the editor shows findings. */
export const source = "data-orchestrator";

const severities: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** A finding as a diagnostic; its data is what brings the fixes back. */
export function diagnosticOf(finding: WireFinding): Diagnostic {
  const { check, severity, message, range, related, unnecessary } = finding;
  return {
    range,
    severity: severities[severity],
    code: check,
    codeDescription: { href: docs(check) },
    source,
    message,
    data: { check, start: range.start },
    ...(unnecessary ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(related.length > 0
      ? { relatedInformation: related.map(({ uri, range, message }) => ({ location: { uri, range }, message })) }
      : {}),
  };
}

/** The page that explains a check; it comes with the product, so it needs no network. */
export function docs(check: string): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const folder = here.endsWith(`${path.sep}dist`) ? path.join(here, "..") : path.join(here, "../../../..");
  return `${pathToFileURL(path.join(folder, "docs", "checks.md")).href}#${check}`;
}

/** A fix as a code action. */
export function actionOf(fix: WireFix, kind: string, diagnostics: readonly Diagnostic[]): CodeAction {
  return {
    title: fix.title,
    kind,
    diagnostics: [...diagnostics],
    edit: editOf([fix]),
    isPreferred: fix.safe && kind === CodeActionKind.QuickFix,
  };
}

/** Fixes as one edit of the workspace; new files are made first. */
export function editOf(fixes: readonly WireFix[]): WorkspaceEdit {
  const creates = fixes.flatMap((fix) => fix.creates);
  const edits = fixes.flatMap((fix) => fix.edits);
  const changes = new Map<string, { range: WireFix["edits"][number]["range"]; newText: string }[]>();
  for (const { uri, range, newText } of edits) changes.set(uri, [...(changes.get(uri) ?? []), { range, newText }]);
  if (creates.length === 0) return { changes: Object.fromEntries(changes) };
  const start = { line: 0, character: 0 };
  return {
    documentChanges: [
      ...creates.flatMap(({ uri, text }) => [
        { kind: "create" as const, uri, options: { overwrite: false, ignoreIfExists: false } },
        { textDocument: { uri, version: null }, edits: [{ range: { start, end: start }, newText: text }] },
      ]),
      ...[...changes].map(([uri, list]) => ({ textDocument: { uri, version: null }, edits: list })),
    ],
  };
}
