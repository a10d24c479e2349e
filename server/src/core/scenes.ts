/**
 * Scenes: each statement of a file with the schema just before it. After an edit only the statements whose text or schema changed
 * get a new scene; the others keep theirs, and with it what the checks said of them.
 */
import type { FileScene, Report, StatementScene } from "./checks/check.js";
import { folds, schemaOf } from "./folding.js";
import { mergedText } from "./merged.js";
import { type File, type Folder, migrationOf, nearestHistory, sqlOf, wrappingIn } from "./project.js";
import { apply } from "./schema/fold.js";
import type { Schema } from "./schema/model.js";
import { schemaAtStart } from "./schema/platform.js";
import { Difference, madeBy, type Step, stepTo, Timeline } from "./schema/timeline.js";
import { type Rest, restOf, settled, type Trace, traced } from "./schema/tracing.js";
import type { Piece, Statement } from "./sql/statement.js";
import { as, kindOf } from "./sql/tree.js";

/** A statement's scene and, once the checks have seen it, their reports. */
export interface Seen {
  readonly scene: StatementScene;
  readonly step: Step;
  /** Whether a transaction is open after it; undefined when it does not say. */
  readonly opens: boolean | undefined;
  /** Its place among the steps of the file. */
  index: number;
  /** The schemas around it, until the checks have seen it. */
  around: { readonly before: Schema; readonly after: Schema } | undefined;
  /** What the reports depended on. */
  read: Trace | undefined;
  reports: Reports | undefined;
  /** What hooks of the whole file computed of it, and what that depended on. */
  notes: Map<string, { readonly answer: unknown; readonly trace: Trace }> | undefined;
}

export type Reports = readonly { readonly check: string; readonly report: Report }[];

/** A file's scenes. */
export interface SeenFile {
  readonly scene: FileScene;
  readonly seen: readonly Seen[];
  /** The schema after the last statement, and what is left of it when the session has ended. */
  readonly last: Schema;
  readonly end: Schema;
  readonly line: Line;
}

/** Remembers the last scenes of each document. Every entry is held against its inputs before it is used again. */
export type Memory = Map<string, SeenFile>;

/** A file's scene while its text moves on: the statements' scenes point at it, and most of them outlive an edit. */
type Moving<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** The timeline that a file's scenes ask for their schemas; another one after each edit. */
interface Line {
  now: Timeline;
}

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
    merged: mergedText(folder, file.uri),
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
    before.merged === now.merged &&
    sameSet(before.pending, now.pending)
  );
}

/** What the checks say of a statement; asked only once for as long as nothing they asked for is different. */
export function reportsOn(seen: Seen, judge: (scene: StatementScene) => Reports): Reports {
  if (seen.reports === undefined) {
    const { answer, trace } = traced(() => judge(seen.scene));
    seen.reports = answer;
    seen.read = trace;
    seen.around = undefined;
  }
  return seen.reports;
}

/** Goes over the statements; those that stand as they stood, and asked for nothing that is different now, keep their scenes. */
function scenesIn(scene: Moving<FileScene>, before: SeenFile | undefined): SeenFile {
  const old = before?.seen ?? [];
  let next = 0;
  const { pieces } = scene.sql;
  const around = wrapped(scene.wrapping, standsAlone(pieces));
  const line: Line = before?.line ?? { now: new Timeline(scene.start) };
  const then = line.now;
  const now = new Timeline(scene.start);
  const difference = new Difference(then.start, scene.start);
  const seen: Seen[] = [];
  let opened = false;
  for (const [ordinal, piece] of pieces.entries()) {
    const known = old[next]?.scene.ordinal === ordinal ? old[next++] : undefined;
    const { statement } = piece;
    if (statement === undefined || piece.section !== "up") {
      if (known !== undefined) difference.pass(known.step, undefined, now.before(seen.length));
      continue;
    }
    const inTransaction = opened || around;
    if (
      known?.scene.statement === statement &&
      known.scene.inTransaction === inTransaction &&
      !difference.touches(known.step.trace, scene.start)
    ) {
      if (known.read !== undefined && difference.touches(known.read, scene.start)) known.reports = undefined;
      for (const [what, { trace }] of known.notes ?? [])
        if (difference.touches(trace, scene.start)) known.notes?.delete(what);
      const mark = known.index === seen.length ? then.markAt(seen.length + 1) : undefined;
      now.add(known.step, undefined, mark === undefined ? undefined : difference.over(mark));
      known.index = seen.length;
      seen.push(known);
      opened = known.opens ?? opened;
      continue;
    }
    const schema = now.before(seen.length);
    const entry = seenAt(
      scene,
      line,
      { ordinal, statement, inTransaction, index: seen.length },
      schema,
      known?.step,
      seen.at(-1)?.step.rest,
    );
    difference.pass(known?.step, entry.step, schema);
    now.add(entry.step, entry.around?.after);
    seen.push(entry);
    opened = entry.opens ?? opened;
  }
  for (const { step } of old.slice(next)) difference.pass(step, undefined, now.before(now.length));
  line.now = now;
  scene.statements = seen.map((entry) => entry.scene);
  const last = before !== undefined && difference.isNone ? before.last : now.before(now.length);
  const end = scene.migration === undefined ? last : folds(scene.sql, scene.uri, scene.start, last);
  return { scene, seen, last, end, line };
}

function seenAt(
  file: FileScene,
  line: Line,
  at: {
    readonly ordinal: number;
    readonly statement: Statement;
    readonly inTransaction: boolean | undefined;
    readonly index: number;
  },
  before: Schema,
  known: Step | undefined,
  rest: Rest = restOf(before),
): Seen {
  const { index, ordinal, statement, inTransaction } = at;
  const { answer, trace } = traced(() => apply(before, statement, { uri: file.uri, piece: ordinal }));
  const after =
    known === undefined || answer === before
      ? answer
      : settled(answer, trace, (map, key) => madeBy(known, map, key), known.rest);
  const seen: Seen = {
    scene: {
      facts: file.facts,
      file,
      ordinal,
      statement,
      kind: statement.node === undefined ? undefined : kindOf(statement.node),
      inTransaction,
      get before() {
        return seen.around?.before ?? line.now.before(seen.index);
      },
      get after() {
        return seen.around?.after ?? line.now.before(seen.index + 1);
      },
      remember: <Answer>(what: string, compute: () => Answer): Answer => {
        const known = seen.notes?.get(what);
        if (known !== undefined) return known.answer as Answer;
        const note = traced(compute);
        seen.notes ??= new Map();
        seen.notes.set(what, note);
        return note.answer;
      },
    },
    step: stepTo(after, rest, trace),
    opens: opensTransaction(statement),
    index,
    around: { before, after },
    read: undefined,
    reports: undefined,
    notes: undefined,
  };
  return seen;
}

function wrapped(wrapping: FileScene["wrapping"], only: boolean): boolean | undefined {
  if (wrapping === "unknown") return undefined;
  return wrapping === "file" || (wrapping === "implicit" && !only);
}

function standsAlone(pieces: readonly Piece[]): boolean {
  let count = 0;
  for (const { section, statement } of pieces) if (section === "up" && statement !== undefined && ++count > 1) break;
  return count === 1;
}

function opensTransaction({ node }: Statement): boolean | undefined {
  switch (as(node, "TransactionStmt")?.kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      return true;
    case "TRANS_STMT_COMMIT":
    case "TRANS_STMT_ROLLBACK":
      return false;
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
