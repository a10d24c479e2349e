import type { Column, Schema, Table } from "../core/schema/model.js";
import { isPlatformSchema } from "../core/schema/platform.js";

/**
 * How PowerSync's service sees a PostgreSQL database: ordinary tables alone, each column with the SQLite type that its values have on a
 * device. It knows nothing of the compiler that reads this.
 */
export interface SourceTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly SourceColumn[];
}

/** A column as the compiler wants it. */
export interface SourceColumn {
  readonly name: string;
  readonly sqlite_type: "integer" | "real" | "blob" | "text";
  readonly internal_type: string;
}

/**
 * The tables of a schema, or undefined when some of it is unknown (dynamic SQL, a table with unknown columns): then a missing name says
 * nothing. Views, partitioned parents and foreign tables are left out, as the service leaves them out.
 */
export function sourceTables(schema: Schema): readonly SourceTable[] | undefined {
  const tables = schema.tables.values().filter(isOrdinary);
  if (tables.length === 0 || schema.unread > 0 || tables.some((table) => !table.complete)) return undefined;
  const domains = new Map(
    schema.types.values().flatMap((type) => (type.base === undefined ? [] : [[type.name, type.base] as const])),
  );
  return tables.map((table) => ({
    schema: table.schema,
    name: table.name,
    columns: table.columns.map((column) => sourceColumn(column, domains)),
  }));
}

function isOrdinary(table: Table): boolean {
  return table.kind === "table" && table.persistence === "permanent" && !isPlatformSchema(table.schema);
}

function sourceColumn({ name, type }: Column, domains: ReadonlyMap<string, string>): SourceColumn {
  return { name, sqlite_type: sqliteType(type, domains), internal_type: type };
}

function sqliteType(type: string, domains: ReadonlyMap<string, string>): SourceColumn["sqlite_type"] {
  let base = type;
  // A domain may stand on a domain; a ring of them is no schema PostgreSQL makes, so a few steps are enough.
  for (let steps = 0; steps < 8; steps++) {
    const under = domains.get(base.slice(base.lastIndexOf(".") + 1));
    if (under === undefined) break;
    base = under;
  }
  switch (base) {
    case "boolean":
    case "smallint":
    case "integer":
    case "bigint":
    case "oid":
      return "integer";
    case "real":
    case "double precision":
      return "real";
    case "bytea":
      return "blob";
    default:
      return "text";
  }
}
