import {
  type CancellationToken,
  type Diagnostic,
  DiagnosticSeverity,
  type DocumentDiagnosticParams,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  type WorkspaceDiagnosticParams,
  type WorkspaceDiagnosticReport,
  type WorkspaceDocumentDiagnosticReport,
} from "vscode-languageserver";
import { diagnosticOf, source } from "./convert.js";
import { canonical } from "./documents.js";
import type { Session } from "./session.js";

/** The diagnostics of one document. */
export async function documentDiagnostics(
  session: Session,
  params: DocumentDiagnosticParams,
): Promise<DocumentDiagnosticReport> {
  const { uri } = params.textDocument;
  const items = (await firstDiagnosticsOf(session, uri)) ?? (await diagnosticsOf(session, uri));
  if (items.length > 0) answeredBy(session).shown.add(canonical(uri));
  return { kind: DocumentDiagnosticReportKind.Full, items };
}

/** What was last answered about the workspace. */
interface Answered {
  revision: number;
  /** By document, so that the unchanged is said in a word. */
  readonly ids: Map<string, { readonly id: string; readonly items: string }>;
  /**
   * Documents of which the client was ever shown findings, whichever way it asked: a client forgets the id of one that is closed, and an
   * answer that it cancelled has not told it that they are gone.
   */
  readonly shown: Set<string>;
}

const answered = new WeakMap<Session, Answered>();

function answeredBy(session: Session): Answered {
  let last = answered.get(session);
  if (last === undefined) {
    last = { revision: -1, ids: new Map(), shown: new Set() };
    answered.set(session, last);
  }
  return last;
}

/** The diagnostics of every document of the workspace; a document whose diagnostics are as before is only named. */
export async function workspaceDiagnostics(
  session: Session,
  params: WorkspaceDiagnosticParams,
  token: CancellationToken,
): Promise<WorkspaceDiagnosticReport> {
  await session.loaded;
  const last = answeredBy(session);
  const previous = new Map(params.previousResultIds.map(({ uri, value }) => [canonical(uri), value]));
  if (last.revision === session.revision && previous.size > 0) return { items: [] };
  const { revision } = session;
  const items: WorkspaceDocumentDiagnosticReport[] = [];
  const uris: string[] = [];
  for (const root of session.documents.folders()) {
    for (const { uri } of await session.engine.ask("documents", { root })) uris.push(uri);
    for (const { uri } of await session.engine.ask("faults", { root })) uris.push(uri);
  }
  for (const uri of new Set([...uris, ...session.troubles.keys(), ...previous.keys(), ...last.shown])) {
    if (token.isCancellationRequested) return { items };
    const found = await diagnosticsOf(session, uri);
    const text = JSON.stringify(found);
    const known = last.ids.get(uri);
    const id = known !== undefined && known.items === text ? known.id : `${revision}:${uri}`;
    last.ids.set(uri, { id, items: text });
    const version = session.documents.get(uri)?.version ?? null;
    if (previous.get(uri) === id)
      items.push({ kind: DocumentDiagnosticReportKind.Unchanged, resultId: id, uri, version });
    else if (found.length > 0 || previous.has(uri) || last.shown.has(uri)) {
      items.push({ kind: DocumentDiagnosticReportKind.Full, resultId: id, items: found, uri, version });
    }
    if (found.length > 0) last.shown.add(uri);
  }
  last.revision = revision;
  return { items };
}

/** Pushes diagnostics to a client that cannot pull: of the named documents, and of those that are open. */
export async function publish(session: Session, uris: Iterable<string>): Promise<void> {
  if (session.client.pulls) return;
  for (const uri of uris) {
    const document = session.documents.get(uri);
    const version = document?.version;
    const diagnostics = await diagnosticsOf(session, uri);
    // A newer text is on its way and will be answered for itself.
    if (document !== undefined && session.documents.get(uri)?.version !== version) continue;
    await session.connection.sendDiagnostics({
      uri: document?.uri ?? uri,
      diagnostics,
      ...(version === undefined ? {} : { version }),
    });
  }
}

/**
 * What can be said before a long history was gone through, for a client that asks again when it is told to; undefined when there is no need
 * to hurry.
 */
async function firstDiagnosticsOf(session: Session, given: string): Promise<Diagnostic[] | undefined> {
  const { client, connection, documents, engine, troubles, warm } = session;
  await session.loaded;
  const uri = canonical(given);
  const root = documents.folderOf(uri);
  if (!client.refreshes || warm.has(root) || troubles.has(uri)) return undefined;
  warm.add(root);
  const first = await engine.ask("first-findings", { root, uri });
  if (first === undefined) return undefined;
  void engine
    .ask("findings", { root, uri })
    .catch(() => [])
    .then(() => connection.languages.diagnostics.refresh());
  return first.map(diagnosticOf);
}

async function diagnosticsOf(session: Session, given: string): Promise<Diagnostic[]> {
  await session.loaded;
  const uri = canonical(given);
  const root = session.documents.folderOf(uri);
  const trouble = session.troubles.get(uri);
  if (trouble !== undefined && session.documents.get(uri) === undefined) return [note(trouble.message)];
  const found = await session.engine.ask("findings", { root, uri });
  const diagnostics = found.map(diagnosticOf);
  if (/\/data-orchestrator(?:\.yaml|-baseline\.json)$/.test(uri)) {
    for (const { uri: at, message, range } of await session.engine.ask("faults", { root }))
      if (at === uri)
        diagnostics.push({ range, severity: DiagnosticSeverity.Error, source, code: "configuration", message });
  }
  return diagnostics;
}

function note(message: string): Diagnostic {
  const start = { line: 0, character: 0 };
  return {
    range: { start, end: start },
    severity: DiagnosticSeverity.Warning,
    source,
    code: "unreadable-file",
    message,
  };
}
