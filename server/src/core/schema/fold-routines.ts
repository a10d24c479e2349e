import type { AlterFunctionStmt, CreateFunctionStmt, DefElem, FunctionParameter, ObjectWithArgs } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { mayChangeRelations } from "./dynamic.js";
import { keyOf, type Routine, type RoutineArgument, type Schema } from "./model.js";
import {
  changedHere,
  defaultGrantsOn,
  type Folding,
  isTrue,
  madeHere,
  nameOf,
  plainType,
  resolve,
  stringsOf,
  targetSchema,
  wholeOf,
} from "./reading.js";

/** CREATE [OR REPLACE] FUNCTION or PROCEDURE. A replacement keeps the grants. */
export function createRoutine(schema: Schema, create: CreateFunctionStmt, fold: Folding): Schema {
  const written = nameOf(create.funcname);
  const namespace = targetSchema(schema, written.schema);
  const key = keyOf(namespace, written.name);
  const options = new Map<string, DefElem[]>();
  for (const node of create.options ?? []) {
    if (!("DefElem" in node)) continue;
    const name = node.DefElem.defname ?? "";
    options.set(name, [...(options.get(name) ?? []), node.DefElem]);
  }
  const word = (name: string): string | undefined => {
    const arg = options.get(name)?.[0]?.arg;
    return arg !== undefined && "String" in arg ? arg.String.sval : undefined;
  };
  const list = (create.parameters ?? []).flatMap((node) =>
    "FunctionParameter" in node ? [argument(node.FunctionParameter)] : [],
  );
  const overloads = schema.routines.get(key) ?? [];
  const same = overloads.find((routine) => signature(routine.arguments) === signature(list));
  if (same !== undefined && create.replace !== true) return schema;
  const routine: Routine = {
    schema: namespace,
    name: written.name,
    kind: create.is_procedure === true ? "procedure" : "function",
    arguments: list,
    returns:
      create.returnType === undefined || list.some(({ mode }) => mode === "table")
        ? undefined
        : plainType(create.returnType),
    returnsSet: create.returnType?.setof === true || list.some(({ mode }) => mode === "table"),
    language: word("language") ?? "sql",
    volatility: (word("volatility") ?? "volatile") as Routine["volatility"],
    definer: isTrue(options.get("security")?.[0]?.arg),
    settings: settingsOf(options.get("set") ?? []),
    grants: same?.grants ?? defaultGrantsOn(schema, namespace, "functions"),
    body: wholeOf(fold),
    changes: changesOf(bodyText(options.get("as")?.[0]?.arg)),
    origin: same === undefined ? madeHere(wholeOf(fold)) : changedHere(same.origin, wholeOf(fold)),
  };
  const others = overloads.filter((known) => known !== same);
  return { ...schema, routines: schema.routines.put(key, [...others, routine]) };
}

function changesOf(body: string): Routine["changes"] {
  if (!/\b(?:execute|create|alter|drop)\b/i.test(body)) return "nothing";
  return mayChangeRelations(body) ? "relations" : "things";
}

function bodyText(written: Node | undefined): string {
  return written !== undefined && "List" in written ? stringsOf(written.List.items).join(" ") : "";
}

/** The types by which PostgreSQL tells overloads apart: those of the input arguments. */
export function signature(list: readonly RoutineArgument[]): string {
  return list
    .filter(({ mode }) => mode !== "out" && mode !== "table")
    .map(({ type }) => type)
    .join(",");
}

/** The overload that a DROP, ALTER, GRANT or COMMENT names; without an argument list the only one there is. */
export function routineNamed(schema: Schema, object: ObjectWithArgs): Routine | undefined {
  const key = resolve(schema, schema.routines, nameOf(object.objname));
  const overloads = key === undefined ? [] : (schema.routines.get(key) ?? []);
  if (object.args_unspecified === true) return overloads[0];
  const wanted = (object.objargs ?? []).map((node) => ("TypeName" in node ? plainType(node.TypeName) : "")).join(",");
  return overloads.find((routine) => signature(routine.arguments) === wanted);
}

/** The schema with one overload replaced, or dropped when `changed` is undefined. */
export function changeRoutine(schema: Schema, routine: Routine, changed: Routine | undefined): Schema {
  const key = keyOf(routine.schema, routine.name);
  const others = (schema.routines.get(key) ?? []).flatMap((known) => (known === routine ? (changed ?? []) : known));
  return { ...schema, routines: others.length === 0 ? schema.routines.drop(key) : schema.routines.put(key, others) };
}

/** ALTER FUNCTION … its volatility, security and settings. */
export function alterRoutine(schema: Schema, alter: AlterFunctionStmt, fold: Folding): Schema {
  const routine = alter.func === undefined ? undefined : routineNamed(schema, alter.func);
  if (routine === undefined) return schema;
  let changed: Routine = { ...routine, origin: changedHere(routine.origin, wholeOf(fold)) };
  for (const node of alter.actions ?? []) {
    if (!("DefElem" in node)) continue;
    const { defname, arg } = node.DefElem;
    if (defname === "volatility" && arg !== undefined && "String" in arg) {
      changed = { ...changed, volatility: (arg.String.sval ?? "volatile") as Routine["volatility"] };
    } else if (defname === "security") changed = { ...changed, definer: isTrue(arg) };
    else if (defname === "set")
      changed = { ...changed, settings: new Map([...changed.settings, ...settingsOf([node.DefElem])]) };
  }
  return changeRoutine(schema, routine, changed);
}

function argument(parameter: FunctionParameter): RoutineArgument {
  return {
    name: parameter.name,
    type: plainType(parameter.argType),
    mode: modes[parameter.mode ?? ""] ?? "in",
    hasDefault: parameter.defexpr !== undefined,
  };
}

const modes: Readonly<Record<string, RoutineArgument["mode"]>> = {
  FUNC_PARAM_OUT: "out",
  FUNC_PARAM_INOUT: "inout",
  FUNC_PARAM_VARIADIC: "variadic",
  FUNC_PARAM_TABLE: "table",
};

/** SET name = values, as text; an empty string literal is `""`. */
function settingsOf(options: readonly DefElem[]): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const { arg } of options) {
    if (arg === undefined || !("VariableSetStmt" in arg)) continue;
    const values = (arg.VariableSetStmt.args ?? []).map((node) =>
      "A_Const" in node ? (node.A_Const.sval?.sval ?? String(node.A_Const.ival?.ival ?? "")) : "",
    );
    settings.set(arg.VariableSetStmt.name ?? "", values.join(", "));
  }
  return settings;
}
