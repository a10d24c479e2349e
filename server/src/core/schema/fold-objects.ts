import type {
  AlterEnumStmt,
  AlterFunctionStmt,
  AlterPolicyStmt,
  CommentStmt,
  CreateDomainStmt,
  CreateFunctionStmt,
  CreatePolicyStmt,
  CreateTableAsStmt,
  CreateTrigStmt,
  DefElem,
  FunctionParameter,
  ObjectWithArgs,
  ViewStmt,
} from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { changeTable, withOutsider, withTable } from "./fold-tables.js";
import {
  type Command,
  keyOf,
  type Policy,
  type Routine,
  type RoutineArgument,
  type Schema,
  type Trigger,
  type Type,
  type View,
} from "./model.js";
import {
  changedHere,
  defaultGrantsOn,
  expressionOf,
  type Folding,
  isTrue,
  madeHere,
  nameOf,
  relationName,
  resolve,
  roleNames,
  stringsOf,
  targetSchema,
  typeText,
  wholeOf,
} from "./reading.js";

/** CREATE POLICY. A table that no statement made is there from now on, with nothing known of it but its policies. */
export function createPolicy(schema: Schema, create: CreatePolicyStmt, fold: Folding): Schema {
  return changeTable(withOutsider(schema, create.table), create.table, (table) => {
    if (table.policies.some(({ name }) => name === create.policy_name)) return table;
    const policy: Policy = {
      name: create.policy_name ?? "",
      command: (create.cmd_name ?? "all") as Command,
      permissive: create.permissive === true,
      roles: roleNames(create.roles),
      using: create.qual === undefined ? undefined : expressionOf(fold, create.qual),
      check: create.with_check === undefined ? undefined : expressionOf(fold, create.with_check),
      origin: madeHere(wholeOf(fold)),
    };
    return { ...table, policies: [...table.policies, policy] };
  });
}

/** ALTER POLICY … TO, USING, WITH CHECK; what is not said stays. */
export function alterPolicy(schema: Schema, alter: AlterPolicyStmt, fold: Folding): Schema {
  return changeTable(schema, alter.table, (table) => ({
    ...table,
    policies: table.policies.map((policy) =>
      policy.name !== alter.policy_name
        ? policy
        : {
            ...policy,
            roles: alter.roles === undefined ? policy.roles : roleNames(alter.roles),
            using: alter.qual === undefined ? policy.using : expressionOf(fold, alter.qual),
            check: alter.with_check === undefined ? policy.check : expressionOf(fold, alter.with_check),
            origin: changedHere(policy.origin, wholeOf(fold)),
          },
    ),
  }));
}

/** TRIGGER_TYPE_* of PostgreSQL's trigger.h. */
const triggerTiming = { before: 2, insteadOf: 64 };
const triggerEvents = [
  ["insert", 4],
  ["delete", 8],
  ["update", 16],
  ["truncate", 32],
] as const;

/** CREATE TRIGGER. */
export function createTrigger(schema: Schema, create: CreateTrigStmt, fold: Folding): Schema {
  const timing = create.timing ?? 0;
  const trigger: Trigger = {
    name: create.trigname ?? "",
    timing: timing & triggerTiming.before ? "before" : timing & triggerTiming.insteadOf ? "instead of" : "after",
    events: triggerEvents.filter(([, bit]) => ((create.events ?? 0) & bit) !== 0).map(([event]) => event),
    forEach: create.row === true ? "row" : "statement",
    function: nameOf(create.funcname),
    enabled: true,
    origin: madeHere(wholeOf(fold)),
  };
  return changeTable(schema, create.relation, (table) => {
    const others = table.triggers.filter(({ name }) => name !== trigger.name);
    return others.length < table.triggers.length && create.replace !== true
      ? table
      : { ...table, triggers: [...others, trigger] };
  });
}

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
    returns: create.returnType === undefined ? undefined : typeText(create.returnType),
    returnsSet: create.returnType?.setof === true || list.some(({ mode }) => mode === "table"),
    language: word("language") ?? "sql",
    volatility: (word("volatility") ?? "volatile") as Routine["volatility"],
    definer: isTrue(options.get("security")?.[0]?.arg),
    settings: settingsOf(options.get("set") ?? []),
    grants: same?.grants ?? defaultGrantsOn(schema, namespace, "functions"),
    origin: same === undefined ? madeHere(wholeOf(fold)) : changedHere(same.origin, wholeOf(fold)),
  };
  const others = overloads.filter((known) => known !== same);
  return { ...schema, routines: schema.routines.put(key, [...others, routine]) };
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
  const wanted = (object.objargs ?? []).map((node) => ("TypeName" in node ? typeText(node.TypeName) : "")).join(",");
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
    type: typeText(parameter.argType),
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

