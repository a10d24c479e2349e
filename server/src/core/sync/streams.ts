import { expressionSpan } from "../sql/expression.js";
import { tokens } from "../sql/lexer.js";
import type { Node } from "../sql/statement.js";
import { as, type NodeOf, stringOf, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import type { Span } from "../text/source.js";
import { type SyncDefinition, type SyncDocument, type SyncQuery, spanIn } from "./document.js";
import { both, type Gate, namedBy, open, type Scope, waysOfBucket, waysOfSelect } from "./gates.js";

/**
 * What the queries of a sync configuration read, send and ask about the user, told from the trees of the queries alone. What cannot be
 * told is undefined; whether the tables exist and who may see them is not known here.
 */
export interface Flow {
  readonly definition: SyncDefinition;
  readonly query: SyncQuery;
  /** The table whose rows are sent; undefined when it cannot be told (or is a wildcard of several). */
  readonly source: TableUse | undefined;
  /** The columns of the rows that are sent. */
  readonly outputs: readonly Output[];
  /** The ways in which a row may reach a device, one for each side of an OR; undefined when they cannot be told. */
  readonly branches: readonly Branch[] | undefined;
}

/** A table that a query names. */
export interface TableUse {
  /** Undefined when the query does not say; PowerSync then looks in `public`. */
  readonly schema: string | undefined;
  readonly name: string;
  /** The name by which the query speaks of it. */
  readonly alias: string;
  /** Where it stands in the document. */
  readonly span: Span;
}

/** What a row that is sent consists of: all columns of the source, or one value under a name. */
export interface Output {
  readonly kind: "all" | "value";
  /** The name under which it is sent, or the alias before `.*`. */
  readonly name: string | undefined;
  /** The column that is sent as it is; undefined for an expression. */
  readonly column: string | undefined;
  /** In the document. */
  readonly span: Span;
}

/** One way in which a row reaches a device. */
export interface Branch {
  /** On whom it depends: the signed-in user, a value that the client chooses, or nobody. */
  readonly gate: Gate;
  /** The row itself is tested as well (`is_public`); `… is null` does not count. */
  readonly filtered: boolean;
  /** The columns by which the row is tested, as far as the condition itself names them. */
  readonly tests: readonly string[];
  /** Its condition in the document; undefined when there is none, or when the whole WHERE is one branch. */
  readonly span: Span | undefined;
}

/** What each data query of a document does. */
export const flows: (document: SyncDocument) => readonly Flow[] = memo((document) =>
  document.definitions.flatMap((definition) => {
    const data = definition.queries.filter((query) => query.role === "data");
    return data.map((query) => flowOf(document, definition, query));
  }),
);

/** Every table that a document's queries name, also in subqueries and in parameters. */
export const tableUses: (document: SyncDocument) => readonly TableUse[] = memo((document) => {
  const queries = [...document.shared, ...document.definitions.flatMap((one) => one.queries), ...document.payloads];
  const names = new Set(queries.flatMap((query) => query.name?.toLowerCase() ?? []));
  return queries.flatMap((query) => {
    const uses: TableUse[] = [];
    walk(query.statement.node, (kind, node) => {
      if (kind !== "RangeVar") return;
      const use = useOf(query, node);
      if (use !== undefined && !(use.schema === undefined && names.has(use.name))) uses.push(use);
    });
    return uses;
  });
});

/** The tables that a wildcard stands for (`"todos_%"`), or the one table of that name: a test of names. */
export function matches(use: { readonly name: string }, name: string): boolean {
  return use.name.endsWith("%") ? name.startsWith(use.name.slice(0, -1)) : use.name === name;
}

function flowOf(document: SyncDocument, definition: SyncDefinition, query: SyncQuery): Flow {
  const select = as(query.statement.node, "SelectStmt");
  const bare: Flow = { definition, query, source: undefined, outputs: [], branches: undefined };
  if (select === undefined || select.fromClause === undefined) return bare;
  const withs = [...document.shared, ...definition.queries.filter((one) => one.role === "with")];
  const named = new Map(
    withs.flatMap((one) => (one.name === undefined ? [] : [[one.name.toLowerCase(), one] as const])),
  );
  const scope: Scope = { query, named, open: [] };
  const tables = tablesOf(select.fromClause, scope);
  const outputs = outputsOf(select, query);
  const ways = both(
    waysOfSelect(select, scope, "value"),
    definition.dialect === "bucket" ? waysOfBucket(definition) : [open],
  );
  return {
    definition,
    query,
    source: sourceOf(tables, select),
    outputs,
    branches: ways?.map((way) => ({
      gate: way.gate,
      filtered: way.filtered,
      tests: way.tests,
      span: way.node === undefined || ways.length === 1 ? undefined : placeOf(query, way.node),
    })),
  };
}

/** The only table of a FROM, or the one that the select list names. */
function sourceOf(tables: readonly TableUse[], select: NodeOf<"SelectStmt">): TableUse | undefined {
  const [only, ...others] = tables;
  if (others.length === 0) return only;
  const named = new Set<string>();
  for (const target of select.targetList ?? []) {
    const fields = as(as(target, "ResTarget")?.val, "ColumnRef")?.fields ?? [];
    const qualifier = fields.length > 1 ? stringOf(fields[fields.length - 2]) : undefined;
    if (qualifier !== undefined) named.add(qualifier);
  }
  const meant = tables.filter((table) => named.has(table.alias));
  return meant.length === 1 ? meant[0] : undefined;
}

function tablesOf(from: readonly Node[], scope: Scope): readonly TableUse[] {
  return from.flatMap((item) => {
    const join = as(item, "JoinExpr");
    if (join !== undefined)
      return tablesOf(
        [join.larg, join.rarg].filter((side) => side !== undefined),
        scope,
      );
    const table = as(item, "RangeVar");
    const use = table === undefined || namedBy(table, scope) ? undefined : useOf(scope.query, table);
    return use === undefined ? [] : [use];
  });
}

function useOf(query: SyncQuery, table: NodeOf<"RangeVar">): TableUse | undefined {
  const { relname, schemaname, location } = table;
  if (relname === undefined) return undefined;
  const start = location ?? 0;
  const words = tokens(query.statement.text.slice(start, start + 200));
  const last = words[schemaname === undefined ? 0 : 2];
  const span = spanIn(query, { start, end: start + (last?.end ?? relname.length) });
  return { schema: schemaname, name: relname, alias: table.alias?.aliasname ?? relname, span };
}

function outputsOf(select: NodeOf<"SelectStmt">, query: SyncQuery): readonly Output[] {
  return (select.targetList ?? []).flatMap((node): readonly Output[] => {
    const target = as(node, "ResTarget");
    if (target?.val === undefined) return [];
    const fields = as(target.val, "ColumnRef")?.fields ?? [];
    const last = fields.at(-1);
    const span = placeOf(query, target.val) ?? query.span;
    if (as(last, "A_Star") !== undefined) {
      return [
        {
          kind: "all",
          name: fields.length > 1 ? stringOf(fields[fields.length - 2]) : undefined,
          column: undefined,
          span,
        },
      ];
    }
    const column = stringOf(last);
    return [{ kind: "value", name: target.name ?? column ?? calledAs(target.val), column, span }];
  });
}

/** PowerSync names an expression without an alias after its function, as PostgreSQL does. */
function calledAs(node: Node): string | undefined {
  return stringOf(as(node, "FuncCall")?.funcname?.at(-1));
}

function placeOf(query: SyncQuery, node: Node): Span | undefined {
  const span = expressionSpan(query.statement, node);
  return span === undefined ? undefined : spanIn(query, span);
}
