/**
 * The schemas between the migrations of a folder: each file is folded once, and again only when it, or something it asked of the schema
 * before it, is different.
 */
import { type Folder, migrationOf, sqlOf } from "./project.js";
import { apply } from "./schema/fold.js";
import type { History } from "./schema/history.js";
import type { Schema } from "./schema/model.js";
import { schemaAtStart } from "./schema/platform.js";
import { holds, mapOf, redo, settled, type Trace, traced } from "./schema/tracing.js";
import type { SqlFile } from "./sql/statement.js";
import { memo } from "./text/memo.js";

/** The schema after the migrations of a history, up to but not including `until` (a URI) where one is given. */
export function schemaOf(folder: Folder, history: History, until?: string): Schema {
  const at = until === undefined ? -1 : history.migrations.findIndex(({ uri }) => uri === until);
  return schemaBefore(folder, history, at < 0 ? history.migrations.length : at);
}

/** How many migrations of a file's history have yet to be gone through before the schema at its end is known. */
export function leftToFold(folder: Folder, uri: string): number {
  const history = migrationOf(folder, uri)?.history;
  if (history === undefined) return 0;
  return Math.max(0, history.migrations.length + 1 - (stepsIn(folder).get(history)?.length ?? 0));
}

const stepsIn = memo((_folder: Folder) => new Map<History, Schema[]>());

/** The schema before the migration of that ordinal; those before it are folded once for a folder, and only as far as somebody asks. */
function schemaBefore(folder: Folder, history: History, ordinal: number): Schema {
  let steps = stepsIn(folder).get(history);
  if (steps === undefined) {
    const start = schemaAtStart(folder.facts.platform);
    // What is built by calls may be anything.
    steps = [history.partial === true ? { ...start, unread: 1, unreadRelations: 1, unreadNames: 1 } : start];
    stepsIn(folder).set(history, steps);
  }
  for (let at = steps.length - 1; at < ordinal; at++) {
    const before = steps[at] ?? schemaAtStart(folder.facts.platform);
    const uri = history.migrations[at]?.uri ?? "";
    const file = folder.files.get(uri);
    steps.push(file === undefined ? before : afterFile(sqlOf(file), uri, before));
  }
  return steps[ordinal] ?? schemaAtStart(folder.facts.platform);
}

interface Folded {
  readonly uri: string;
  readonly before: Schema;
  readonly after: Schema;
  /** Undefined when somebody else folded the file. */
  readonly trace: Trace | undefined;
}

const folded = new WeakMap<SqlFile, Folded>();

/** The schema after a file, remembered for as long as the file is the same and the schema before it answers the same to all it asks. */
export function afterFile(sql: SqlFile, uri: string, before: Schema): Schema {
  const known = folded.get(sql);
  if (known !== undefined && known.uri === uri) {
    if (known.before === before) return known.after;
    if (known.trace !== undefined && holds(known.trace, known.before, before)) {
      const after = redo(known.trace, known, before);
      folded.set(sql, { ...known, before, after });
      return after;
    }
  }
  const { answer, trace } = traced(() => foldFile(sql, uri, before));
  const after =
    known?.uri === uri ? settled(answer, trace, (map, key) => mapOf(known.after, map).get(key), known.after) : answer;
  folded.set(sql, { uri, before, after, trace });
  return after;
}

/** Notes what a file's statements add up to, for one who has just gone over them; answers the schema after the file. */
export function folds(sql: SqlFile, uri: string, before: Schema, end: Schema): Schema {
  const after = endSession(end, before, sql.text);
  folded.set(sql, { uri, before, after, trace: undefined });
  return after;
}

function foldFile(sql: SqlFile, uri: string, before: Schema): Schema {
  let after = before;
  for (const [ordinal, piece] of sql.pieces.entries()) {
    if (piece.statement !== undefined && piece.section === "up") {
      after = apply(after, piece.statement, { uri, piece: ordinal });
    }
  }
  // A session ends with the file: its temporary tables and its search path do not reach the next one.
  return endSession(after, before, sql.text);
}

function endSession(after: Schema, before: Schema, text: string): Schema {
  let { tables } = after;
  if (/\btemp/i.test(text)) {
    for (const [key, table] of tables.entries()) if (table.persistence === "temporary") tables = tables.drop(key);
  }
  return tables === after.tables && after.searchPath === before.searchPath
    ? after
    : { ...after, tables, searchPath: before.searchPath };
}