/** CREATE [OR REPLACE] VIEW. A replacement keeps the grants. */
export function createView(schema: Schema, create: ViewStmt, fold: Folding): Schema {
  if (create.query === undefined) return schema;
  const namespace = create.view?.relpersistence === "t" ? "pg_temp" : targetSchema(schema, create.view?.schemaname);
  const name = create.view?.relname ?? "";
  const known = schema.views.get(keyOf(namespace, name));
  if (known !== undefined && create.replace !== true) return schema;
  const aliases = stringsOf(create.aliases);
  const view: View = {
    schema: namespace,
    name,
    materialized: false,
    columns: aliases.length > 0 ? aliases : outputColumns(schema, create.query),
    query: expressionOf(fold, create.query),
    securityInvoker: (create.options ?? []).some(
      (node) =>
        "DefElem" in node &&
        node.DefElem.defname === "security_invoker" &&
        (node.DefElem.arg === undefined || isTrue(node.DefElem.arg)),
    ),
    indexes: [],
    grants: known?.grants ?? defaultGrantsOn(schema, namespace, "tables"),
    comment: known?.comment,
    origin: known === undefined ? madeHere(wholeOf(fold)) : changedHere(known.origin, wholeOf(fold)),
  };
  return { ...schema, views: schema.views.put(keyOf(namespace, name), view) };
}

/** CREATE TABLE AS and CREATE MATERIALIZED VIEW. */
export function createTableAs(schema: Schema, create: CreateTableAsStmt, fold: Folding): Schema {
  const relation = create.into?.rel;
  if (relation === undefined || create.query === undefined) return schema;
  const temporary = relation.relpersistence === "t";
  const namespace = temporary ? "pg_temp" : targetSchema(schema, relation.schemaname);
  const name = relation.relname ?? "";
  const key = keyOf(namespace, name);
  if (schema.tables.has(key) || schema.views.has(key)) return schema;
  const given = stringsOf(create.into?.colNames);
  const columns = given.length > 0 ? given : outputColumns(schema, create.query);
  const origin = madeHere(wholeOf(fold));
  if (create.objtype === "OBJECT_MATVIEW") {
    const view: View = {
      schema: namespace,
      name,
      materialized: true,
      columns,
      query: expressionOf(fold, create.query),
      securityInvoker: false,
      indexes: [],
      grants: defaultGrantsOn(schema, namespace, "tables"),
      comment: undefined,
      origin,
    };
    return { ...schema, views: schema.views.put(key, view) };
  }
  return withTable(schema, {
    schema: namespace,
    name,
    kind: "table",
    persistence: temporary ? "temporary" : "permanent",
    columns: (columns ?? []).map((column) => ({
      name: column,
      type: "unknown",
      notNull: false,
      default: undefined,
      generated: undefined,
      comment: undefined,
      origin,
    })),
    constraints: [],
    indexes: [],
    policies: [],
    triggers: [],
    rls: { enabled: false, forced: false, place: undefined },
    grants: temporary ? [] : defaultGrantsOn(schema, namespace, "tables"),
    partitionOf: undefined,
    inherits: [],
    replicaIdentity: "default",
    comment: undefined,
    complete: columns !== undefined,
    origin,
  });
}

/** Names of what a SELECT puts out; undefined when a `*` or a set operation over one hides them. */
export function outputColumns(schema: Schema, query: Node): readonly string[] | undefined {
  if (!("SelectStmt" in query)) return undefined;
  let select = query.SelectStmt;
  while (select.larg !== undefined) select = select.larg;
  const names: string[] = [];
  for (const node of select.targetList ?? []) {
    if (!("ResTarget" in node)) return undefined;
    const { name, val } = node.ResTarget;
    const own = name ?? (val === undefined ? undefined : outputName(val));
    if (own !== undefined) names.push(own);
    else {
      const star = starColumns(schema, select.fromClause, val);
      if (star === undefined) return undefined;
      names.push(...star);
    }
  }
  return names;
}

/** FigureColname of parse_target.c, as far as names go. */
function outputName(value: Node): string | undefined {
  if ("ColumnRef" in value) return stringsOf(value.ColumnRef.fields?.slice(-1)).at(-1);
  if ("FuncCall" in value) return stringsOf(value.FuncCall.funcname).at(-1);
  if ("TypeCast" in value) {
    const inner = value.TypeCast.arg === undefined ? undefined : outputName(value.TypeCast.arg);
    return inner === undefined || inner === "?column?" ? nameOf(value.TypeCast.typeName?.names).name : inner;
  }
  if ("CaseExpr" in value) return "case";
  if ("CoalesceExpr" in value) return "coalesce";
  return "?column?";
}

