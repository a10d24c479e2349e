/** Which tables leave the database row by row: by a publication, or by a sync configuration. */
import { keyOf, type Schema, type Table } from "../schema/model.js";
import { matches, tableUses } from "../sync/streams.js";
import type { SchemaScene } from "./check.js";

/** Whether a publication sends the updates or deletes of a table, which have to say of which row they are. */
export function publishesChanges(table: Table, { publications }: Schema): boolean {
  const key = keyOf(table.schema, table.name);
  return publications.some(
    ({ allTables, namespaces, tables, operations }) =>
      (operations.includes("update") || operations.includes("delete")) &&
      (allTables || namespaces.includes(table.schema) || tables.some((one) => one.table === key)),
  );
}

/** Whether a sync configuration of the project reads a table. */
export function isSynced({ name, schema }: Table, { sync }: SchemaScene): boolean {
  return sync.some((document) =>
    tableUses(document).some((use) => (use.schema ?? "public") === schema && matches(use, name)),
  );
}
