/** The language server's door: a process that speaks LSP over stdio, IPC or a pipe. */
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { startEngine } from "./engine/host.js";
import { serve } from "./lsp/server.js";

const connection = createConnection(ProposedFeatures.all);
serve(connection, (trusted) => startEngine({ trusted, log: (line) => connection.console.warn(line) }));
connection.listen();
