/** How PostgreSQL names a column of a result that has no name of its own (FigureColname in parse_target.c). */
import type { Node } from "../sql/statement.js";
import { as, kindOf, nameOf, stringOf } from "../sql/tree.js";

/** The name; `?column?` where PostgreSQL has none, undefined where nobody can tell (a whole row, a kind of node that is not known here). */
export function outputName(value: Node): string | undefined {
  return figure(value, 0)?.name;
}

/** A name and how strongly it holds: a cast's type takes the place of a weak one. */
interface Figured {
  readonly name: string;
  readonly strong: boolean;
}

const none: Figured = { name: "?column?", strong: false };
const strong = (name: string | undefined): Figured | undefined =>
  name === undefined ? undefined : { name, strong: true };

function figure(value: Node | undefined, depth: number): Figured | undefined {
  if (value === undefined || depth > 100) return undefined;
  const kind = kindOf(value);
  const fixed = words[kind];
  if (fixed !== undefined) return strong(fixed);
  switch (kind) {
    case "ColumnRef":
      return strong(stringOf(as(value, "ColumnRef")?.fields?.at(-1)));
    case "FuncCall":
      return strong(nameOf(as(value, "FuncCall")?.funcname)?.name);
    case "A_Indirection": {
      const { arg, indirection } = as(value, "A_Indirection") ?? {};
      if (indirection?.some((part) => "A_Star" in part)) return undefined;
      const field = indirection?.findLast((part) => "String" in part);
      return field === undefined ? figure(arg, depth + 1) : strong(stringOf(field));
    }
    case "TypeCast": {
      const { arg, typeName } = as(value, "TypeCast") ?? {};
      const inner = figure(arg, depth + 1);
      const type = nameOf(typeName?.names)?.name;
      return inner === undefined || inner.strong || type === undefined ? inner : { name: type, strong: false };
    }
    case "CollateClause":
      return figure(as(value, "CollateClause")?.arg, depth + 1);
    case "CaseExpr": {
      const otherwise = as(value, "CaseExpr")?.defresult;
      const inner = otherwise === undefined ? none : figure(otherwise, depth + 1);
      return inner === undefined || inner.strong ? inner : { name: "case", strong: false };
    }
    case "MinMaxExpr":
      return strong(as(value, "MinMaxExpr")?.op === "IS_LEAST" ? "least" : "greatest");
    case "A_Expr":
      return as(value, "A_Expr")?.kind === "AEXPR_NULLIF" ? strong("nullif") : none;
    case "SubLink": {
      const { subLinkType, subselect } = as(value, "SubLink") ?? {};
      if (subLinkType === "EXISTS_SUBLINK") return strong("exists");
      if (subLinkType === "ARRAY_SUBLINK") return strong("array");
      if (subLinkType !== "EXPR_SUBLINK") return none;
      const first = as(as(subselect, "SelectStmt")?.targetList?.[0], "ResTarget");
      return first?.name === undefined ? figure(first?.val, depth + 1) : strong(first.name);
    }
    case "A_Const":
    case "BoolExpr":
    case "NullTest":
    case "BooleanTest":
    case "ParamRef":
      return none;
    default:
      return undefined;
  }
}

/** Kinds whose name is always the same word. */
const words: Readonly<Partial<Record<string, string>>> = {
  CoalesceExpr: "coalesce",
  A_ArrayExpr: "array",
  RowExpr: "row",
  GroupingFunc: "grouping",
  MergeSupportFunc: "merge_action",
  XmlSerialize: "xmlserialize",
};
