/** The language server's door: a process that speaks LSP over stdio, IPC or a pipe. */
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { makeEmbedded } from "./embedded/host.js";
import { startEngine } from "./engine/host.js";
import { serve } from "./lsp/server.js";

const connection = createConnection(ProposedFeatures.all);
const log = (line: string): void => connection.console.warn(line);
// The engine's thread comes up while the client says hello.
serve(connection, startEngine({ log }), makeEmbedded(log));
connection.listen();
