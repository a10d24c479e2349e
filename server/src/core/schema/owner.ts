import type { Node } from "../sql/statement.js";
import { as, type NodeOf, nameOf, stringOf, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { type Constraint, keyOf, type Schema, type Table } from "./model.js";

/**
 * Whose a row is: told from what policies compare with the caller and from foreign keys to users. Names of columns say nothing here.
 */

/** The columns that say which user a row belongs to; the most certain first. */
export function ownerColumns(table: Table, schema: Schema): readonly string[] {
  const found = new Set<string>();
  for (const policy of table.policies) {
    for (const expression of [policy.using, policy.check]) {
      if (expression === undefined) continue;
      for (const column of comparedWithCaller(expression.node)) {
        if (!table.complete || table.columns.some(({ name }) => name === column)) found.add(column);
      }
    }
  }
  for (const constraint of table.constraints) {
    const [column] = constraint.columns;
    if (column !== undefined && leadsToUser(constraint, schema)) found.add(column);
  }
  return [...found];
}

/** Whether a foreign key of one column leads to auth.users, or to a table whose rows are users: one whose own key is such a foreign key. */
export function leadsToUser(constraint: Constraint, schema: Schema): boolean {
  const { references } = constraint;
  if (references === undefined || constraint.columns.length !== 1) return false;
  if (isUsers(references)) return true;
  const target = schema.tables.get(keyOf(references.schema, references.name));
  const key = target?.constraints.find(({ kind }) => kind === "primary key")?.columns;
  if (target === undefined || key?.length !== 1 || references.columns[0] !== key[0]) return false;
  return target.constraints.some(
    (one) =>
      one.columns.length === 1 && one.columns[0] === key[0] && one.references !== undefined && isUsers(one.references),
  );
}

/** Whether an expression asks who the caller is. */
export function asksCaller(node: Node): boolean {
  let asks = false;
  walk(node, (kind, inner) => {
    if (kind === "FuncCall" && isCaller(inner)) asks = true;
  });
  return asks;
}

function isUsers(references: { readonly schema: string; readonly name: string }): boolean {
  return references.schema === "auth" && references.name === "users";
}

/** Columns that stand in `column = auth.uid()`, the subquery around the call and casts included; other queries inside are left out. */
const comparedWithCaller: (node: Node) => readonly string[] = memo((node) => {
  const found: string[] = [];
  walk(node, (kind, inner) => {
    if (kind === "SelectStmt" && inner.fromClause !== undefined) return "skip";
    if (kind !== "A_Expr" || inner.kind !== "AEXPR_OP" || stringOf(inner.name?.[0]) !== "=") return undefined;
    for (const [one, other] of [
      [inner.lexpr, inner.rexpr],
      [inner.rexpr, inner.lexpr],
    ]) {
      const column = stringOf(as(bare(one), "ColumnRef")?.fields?.at(-1));
      const call = as(bare(other), "FuncCall");
      if (column !== undefined && call !== undefined && isCaller(call)) found.push(column);
    }
    return undefined;
  });
  return found;
});

/** What is left without casts and without a scalar subquery around one value. */
function bare(node: Node | undefined): Node | undefined {
  let inner = node;
  for (;;) {
    const cast = as(inner, "TypeCast")?.arg;
    const select = as(as(inner, "SubLink")?.subselect, "SelectStmt");
    const only =
      select?.fromClause === undefined && select?.targetList?.length === 1 ? select.targetList[0] : undefined;
    const next = cast ?? as(only, "ResTarget")?.val;
    if (next === undefined) return inner;
    inner = next;
  }
}

function isCaller(call: NodeOf<"FuncCall">): boolean {
  const name = nameOf(call.funcname);
  return name?.schema === "auth" && (name.name === "uid" || name.name === "jwt");
}
