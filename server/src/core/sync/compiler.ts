import type { Schema } from "../schema/model.js";
import type { Span } from "../text/source.js";

/**
 * What PowerSync's own compiler says of a configuration. The compiler itself is handed in by the door, because it is another's code with a
 * licence of its own; without it nothing is said and the checks on our own reading remain.
 */
export interface CompilerMessage {
  readonly message: string;
  readonly severity: "error" | "warning";
  readonly span: Span;
}

/**
 * Compiles the text of a configuration (`SyncDocument.source`) against the tables of a schema, or against none. It never throws; for a text
 * on which the compiler itself fails there are no messages.
 */
export type CompileSync = (source: string, schema: Schema | undefined) => readonly CompilerMessage[];
