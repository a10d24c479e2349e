import type { CreateStmt, IndexStmt } from "@pgsql/types";
import { apply } from "../schema/fold.js";
import { type Column, columnOf, displayName, keyOf, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { relationName, resolve, targetSchema } from "../schema/reading.js";
import { clauseAt } from "../sql/clause.js";
import { as } from "../sql/tree.js";
import { statementsOf } from "./about-kinds.js";
import { isSameExpression } from "./about-lookups.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import { check, type Fix, mayHoldRows, type Report, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "ignored-create",
  severity: "warning",
  area: "D",
  kind: "act",
  summary: "CREATE … IF NOT EXISTS names something that is there already, with another definition.",
  why: "PostgreSQL leaves what is there as it is and says so in a notice: the columns of the new definition stay missing, and what relies on them fails later.",
  instead: "ALTER what is there, or drop and create it.",
  silent:
    "the definitions agree, what is there has more columns, not all that made it can be read, or its migration has the same version",
  turnOff: "when migrations are run again and again on purpose and every definition is compared by another tool",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table profile (id uuid primary key, name text);\n-- file: supabase/migrations/2_more.sql\ncreate table if not exists profile (id uuid primary key, name text, avatar text);",
    "-- file: supabase/migrations/1_init.sql\nCREATE TABLE profile (id uuid PRIMARY KEY, name text, at date);\nCREATE INDEX profile_name ON profile (name);\n-- file: supabase/migrations/2_more.sql\nCREATE INDEX CONCURRENTLY IF NOT EXISTS profile_name ON profile (name, at);",
    "-- file: supabase/migrations/1_init.sql\ncreate table profile (id uuid primary key, size int);\n-- file: supabase/migrations/2_more.sql\nalter table profile add column if not exists size text;",
  ],
  good: [
    "-- file: supabase/migrations/1_init.sql\ncreate table profile (id uuid primary key, name text, avatar text);\n-- file: supabase/migrations/2_again.sql\ncreate table if not exists profile (id uuid primary key, name text);",
    "-- file: supabase/migrations/1_init.sql\ncreate table profile (id uuid primary key, name text);\ncreate index profile_name on profile (lower(name));\n-- file: supabase/migrations/2_again.sql\ncreate index concurrently if not exists profile_name on profile (lower(name));",
    "create table if not exists profile (id uuid primary key, name text);",
  ],
  *file(file) {
    for (const scene of statementsOf(file, ["CreateStmt"])) {
      const create = as(scene.statement.node, "CreateStmt");
      if (create?.if_not_exists !== true || isUnsure(scene)) continue;
      const table = scene.remember("table there", () => tableThere(create, scene));
      if (table === undefined || isUnordered(table, scene)) continue;
      const wanted = scene.remember("wanted table", () => wantedTable(table, scene));
      if (wanted !== undefined) yield* judgeColumns(scene, create, table, wanted);
    }
  },
  visit: {
    *AlterTableStmt(alter, scene) {
      if (alter.objtype !== "OBJECT_TABLE" || isUnsure(scene)) return;
      for (const node of alter.cmds ?? []) {
        const command = as(node, "AlterTableCmd");
        const definition = as(command?.def, "ColumnDef");
        if (command?.subtype !== "AT_AddColumn" || command.missing_ok !== true || definition === undefined) continue;
        const key = resolve(scene.before, scene.before.tables, relationName(alter.relation));
        const table = key === undefined ? undefined : scene.before.tables.get(key);
        const known = table === undefined ? undefined : columnOf(table, definition.colname ?? "");
        if (table === undefined || known === undefined || isPlatformSchema(table.schema)) continue;
        if (isUnordered(known, scene)) continue;
        const other = columnOf(wantedTable({ ...table, columns: [] }, scene) ?? table, known.name);
        if (other === undefined || !differs(known, other)) continue;
        yield {
          at: wholeStatement(scene),
          message: `\`${displayName(table)}.${known.name}\` is there already, as ${known.type}: nothing happens, and it does not become ${other.type}.`,
          related: relatedTo(known),
        };
      }
    },
    *IndexStmt(create, scene) {
      if (create.if_not_exists === true && !isUnsure(scene)) yield* judgeIndex(scene, create);
    },
  },
});

/** Something may have been dropped or changed that nobody can read. */
function isUnsure({ before }: StatementScene): boolean {
  return before.unreadRelations > 0;
}

/** Which of two migrations of one version runs first is not known. */
function isUnordered({ origin }: { readonly origin: Column["origin"] }, { file }: StatementScene): boolean {
  const made = origin.made?.uri;
  if (made === undefined || made === file.uri || file.migration === undefined) return false;
  return file.history?.migrations.find(({ uri }) => uri === made)?.version === file.migration.version;
}

function tableThere({ relation }: CreateStmt, { before }: StatementScene): Table | undefined {
  const { schema: written, name } = relationName(relation);
  if (relation?.relpersistence === "t") return undefined;
  const table = before.tables.get(keyOf(targetSchema(before, written), name));
  if (table === undefined || !table.complete || table.origin.made === undefined) return undefined;
  return isPlatformSchema(table.schema) ? undefined : table;
}

/** What the statement would make of the table, were it not there (or without its columns). */
function wantedTable(table: Table, { before, statement, file, ordinal }: StatementScene): Table | undefined {
  const key = keyOf(table.schema, table.name);
  const tables = table.columns.length === 0 ? before.tables.put(key, table) : before.tables.drop(key);
  return apply({ ...before, tables }, statement, { uri: file.uri, piece: ordinal }).tables.get(key);
}

