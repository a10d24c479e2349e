/**
 * Whom a policy lets through, judged for people who own nothing: nobody in particular, and a stranger who has signed in. The predicate is
 * evaluated for a row of somebody else, as it is made when nothing but what is required is said; what cannot be told stays unknown.
 */
import { type Command, columnOf, type Policy, type Table } from "../schema/model.js";
import type { Node } from "../sql/statement.js";
import { as, constantOf, type NodeOf, stringOf } from "../sql/tree.js";
import { callerCall } from "./about-callers.js";
import { callersColumn, conjunctsOf, isSoftDelete } from "./about-predicates.js";

/** `nobody` has not signed in; a `stranger` has, and owns nothing; the `owner` is whoever a column is compared with. */
export type Person = "nobody" | "stranger" | "owner";

/** True, false, null as SQL has it, or undefined: it cannot be told. */
export type Verdict = boolean | null | undefined;

/**
 * What a predicate says of a row when that person asks; a policy without one lets all through. Of a `fresh` row it is known what a column
 * does not hold: whatever differs from its default.
 */
export function verdict(node: Node | undefined, person: Person, table: Table, fresh = false): Verdict {
  return node === undefined ? true : asVerdict(evaluate(node, { person, table, fresh }));
}

/** Whether a predicate certainly refuses that person, whatever the row holds: some condition that must hold does not. */
export function refuses(node: Node | undefined, person: Person, table: Table): boolean {
  const logic = as(node, "BoolExpr");
  if (logic?.boolop === "AND_EXPR") return (logic.args ?? []).some((one) => refuses(one, person, table));
  if (logic?.boolop === "OR_EXPR") return (logic.args ?? []).every((one) => refuses(one, person, table));
  const answer = verdict(node, person, table);
  return answer === false || answer === null;
}

/** What a policy certainly lets that person do with rows of others, whatever they hold. */
export function admitted({ command, using, check }: Policy, person: Person, table: Table): readonly Act[] {
  const before = verdict(using?.node, person, table) === true;
  const after = (check ?? using)?.node;
  const may: Readonly<Record<Act, () => boolean>> = {
    select: () => verdict(using?.node, person, table, true) === true,
    insert: () => verdict(after, person, table) === true,
    // Who may touch any row only has to leave one that passes: their own will do.
    update: () => before && [person, "owner" as const].some((one) => verdict(after, one, table) === true),
    delete: () => before,
  };
  return acts.filter((act) => (command === "all" || command === act) && may[act]());
}

export type Act = Exclude<Command, "all">;

/** What policies are about, one by one. */
export const acts: readonly Act[] = ["select", "insert", "update", "delete"];

interface Asking {
  readonly person: Person;
  readonly table: Table;
  readonly fresh: boolean;
}

/** `caller`: something that only this caller has; `column`: what the row holds; `claims`: what is known of the caller. */
type Value =
  | { readonly kind: "constant"; readonly value: string | number | boolean | null }
  | { readonly kind: "column"; readonly default: string | number | boolean | undefined }
  | { readonly kind: "caller" | "claims" | "unknown" };

const unknown: Value = { kind: "unknown" };

function constant(value: string | number | boolean | null): Value {
  return { kind: "constant", value };
}

function truth(value: Verdict): Value {
  return value === undefined ? unknown : constant(value);
}

