/**
 * How a predicate is put together: the conditions that must all hold, and what each of them says of a column of the row. To which row a
 * name belongs, and whether an index helps, is told elsewhere.
 */
import type { Node } from "../sql/statement.js";
import { as, constantOf, stringOf, walk } from "../sql/tree.js";
import { isCallerValue, unwrapped } from "./about-callers.js";

/** The conditions that must all hold. */
export function conjunctsOf(node: Node | undefined): readonly Node[] {
  if (node === undefined) return [];
  const logic = as(node, "BoolExpr");
  return logic?.boolop === "AND_EXPR" ? (logic.args ?? []).flatMap((one) => conjunctsOf(one)) : [node];
}

/** The column that a condition compares with a value of the caller, as in `owner = (select auth.uid())`. */
export function callersColumn(node: Node | undefined): string | undefined {
  const operation = as(node, "A_Expr");
  if (operation?.kind !== "AEXPR_OP" || stringOf(operation.name?.[0]) !== "=") return undefined;
  for (const [side, value] of [
    [operation.lexpr, operation.rexpr],
    [operation.rexpr, operation.lexpr],
  ]) {
    const column = columnNamed(side);
    if (column !== undefined && isCallerValue(value)) return column;
  }
  return undefined;
}

/** The name of the column that an expression is, casts aside. */
export function columnNamed(node: Node | undefined): string | undefined {
  return stringOf(as(unwrapped(node), "ColumnRef")?.fields?.at(-1));
}

const softDelete = /^(?:deleted|archived|removed|trashed)(?:_at|_on)?$|^is_(?:deleted|archived|removed|trashed)$/;

/** Whether a column's name says that its row is deleted without going. */
export function isSoftDelete(column: string): boolean {
  return softDelete.test(column);
}

/** The soft-delete column that a condition wants to be unset: `deleted_at is null`, `not is_deleted`, `is_deleted = false`. */
export function livesBy(node: Node): string | undefined {
  const nulls = as(node, "NullTest");
  const truth = as(node, "BooleanTest");
  const logic = as(node, "BoolExpr");
  const operation = as(node, "A_Expr");
  let side: Node | undefined;
  if (nulls?.nulltesttype === "IS_NULL") side = nulls.arg;
  else if (truth?.booltesttype === "IS_FALSE" || truth?.booltesttype === "IS_NOT_TRUE") side = truth.arg;
  else if (logic?.boolop === "NOT_EXPR") side = logic.args?.[0];
  else if (operation?.kind === "AEXPR_OP" && stringOf(operation.name?.[0]) === "=")
    side = constantOf(operation.rexpr) === false ? operation.lexpr : undefined;
  const column = columnNamed(side);
  return column !== undefined && softDelete.test(column) ? column : undefined;
}

/** Whether a column of that name is written anywhere in an expression. */
export function namesTheColumn(node: Node | undefined, column: string): boolean {
  let names = false;
  walk(node, (kind, reference) => {
    if (kind === "ColumnRef" && stringOf(reference.fields?.at(-1)) === column) names = true;
  });
  return names;
}
