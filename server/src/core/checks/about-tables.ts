/** What the act checks ask of the table a statement names: whether it may hold rows and serve traffic, and how to write of it. */
import type { AlterTableStmt, ColumnDef, Constraint, RangeVar } from "@pgsql/types";
import { displayName, keyOf, type Schema, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { relationName, resolve } from "../schema/reading.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Statement } from "../sql/statement.js";
import { as } from "../sql/tree.js";
import { mayHoldRows, type StatementScene } from "./check.js";

/** A table that is there before the statement and may be in use. */
export interface BusyTable {
  /** Undefined when the history does not say how it was made: it is there all the same. */
  readonly table: Table | undefined;
  /** As people write it. */
  readonly name: string;
  /** Quoted for SQL, with the schema when it is not `public`. */
  readonly sql: string;
}

/** The table a relation names, when it may hold rows; undefined for one that is made along with this change, temporary, or the platform's. */
export function busyTable(scene: StatementScene, relation: RangeVar | undefined): BusyTable | undefined {
  const written = relationName(relation);
  // Of a table whose name a template gives nobody knows which one it is.
  if (scene.statement.masked === true && /^__+$/.test(written.name)) return undefined;
  if (written.name === "" || isPlatformSchema(written.schema ?? "")) return undefined;
  // A dump among migrations stands for those before it, and never runs where they did.
  if (scene.before.dump === scene.file.uri) return undefined;
  const key = resolve(scene.before, scene.before.tables, written);
  const table = key === undefined ? undefined : scene.before.tables.get(key);
  if (table === undefined) {
    // A view is not locked as a table is; a name that nothing made is a table that was there before the history began.
    if (resolve(scene.before, scene.before.views, written) !== undefined || relation?.relpersistence === "t")
      return undefined;
    return { table, name: written.name, sql: sqlName({ schema: written.schema ?? "public", name: written.name }) };
  }
  if (isPlatformSchema(table.schema) || !mayHoldRows(table, scene.file)) return undefined;
  return { table, name: displayName(table), sql: sqlName(table) };
}

/** The table that a relation names along the search path. */
export function tableNamed(schema: Schema, relation: RangeVar | undefined): Table | undefined {
  const key = resolve(schema, schema.tables, relationName(relation));
  return key === undefined ? undefined : schema.tables.get(key);
}

/** The columns that a statement really adds to a table: ADD COLUMN IF NOT EXISTS does nothing where the column is there. */
export function addedColumns(alter: AlterTableStmt, { table }: BusyTable): readonly ColumnDef[] {
  return (alter.cmds ?? []).flatMap((node) => {
    const command = as(node, "AlterTableCmd");
    const column = command?.subtype === "AT_AddColumn" ? as(command.def, "ColumnDef") : undefined;
    return column === undefined || table?.columns.some(({ name }) => name === column.colname) ? [] : [column];
  });
}

/**
 * Whether a table has that constraint, or a primary key, already: adding it is refused at once. Dumps that stand for older migrations say so
 * of everything they make, and never run where it is there.
 */
export function isThere({ table }: BusyTable, { conname, contype }: Constraint): boolean {
  return (
    table?.constraints.some(
      ({ kind, name }) => name === conname || (kind === "primary key" && contype === "CONSTR_PRIMARY"),
    ) === true
  );
}

/** A relation's name for SQL: quoted where it must be, with its schema unless that is `public`. */
export function sqlName({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return schema === "public" ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** Names for SQL, separated by commas. */
export function sqlColumns(names: readonly string[]): string {
  return names.map(quoteIdentifier).join(", ");
}

/** Whether a table is reached through another one: a partition, or one that inherits from a table with row level security. */
export function isChild(schema: Schema, { partitionOf, inherits }: Table): boolean {
  return partitionOf !== undefined || inherits.some((key) => schema.tables.get(key)?.rls.enabled === true);
}

/** The table of a key. */
export function tableOf(schema: Schema, namespace: string, name: string): Table | undefined {
  return schema.tables.get(keyOf(namespace, name));
}

/**
 * SQL with its key words as a statement writes its own: upper case when its first word is. Words in backquotes are names and keep their
 * case; the backquotes go.
 */
export function likeKeywords(statement: Statement | string, sql: string): string {
  const text = typeof statement === "string" ? statement : statement.text;
  const upper = /^[A-Z]{2}/.test(text);
  return sql.replace(
    /`([^`]*)`|[^`]+/g,
    (part: string, name: string | undefined) => name ?? (upper ? part.toUpperCase() : part),
  );
}