function evaluate(node: Node | undefined, asking: Asking): Value {
  if (node === undefined) return unknown;
  const known = constantOf(node);
  if (known !== undefined) return constant(known);
  const cast = as(node, "TypeCast");
  if (cast !== undefined) return castOf(evaluate(cast.arg, asking), cast);
  const reference = as(node, "ColumnRef");
  if (reference !== undefined) return columnValue(reference, asking);
  const logic = as(node, "BoolExpr");
  if (logic !== undefined) return truth(logicOf(logic, asking));
  const nulls = as(node, "NullTest");
  if (nulls !== undefined) return truth(isNull(evaluate(nulls.arg, asking), nulls));
  const booleans = as(node, "BooleanTest");
  if (booleans !== undefined)
    return truth(isTruth(asVerdict(evaluate(booleans.arg, asking)), booleans.booltesttype ?? ""));
  const operation = as(node, "A_Expr");
  if (operation !== undefined) return operationOf(operation, asking);
  const call = as(node, "FuncCall");
  if (call !== undefined) return callOf(call, asking);
  const select = as(as(node, "SubLink")?.subselect, "SelectStmt");
  const isScalar =
    as(node, "SubLink")?.subLinkType === "EXPR_SUBLINK" &&
    select?.fromClause === undefined &&
    select?.whereClause === undefined;
  const only = isScalar && select?.targetList?.length === 1 ? as(select.targetList[0], "ResTarget")?.val : undefined;
  if (only !== undefined) return evaluate(only, asking);
  return isVain(node, asking) ? constant(false) : unknown;
}

/** Nobody in particular is in no table: a lookup of the caller finds no row for people who have not signed in. */
function isVain(node: Node, asking: Asking): boolean {
  const link = as(node, "SubLink");
  const finds = link?.subLinkType === "EXISTS_SUBLINK" || link?.subLinkType === "ANY_SUBLINK";
  const select = as(link?.subselect, "SelectStmt");
  if (!finds || asking.person !== "nobody" || select?.larg !== undefined || select?.whereClause === undefined)
    return false;
  return conjunctsOf(select.whereClause).some(
    (one) => callersColumn(one) !== undefined && asVerdict(evaluate(one, asking)) === null,
  );
}

function castOf(value: Value, cast: NodeOf<"TypeCast">): Value {
  if (value.kind !== "constant" || typeof value.value !== "string") return value;
  const type = stringOf(cast.typeName?.names?.at(-1));
  if (type !== "bool") return value;
  return /^(?:t|true|y|yes|on|1)$/i.test(value.value)
    ? constant(true)
    : /^(?:f|false|n|no|off|0)$/i.test(value.value)
      ? constant(false)
      : unknown;
}

/** A live row: it has not been deleted softly. */
function columnValue(reference: NodeOf<"ColumnRef">, { table, fresh }: Asking): Value {
  const name = stringOf(reference.fields?.at(-1)) ?? "";
  const column = columnOf(table, name);
  if (isSoftDelete(name))
    return column?.type === "boolean" || name.startsWith("is_") ? constant(false) : constant(null);
  const made = fresh ? column?.default?.node : undefined;
  const value = made === undefined ? unknown : evaluate(made, { person: "nobody", table, fresh: false });
  return { kind: "column", default: value.kind === "constant" ? (value.value ?? undefined) : undefined };
}

function asVerdict(value: Value): Verdict {
  if (value.kind === "column") return value.default === false ? false : undefined;
  if (value.kind !== "constant") return undefined;
  return typeof value.value === "boolean" || value.value === null ? value.value : undefined;
}

function logicOf({ boolop, args }: NodeOf<"BoolExpr">, asking: Asking): Verdict {
  const sides = (args ?? []).map((side) => asVerdict(evaluate(side, asking)));
  if (boolop === "NOT_EXPR") return negated(sides[0]);
  if (boolop === "AND_EXPR") return and(sides);
  return negated(and(sides.map(negated)));
}

function negated(verdict: Verdict): Verdict {
  return typeof verdict === "boolean" ? !verdict : verdict;
}

function and(sides: readonly Verdict[]): Verdict {
  if (sides.includes(false)) return false;
  if (sides.includes(undefined)) return undefined;
  return sides.includes(null) ? null : true;
}

function isNull(value: Value, { nulltesttype }: NodeOf<"NullTest">): Verdict {
  const none = value.kind === "constant" ? value.value === null : value.kind === "caller" ? false : undefined;
  return nulltesttype === "IS_NOT_NULL" ? negated(none) : none;
}