function differs(known: Column, wanted: Column): boolean {
  if (known.type === wanted.type || known.type === "unknown" || wanted.type === "unknown") return false;
  return !holdsAll(known.type, wanted.type);
}

/** Whether a type holds every value of another, as the same kind of value: longer text, more digits before the point. */
function holdsAll(known: string, wanted: string): boolean {
  const [size, other] = [textSize(known), textSize(wanted)];
  if (size !== undefined && other !== undefined) return size >= other;
  const digits = /^numeric\((\d+),(\d+)\)$/;
  const [mine, theirs] = [digits.exec(known), digits.exec(wanted)];
  return mine !== null && theirs !== null && mine[2] === theirs[2] && Number(mine[1]) >= Number(theirs[1]);
}

function textSize(type: string): number | undefined {
  const found = /^(?:text|character varying(?:\((\d+)\))?)$/.exec(type);
  return found === null ? undefined : Number(found[1] ?? Number.POSITIVE_INFINITY);
}

function relatedTo({ origin }: { readonly origin: Column["origin"] }) {
  const place = origin.changed ?? origin.made;
  return place === undefined ? [] : [{ at: place, message: "what is there" }];
}

function* judgeColumns(scene: StatementScene, create: CreateStmt, table: Table, wanted: Table): Iterable<Report> {
  if (!wanted.complete) return;
  const end = scene.file.statements.at(-1)?.after.tables.get(keyOf(table.schema, table.name));
  const missing = wanted.columns.filter(({ name }) => columnOf(end ?? table, name) === undefined);
  const other = wanted.columns.filter((column) => {
    const known = columnOf(table, column.name);
    return known !== undefined && differs(known, column);
  });
  if (missing.length === 0 && other.length === 0) return;
  const listed = (columns: readonly Column[]): string => columns.map(({ name }) => `\`${name}\``).join(", ");
  const effects = [
    ...(missing.length > 0 ? [`${listed(missing)} ${missing.length > 1 ? "stay" : "stays"} missing`] : []),
    ...(other.length > 0 ? [`${listed(other)} ${other.length > 1 ? "keep their types" : "keeps its type"}`] : []),
  ];
  yield {
    at: wholeStatement(scene),
    message: `\`${displayName(table)}\` is there already, so nothing happens: ${effects.join(" and ")}.`,
    related: relatedTo(table),
    fixes: () => (other.length > 0 ? [] : addColumns(scene, create, table, missing)),
  };
}

/** The statement as the ALTERs that bridge the two; a column that needs a value for the old rows is for a person. */
function addColumns(
  scene: StatementScene,
  create: CreateStmt,
  table: Table,
  missing: readonly Column[],
): readonly Fix[] {
  const { statement } = scene;
  if (missing.some(({ notNull, default: value }) => notNull && value === undefined) && mayHoldRows(table, scene.file))
    return [];
  const clauses = missing.map(({ name }) => {
    const definition = (create.tableElts ?? [])
      .map((node) => as(node, "ColumnDef"))
      .find((one) => one?.colname === name);
    const start = definition?.location;
    if (start === undefined || definition?.constraints?.some(isKey) === true) return undefined;
    const { end } = clauseAt(statement, start);
    return likeKeywords(
      statement,
      `alter table \`${sqlName(table)}\` add column if not exists \`${statement.text.slice(start, end)}\``,
    );
  });
  const text = clauses.flatMap((clause) => clause ?? []);
  if (text.length < missing.length) return [];
  const edits = [{ at: wholeStatement(scene), text: text.join(";\n") }];
  return [{ title: `Add ${missing.map(({ name }) => `\`${name}\``).join(", ")} instead`, safe: false, edits }];
}

function isKey(node: object): boolean {
  return /^CONSTR_(?:PRIMARY|UNIQUE|FOREIGN|CHECK|IDENTITY|GENERATED)$/.test(
    as(node as never, "Constraint")?.contype ?? "",
  );
}

function* judgeIndex(scene: StatementScene, create: IndexStmt): Iterable<Report> {
  const { before, statement, file, ordinal } = scene;
  const relation = resolve(before, before.tables, relationName(create.relation));
  const table = relation === undefined ? undefined : before.tables.get(relation);
  const key = table === undefined ? undefined : keyOf(table.schema, create.idxname ?? "");
  const owner = key === undefined ? undefined : before.indexes.get(key);
  if (table === undefined || relation === undefined || key === undefined || owner === undefined) return;
  const known = before.tables.get(owner)?.indexes.find(({ name }) => name === create.idxname);
  const without = {
    ...before,
    indexes: before.indexes.drop(key),
    tables: before.tables.put(relation, { ...table, indexes: [] }),
  };
  const made = apply(without, statement, { uri: file.uri, piece: ordinal }).tables.get(relation);
  const wanted = made?.indexes.find(({ name }) => name === create.idxname);
  if (known === undefined || wanted === undefined || isUnordered(known, scene)) return;
  const same =
    owner === relation &&
    known.unique === wanted.unique &&
    known.method === wanted.method &&
    known.columns.length === wanted.columns.length &&
    known.columns.every((column, at) => {
      const other = wanted.columns[at];
      return column.name === other?.name && isSameExpression(column.expression?.node, other?.expression?.node);
    }) &&
    isSameExpression(known.predicate?.node, wanted.predicate?.node);
  if (same) return;
  yield {
    at: wholeStatement(scene),
    message: `An index \`${known.name}\` is there already, over something else: nothing happens, and the one that is written here does not come to be.`,
    related: relatedTo(known),
  };
}
