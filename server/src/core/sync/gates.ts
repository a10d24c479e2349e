import type { Node } from "../sql/statement.js";
import { as, type NodeOf, stringOf, walk } from "../sql/tree.js";
import type { SyncDefinition, SyncQuery } from "./document.js";

/**
 * On whom a row depends before it reaches a device. A condition is taken apart into ways, one for each side of an OR, and each way into
 * what it asks about; what the asked-for values are is not known here.
 */
export type Gate = "user" | "client" | "none";

/** One way in which a condition can hold. */
export interface Way {
  /** The signed-in user, a value that the client chooses, or nobody. */
  readonly gate: Gate;
  /** The row itself is tested as well. */
  readonly filtered: boolean;
  /** The columns by which it is tested, as far as the condition itself names them. */
  readonly tests: readonly string[];
  /** The part of the condition that it is; undefined when there is no condition. */
  readonly node: Node | undefined;
}

/** What is in scope where an expression stands. */
export interface Scope {
  readonly query: SyncQuery;
  /** Named queries (`with:`) by name. */
  readonly named: ReadonlyMap<string, SyncQuery>;
  /** Names of queries being read: a name may not lead back to itself. */
  readonly open: readonly string[];
}

/** The bucket definitions of the older dialect ask about the user in queries of their own, each of them a way by itself. */
export function waysOfBucket(definition: SyncDefinition): readonly Way[] | undefined {
  const parameters = definition.queries.filter((query) => query.role === "parameters");
  if (parameters.length === 0) return [open];
  const ways: Way[] = [];
  for (const query of parameters) {
    const select = as(query.statement.node, "SelectStmt");
    if (select === undefined) return undefined;
    const own = waysOfSelect(select, { query, named: new Map(), open: [] }, "condition");
    if (own === undefined) return undefined;
    ways.push(...own.map((way) => ({ ...way, node: undefined })));
  }
  return ways;
}

/** The way of no condition: every row to everybody. */
export const open: Way = { gate: "none", filtered: false, tests: [], node: undefined };

/** The ways in which a query yields a row; undefined when they cannot be told. `list` says whether what it selects is a condition as well. */
export function waysOfSelect(
  select: NodeOf<"SelectStmt">,
  scope: Scope,
  list: "value" | "condition",
): readonly Way[] | undefined {
  if (select.op !== undefined && select.op !== "SETOP_NONE") return undefined;
  let ways: readonly Way[] | undefined = [open];
  for (const item of select.fromClause ?? []) ways = both(ways, waysOfSource(item, scope));
  // A parameter query may ask about the user in its select list alone: `SELECT request.user_id() AS user_id`.
  const asked = list === "condition" ? (select.targetList ?? []) : [];
  for (const target of asked) ways = both(ways, unfiltered(leaf(target, scope)));
  return both(ways, select.whereClause === undefined ? [open] : waysOf(select.whereClause, scope));
}

function waysOfSource(item: Node, scope: Scope): readonly Way[] | undefined {
  const join = as(item, "JoinExpr");
  if (join !== undefined) {
    if (join.larg === undefined || join.rarg === undefined) return undefined;
    const sides = both(waysOfSource(join.larg, scope), waysOfSource(join.rarg, scope));
    return both(sides, join.quals === undefined ? [open] : unfiltered(waysOf(join.quals, scope)));
  }
  const table = as(item, "RangeVar");
  if (table !== undefined) return namedBy(table, scope) ? waysOfNamed(table.relname, scope) : [open];
  const inner = as(as(item, "RangeSubselect")?.subquery, "SelectStmt");
  return inner === undefined ? leaf(item, scope) : waysOfSelect(inner, scope, "condition");
}

/** A join's own condition ties tables together; it says nothing about a row by itself. */
function unfiltered(ways: readonly Way[] | undefined): readonly Way[] | undefined {
  return ways?.map((way) => ({ ...way, filtered: false, tests: [] }));
}

/** To be in the answer of another query is a test of the row. */
function filtered(ways: readonly Way[] | undefined): readonly Way[] | undefined {
  return ways?.map((way) => ({ ...way, filtered: true, tests: [] }));
}

function waysOfNamed(name: string | undefined, scope: Scope): readonly Way[] | undefined {
  const query = name === undefined ? undefined : scope.named.get(name);
  if (name === undefined || query === undefined || scope.open.includes(name)) return undefined;
  const select = as(query.statement.node, "SelectStmt");
  if (select === undefined) return undefined;
  return filtered(waysOfSelect(select, { query, named: scope.named, open: [...scope.open, name] }, "condition"));
}