function isTruth(verdict: Verdict, test: string): Verdict {
  if (verdict === undefined) return undefined;
  const [, not, what] = /^IS_(NOT_)?(TRUE|FALSE|UNKNOWN)$/.exec(test) ?? [];
  const is = verdict === (what === "TRUE" ? true : what === "FALSE" ? false : null);
  return what === undefined ? undefined : not === undefined ? is : !is;
}

function operationOf(operation: NodeOf<"A_Expr">, asking: Asking): Value {
  const operator = stringOf(operation.name?.[0]) ?? "";
  const left = evaluate(operation.lexpr, asking);
  if (operation.kind === "AEXPR_IN") return isIn(operator, left, operation.rexpr, asking);
  const right = evaluate(operation.rexpr, asking);
  if (operator === "->>" || operator === "->") return claim(left, right, asking.person);
  if (operation.kind === "AEXPR_DISTINCT" || operation.kind === "AEXPR_NOT_DISTINCT") {
    const same = isDistinct(left, right, asking.person);
    return truth(operation.kind === "AEXPR_DISTINCT" ? same : negated(same));
  }
  if (operation.kind !== "AEXPR_OP") return unknown;
  if (operator === "=") return truth(equal(left, right, asking.person));
  if (operator === "<>" || operator === "!=") return truth(negated(equal(left, right, asking.person)));
  return left.kind === "constant" && left.value === null ? constant(null) : unknown;
}

function equal(left: Value, right: Value, person: Person): Verdict {
  if (left.kind === "constant" && left.value === null) return null;
  if (right.kind === "constant" && right.value === null) return null;
  if (left.kind === "constant" && right.kind === "constant") return left.value === right.value;
  const [column, other] = left.kind === "column" ? [left, right] : [right, left];
  // A test for a certain value is somebody's decision about the row; a fresh row has not been decided about.
  if (column.kind === "column" && other.kind === "constant" && column.default !== undefined)
    return column.default === other.value ? undefined : false;
  const kinds = [left.kind, right.kind];
  // What the caller alone has is in no row of others.
  if (kinds.includes("caller") && kinds.includes("column")) return person === "owner";
  return undefined;
}

function isDistinct(left: Value, right: Value, person: Person): Verdict {
  const nulls = [left, right].map((value) => value.kind === "constant" && value.value === null);
  if (nulls[0] === true && nulls[1] === true) return false;
  if (nulls.includes(true)) return [left, right].some(({ kind }) => kind === "caller") ? true : undefined;
  return negated(equal(left, right, person));
}

function isIn(operator: string, left: Value, list: Node | undefined, asking: Asking): Value {
  const sides = (as(list, "List")?.items ?? []).map((item) => equal(left, evaluate(item, asking), asking.person));
  const any = negated(and(sides.map(negated)));
  return truth(operator === "<>" ? negated(any) : any);
}

/** `auth.jwt() ->> 'sub'` is the caller's id, `role` what the API has decided; other claims are the caller's own, or unknown. */
function claim(left: Value, right: Value, person: Person): Value {
  if (left.kind === "constant" && left.value === null) return constant(null);
  if (left.kind !== "claims" || right.kind !== "constant") return unknown;
  if (right.value === "role") return constant(person === "nobody" ? "anon" : "authenticated");
  if (person === "nobody") return constant(null);
  return right.value === "sub" ? { kind: "caller" } : unknown;
}

function callOf(call: NodeOf<"FuncCall">, { person }: Asking): Value {
  switch (callerCall(call)) {
    case "auth.uid":
    case "auth.email":
      return person === "nobody" ? constant(null) : { kind: "caller" };
    case "auth.role":
      return constant(person === "nobody" ? "anon" : "authenticated");
    case "auth.jwt":
      return { kind: "claims" };
    default:
      return unknown;
  }
}
