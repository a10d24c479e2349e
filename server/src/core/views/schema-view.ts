import type { Constraint, Expression, Index, Policy, Routine, Schema, Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";

/** The schema as `data-orchestrator schema` prints it: plain data, sorted by schema and name. */
export interface SchemaView {
  readonly version: 1;
  readonly tables: readonly TableView[];
  readonly functions: readonly object[];
  readonly views: readonly object[];
  readonly publications: readonly object[];
}

export interface TableView {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly notNull: boolean;
    readonly default: string | null;
  }[];
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly object[];
  readonly indexes: readonly object[];
  readonly rls: { readonly enabled: boolean; readonly forced: boolean; readonly policies: readonly object[] };
}

/** Makes the view. */
export function viewSchema(schema: Schema): SchemaView {
  return {
    version: 1,
    tables: schema.tables.values().filter(isShown).map(viewTable).sort(byName),
    functions: schema.routines.values().flat().map(viewRoutine).sort(byName),
    views: schema.views
      .values()
      .map(({ schema, name, materialized, columns, securityInvoker }) => ({
        schema,
        name,
        materialized,
        columns: columns ?? null,
        securityInvoker,
      }))
      .sort(byName),
    publications: schema.publications
      .values()
      .map(({ name, allTables, tables, operations }) => ({
        name,
        allTables,
        tables: tables.map(({ table }) => table.replace("\0", ".")).sort(),
        operations,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** The project's own tables; not the platform's, and not one of which only the name is known. */
function isShown({ schema, persistence, complete, columns }: Table): boolean {
  return persistence !== "temporary" && !isPlatformSchema(schema) && (complete || columns.length > 0);
}

function viewTable(table: Table): TableView {
  const primary = table.constraints.find(({ kind }) => kind === "primary key");
  return {
    schema: table.schema,
    name: table.name,
    columns: table.columns.map(({ name, type, notNull, default: value }) => ({
      name,
      type,
      notNull,
      default: value?.text ?? null,
    })),
    primaryKey: primary?.columns ?? [],
    foreignKeys: table.constraints.flatMap(viewForeignKey).sort((a, b) => (a.name < b.name ? -1 : 1)),
    indexes: table.indexes.map(viewIndex).sort((a, b) => (a.name < b.name ? -1 : 1)),
    rls: {
      enabled: table.rls.enabled,
      forced: table.rls.forced,
      policies: table.policies.map(viewPolicy).sort((a, b) => (a.name < b.name ? -1 : 1)),
    },
  };
}

function viewForeignKey({ kind, name, columns, references }: Constraint) {
  if (kind !== "foreign key" || references === undefined) return [];
  return [
    { name, columns, references: { schema: references.schema, table: references.name, columns: references.columns } },
  ];
}

function viewIndex({ name, columns, unique, method, predicate }: Index) {
  return {
    name,
    columns: columns.map((column) => column.name ?? text(column.expression)),
    unique,
    method,
    where: text(predicate),
  };
}

function viewPolicy({ name, command, permissive, roles, using, check }: Policy) {
  return { name, command, permissive, roles: [...roles].sort(), using: text(using), check: text(check) };
}

function viewRoutine({ schema, name, kind, arguments: list, returns, language, volatility, definer }: Routine) {
  return {
    schema,
    name,
    kind,
    arguments: list.map(({ name, type, mode }) => ({ name: name ?? null, type, mode })),
    returns: returns ?? null,
    language,
    volatility,
    securityDefiner: definer,
  };
}

function text(expression: Expression | undefined): string | null {
  return expression?.text ?? null;
}

function byName(
  a: { readonly schema: string; readonly name: string },
  b: { readonly schema: string; readonly name: string },
): number {
  return a.schema === b.schema ? (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) : a.schema < b.schema ? -1 : 1;
}
