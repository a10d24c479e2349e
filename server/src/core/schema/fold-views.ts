import type { CreateTableAsStmt, ViewStmt } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { withTable } from "./changing.js";
import { keyOf, type Schema, type View } from "./model.js";
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
  stringsOf,
  targetSchema,
  wholeOf,
} from "./reading.js";

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
export function outputName(value: Node): string | undefined {
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
    const written = relationName(node.RangeVar);
    const key = resolve(schema, schema.tables, written);
    const table = key === undefined ? undefined : schema.tables.get(key);
    const viewKey = table === undefined ? resolve(schema, schema.views, written) : undefined;
    const view = viewKey === undefined ? undefined : schema.views.get(viewKey);
    const columns = table?.complete === true ? table.columns.map(({ name }) => name) : view?.columns;
    if (columns === undefined) return undefined;
    names.push(...columns);
  }
  return names.length === 0 ? undefined : names;
}
