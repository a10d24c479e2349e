/** Where foreign keys of one column lead. What the columns mean to a policy is not its business. */
import { type Constraint, keyOf, type Table } from "../schema/model.js";
import type { Bound } from "./about-scopes.js";

/** What a foreign key leads to; undefined when there is none. */
export type Target = Constraint["references"];

/** What a foreign key of that one column leads to. */
export function referenceOf({ source, column }: Bound): Target {
  return source.table?.constraints.find(
    ({ columns, references }) => references !== undefined && columns.length === 1 && columns[0] === column,
  )?.references;
}

/** Whether it is that column of that table. */
export function isReference(target: Target, table: string | undefined, column: string): boolean {
  return target !== undefined && target.table === table && target.columns[0] === column;
}

/** A column as the target of foreign keys. */
export function own({ source, column }: Bound): Target {
  const { table } = source;
  if (table === undefined) return undefined;
  return { table: keyOf(table.schema, table.name), schema: table.schema, name: table.name, columns: [column] };
}

/** The columns of a table whose foreign keys lead to a column. */
export function referringTo(table: Table | undefined, target: Target): readonly string[] {
  const [column, more] = target?.columns ?? [];
  if (table === undefined || target === undefined || column === undefined || more !== undefined) return [];
  return table.constraints.flatMap(({ columns, references }) =>
    columns.length === 1 && isReference(references, target.table, column) ? columns : [],
  );
}
