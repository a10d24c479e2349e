/**
 * The connection to the language server: starts it, restarts it, and passes messages on. What they say is for the server
 * and the views.
 */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import {
  type ExplainAnswer,
  type ExplainParams,
  explainStatement,
  type Intent,
  type PanelState,
  panelIntent,
  panelState,
} from "../../server/src/protocol.js";
import type { ServerState } from "./client.js";

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

/** Starts the language server and does not wait for it. */
export function connect(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Connection {
  const states = new vscode.EventEmitter<PanelState>();
  const servers = new vscode.EventEmitter<ServerState>();
  let state: PanelState | undefined;
  let server: ServerState = "starting";

  const begin = async (): Promise<LanguageClient> => {
    // The client library is large: the editor goes on before it is read.
    await new Promise((resolve) => setImmediate(resolve));
    const { makeClient, watchServer } = await import("./client.js");
    const client = makeClient(context.asAbsolutePath("dist/server.cjs"), log);
    client.onNotification(panelState, (received: PanelState) => {
      state = received;
      states.fire(received);
    });
    watchServer(client, (current) => {
      server = current;
      servers.fire(current);
      if (current === "running") send({ do: "ready" });
    });
    return client;
  };
  const client = begin();
  const fault = (what: string) => (error: unknown) => log.error(`${what}: ${String(error)}`);
  const send = (intent: Intent): void => {
    if (server === "running")
      client.then((made) => made.sendNotification(panelIntent, intent)).catch(fault("The server was not told"));
  };
  const restart = async (): Promise<void> => {
    log.info("Restarting the language server.");
    state = undefined;
    const made = await client;
    await (server === "stopped" ? made.start() : made.restart());
  };

  client.then((made) => made.start()).catch(fault("The language server does not start"));
  context.subscriptions.push(states, servers, vscode.workspace.onDidGrantWorkspaceTrust(restart));
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
    explain: async (params) => (await client).sendRequest<ExplainAnswer>(explainStatement, params),
    restart,
    stop: async () => (await client).stop(),
  };
}
