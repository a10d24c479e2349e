/** The language client: which documents it is for, and how the server is started. Loaded only after the activation. */
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, State, TransportKind } from "vscode-languageclient/node";
import { languages } from "./languages.js";
import { askForReason } from "./reason.js";

/** What the server is doing. */
export type ServerState = "starting" | "running" | "stopped";

/** Makes the client of the server in `module`; nothing runs before it is started. */
export function makeClient(module: string, log: vscode.LogOutputChannel): LanguageClient {
  const options: LanguageClientOptions = {
    // Plain YAML too: only the server can tell a sync configuration by what is in it.
    documentSelector: [
      ...[...languages, "yaml"].flatMap((language) => [
        { scheme: "file", language },
        { scheme: "untitled", language },
      ]),
      // Migrations that are written in code.
      { scheme: "file", pattern: "**/*migration{,s}/*.{js,ts,mjs,cjs,mts,cts}" },
    ],
    outputChannel: log,
    middleware: askForReason,
    synchronize: { configurationSection: "dataOrchestrator" },
    diagnosticPullOptions: { onChange: true, onSave: true, onTabs: true },
    initializationOptions: () => ({
      trusted: vscode.workspace.isTrusted,
      settings: vscode.workspace.getConfiguration("dataOrchestrator"),
    }),
  };
  const run = { module, transport: TransportKind.ipc };
  const debug = { ...run, options: { execArgv: ["--nolazy", "--inspect=6019"] } };
  return new LanguageClient("dataOrchestrator", "Data Orchestrator", { run, debug }, options);
}

/** Calls `changed` whenever the server starts or stops. */
export function watchServer(client: LanguageClient, changed: (state: ServerState) => void): void {
  client.onDidChangeState(({ newState }) => {
    changed(newState === State.Running ? "running" : newState === State.Stopped ? "stopped" : "starting");
  });
}