function waysOf(condition: Node, scope: Scope): readonly Way[] | undefined {
  const logic = as(condition, "BoolExpr");
  if (logic?.boolop === "AND_EXPR") {
    let ways: readonly Way[] | undefined = [open];
    for (const one of logic.args ?? []) ways = both(ways, waysOf(one, scope));
    return ways;
  }
  if (logic?.boolop === "OR_EXPR") {
    const ways: Way[] = [];
    for (const one of logic.args ?? []) {
      const own = waysOf(one, scope);
      if (own === undefined) return undefined;
      ways.push(...own.map((way) => ({ ...way, node: one })));
    }
    return ways;
  }
  return leaf(condition, scope);
}

/** What a condition without AND and OR depends on: itself, and the queries inside it. */
function leaf(condition: Node, scope: Scope): readonly Way[] | undefined {
  let gate: Gate = "none";
  const columns: string[] = [];
  let granted = false;
  let ways: readonly Way[] | undefined = [open];
  const inner: NodeOf<"SelectStmt">[] = [];
  walk(condition, (kind, node) => {
    if (kind === "SelectStmt") {
      inner.push(node);
      return "skip";
    }
    if (kind === "FuncCall") {
      const [name, schema] = [stringOf(node.funcname?.at(-1)), stringOf(node.funcname?.at(-2))];
      gate = stronger(gate, schema === "request" && name === "parameters" ? "client" : gateOf(schema));
    }
    if (kind === "ColumnRef") {
      const fields = node.fields ?? [];
      const first = stringOf(fields[0]);
      const named = fields.length === 1 && first !== undefined && scope.named.has(first) ? first : undefined;
      if (named !== undefined) ways = both(ways, waysOfNamed(named, scope));
      else if (fields.length > 1 && gateOf(first) !== "none") gate = stronger(gate, gateOf(first));
      else if (fields.length > 1 && first === "bucket") granted = true;
      else columns.push(stringOf(fields.at(-1)) ?? "");
    }
    return undefined;
  });
  for (const select of inner) ways = both(ways, filtered(waysOfSelect(select, scope, "condition")));
  // A comparison with what a bucket's parameters gave is no test of the row; the parameters are ways of their own.
  // A comparison with what a bucket's parameters gave is no test of the row, and neither is `… is null`.
  const nullTest = as(condition, "NullTest")?.nulltesttype === "IS_NULL";
  const tests = granted || nullTest || gate !== "none" ? [] : columns.filter((column) => !tombstone.test(column));
  const own: Way = { gate, filtered: tests.length > 0, tests, node: undefined };
  return both(ways, [own])?.map((way) => ({ ...way, node: condition }));
}

/** Whether a table of a FROM is a named query. */
export function namedBy(table: NodeOf<"RangeVar">, scope: Scope): boolean {
  return table.schemaname === undefined && table.relname !== undefined && scope.named.has(table.relname);
}

/** Both must hold: the stronger gate counts. */
export function both(a: readonly Way[] | undefined, b: readonly Way[] | undefined): readonly Way[] | undefined {
  if (a === undefined || b === undefined || a.length * b.length > MOST_WAYS) return undefined;
  return a.flatMap((one) =>
    b.map((other) => ({
      gate: stronger(one.gate, other.gate),
      filtered: one.filtered || other.filtered,
      tests: [...one.tests, ...other.tests],
      node: a.length > 1 ? one.node : (other.node ?? one.node),
    })),
  );
}

function stronger(a: Gate, b: Gate): Gate {
  if (a === "user" || b === "user") return "user";
  return a === "client" || b === "client" ? "client" : "none";
}

/** That a row is not deleted is no reason why somebody may see it. */
const tombstone = /^(is_)?(deleted|archived|removed)(_at|_on)?$/;

/** Schemas and row names by which PowerSync's dialects speak of the user and of the client. */
function gateOf(qualifier: string | undefined): Gate {
  if (qualifier === "auth" || qualifier === "request" || qualifier === "token_parameters") return "user";
  return qualifier === "subscription" || qualifier === "connection" || qualifier === "user_parameters"
    ? "client"
    : "none";
}

/** More ways than this are no longer told apart. */
const MOST_WAYS = 64;
