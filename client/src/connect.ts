/**
 * The connection to the language server: starts it, restarts it, and passes messages on. What they say is for the server
 * and the views.
 */
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, State, TransportKind } from "vscode-languageclient/node";
import {
  type ExplainAnswer,
  type ExplainParams,
  explainStatement,
  type Intent,
  type PanelState,
  panelIntent,
  panelState,
} from "../../server/src/protocol.js";

/** What the server is doing. */
export type ServerState = "starting" | "running" | "stopped";

/** The language server as the rest of the client sees it. */
export interface Connection {
  /** The last state of the sidebar; undefined until the server sent one. */
  readonly state: PanelState | undefined;
  readonly onState: vscode.Event<PanelState>;
  readonly server: ServerState;
  readonly onServer: vscode.Event<ServerState>;
  send(intent: Intent): void;
  explain(params: ExplainParams): Promise<ExplainAnswer>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The languages that the extension is about. */
export const languages = ["sql", "postgres", "pgsql", "powersync-yaml"];

/** Starts the language server and does not wait for it. */
export function connect(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Connection {
  const states = new vscode.EventEmitter<PanelState>();
  const servers = new vscode.EventEmitter<ServerState>();
  const client = makeClient(context, log);
  let state: PanelState | undefined;
  let server: ServerState = "starting";
  const send = (intent: Intent) => {
    if (client.state !== State.Running) return;
    client.sendNotification(panelIntent, intent).catch((error: unknown) => log.error(String(error)));
  };
  client.onNotification(panelState, (received: PanelState) => {
    state = received;
    states.fire(received);
  });
  client.onDidChangeState(({ newState }) => {
    server = newState === State.Running ? "running" : newState === State.Stopped ? "stopped" : "starting";
    servers.fire(server);
    if (server === "running") send({ do: "ready" });
  });
  const restart = async () => {
    log.info("Restarting the language server.");
    state = undefined;
    await (client.state === State.Stopped ? client.start() : client.restart());
  };
  context.subscriptions.push(states, servers, vscode.workspace.onDidGrantWorkspaceTrust(restart));
  client.start().catch((error: unknown) => log.error(`The language server does not start: ${String(error)}`));
  return {
    get state() {
      return state;
    },
    get server() {
      return server;
    },
    onState: states.event,
    onServer: servers.event,
    send,
    explain: (params) => client.sendRequest<ExplainAnswer>(explainStatement, params),
    restart,
    stop: () => client.stop(),
  };
}

function makeClient(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): LanguageClient {
  const module = context.asAbsolutePath("dist/server.cjs");
  const options: LanguageClientOptions = {
    // Plain YAML too: only the server can tell a sync configuration by what is in it.
    documentSelector: [...languages, "yaml"].flatMap((language) => [
      { scheme: "file", language },
      { scheme: "untitled", language },
    ]),
    outputChannel: log,
    synchronize: { configurationSection: "dataOrchestrator" },
    diagnosticPullOptions: { onChange: true, onSave: true, onTabs: true },
    initializationOptions: () => ({
      trusted: vscode.workspace.isTrusted,
      settings: vscode.workspace.getConfiguration("dataOrchestrator"),
    }),
  };
  const debug = { execArgv: ["--nolazy", "--inspect=6019"] };
  return new LanguageClient(
    "dataOrchestrator",
    "Data Orchestrator",
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: debug },
    },
    options,
  );
}
