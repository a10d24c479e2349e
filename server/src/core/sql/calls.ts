/**
 * The functions that a statement calls or names, with what tells overloads apart without types: how many arguments there are, and their
 * names. It knows trees, not which functions there are.
 */
import type { FuncCall, ObjectWithArgs } from "@pgsql/types";
import { findWords } from "./clause.js";
import type { Statement } from "./statement.js";
import { as, mayMiss, nameOf, type QualifiedName, walk } from "./tree.js";

/** A function as a statement names it. */
export interface Call {
  readonly name: QualifiedName;
  /** How many arguments are given, with and without names; undefined when nothing tells (`count(*)`, a name without brackets). */
  readonly count: number | undefined;
  /** The names of `name => value`. */
  readonly named: readonly string[];
  /** VARIADIC: the last argument stands for any number. */
  readonly spread: boolean;
  /** `call`: it is run with these arguments; `trigger`: a trigger will run it; `reference`: it is granted, changed, dropped or described. */
  readonly kind: "call" | "trigger" | "reference";
  /** From where on its name stands in the statement. */
  readonly from: number;
  /** The call itself. */
  readonly node: FuncCall | undefined;
}

/** The calls in a statement, those in bodies between quotes not among them. */
export function callsIn(statement: Statement): readonly Call[] {
  const { node: root } = statement;
  const found: Call[] = [];
  if (root === undefined || mayMiss(root)) return found;
  const named = (
    name: QualifiedName | undefined,
    kind: Call["kind"],
    count: number | undefined,
    from: number,
  ): void => {
    if (name !== undefined) found.push({ name, count, named: [], spread: false, kind, from, node: undefined });
  };
  walk(root, (kind, node) => {
    if (kind === "FuncCall") {
      const name = nameOf(node.funcname);
      if (name !== undefined) found.push({ ...argumentsOf(node), name, kind: "call", from: node.location ?? 0, node });
    } else if (kind === "CreateTrigStmt" || kind === "CreateEventTrigStmt") {
      const executes = findWords(statement, ["execute"]);
      named(nameOf(node.funcname), "trigger", 0, executes?.end ?? 0);
    } else if (kind === "ObjectWithArgs" && isAboutRoutine(statement)) {
      named(nameOf(node.objname), "reference", countOf(node), 0);
    }
  });
  return found;
}

function argumentsOf(call: FuncCall): Pick<Call, "count" | "named" | "spread"> {
  const named = (call.args ?? []).flatMap((node) => as(node, "NamedArgExpr")?.name ?? []);
  const within = call.agg_within_group === true ? (call.agg_order?.length ?? 0) : 0;
  return {
    count: call.agg_star === true ? undefined : (call.args?.length ?? 0) + within,
    named,
    spread: call.func_variadic === true,
  };
}

/** GRANT, ALTER, COMMENT and DROP speak of aggregates and operators in the same form. */
function isAboutRoutine({ node, text }: Statement): boolean {
  if (node === undefined) return false;
  const kind = "AlterFunctionStmt" in node || "GrantStmt" in node;
  return kind || /^\w+\s+(?:(?:on|table)\s+)?(?:function|procedure|routine)\b/i.test(text);
}

/** Only arguments that go in count, but a list without modes does not say which do. */
function countOf(object: ObjectWithArgs): number | undefined {
  return object.args_unspecified === true ? undefined : (object.objargs?.length ?? 0);
}
