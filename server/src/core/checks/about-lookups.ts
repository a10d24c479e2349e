/**
 * Which comparisons narrow a query by a value, and whether an index serves them. It knows the rows of one query and the indexes of their
 * tables; what a policy is for is not its business.
 */
import type { Index, IndexColumn, Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import type { Node } from "../sql/statement.js";
import { as, type NodeOf, nameOf, stringOf, walk } from "../sql/tree.js";
import { isCallerValue } from "./about-callers.js";
import { servesLookup } from "./about-cures.js";
import { bind, type Scope } from "./about-scopes.js";

/** A comparison of a column with the caller that no index serves. */
export interface Lookup {
  readonly table: Table;
  readonly column: string;
  readonly comparison: Node;
  /** The side of the column as it is written, and whether it is more than the column. */
  readonly side: Node;
  readonly wrapped: boolean;
}

/** WHERE and the conditions of inner joins. */
export function conditionsOf(select: NodeOf<"SelectStmt">): readonly Node[] {
  const conditions = select.whereClause === undefined ? [] : [select.whereClause];
  walk(select.fromClause, (kind, node) => {
    if (kind === "RangeSubselect") return "skip";
    if (kind === "JoinExpr" && node.jointype === "JOIN_INNER" && node.quals !== undefined) conditions.push(node.quals);
    return undefined;
  });
  return conditions;
}

/**
 * The comparisons without which an index could find the rows: none when one serves already; undefined when the condition does not narrow
 * the rows by a value, so that no index would help.
 */
export function unserved(node: Node, scope: Scope): readonly Lookup[] | undefined {
  const logic = as(node, "BoolExpr");
  if (logic?.boolop === "AND_EXPR") return narrowest(logic.args ?? [], scope);
  if (logic?.boolop === "OR_EXPR") {
    const sides = (logic.args ?? []).map((side) => unserved(side, scope));
    return sides.includes(undefined) ? undefined : sides.flatMap((side) => side ?? []);
  }
  return comparison(node, scope);
}

/** The same for conditions that must all hold: the one that is nearest to being served. */
export function narrowest(conditions: readonly Node[], scope: Scope): readonly Lookup[] | undefined {
  const ways = conditions.flatMap((one) => {
    const way = unserved(one, scope);
    return way === undefined ? [] : [way];
  });
  return ways.sort((a, b) => a.length - b.length)[0];
}

function comparison(node: Node, scope: Scope): readonly Lookup[] | undefined {
  const operation = as(node, "A_Expr");
  if (operation?.kind !== "AEXPR_OP" || stringOf(operation.name?.[0]) !== "=") return undefined;
  for (const [side, value] of [
    [operation.lexpr, operation.rexpr],
    [operation.rexpr, operation.lexpr],
  ] as const) {
    const reference = columnWithin(side);
    const bound = bind(reference?.column, scope);
    const table = bound?.source.table;
    if (
      side === undefined ||
      value === undefined ||
      reference === undefined ||
      bound === undefined ||
      table === undefined
    )
      continue;
    // A value of the same relation does not narrow it.
    const opposite = columnWithin(value);
    if (opposite !== undefined && bind(opposite.column, scope)?.source === bound.source) continue;
    if (!scope.sources.includes(bound.source) || !isKnown(table)) continue;
    const type = table.columns.find(({ name }) => name === bound.column)?.type ?? "";
    const wrapped = reference.wrapped && !isSameText(side, type);
    if (isServed(table, bound.column, wrapped ? side : undefined)) return [];
    if (isCallerValue(value)) return [{ table, column: bound.column, comparison: node, side, wrapped }];
  }
  return undefined;
}

/** Its columns and indexes are all known, and it is the project's. */
function isKnown(table: Table): boolean {
  return (
    table.complete && table.origin.made !== undefined && table.kind !== "foreign" && !isPlatformSchema(table.schema)
  );
}

/** The one column in an expression of casts and functions. */
function columnWithin(
  node: Node | undefined,
): { readonly column: NodeOf<"ColumnRef">; readonly wrapped: boolean } | undefined {
  const plain = as(node, "ColumnRef");
  if (plain !== undefined) return { column: plain, wrapped: false };
  const call = as(node, "FuncCall");
  const inside = as(node, "TypeCast")?.arg ?? (call?.args?.length === 1 ? call.args[0] : undefined);
  const column = inside === undefined ? undefined : columnWithin(inside)?.column;
  return column === undefined ? undefined : { column, wrapped: true };
}

/** A cast from varchar to text is none for an index. */
function isSameText(side: Node, type: string): boolean {
  const cast = as(side, "TypeCast");
  const name = nameOf(cast?.typeName?.names)?.name;
  return (
    as(cast?.arg, "ColumnRef") !== undefined &&
    (name === "text" || name === "varchar") &&
    /^(?:text|character varying)/.test(type)
  );
}

/** Whether an index finds rows by the value of a column, or of an expression over it. */
export function isServed(table: Table, column: string, expression: Node | undefined): boolean {
  return table.indexes.some((index) => {
    const [first] = index.columns;
    if (first === undefined || !servesLookup(index)) return false;
    return expression === undefined ? first.name === column : isSame(first, expression);
  });
}

function isSame({ expression }: IndexColumn, node: Node): boolean {
  return expression !== undefined && isSameExpression(expression.node, node);
}

/** Whether two expressions are written alike, whatever stands around their columns. */
export function isSameExpression(one: Node | undefined, other: Node | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return shape(one) === shape(other);
}

/** An expression without its places, and with columns by their last name. */
function shape(node: Node): string {
  return JSON.stringify(node, (key, value: unknown) => {
    if (/^(?:location|list_start|list_end)$/.test(key)) return undefined;
    return key === "fields" && Array.isArray(value) ? value.slice(-1) : value;
  });
}

/** Whether an index of a table starts with the columns, so that rows are found by them. */
export function isCovered(table: Table, columns: readonly string[]): boolean {
  return table.indexes.some((index) => covers(index, columns));
}

/** Whether an index starts with the columns, in any order. */
export function covers(index: Index, columns: readonly string[]): boolean {
  if (index.method !== "btree" && index.method !== "hash") return false;
  // A unique index over some of the columns finds the one row there can be.
  if (
    index.unique &&
    index.predicate === undefined &&
    index.columns.every(({ name }) => name !== undefined && columns.includes(name))
  ) {
    return true;
  }
  const first = index.columns.slice(0, columns.length).map(({ name }) => name);
  if (first.length < columns.length || !columns.every((column) => first.includes(column))) return false;
  return index.predicate === undefined || onlyNotNull(index, columns);
}

/** The predicate asks nothing but that some of the columns are not null, which a lookup by value does too. */
function onlyNotNull({ predicate }: Index, columns: readonly string[]): boolean {
  let only = true;
  walk(predicate?.node, (kind, node) => {
    if (kind === "NullTest") only &&= node.nulltesttype === "IS_NOT_NULL";
    else if (kind === "BoolExpr") only &&= node.boolop === "AND_EXPR";
    else if (kind === "ColumnRef") only &&= columns.includes(as(node.fields?.at(-1), "String")?.sval ?? "");
    else if (kind !== "String") only = false;
  });
  return only;
}
