/** How SQL asks who the caller is: the platform's functions, and settings that the API or the application makes. */
import type { Node } from "../sql/statement.js";
import { as, type NodeOf, nameOf, walk } from "../sql/tree.js";

/** The name of the function when a call asks for something of the caller: `auth.uid`, `current_setting`, … */
export function callerCall(call: NodeOf<"FuncCall">): string | undefined {
  const name = nameOf(call.funcname);
  if (name === undefined) return undefined;
  if (name.schema === "auth") return /^(?:uid|jwt|role|email)$/.test(name.name) ? `auth.${name.name}` : undefined;
  const isSetting = name.name === "current_setting" && (name.schema ?? "pg_catalog") === "pg_catalog";
  return isSetting ? "current_setting" : undefined;
}

/** Whether an expression is a value that belongs to the caller and is the same for all rows. */
export function isCallerValue(node: Node | undefined): boolean {
  let asks = false;
  let steady = true;
  walk(node, (kind, inner) => {
    if (kind === "ColumnRef") steady = false;
    else if (kind === "SelectStmt" && inner.fromClause !== undefined) steady = false;
    else if (kind === "FuncCall") {
      const name = callerCall(inner);
      if (name !== undefined && name !== "auth.role") asks = true;
    }
  });
  return asks && steady;
}

/** Whether something of the caller is asked for anywhere inside. */
export function asksOfCaller(node: Node | undefined): boolean {
  let asks = false;
  walk(node, (kind, call) => {
    if (kind === "FuncCall" && callerCall(call) !== undefined) asks = true;
  });
  return asks;
}

/** Whether an expression names a column. */
export function namesColumn(node: Node | readonly Node[] | undefined): boolean {
  let names = false;
  walk(node, (kind, _inner) => {
    if (kind === "ColumnRef") names = true;
  });
  return names;
}

/** What is left of an expression without casts and without the subquery around a single value. */
export function unwrapped(node: Node | undefined): Node | undefined {
  let inner = node;
  for (;;) {
    const select = as(as(inner, "SubLink")?.subselect, "SelectStmt");
    const only =
      select?.fromClause === undefined && select?.targetList?.length === 1 ? select.targetList[0] : undefined;
    const next = as(inner, "TypeCast")?.arg ?? as(only, "ResTarget")?.val;
    if (next === undefined) return inner;
    inner = next;
  }
}
