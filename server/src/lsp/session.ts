import type { Connection } from "vscode-languageserver";
import type { Embedded } from "../embedded/host.js";
import type { Engine } from "../engine/host.js";
import type { Trouble } from "../store/files.js";
import type { Documents } from "./documents.js";

/** What every request may need: the connection, the engine, the documents, and what the client told us. */
export interface Session {
  readonly connection: Connection;
  readonly engine: Engine;
  readonly documents: Documents;
  readonly embedded: Embedded;
  readonly client: ClientFacts;
  /** Files that could not be read, by URI. */
  readonly troubles: Map<string, Trouble>;
  /** Counts changes: an answer of the same revision is still true. */
  revision: number;
  /** Folders whose histories have been gone through once. */
  readonly warm: Set<string>;
  /** Resolves when all workspace folders are read. */
  loaded: Promise<void>;
}

/** What the client can do, and what it was told about the workspace. */
export interface ClientFacts {
  pulls: boolean;
  refreshes: boolean;
  progress: boolean;
  movesFolders: boolean;
  watches: boolean;
  configures: boolean;
  registersFormatting: boolean;
  trusted: boolean;
  formats: boolean;
}
