/**
 * To which relation a column name in a policy's predicate belongs. A name is looked for in the innermost query first, as PostgreSQL does;
 * where the columns of a relation are not known, nothing is said.
 */
import { keyOf, type Schema, type Table } from "../schema/model.js";
import { resolve } from "../schema/reading.js";
import { tokenAt } from "../sql/clause.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, type NodeOf, stringOf, type Visit, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import type { Span } from "../text/source.js";

/** The relations that one query names, within those of the query around it. */
export interface Scope {
  readonly outer: Scope | undefined;
  readonly sources: readonly Source[];
}

/** A relation under the name it has in a query. */
export interface Source {
  readonly alias: string;
  readonly table: Table | undefined;
  /** Undefined when they cannot be told. */
  readonly columns: readonly string[] | undefined;
}

/** What a column name stands for. */
export interface Bound {
  readonly source: Source;
  readonly column: string;
  /** Written with its table. */
  readonly qualified: boolean;
}

/** The scope of a policy's predicate: the row of its table. */
export function rowScope(table: Table): Scope {
  return { outer: undefined, sources: [{ alias: table.name, table, columns: columnsOf(table) }] };
}

/** Visits the nodes of an expression that stand in `scope` itself, then each query in it with a scope of its own. */
export function walkScoped(
  node: Node | readonly Node[] | undefined,
  scope: Scope,
  schema: Schema,
  visit: (scope: Scope) => Visit,
  visitQuery?: VisitQuery,
): void {
  const here = visit(scope);
  const queries: NodeOf<"SelectStmt">[] = [];
  walk(node, (...visited) => {
    const [kind, inner] = visited;
    if (kind === "SelectStmt") {
      queries.push(inner);
      return "skip";
    }
    return here(...visited);
  });
  for (const query of queries) walkQuery(query, scope, schema, visit, visitQuery);
}

type VisitQuery = (select: NodeOf<"SelectStmt">, scope: Scope) => void;

function walkQuery(
  select: NodeOf<"SelectStmt">,
  outer: Scope,
  schema: Schema,
  visit: (scope: Scope) => Visit,
  visitQuery: VisitQuery | undefined,
): void {
  const { larg, rarg } = select;
  if (larg !== undefined && rarg !== undefined) {
    walkQuery(larg, outer, schema, visit, visitQuery);
    walkQuery(rarg, outer, schema, visit, visitQuery);
    return;
  }
  const { targetList, fromClause, whereClause, groupClause, havingClause } = select;
  const parts = [
    targetList,
    fromClause,
    whereClause === undefined ? [] : [whereClause],
    groupClause,
    havingClause === undefined ? [] : [havingClause],
  ];
  const scope = scopeOf(select, outer, schema);
  visitQuery?.(select, scope);
  walkScoped(
    parts.flatMap((list) => list ?? []),
    scope,
    schema,
    visit,
    visitQuery,
  );
}

/** Whether a query that reads something stands inside an expression. */
export const hasQuery: (node: Node) => boolean = memo((node) => {
  let has = false;
  walk(node, (kind, select) => {
    if (kind === "SelectStmt" && (select.fromClause !== undefined || select.larg !== undefined)) has = true;
  });
  return has;
});

/** Visits each query without set operation inside an expression, with the scope it makes. */
export function walkQueries(node: Node, scope: Scope, schema: Schema, visit: VisitQuery): void {
  walkScoped(node, scope, schema, () => () => undefined, visit);
}

/** The scope that a query without set operation makes. */
export function scopeOf(select: NodeOf<"SelectStmt">, outer: Scope, schema: Schema): Scope {
  const named = new Set((select.withClause?.ctes ?? []).map((node) => as(node, "CommonTableExpr")?.ctename ?? ""));
  return { outer, sources: (select.fromClause ?? []).flatMap((item) => sourcesOf(item, schema, named)) };
}

function sourcesOf(item: Node, schema: Schema, named: ReadonlySet<string>): readonly Source[] {
  const join = as(item, "JoinExpr");
  if (join !== undefined && join.alias === undefined) {
    return [join.larg, join.rarg].flatMap((side) => (side === undefined ? [] : sourcesOf(side, schema, named)));
  }
  const relation = as(item, "RangeVar");
  if (relation === undefined) {
    const alias = as(item, "RangeSubselect")?.alias ?? as(item, "RangeFunction")?.alias ?? join?.alias;
    return [{ alias: alias?.aliasname ?? "", table: undefined, columns: undefined }];
  }
  const name = relation.relname ?? "";
  const alias = relation.alias?.aliasname ?? name;
  const written = { schema: relation.schemaname, name };
  if (written.schema === undefined && named.has(name)) return [{ alias, table: undefined, columns: undefined }];
  const key = resolve(schema, schema.tables, written);
  const table = key === undefined ? undefined : schema.tables.get(key);
  if (relation.alias?.colnames !== undefined) return [{ alias, table: undefined, columns: undefined }];
  if (table !== undefined) return [{ alias, table, columns: columnsOf(table) }];
  const view = resolve(schema, schema.views, written);
  return [{ alias, table: undefined, columns: view === undefined ? undefined : schema.views.get(view)?.columns }];
}

function columnsOf(table: Table): readonly string[] | undefined {
  return table.complete ? table.columns.map(({ name }) => name) : undefined;
}

/** What a column name in a scope stands for; undefined when that cannot be told. */
export function bind(reference: NodeOf<"ColumnRef"> | undefined, scope: Scope): Bound | undefined {
  const words = reference?.fields?.map(stringOf) ?? [];
  const column = words.at(-1);
  if (column === undefined || words.includes(undefined)) return undefined;
  const qualifier = words.at(-2);
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    if (qualifier !== undefined) {
      const named = at.sources.filter(({ alias }) => alias === qualifier);
      const [source] = named;
      if (source !== undefined) return named.length === 1 ? { source, column, qualified: true } : undefined;
      continue;
    }
    if (at.sources.some(({ columns }) => columns === undefined)) return undefined;
    const having = at.sources.filter(({ columns }) => columns?.includes(column));
    const [source] = having;
    if (source !== undefined) return having.length === 1 ? { source, column, qualified: false } : undefined;
  }
  return undefined;
}

/** Where a column name stands in its statement. */
export function spanOfReference(statement: Statement, reference: NodeOf<"ColumnRef">): Span | undefined {
  const token = tokenAt(statement, reference.location ?? 0);
  return token === undefined ? undefined : { start: token.start, end: token.end };
}

/** The table under its key, for a comparison of sources with foreign keys. */
export function keyOfSource({ table }: Source): string | undefined {
  return table === undefined ? undefined : keyOf(table.schema, table.name);
}
