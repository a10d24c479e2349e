import type { ColumnDef, Node } from "@pgsql/types";
import type { Column, Table } from "../schema/model.js";
import { typeText } from "../schema/reading.js";
import { clauseAt, findWords } from "../sql/clause.js";
import { as } from "../sql/tree.js";
import { swapInSteps } from "./about-swaps.js";
import { busyTable } from "./about-tables.js";
import { check, type Fix, placeIn, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "rewriting-type-change",
  severity: "warning",
  area: "C",
  kind: "act",
  summary: "A column of a table that may hold rows gets a type for which PostgreSQL must rewrite or read every row.",
  why: "The rewrite runs under ACCESS EXCLUSIVE, so reads and writes wait, indexes on the column are built anew, and narrowing fails on the first value that does not fit.",
  instead:
    "Add a second column of the new type, keep both in step with a trigger, fill the old rows in batches, and swap them.",
  silent:
    "the change is free: a wider varchar or numeric, varchar to text, cidr to inet; the old or new type is unknown",
  turnOff: "when the application is stopped while migrations run, or every table is rewritten within your lock_timeout",
  peers: "SQ PLS SM EU AT SD MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id int primary key, size int);\n-- file: supabase/migrations/2_size.sql\nalter table message alter column size type bigint;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id int primary key, body text);\n-- file: supabase/migrations/2_body.sql\nALTER TABLE message ALTER COLUMN body SET DATA TYPE varchar(200);",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id int primary key, meta text);\n-- file: supabase/migrations/2_meta.sql\nalter table message alter meta type jsonb using meta::jsonb;",
  ],
  good: [
    "create table message (id int primary key, size int);\nalter table message alter column size type bigint;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id int primary key, body varchar(20));\n-- file: supabase/migrations/2_body.sql\nalter table message alter column body type varchar(40);",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id int primary key, body varchar(20));\n-- file: supabase/migrations/2_body.sql\nalter table message alter column body type text using body::text;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id int primary key, price numeric(8,2));\n-- file: supabase/migrations/2_price.sql\nalter table message alter column price type numeric(12,2);",
    "-- file: supabase/migrations/1_init.sql\ncreate type mood as enum ('sad');\ncreate table message (id int primary key, mood mood);\n-- file: supabase/migrations/2_same.sql\nalter table message alter column mood type mood;",
  ],
  visit: {
    *AlterTableStmt(alter, scene) {
      if (alter.objtype !== "OBJECT_TABLE") return;
      const table = busyTable(scene, alter.relation)?.table;
      if (table === undefined) return;
      for (const node of alter.cmds ?? []) {
        const command = as(node, "AlterTableCmd");
        const definition = command?.subtype === "AT_AlterColumnType" ? as(command.def, "ColumnDef") : undefined;
        const column = table.columns.find(({ name }) => name === command?.name);
        if (definition === undefined || column === undefined) continue;
        if (!rewrites(table, column, definition)) continue;
        const start = definition.typeName?.location;
        yield {
          at: placeIn(
            scene,
            start === undefined ? { start: 0, end: scene.statement.text.length } : clauseOf(scene, start),
          ),
          message: `Reads of and writes to \`${table.name}\` wait while every row is rewritten to turn \`${column.name}\` from ${column.type} into ${typeText(definition.typeName)}.`,
          fixes: () => (alter.cmds?.length === 1 ? inSteps(scene, table, column, definition) : []),
        };
      }
    },
  },
});

/** In place of the statement, which goes: each step is a migration that locks for a moment only. */
function inSteps(scene: StatementScene, table: Table, column: Column, definition: ColumnDef): readonly Fix[] {
  const { file, statement, before } = scene;
  if (file.history === undefined || !file.newest) return [];
  const migrations = swapInSteps(statement, table, column, definition, before);
  if (migrations === undefined) return [];
  const title =
    "Change it in steps: a second column, a trigger that keeps it in step, the old rows in batches, the swap";
  return [{ title, safe: false, takesOut: [wholeStatement(scene)], migrations }];
}

/** The type itself, without USING. */
function clauseOf(scene: StatementScene, start: number) {
  const clause = clauseAt(scene.statement, start);
  const using = findWords(scene.statement, ["using"], start);
  const end = using !== undefined && using.start < clause.end ? using.start : clause.end;
  return { start, end: start + scene.statement.text.slice(start, end).trimEnd().length };
}

function rewrites(table: Table, column: Column, definition: ColumnDef): boolean {
  if (table.persistence === "temporary" || column.type === "unknown") return false;
  const to = typeText(definition.typeName);
  // A type of the project's own may be a domain, whose cost depends on what it is made of.
  const known = (type: string): boolean => builtin.test(type.replace(/\[\]$/, ""));
  // USING with nothing but the column, or its cast to the type, is what PostgreSQL does without it.
  const plain = definition.raw_default === undefined || isCastOf(definition.raw_default, column.name, to);
  if (column.type === to) return !plain;
  return known(column.type) && known(to) && !(plain && isFree(column.type, to));
}

function isCastOf(node: Node, column: string, type: string): boolean {
  const cast = as(node, "TypeCast");
  const fields = as(cast === undefined ? node : cast.arg, "ColumnRef")?.fields ?? [];
  return (cast === undefined || typeText(cast.typeName) === type) && as(fields.at(-1), "String")?.sval === column;
}

const builtin =
  /^(?:smallint|integer|bigint|real|double precision|numeric|boolean|text|character varying|character|bytea|uuid|jsonb?|date|inet|cidr|xml|interval|money|time(?:stamp)?(?:\(\d\))? with(?:out)? time zone|bit(?: varying)?)(?:\([\d,]+\))?$/;

/** The changes for which PostgreSQL neither rewrites nor reads (ATColumnChangeRequiresRewrite and the length coercions' support functions). */
function isFree(from: string, to: string): boolean {
  const [a, b] = [split(from), split(to)];
  const texts = ["text", "character varying"];
  if (texts.includes(a.name) && texts.includes(b.name))
    return b.limits.length === 0 || (a.limits.length > 0 && (a.limits[0] ?? 0) <= (b.limits[0] ?? 0));
  if (a.name === "bit varying" && b.name === a.name)
    return b.limits.length === 0 || (a.limits.length > 0 && (a.limits[0] ?? 0) <= (b.limits[0] ?? 0));
  if (a.name === "numeric" && b.name === "numeric") {
    if (b.limits.length === 0) return true;
    return a.limits.length > 0 && (a.limits[1] ?? 0) === (b.limits[1] ?? 0) && (a.limits[0] ?? 0) <= (b.limits[0] ?? 0);
  }
  if (a.name === b.name && /^time/.test(a.name))
    return b.limits.length === 0 || (a.limits.length > 0 && (a.limits[0] ?? 0) <= (b.limits[0] ?? 0));
  // Free only while the session's time zone is UTC, as a server's and Supabase's is.
  if (/^timestamp with/.test(a.name) && /^timestamp with/.test(b.name))
    return a.limits.length === 0 && b.limits.length === 0;
  return a.name === "cidr" && b.name === "inet";
}

function split(type: string): { readonly name: string; readonly limits: readonly number[] } {
  const limits = /\(([\d,]+)\)/.exec(type)?.[1]?.split(",").map(Number) ?? [];
  return { name: type.replace(/\([\d,]+\)/, ""), limits };
}
