import { type Column, columnOf, displayName, type Index, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { clauseAt, itemsIn, tokensOf, wordOf } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import { as } from "../sql/tree.js";
import { definitionOf } from "./about-columns.js";
import { headOf, isOpen, statementAt } from "./about-cures.js";
import { isSynced, publishesChanges } from "./about-published.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "keyless-table",
  severity: "info",
  area: "B",
  kind: "state",
  summary: "A table has no primary key.",
  why: "Nothing says of which row one speaks: logical replication refuses its updates and deletes, devices cannot sync it, the API cannot address a row, and double rows cannot be told apart.",
  instead: "Give it a uuid key, or make the unique columns that it has its primary key.",
  silent:
    "it is a partition, inherits, is temporary or unlogged, is one that Prisma makes by itself, identifies its rows by another index (REPLICA IDENTITY USING INDEX), or stands in a schema that the API does not serve",
  turnOff: "when tables without a key are append-only logs that nothing replicates, syncs or updates",
  peers: "PLS SPL SD MP PML PGL PSY",
  bad: [
    "create table visit (page text not null, at timestamptz not null default now());",
    "-- file: supabase/migrations/1_init.sql\ncreate table visit (id uuid not null default gen_random_uuid(), page text);\n-- file: supabase/migrations/2_later.sql\nselect 1;",
    "-- file: supabase/migrations/1_init.sql\ncreate table code (code text not null, name text);\ncreate unique index code_code on code (code);\ncreate publication powersync for table code;\n-- file: supabase/migrations/2_later.sql\nselect 1;",
    "CREATE TABLE visit (\n  id bigint NOT NULL,\n  page text\n);",
  ],
  good: [
    "create table visit (id uuid primary key default gen_random_uuid(), page text);",
    "create table member (room uuid, user_id uuid);\nalter table member add primary key (room, user_id);",
    "create table code (code text not null unique);\nalter table code replica identity using index code_code_key;",
    "create temporary table batch (id int);",
  ],
  *schema(scene) {
    for (const table of scene.schema.tables.unordered()) {
      const at = table.origin.made;
      if (at === undefined || !isJudged(table) || (scene.history?.tool === "prisma" && isJoin(table))) continue;
      const published = publishesChanges(table, scene.schema) && table.replicaIdentity !== "full";
      const synced = isSynced(table, scene);
      if (!published && !synced && isOutOfReach(table, scene)) continue;
      const name = `\`${displayName(table)}\``;
      yield {
        at: headOf(scene, at),
        message: synced
          ? `${name} has no primary key but is synced: devices cannot tell its rows apart.`
          : published
            ? `${name} has no primary key but is published: PostgreSQL refuses every UPDATE and DELETE on it.`
            : `${name} has no primary key: replication, sync and the API cannot say which of its rows they mean.`,
        ...(synced || published ? { severity: "error" } : {}),
        fixes: () => fixesOf(scene, table),
      };
    }
  },
});

/** Where neither the API nor a replica comes, nothing asks for a row by its key. */
function isOutOfReach({ schema }: Table, { facts }: SchemaScene): boolean {
  return facts.platform === "supabase" && !facts.api.schemas.includes(schema);
}

function isJudged(table: Table): boolean {
  if (table.kind === "foreign" || table.persistence !== "permanent" || isPlatformSchema(table.schema)) return false;
  if (table.partitionOf !== undefined || table.inherits.length > 0 || !table.complete) return false;
  if (typeof table.replicaIdentity === "object") return false;
  return !table.constraints.some(({ kind }) => kind === "primary key");
}

/** The table that Prisma makes by itself for a relation of many to many. */
function isJoin({ name, columns }: Table): boolean {
  return name.startsWith("_") && columns.map((column) => column.name).join() === "A,B";
}

function fixesOf(scene: SchemaScene, table: Table): readonly Fix[] {
  const id = columnOf(table, "id");
  const unique = table.indexes.find((index) => canBeKey(table, index));
  if (unique !== undefined) return byIndex(scene, table, unique);
  if (id !== undefined) return isKeyType(id) ? byColumn(scene, table, id) : [];
  return withNewColumn(scene, table);
}

/** A unique index over plain columns that are never null, which no constraint owns yet. */
function canBeKey(table: Table, { unique, predicate, columns, include, constraint }: Index): boolean {
  return (
    unique &&
    predicate === undefined &&
    constraint === undefined &&
    include.length === 0 &&
    columns.every(
      ({ name, descending }) => !descending && name !== undefined && columnOf(table, name)?.notNull === true,
    )
  );
}

function byIndex(scene: SchemaScene, table: Table, { name }: Index): readonly Fix[] {
  if (scene.history === undefined) return [];
  const style = statementAt(scene, table.origin.made)?.text ?? "";
  const sql = `alter table \`${sqlName(table)}\` add primary key using index \`${quoteIdentifier(name)}\``;
  const migrations = [{ slug: `${table.name}_key`, statements: [likeKeywords(style, sql)], outsideTransaction: false }];
  return [{ title: `Make \`${name}\` its primary key in a new migration`, safe: false, migrations }];
}

function isKeyType({ type }: Column): boolean {
  return /^(?:uuid|bigint|integer|text|character varying)/.test(type);
}

/** The column is there: it becomes the key in place, or by a unique index where rows may be there. */
function byColumn(scene: SchemaScene, table: Table, id: Column): readonly Fix[] {
  const written = definitionOf(scene, id);
  if (written !== undefined && isOpen(scene, written.place) && isOpen(scene, table.origin.made)) {
    const { end } = clauseAt(written.statement, written.place.span.start);
    const text = likeKeywords(written.statement, " primary key");
    const at = { ...written.place, span: { start: end, end } };
    return [{ title: "Make `id` its primary key", safe: false, edits: [{ at, text }] }];
  }
  if (scene.history === undefined || !id.notNull || table.kind !== "table") return [];
  const style = statementAt(scene, table.origin.made)?.text ?? "";
  const index = quoteIdentifier(`${table.name}_pkey`);
  const sql = sqlName(table);
  const create = `create unique index concurrently \`${index}\` on \`${sql}\` (\`id\`)`;
  const use = `alter table \`${sql}\` add constraint \`${index}\` primary key using index \`${index}\``;
  return [
    {
      title: "Make `id` its primary key, by way of a unique index, in new migrations",
      safe: false,
      migrations: [
        { slug: `index_${table.name}_id`, statements: [likeKeywords(style, create)], outsideTransaction: true },
        { slug: `${table.name}_key`, statements: [likeKeywords(style, use)], outsideTransaction: false },
      ],
    },
  ];
}

/** A key of its own, as the first column of a table that nobody has made yet. */
function withNewColumn(scene: SchemaScene, table: Table): readonly Fix[] {
  const at = table.origin.made;
  const statement = statementAt(scene, at);
  if (at === undefined || statement === undefined || !isOpen(scene, at)) return [];
  if (as(statement.node, "CreateStmt") === undefined || table.kind !== "table") return [];
  const open = tokensOf(statement).find((token) => wordOf(statement, token) === "(");
  const [first] = open === undefined ? [] : itemsIn(statement, open.start);
  if (first === undefined) return [];
  const lines = statement.text.slice(open?.end, first.start);
  const column = likeKeywords(statement, "`id` uuid primary key default `gen_random_uuid()`,");
  const text = `${column}${/\n\s*$/.test(lines) ? (/\n[ \t]*$/.exec(lines)?.[0] ?? " ") : " "}`;
  const edit = { at: { ...at, span: { start: first.start, end: first.start } }, text };
  return [{ title: "Give it a uuid key", safe: false, edits: [edit] }];
}