/** The columns behind `*` or `t.*` when every relation in FROM is a plain one whose columns are known. */
function starColumns(
  schema: Schema,
  from: readonly Node[] | undefined,
  value: Node | undefined,
): readonly string[] | undefined {
  const qualifier = value !== undefined && "ColumnRef" in value ? stringsOf(value.ColumnRef.fields).at(-1) : undefined;
  const names: string[] = [];
  for (const node of from ?? []) {
    if (!("RangeVar" in node)) return undefined;
    const alias = node.RangeVar.alias?.aliasname ?? node.RangeVar.relname;
    if (qualifier !== undefined && qualifier !== alias) continue;
    const key = resolve(schema, schema.tables, relationName(node.RangeVar));
    const table = key === undefined ? undefined : schema.tables.get(key);
    if (table === undefined || !table.complete) return undefined;
    names.push(...table.columns.map(({ name }) => name));
  }
  return names.length === 0 ? undefined : names;
}

/** A type of any kind under its name, unless it is there. */
export function createType(
  schema: Schema,
  written: { readonly schema: string | undefined; readonly name: string },
  type: Pick<Type, "kind"> & Partial<Pick<Type, "labels" | "base" | "columns">>,
  fold: Folding,
): Schema {
  const namespace = targetSchema(schema, written.schema);
  const key = keyOf(namespace, written.name);
  if (schema.types.has(key)) return schema;
  const made: Type = {
    schema: namespace,
    name: written.name,
    labels: [],
    base: undefined,
    columns: [],
    ...type,
    origin: madeHere(wholeOf(fold)),
  };
  return { ...schema, types: schema.types.put(key, made) };
}

/** CREATE DOMAIN. */
export function createDomain(schema: Schema, create: CreateDomainStmt, fold: Folding): Schema {
  return createType(schema, nameOf(create.domainname), { kind: "domain", base: typeText(create.typeName) }, fold);
}

/** ALTER TYPE … ADD VALUE and RENAME VALUE. */
export function alterEnum(schema: Schema, alter: AlterEnumStmt, fold: Folding): Schema {
  const key = resolve(schema, schema.types, nameOf(alter.typeName));
  const type = key === undefined ? undefined : schema.types.get(key);
  if (key === undefined || type === undefined) return schema;
  const { oldVal, newVal = "", newValNeighbor } = alter;
  const labels = [...type.labels];
  if (oldVal !== undefined) labels.splice(labels.indexOf(oldVal), 1, newVal);
  else if (!labels.includes(newVal)) {
    const neighbor = newValNeighbor === undefined ? -1 : labels.indexOf(newValNeighbor);
    labels.splice(neighbor < 0 ? labels.length : neighbor + (alter.newValIsAfter === true ? 1 : 0), 0, newVal);
  }
  return {
    ...schema,
    types: schema.types.put(key, { ...type, labels, origin: changedHere(type.origin, wholeOf(fold)) }),
  };
}

/** COMMENT ON a table, a column or a view. */
export function comment(schema: Schema, { objtype, object, comment: text }: CommentStmt): Schema {
  const names = object !== undefined && "List" in object ? stringsOf(object.List.items) : [];
  const relation = objtype === "OBJECT_COLUMN" ? names.slice(0, -1) : names;
  const written = { schema: relation.at(-2), name: relation.at(-1) ?? "" };
  if (objtype === "OBJECT_VIEW" || objtype === "OBJECT_MATVIEW") {
    const key = resolve(schema, schema.views, written);
    const view = key === undefined ? undefined : schema.views.get(key);
    return key === undefined || view === undefined
      ? schema
      : { ...schema, views: schema.views.put(key, { ...view, comment: text }) };
  }
  if (objtype !== "OBJECT_TABLE" && objtype !== "OBJECT_COLUMN") return schema;
  const key = resolve(schema, schema.tables, written);
  const table = key === undefined ? undefined : schema.tables.get(key);
  if (table === undefined) return schema;
  if (objtype === "OBJECT_TABLE") return withTable(schema, { ...table, comment: text });
  const columns = table.columns.map((column) => (column.name === names.at(-1) ? { ...column, comment: text } : column));
  return withTable(schema, { ...table, columns });
}
