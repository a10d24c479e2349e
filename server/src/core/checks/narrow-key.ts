import { type Column, type Constraint, columnOf, displayName, keyOf, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { nameOf } from "../schema/reading.js";
import { tie } from "../schema/ties.js";
import { as } from "../sql/tree.js";
import { definitionOf, retyped } from "./about-columns.js";
import { check, type Fix, type PlacedEdit, type SchemaScene } from "./check.js";

export default check({
  name: "narrow-key",
  severity: "hint",
  area: "C",
  kind: "state",
  summary: "A primary key of 32 bits or less is fed by a sequence.",
  why: "A sequence never gives a number back: rolled-back and conflicting inserts use it up too. At 2,147,483,647 every insert fails, and widening the key then rewrites the table and all that reference it under ACCESS EXCLUSIVE.",
  instead: "bigint from the start; it takes four bytes more, which alignment often takes anyway.",
  silent: "no sequence feeds it",
  turnOff: "when the tables with such keys hold lists that nobody will ever fill with two billion rows",
  peers: "SQ PLS MP PML PF PH",
  bad: [
    "create table message (id serial primary key, body text);",
    "CREATE TABLE message (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\nCREATE TABLE reply (id uuid PRIMARY KEY, message INT REFERENCES message (id));\nCREATE INDEX ON reply (message);",
    "-- file: supabase/migrations/1_init.sql\ncreate sequence numbers;\ncreate table message (id smallint default nextval('numbers'), primary key (id));\n-- file: supabase/migrations/2_later.sql\nselect 1;",
  ],
  good: [
    "create table message (id bigserial primary key);",
    "create table message (id uuid primary key, number serial);",
    "create table country (id int primary key, name text);",
    "create table page (book int, number int generated always as identity, primary key (book, number));",
  ],
  *schema(scene) {
    for (const table of scene.schema.tables.unordered()) {
      if (isPlatformSchema(table.schema) || table.persistence === "temporary" || table.partitionOf !== undefined)
        continue;
      const key = table.constraints.find(({ kind }) => kind === "primary key");
      const column = key?.columns.length === 1 ? columnOf(table, key.columns[0] ?? "") : undefined;
      const at = column?.origin.made;
      if (column === undefined || at === undefined || !isNarrow(column)) continue;
      const limit = column.type === "smallint" ? "32,767" : "2,147,483,647";
      yield {
        at,
        message: `\`${displayName(table)}.${column.name}\` is ${column.type}: after ${limit} numbers, used or not, every insert fails.`,
        fixes: () => fixesOf(scene, table, column),
      };
    }
  },
});

function isNarrow({ type, generated, default: value }: Column): boolean {
  if (type !== "integer" && type !== "smallint") return false;
  if (generated === "identity" || generated === "serial") return true;
  return nameOf(as(value?.node, "FuncCall")?.funcname).name === "nextval";
}

/** While nobody has made it: the key, and with it every column that references it. */
function fixesOf(scene: SchemaScene, table: Table, column: Column): readonly Fix[] {
  const serial = column.generated === "serial";
  const edits: (PlacedEdit | undefined)[] = [retyped(scene, column, serial ? "bigserial" : "bigint")];
  for (const child of scene.schema.tables.with(tie.to(keyOf(table.schema, table.name)))) {
    for (const constraint of child.constraints) {
      const name = referring(constraint, table, column);
      const own = name === undefined ? undefined : columnOf(child, name);
      if (own === undefined || own === column || own.type === "bigint") continue;
      edits.push(/^(?:big|small)?serial/i.test(typeWritten(scene, own)) ? undefined : retyped(scene, own, "bigint"));
    }
  }
  const known = edits.flatMap((edit) => edit ?? []);
  if (known.length < edits.length) return [];
  const title = known.length > 1 ? "Make it bigint, and the columns that reference it" : "Make it bigint";
  return [{ title, safe: false, edits: known }];
}

function referring({ references, columns }: Constraint, table: Table, column: Column): string | undefined {
  if (references?.table !== keyOf(table.schema, table.name)) return undefined;
  return columns[references.columns.indexOf(column.name)];
}

function typeWritten(scene: SchemaScene, column: Column): string {
  return nameOf(definitionOf(scene, column)?.definition.typeName?.names).name;
}
