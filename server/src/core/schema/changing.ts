import type { RangeVar } from "@pgsql/types";
import { keyOf, type Schema, type Table } from "./model.js";
import { relationName, resolve } from "./reading.js";

/** The schema with that table, its indexes findable by name. */
export function withTable(schema: Schema, table: Table): Schema {
  const key = keyOf(table.schema, table.name);
  let indexes = schema.indexes;
  const known = schema.tables.get(key)?.indexes;
  if (known !== table.indexes) {
    const kept = new Set(table.indexes.map(({ name }) => name));
    for (const index of known ?? []) if (!kept.has(index.name)) indexes = indexes.drop(keyOf(table.schema, index.name));
    for (const index of table.indexes) indexes = indexes.put(keyOf(table.schema, index.name), key);
  }
  return { ...schema, tables: schema.tables.put(key, table), indexes };
}

/** The schema with the table of that name changed; unchanged when there is no such table. */
export function changeTable(schema: Schema, relation: RangeVar | undefined, change: (table: Table) => Table): Schema {
  const key = resolve(schema, schema.tables, relationName(relation));
  const table = key === undefined ? undefined : schema.tables.get(key);
  return table === undefined ? schema : withTable(schema, change(table));
}
