/** The schema as the rows of a tree, in order. Nothing here knows the page or how much of it can be seen. */
import type { PanelItem, PanelState, PanelTable } from "../../server/src/protocol.js";
import { readFilter } from "./filter.js";

/** One row. Its place among its siblings is for those who hear the tree instead of seeing it. */
export interface Row {
  readonly id: string;
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  /** Absent for rows that have nothing below them. */
  readonly open?: boolean;
  readonly content: RowContent;
}

/** What a row shows. */
export type RowContent =
  | { readonly is: "schema"; readonly name: string; readonly tables: number }
  | { readonly is: "table"; readonly table: PanelTable }
  | { readonly is: "item"; readonly item: PanelItem; readonly parent: string };

/** The rows, and how many tables they show. */
export interface Rows {
  readonly rows: readonly Row[];
  readonly tables: number;
}

/** The rows that a filter leaves; what is `closed`, a schema or a table, shows nothing below it. Where there is one schema alone it has no row of its own. */
export function rowsOf(state: PanelState, filter: string, closed: ReadonlySet<string>): Rows {
  const accept = readFilter(filter);
  const children = new Map(state.expanded.map(({ table, items }) => [table, items]));
  const all = bySchema(state.tables);
  const schemas = [...all]
    .map(([name, tables]) => ({ name, tables: tables.filter(accept) }))
    .filter(({ tables }) => tables.length > 0);
  const rows: Row[] = [];
  schemas.forEach(({ name, tables }, index) => {
    const id = `schema:${name}`;
    const open = !closed.has(id);
    const place = { level: 1, position: index + 1, siblings: schemas.length };
    if (all.size > 1) rows.push({ id, ...place, open, content: { is: "schema", name, tables: tables.length } });
    if (all.size === 1) addTables(rows, tables, 1, children, closed);
    else if (open) addTables(rows, tables, 2, children, closed);
  });
  return { rows, tables: schemas.reduce((sum, { tables }) => sum + tables.length, 0) };
}

function bySchema(tables: readonly PanelTable[]): ReadonlyMap<string, readonly PanelTable[]> {
  const schemas = new Map<string, PanelTable[]>();
  for (const table of tables) {
    const known = schemas.get(table.schema);
    if (known === undefined) schemas.set(table.schema, [table]);
    else known.push(table);
  }
  return schemas;
}

function addTables(
  rows: Row[],
  tables: readonly PanelTable[],
  level: number,
  children: ReadonlyMap<string, readonly PanelItem[]>,
  closed: ReadonlySet<string>,
): void {
  tables.forEach((table, index) => {
    const items = closed.has(table.id) ? undefined : children.get(table.id);
    const place = { level, position: index + 1, siblings: tables.length };
    rows.push({ id: table.id, ...place, open: items !== undefined, content: { is: "table", table } });
    items?.forEach((item, at) => {
      const below = { level: level + 1, position: at + 1, siblings: items.length };
      rows.push({ id: item.id, ...below, content: { is: "item", item, parent: table.id } });
    });
  });
}
