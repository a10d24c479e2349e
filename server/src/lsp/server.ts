/** The language server: a table of requests. What they answer is said in the files beside this one. */

import { pathToFileURL } from "node:url";
import {
  type CancellationToken,
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  DocumentFormattingRequest,
  type InitializeParams,
  type InitializeResult,
  RequestType,
  TextDocumentSyncKind,
  WatchKind,
  type WorkDoneProgressServerReporter,
} from "vscode-languageserver";
import type { Embedded } from "../embedded/host.js";
import type { Engine } from "../engine/host.js";
import { type ExplainAnswer, type ExplainParams, explainStatement, panelIntent } from "../protocol.js";
import { version } from "../version.js";
import { codeActions, execute, fixAll, formatting, hover, openDocs } from "./actions.js";
import { documentDiagnostics, publish, workspaceDiagnostics } from "./diagnostics.js";
import { canonical, makeDocuments, type PlacedTrouble } from "./documents.js";
import { explain } from "./explain.js";
import { makePanel } from "./panel.js";
import type { ClientFacts, Session } from "./session.js";

const explainRequest = new RequestType<ExplainParams, ExplainAnswer, never>(explainStatement);

/** Serves a connection. */
export function serve(connection: Connection, engine: Engine, embedded: Embedded): void {
  let session: Session | undefined;
  let folders: readonly string[] = [];
  let panel: ReturnType<typeof makePanel> | undefined;
  // Before the client has said that it is ready, the protocol lets us ask it nothing.
  let greet: () => void = () => undefined;
  const greeted = new Promise<void>((resolve) => {
    greet = resolve;
  });

  connection.onInitialize((params): InitializeResult => {
    const client = clientFacts(params);
    const documents = makeDocuments(engine, () => client.trusted);
    session = {
      connection,
      engine,
      embedded,
      documents,
      client,
      troubles: new Map(),
      revision: 0,
      warm: new Set(),
      loaded: Promise.resolve(),
    };
    panel = makePanel(session);
    folders = foldersOf(params);
    session.loaded = load(session, folders);
    return {
      serverInfo: { name: "data-orchestrator", version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        diagnosticProvider: {
          identifier: "data-orchestrator",
          interFileDependencies: true,
          workspaceDiagnostics: true,
        },
        codeActionProvider: { codeActionKinds: ["quickfix", fixAll] },
        executeCommandProvider: { commands: [openDocs] },
        hoverProvider: true,
        ...(client.formats && !client.registersFormatting ? { documentFormattingProvider: true } : {}),
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });

  connection.onInitialized(() => {
    greet();
    return within(async (session) => {
      const { client } = session;
      if (client.watches) {
        const watchers = [
          "**/*.{sql,yaml,yml}",
          "**/*.plan",
          "**/*migration{,s}/*.{js,ts,mjs,cjs,mts,cts}",
          "**/_journal.json",
          "**/supabase/config.toml",
          "**/.git/HEAD",
        ].map((globPattern) => ({ globPattern }));
        const deletions = { globPattern: "**/*", kind: WatchKind.Delete };
        await connection.client.register(DidChangeWatchedFilesNotification.type, {
          watchers: [...watchers, deletions],
        });
      }
      if (client.configures)
        await connection.client.register(DidChangeConfigurationNotification.type, { section: "dataOrchestrator" });
      if (client.formats && client.registersFormatting) await registerFormatting(session);
      if (client.movesFolders)
        connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) =>
          within(async (session) => {
            for (const { uri } of removed) {
              session.documents.removeFolder(uri);
              forgetTroubles(session, uri);
            }
            await reload(
              session,
              added.map(({ uri }) => uri),
            );
            await changed(session);
          }),
        );
      await session.loaded;
      await changed(session);
    });
  });

  connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version, text } }) =>
    within(async (session) => {
      session.documents.open(uri, languageId, version, text);
      await edited(session, uri);
    }),
  );
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) =>
    within(async (session) => {
      session.documents.change(uri, version, contentChanges);
      await edited(session, uri);
    }),
  );
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) =>
    within(async (session) => {
      await reading(session, session.documents.close(uri));
      await edited(session, uri);
    }),
  );
  connection.onDidSaveTextDocument(() => within((session) => publish(session, openUris(session))));
  connection.onDidChangeWatchedFiles(({ changes }) =>
    within(async (session) => {
      for (const { uri } of changes) session.troubles.delete(canonical(uri));
      const uris = changes.map(({ uri }) => uri);
      const { known, troubles } = await reading(session, session.documents.changedOnDisk(uris));
      note(session, troubles);
      const moved = uris.some((uri) => uri.endsWith("/.git/HEAD"));
      if (moved) await reload(session, session.documents.folders());
      if (known || moved) await changed(session);
    }),
  );
  connection.onDidChangeConfiguration(() =>
    within(async (session) => {
      const settings: unknown = await connection.workspace.getConfiguration("dataOrchestrator").catch(() => undefined);
      const formats = wantsFormat(settings);
      if (formats && !session.client.formats && session.client.registersFormatting) await registerFormatting(session);
      session.client.formats = formats;
      await changed(session);
    }),
  );

  connection.languages.diagnostics.on((params) =>
    on("diagnostics", (session) => documentDiagnostics(session, params), { kind: "full", items: [] }),
  );
  connection.languages.diagnostics.onWorkspace((params, token: CancellationToken) =>
    on("workspace diagnostics", (session) => workspaceDiagnostics(session, params, token), { items: [] }),
  );
  connection.onCodeAction((params) => on("code actions", (session) => codeActions(session, params), []));
  connection.onExecuteCommand((params) => on("command", (session) => execute(session, params), null));
  connection.onHover((params) => on("hover", (session) => hover(session, params), null));
  connection.onDocumentFormatting((params) => on("formatting", (session) => formatting(session, params), []));
  connection.onRequest(explainRequest, (params) =>
    on<ExplainAnswer>("explain", (session) => explain(session, params), {
      refusal: "The statement could not be explained; the output has more.",
    }),
  );
  connection.onNotification(panelIntent, (intent) => within(async () => panel?.receive(intent)));
  connection.onShutdown(async () => {
    session?.embedded.close();
    await session?.engine.close();
  });

  async function edited(session: Session, uri: string): Promise<void> {
    session.revision++;
    panel?.changed();
    await publish(session, new Set([uri, ...openUris(session)]));
  }

  async function changed(session: Session): Promise<void> {
    session.revision++;
    panel?.changed();
    if (session.client.pulls && session.client.refreshes) connection.languages.diagnostics.refresh();
    await publish(session, openUris(session));
  }

  /** Runs a notification; what it throws is our own mistake and is logged. */
  async function within(run: (session: Session) => Promise<void>): Promise<void> {
    if (session === undefined) return;
    await run(session).catch((error: unknown) =>
      connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
  }

  /** Answers a request when the disk is read; when that fails by our own mistake, the log says so and the answer is empty. */
  async function on<Answer>(
    name: string,
    answer: (session: Session) => Promise<Answer>,
    empty: Answer,
  ): Promise<Answer> {
    if (session === undefined) return empty;
    const asked = session;
    return asked.loaded
      .then(() => answer(asked))
      .catch((error: unknown) => {
        connection.console.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        return empty;
      });
  }

  function reload(session: Session, uris: readonly string[]): Promise<void> {
    return reading(session, load(session, uris));
  }

  async function load(session: Session, uris: readonly string[]): Promise<void> {
    const progress = session.client.progress ? greeted.then(() => showProgress()) : undefined;
    for (const uri of uris) {
      const troubles = await session.documents.addFolder(uri);
      forgetTroubles(session, uri);
      note(session, troubles);
    }
    void progress?.then((shown) => shown?.done());
  }

  async function showProgress(): Promise<WorkDoneProgressServerReporter | undefined> {
    const progress = await connection.window.createWorkDoneProgress().catch(() => undefined);
    progress?.begin("Reading migrations", 0, "", false);
    return progress;
  }

  function note(session: Session, troubles: readonly PlacedTrouble[]): void {
    for (const trouble of troubles) {
      connection.console.warn(trouble.message);
      session.troubles.set(trouble.uri, trouble);
    }
  }
}

