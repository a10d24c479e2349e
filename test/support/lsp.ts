/**
 * A language client of the smallest kind: it starts the built server as an editor does, speaks LSP over its standard streams and keeps
 * the documents as an editor would. Every wait has an end.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type {
  CodeAction,
  Diagnostic,
  InitializeParams,
  InitializeResult,
  Position,
  PublishDiagnosticsParams,
  Range,
  WorkspaceDiagnosticReport,
  WorkspaceEdit,
} from "vscode-languageserver";
import { lineStarts, offsetAt, positionAt } from "../../server/src/core/text/lines.js";

/** What `npm run build` makes. */
export const serverProgram = "dist/server.cjs";

/** A request under way. */
export interface Pending<Answer> {
  readonly id: number;
  readonly answer: Promise<Answer>;
}

/** A running server and the documents that are open in it. */
export interface LanguageClient {
  readonly initialized: InitializeResult;
  readonly process: ChildProcess;
  /** What the server published last, by document. */
  readonly published: ReadonlyMap<string, PublishDiagnosticsParams>;
  /** Requests and notifications that came from the server, in order. */
  readonly received: readonly { readonly method: string; readonly params: unknown }[];
  ask<Answer>(method: string, params: unknown): Promise<Answer>;
  begin<Answer>(method: string, params: unknown): Pending<Answer>;
  tell(method: string, params: unknown): void;
  open(uri: string, text: string, language?: string): void;
  /** Replaces a stretch of an open document, and tells the server only that. */
  edit(uri: string, start: number, removed: number, added: string): void;
  textOf(uri: string): string;
  close(uri: string): void;
  pull(uri: string): Promise<readonly Diagnostic[]>;
  pullAll(): Promise<WorkspaceDiagnosticReport>;
  actions(uri: string, diagnostics: readonly Diagnostic[], only?: readonly string[]): Promise<readonly CodeAction[]>;
  /** Applies an edit as an editor does; created documents are opened. */
  apply(edit: WorkspaceEdit | undefined): void;
  /** Waits until something is true. */
  until(what: string, is: () => boolean): Promise<void>;
  /** Shutdown and exit; answers the exit status. */
  stop(): Promise<number | null>;
}

/** How a client differs from one that can do everything. */
export interface ClientOptions {
  readonly folders?: readonly string[];
  readonly params?: Partial<InitializeParams>;
  readonly capabilities?: InitializeParams["capabilities"];
  /** Answers requests of the server. */
  readonly answer?: (method: string, params: unknown) => unknown;
  /** Longest wait for an answer, in milliseconds. */
  readonly patience?: number;
  /** Told what the server had asked for by the time it answered the first request. */
  readonly onHandshake?: (methods: readonly string[]) => void;
}

const everything: InitializeParams["capabilities"] = {
  textDocument: {
    diagnostic: { dynamicRegistration: false, relatedDocumentSupport: false },
    codeAction: {
      dataSupport: true,
      codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix", "source"] } },
    },
    hover: { contentFormat: ["markdown"] },
  },
  workspace: {
    diagnostics: { refreshSupport: true },
    workspaceFolders: true,
    configuration: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceEdit: { documentChanges: true, resourceOperations: ["create"] },
  },
  window: { workDoneProgress: true, showDocument: { support: true } },
};

