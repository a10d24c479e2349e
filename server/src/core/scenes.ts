/**
 * Scenes: each statement of a file with the schema just before it. After an edit only the statements whose text or schema changed
 * get a new scene; the others keep theirs, and with it what the checks said of them.
 */
import type { FileScene, Report, StatementScene } from "./checks/check.js";
import { type File, type Folder, folds, migrationOf, nearestHistory, schemaOf, sqlOf, wrappingIn } from "./project.js";
import { apply } from "./schema/fold.js";
import type { Schema } from "./schema/model.js";
import { schemaAtStart } from "./schema/platform.js";
import { holds, redo, settled, type Trace, traced } from "./schema/tracing.js";
import type { Piece, Statement } from "./sql/statement.js";

/** A scene and, once the checks have seen it, their reports. */
export interface Seen {
  readonly scene: StatementScene;
  /** What scene and reports depended on. */
  trace: Trace;
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

/** A file's scene while its text moves on: the statements' scenes point at it, and most of them outlive an edit. */
type Moving<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** The scenes of a SQL file. */
export function scenesOf(folder: Folder, file: File, memory: Memory): SeenFile {
  const known = migrationOf(folder, file.uri);
  const history = known?.history ?? nearestHistory(folder, file.path);
  const until = known === undefined ? undefined : file.uri;
  const start = history === undefined ? schemaAtStart(folder.facts.platform) : schemaOf(folder, history, until);
  const last = known?.history.migrations.at(-1);
  const now: FileScene = {
    facts: folder.facts,
    uri: file.uri,
    sql: sqlOf(file),
    migration: known?.migration,
    history: known?.history,
    wrapping: wrappingIn(known?.history, file),
    newest: known !== undefined && last?.uri === file.uri && known.migration.state !== "applied",
    statements: [],
    start,
    pending: pendingOf(folder, file.uri),
  };
  const before = memory.get(file.uri);
  if (before !== undefined && sameWorld(before.scene, now)) {
    if (before.scene.sql === now.sql && before.scene.start === start) return before;
    const scene: Moving<FileScene> = before.scene;
    scene.sql = now.sql;
    scene.start = start;
    return remember(memory, scenesIn(scene, before));
  }
  return remember(memory, scenesIn(now, undefined));
}

function remember(memory: Memory, file: SeenFile): SeenFile {
  memory.set(file.scene.uri, file);
  return file;
}

/** Whatever the checks may read of a file besides its text is as it was. */
function sameWorld(before: FileScene, now: FileScene): boolean {
  return (
    before.facts === now.facts &&
    before.wrapping === now.wrapping &&
    before.history === now.history &&
    before.migration === now.migration &&
    before.newest === now.newest &&
    sameSet(before.pending, now.pending)
  );
}

/** Goes over the statements; those that stand as they stood, before the same schema, keep their scenes. */
function scenesIn(scene: Moving<FileScene>, before: SeenFile | undefined): SeenFile {
  const old = new Map<number, Seen>();
  for (const entry of before?.seen ?? []) old.set(entry.scene.ordinal, entry);
  const { pieces } = scene.sql;
  const isForward = ({ section, statement }: Piece): boolean => section === "up" && statement !== undefined;
  const alone = pieces.filter(isForward).length === 1;
  const around = wrapped(scene.wrapping, alone);
  const seen: Seen[] = [];
  let schema = scene.start;
  let opened = false;
  for (const [ordinal, piece] of pieces.entries()) {
    const { statement } = piece;
    if (statement === undefined || piece.section !== "up") continue;
    const inTransaction = opened || around;
    const entry =
      kept(old.get(ordinal), statement, schema, inTransaction) ??
      seenAt(scene, ordinal, statement, schema, inTransaction, old.get(ordinal));
    seen.push(entry);
    const control = transactionControl(statement);
    if (control !== undefined) opened = control === "begin";
    schema = entry.scene.after;
  }
  scene.statements = seen.map((entry) => entry.scene);
  return {
    scene,
    seen,
    end: scene.migration === undefined ? schema : folds(scene.sql, scene.uri, scene.start, schema),
  };
}

function seenAt(
  file: FileScene,
  ordinal: number,
  statement: Statement,
  before: Schema,
  inTransaction: boolean | undefined,
  known: Seen | undefined,
): Seen {
  const { answer, trace } = traced(() => apply(before, statement, { uri: file.uri, piece: ordinal }));
  const after = known === undefined || answer === before ? answer : settled(answer, known.scene.after, trace);
  return {
    scene: { facts: file.facts, file, ordinal, statement, before, after, inTransaction },
    trace,
    reports: undefined,
  };
}

/** What was seen of the same statement, when all it depended on is as it was. */
function kept(
  entry: Seen | undefined,
  statement: Statement,
  before: Schema,
  inTransaction: boolean | undefined,
): Seen | undefined {
  if (entry === undefined || entry.scene.statement !== statement || entry.scene.inTransaction !== inTransaction)
    return undefined;
  if (entry.scene.before === before) return entry;
  if (!holds(entry.trace, entry.scene.before, before)) return undefined;
  return { ...entry, scene: { ...entry.scene, before, after: redo(entry.trace, entry.scene, before) } };
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