function forgetTroubles({ troubles }: Session, folder: string): void {
  const inside = `${canonical(folder).replace(/\/$/, "")}/`;
  for (const uri of troubles.keys()) if (uri.startsWith(inside)) troubles.delete(uri);
}

/** Has the answers to later requests wait for what is being read from the disk. */
function reading<Result>(session: Session, result: Promise<Result>): Promise<Result> {
  const done = result.then(
    () => undefined,
    // Whoever asked for it is told.
    () => undefined,
  );
  session.loaded = Promise.all([session.loaded, done]).then(() => undefined);
  return result;
}

function openUris(session: Session): readonly string[] {
  return session.documents.all().map(({ uri }) => uri);
}

async function registerFormatting({ connection }: Session): Promise<void> {
  await connection.client.register(DocumentFormattingRequest.type, {
    documentSelector: [{ language: "sql" }, { language: "postgres" }],
  });
}

function wantsFormat(settings: unknown): boolean {
  return (settings as { readonly format?: { readonly enable?: unknown } } | undefined | null)?.format?.enable === true;
}

function clientFacts({ capabilities, initializationOptions }: InitializeParams): ClientFacts {
  const options = initializationOptions as { readonly trusted?: unknown; readonly settings?: unknown } | undefined;
  return {
    pulls: capabilities.textDocument?.diagnostic !== undefined,
    refreshes: capabilities.workspace?.diagnostics?.refreshSupport === true,
    progress: capabilities.window?.workDoneProgress === true,
    movesFolders: capabilities.workspace?.workspaceFolders === true,
    watches: capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    configures:
      capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true &&
      capabilities.workspace.configuration === true,
    registersFormatting: capabilities.textDocument?.formatting?.dynamicRegistration === true,
    trusted: options?.trusted !== false,
    formats: wantsFormat(options?.settings),
  };
}

function foldersOf({ workspaceFolders, rootUri, rootPath }: InitializeParams): readonly string[] {
  if (workspaceFolders !== null && workspaceFolders !== undefined && workspaceFolders.length > 0)
    return workspaceFolders.map(({ uri }) => uri);
  if (rootUri !== null && rootUri !== undefined) return [rootUri];
  return rootPath === null || rootPath === undefined ? [] : [pathToFileURL(rootPath).href];
}
