/**
 * Scenes: each statement of a file with the schema just before it. After an edit only the statements whose text or schema changed
 * get a new scene; the others keep theirs, and with it what the checks said of them.
 */
import type { FileScene, Report, StatementScene } from "./checks/check.js";
import {
  afterFile,
  type File,
  type Folder,
  migrationOf,
  nearestHistory,
  schemaOf,
  sqlOf,
  wrappingIn,
} from "./project.js";
import { apply } from "./schema/fold.js";
import { emptySchema, type Schema } from "./schema/model.js";
import type { Statement } from "./sql/statement.js";

/** A scene and, once the checks have seen it, their reports. */
export interface Seen {
  readonly scene: StatementScene;
  reports: readonly { readonly check: string; readonly report: Report }[] | undefined;
}

/** A file's scenes. */
export interface SeenFile {
  readonly scene: FileScene;
  readonly seen: readonly Seen[];
  /** The schema after the file. */
  readonly end: Schema;
}

/** Remembers the last scenes of each document. Every entry is held against its inputs before it is used again. */
export type Memory = Map<string, SeenFile>;

/** The scenes of a SQL file. */
export function scenesOf(folder: Folder, file: File, memory: Memory): SeenFile {
  const sql = sqlOf(file);
  const known = migrationOf(folder, file.uri);
  const history = known?.history ?? nearestHistory(folder, file.path);
  const start =
    known !== undefined
      ? schemaOf(folder, known.history, file.uri)
      : history === undefined
        ? emptySchema
        : schemaOf(folder, history);
  const wrapping = wrappingIn(known?.history, file);
  const pending = pendingOf(folder, file.uri);
  const last = known?.history.migrations.at(-1);
  const before = memory.get(file.uri);
  const sameWorld =
    before !== undefined &&
    before.scene.facts === folder.facts &&
    before.scene.wrapping === wrapping &&
    sameSet(before.scene.pending, pending);
  if (before !== undefined && sameWorld && before.scene.sql === sql && before.scene.start === start) return before;
  const seen: Seen[] = [];
  const statements: StatementScene[] = [];
  const scene: FileScene = {
    facts: folder.facts,
    uri: file.uri,
    sql,
    migration: known?.migration,
    history: known === undefined ? undefined : history,
    wrapping,
    newest: known !== undefined && last?.uri === file.uri && known.migration.state !== "applied",
    statements,
    start,
    pending,
  };
  const old = new Map<number, Seen>();
  if (sameWorld) for (const entry of before.seen) old.set(entry.scene.ordinal, entry);
  const only = onlyStatement(
    sql.pieces.filter(({ section, statement }) => section === "up" && statement !== undefined).length,
  );
  let schema = start;
  let opened = false;
  for (const [ordinal, piece] of sql.pieces.entries()) {
    const { statement } = piece;
    if (statement === undefined || piece.section !== "up") continue;
    const control = transactionControl(statement);
    const inTransaction = opened || wrapped(wrapping, only);
    const reused = old.get(ordinal);
    const kept =
      reused !== undefined &&
      reused.scene.statement === statement &&
      reused.scene.before === schema &&
      reused.scene.inTransaction === inTransaction
        ? reused
        : undefined;
    const after = kept?.scene.after ?? apply(schema, statement, { uri: file.uri, piece: ordinal });
    const made: StatementScene = {
      facts: folder.facts,
      file: scene,
      piece,
      ordinal,
      statement,
      before: schema,
      after,
      inTransaction,
    };
    statements.push(made);
    seen.push({ scene: made, reports: kept?.reports });
    if (control === "begin") opened = true;
    else if (control === "end") opened = false;
    schema = after;
  }
  const result: SeenFile = { scene, seen, end: known === undefined ? schema : afterFile(sql, file.uri, start) };
  memory.set(file.uri, result);
  return result;
}

function onlyStatement(count: number): boolean {
  return count === 1;
}

function wrapped(wrapping: FileScene["wrapping"], only: boolean): boolean | undefined {
  if (wrapping === "unknown") return undefined;
  return wrapping === "file" || (wrapping === "implicit" && !only);
}

/** Whether a statement opens or ends a transaction. */
export function transactionControl(statement: Statement): "begin" | "end" | undefined {
  const { node } = statement;
  if (node === undefined || !("TransactionStmt" in node)) return undefined;
  switch (node.TransactionStmt.kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      return "begin";
    case "TRANS_STMT_COMMIT":
    case "TRANS_STMT_ROLLBACK":
      return "end";
    default:
      return undefined;
  }
}

function pendingOf(folder: Folder, except: string): ReadonlySet<string> {
  const pending = new Set<string>();
  for (const { migrations } of folder.histories) {
    for (const { uri, state } of migrations) if (state === "pending" && uri !== except) pending.add(uri);
  }
  return pending;
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((entry) => b.has(entry));
}