/** Starts the server over workspace folders (URIs) and goes through the handshake. */
export async function startClient(options: ClientOptions = {}): Promise<LanguageClient> {
  assert.ok(existsSync(serverProgram), `${serverProgram} is missing: run \`npm run build\` first`);
  const child = spawn(process.execPath, [serverProgram, "--stdio"], { stdio: ["pipe", "pipe", "pipe"] });
  const patience = options.patience ?? 15_000;
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  const published = new Map<string, PublishDiagnosticsParams>();
  const received: { method: string; params: unknown }[] = [];
  const documents = new Map<string, { text: string; version: number }>();
  let errors = "";
  let ended: number | null | undefined;
  let next = 1;

  child.stderr.on("data", (data: Buffer) => {
    errors += data.toString();
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      ended = code;
      for (const { reject } of waiting.values()) reject(new Error(`the server ended with ${code}: ${errors}`));
      resolve(code);
    });
  });
  readMessages(child, (message) => {
    if (message.method === undefined) {
      const one = waiting.get(message.id as number);
      waiting.delete(message.id as number);
      if (message.error === undefined) one?.resolve(message.result);
      else one?.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
      return;
    }
    received.push({ method: message.method, params: message.params });
    if (message.method === "textDocument/publishDiagnostics") {
      const params = message.params as PublishDiagnosticsParams;
      published.set(params.uri, params);
    }
    if (message.id !== undefined) {
      const result = options.answer?.(message.method, message.params) ?? standing(message.method);
      send({ id: message.id, result });
    }
  });

  function send(message: object): void {
    if (ended !== undefined) return;
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }), "utf8");
    child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    child.stdin.write(body);
  }

  function begin<Answer>(method: string, params: unknown): Pending<Answer> {
    const id = next++;
    const answer = new Promise<Answer>((resolve, reject) => {
      if (ended !== undefined) reject(new Error(`the server ended with ${ended}: ${errors}`));
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${method} within ${patience} ms\n${errors}`)),
        patience,
      );
      const settled = (): void => clearTimeout(timer);
      waiting.set(id, {
        resolve: (value) => {
          settled();
          resolve(value as Answer);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      send({ id, method, params });
    });
    return { id, answer };
  }

  const ask = <Answer>(method: string, params: unknown): Promise<Answer> => begin<Answer>(method, params).answer;
  const tell = (method: string, params: unknown): void => send({ method, params });
  const documentOf = (uri: string): { text: string; version: number } => {
    const document = documents.get(uri);
    assert.ok(document !== undefined, `${uri} is not open`);
    return document;
  };

  function open(uri: string, text: string, language = uri.endsWith(".sql") ? "sql" : "yaml"): void {
    documents.set(uri, { text, version: 1 });
    tell("textDocument/didOpen", { textDocument: { uri, languageId: language, version: 1, text } });
  }

  function edit(uri: string, start: number, removed: number, added: string): void {
    const document = documentOf(uri);
    const range = { start: place(document.text, start), end: place(document.text, start + removed) };
    document.text = document.text.slice(0, start) + added + document.text.slice(start + removed);
    document.version++;
    tell("textDocument/didChange", {
      textDocument: { uri, version: document.version },
      contentChanges: [{ range, text: added }],
    });
  }

  function editRanges(uri: string, edits: readonly { readonly range: Range; readonly newText: string }[]): void {
    const { text } = documentOf(uri);
    const spans = edits.map(({ range, newText }) => ({
      start: offset(text, range.start),
      end: offset(text, range.end),
      newText,
    }));
    // From the end on, so that what is still to come keeps its place.
    for (const { start, end, newText } of spans.sort((a, b) => b.start - a.start))
      edit(uri, start, end - start, newText);
  }

  const initialized = await ask<InitializeResult>("initialize", {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: (options.folders ?? []).map((uri) => ({ uri, name: uri })),
    capabilities: options.capabilities ?? everything,
    ...options.params,
  });
  options.onHandshake?.(received.map(({ method }) => method));
  tell("initialized", {});
  return {
    initialized,
    process: child,
    published,
    received,
    ask,
    begin,
    tell,
    open,
    edit,
    textOf: (uri) => documentOf(uri).text,
    close(uri) {
      documents.delete(uri);
      tell("textDocument/didClose", { textDocument: { uri } });
    },
    async pull(uri) {
      const report = await ask<{ items: readonly Diagnostic[] }>("textDocument/diagnostic", { textDocument: { uri } });
      return report.items;
    },
    pullAll: () => ask("workspace/diagnostic", { previousResultIds: [] }),
    async actions(uri, diagnostics, only) {
      const range = diagnostics[0]?.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
      const context = { diagnostics, ...(only === undefined ? {} : { only }) };
      return (
        (await ask<CodeAction[] | null>("textDocument/codeAction", { textDocument: { uri }, range, context })) ?? []
      );
    },
    apply(change) {
      for (const [uri, edits] of Object.entries(change?.changes ?? {})) editRanges(uri, edits);
      for (const one of change?.documentChanges ?? []) {
        if ("kind" in one) {
          assert.equal(one.kind, "create");
          open("uri" in one ? one.uri : "", "");
        } else editRanges(one.textDocument.uri, one.edits as readonly { range: Range; newText: string }[]);
      }
    },
    async until(what, is) {
      const end = Date.now() + patience;
      while (!is()) {
        assert.ok(Date.now() < end, `${what} did not come about within ${patience} ms\n${errors}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async stop() {
      if (ended === undefined) {
        await ask("shutdown", null);
        tell("exit", null);
      }
      const timer = setTimeout(() => child.kill("SIGKILL"), patience);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
  };
}

/** What a client answers that was not told otherwise. */
function standing(method: string): unknown {
  if (method === "workspace/configuration") return [null];
  return method === "window/showDocument" ? { success: true } : null;
}

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

function readMessages(child: ChildProcess, receive: (message: Message) => void): void {
  let buffer = Buffer.alloc(0);
  child.stdout?.on("data", (data: Buffer) => {
    buffer = Buffer.concat([buffer, data]);
    for (;;) {
      const head = buffer.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, head).toString())?.[1]);
      assert.ok(Number.isInteger(length), `no message: ${buffer.subarray(0, 200).toString()}`);
      if (buffer.length < head + 4 + length) return;
      const body = buffer.subarray(head + 4, head + 4 + length).toString("utf8");
      buffer = buffer.subarray(head + 4 + length);
      receive(JSON.parse(body) as Message);
    }
  });
}

function place(text: string, at: number): Position {
  return positionAt(lineStarts(text), at);
}

function offset(text: string, position: Position): number {
  return offsetAt(lineStarts(text), text, position);
}
