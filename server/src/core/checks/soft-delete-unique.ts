import { type Column, columnOf, displayName, type Index, keyOf, type Schema, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { tie } from "../schema/ties.js";
import { findWords, tokenBefore, wordAfter } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import { as } from "../sql/tree.js";
import { isOpen, statementAt } from "./about-cures.js";
import { isSoftDelete, namesTheColumn } from "./about-predicates.js";
import { likeKeywords, sqlColumns, sqlName } from "./about-tables.js";
import { check, type Fix, type NewMigration, type SchemaScene } from "./check.js";

export default check({
  name: "soft-delete-unique",
  severity: "warning",
  area: "B",
  kind: "state",
  summary: "A unique key of a table with soft deletion includes the column that marks deleted rows, or counts them.",
  why: "NULL never equals NULL: with `deleted_at` in the key, live rows may repeat. Without it, a name stays taken after its row is deleted.",
  instead: "Make it a partial unique index on the rows that are not deleted.",
  silent:
    "NULLS NOT DISTINCT, the predicate asks for the column already, a foreign key references the key, or its values are tokens, addresses or ids of others",
  turnOff: "when a name is to stay taken after its row is deleted, in every table",
  bad: [
    "create table profile (id uuid primary key, username text, deleted_at timestamptz, unique (username, deleted_at));",
    "create table profile (id uuid primary key, username text unique not null, deleted_at timestamptz);",
    "-- file: supabase/migrations/1_init.sql\nCREATE TABLE profile (id uuid PRIMARY KEY, mail text, is_deleted boolean NOT NULL DEFAULT false);\nCREATE UNIQUE INDEX profile_mail ON profile (mail, is_deleted);\n-- file: supabase/migrations/2_later.sql\nselect 1;",
  ],
  good: [
    "create table profile (id uuid primary key, username text, deleted_at timestamptz);\ncreate unique index on profile (username) where deleted_at is null;",
    "create table profile (id uuid primary key, username text, deleted_at timestamptz, unique nulls not distinct (username, deleted_at));",
    "create table profile (id uuid primary key, username text unique);",
    "create table profile (id uuid primary key, token uuid unique default gen_random_uuid(), deleted_at timestamptz);",
  ],
  *schema(scene) {
    for (const table of scene.schema.tables.unordered()) {
      const marker = markerOf(table);
      // A table of deleted things marks nothing by it.
      if (/^(?:deleted|archived|removed)_/.test(table.name)) continue;
      if (marker === undefined || isPlatformSchema(table.schema) || table.partitionOf !== undefined) continue;
      for (const index of table.indexes) {
        const at = index.origin.made;
        if (at === undefined || !isJudged(table, index, marker, scene.schema)) continue;
        const includes = index.columns.some(({ name }) => name === marker.name);
        const rest = columnsOf(index).filter((name) => name !== marker.name);
        const what = rest.map((name) => `\`${name}\``).join(", ");
        yield {
          at,
          message: !includes
            ? `\`${index.name}\` counts deleted rows of \`${displayName(table)}\` too: what a deleted row has in ${what} stays taken.`
            : marker.type === "boolean"
              ? `\`${index.name}\` lets only one deleted row of \`${displayName(table)}\` have the same ${what}: deleting the second one fails.`
              : `\`${index.name}\` lets live rows of \`${displayName(table)}\` repeat ${what}: their \`${marker.name}\` is NULL, which equals nothing.`,
          ...(includes ? {} : { severity: "hint" }),
          fixes: () => fixesOf(scene, table, index, rest, marker),
        };
      }
    }
  },
});

/** The column that marks a row as deleted: a time that may be null, or a boolean. */
function markerOf({ columns }: Table): Column | undefined {
  return columns.find(
    ({ name, type, notNull }) =>
      isSoftDelete(name) && (type === "boolean" || (!notNull && /^timestamp|^date$/.test(type))),
  );
}

function columnsOf({ columns }: Index): readonly string[] {
  return columns.flatMap(({ name }) => name ?? []);
}

function isJudged(table: Table, index: Index, marker: Column, schema: Schema): boolean {
  if (!index.unique || index.nullsNotDistinct || index.columns.some(({ name }) => name === undefined)) return false;
  if (table.constraints.some(({ kind, name }) => kind === "primary key" && name === index.constraint)) return false;
  if (namesTheColumn(index.predicate?.node, marker.name)) return false;
  const names = columnsOf(index).filter((name) => name !== marker.name);
  // What the server makes up, or what contains the key, is never asked for again.
  const key = table.constraints.find(({ kind }) => kind === "primary key")?.columns ?? [];
  const again = names.every((name) => {
    const column = columnOf(table, name);
    return (
      column !== undefined && column.generated === undefined && !isMadeUp(column) && !/token|hash|nonce/i.test(name)
    );
  });
  // An id that somebody else gives, or an address: nobody takes it twice.
  const [only] = names;
  if (names.length === 1 && only !== undefined && /_id$|_?ur[il]$/.test(only) && !isReference(table, only))
    return false;
  if (names.length === 0 || !again || (key.length > 0 && key.every((name) => names.includes(name)))) return false;
  return !isReferenced(table, columnsOf(index), schema);
}

function isReference({ constraints }: Table, column: string): boolean {
  return constraints.some(({ kind, columns }) => kind === "foreign key" && columns.includes(column));
}

function isMadeUp({ default: value }: Column): boolean {
  return as(value?.node, "FuncCall") !== undefined;
}

function isReferenced(table: Table, columns: readonly string[], { tables }: Schema): boolean {
  const key = keyOf(table.schema, table.name);
  return tables
    .with(tie.to(key))
    .some(({ constraints }) =>
      constraints.some(
        ({ references }) =>
          references?.table === key &&
          references.columns.length === columns.length &&
          references.columns.every((name) => columns.includes(name)),
      ),
    );
}

/** Where it is made, while nobody has run that; else the successor first, and then the end of the old one. */
function fixesOf(
  scene: SchemaScene,
  table: Table,
  index: Index,
  rest: readonly string[],
  marker: Column,
): readonly Fix[] {
  const at = index.origin.made;
  const statement = statementAt(scene, at);
  if (at === undefined || statement === undefined || index.predicate !== undefined) return [];
  const quoted = quoteIdentifier(marker.name);
  const live = marker.type === "boolean" ? `not \`${quoted}\`` : `\`${quoted}\` is null`;
  const on = `on \`${sqlName(table)} (${sqlColumns(rest)})\` where ${live}`;
  const title = "Make it unique among the rows that are not deleted";
  const whole = { start: 0, end: statement.text.length };
  if (isOpen(scene, at)) {
    const create = (name: string): string =>
      likeKeywords(statement, `create unique index \`${quoteIdentifier(name)}\` ${on}`);
    if (as(statement.node, "IndexStmt") !== undefined)
      return [{ title, safe: false, edits: [{ at: { ...at, span: whole }, text: create(index.name) }] }];
    const gone = ofConstraint(scene, index);
    if (gone === undefined) return [];
    const end = { ...at, span: { start: whole.end, end: whole.end } };
    const edits = [
      { at: { ...at, span: gone }, text: "" },
      { at: end, text: `;\n${create(index.name)}` },
    ];
    return [{ title, safe: false, edits }];
  }
  if (scene.history === undefined || table.kind !== "table") return [];
  const name = quoteIdentifier(`${table.name}_${rest.join("_")}_live`.slice(0, 63));
  const own = quoteIdentifier(index.name);
  const create = `create unique index concurrently \`${name}\` ${on}`;
  const drop =
    index.constraint === undefined
      ? `drop index concurrently \`${sqlName({ schema: table.schema, name: index.name })}\``
      : `alter table \`${sqlName(table)}\` drop constraint \`${own}\``;
  const step = (slug: string, sql: string, outsideTransaction: boolean): NewMigration => ({
    slug,
    statements: [likeKeywords(statement, sql)],
    outsideTransaction,
  });
  const migrations = [step(name, create, true), step(`drop_${index.name}`, drop, index.constraint === undefined)];
  return [{ title: `${title}, in new migrations`, safe: false, migrations }];
}

/** The constraint as it is written: the words on a column, or the clause with the comma before it. */
function ofConstraint(scene: SchemaScene, { origin }: Index) {
  const statement = statementAt(scene, origin.made);
  const start = origin.made?.span.start;
  if (statement === undefined || start === undefined || as(statement.node, "CreateStmt") === undefined)
    return undefined;
  const unique = findWords(statement, ["unique"], start);
  const before = tokenBefore(statement, start);
  if (unique === undefined || before === undefined) return undefined;
  if (statement.text[before.start] === ",") return { start: before.start, end: origin.made?.span.end ?? unique.end };
  // A clause of its own that no comma precedes stands before all columns.
  return wordAfter(statement, unique.end) === "(" ? undefined : { start: before.end, end: unique.end };
}
