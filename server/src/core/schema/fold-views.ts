import type { CreateTableAsStmt, RefreshMatViewStmt, ViewStmt } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { withTable } from "./changing.js";
import { keyOf, type Schema, type View } from "./model.js";
import { readQuery } from "./query.js";
import {
  changedHere,
  defaultGrantsOn,
  expressionOf,
  type Folding,
  isTrue,
  madeHere,
  relationName,
  resolve,
  stringsOf,
  targetSchema,
  wholeOf,
} from "./reading.js";
import { alone, renamed } from "./scope.js";

/** CREATE [OR REPLACE] VIEW. A replacement keeps the grants. */
export function createView(schema: Schema, create: ViewStmt, fold: Folding): Schema {
  if (create.query === undefined) return schema;
  const namespace = create.view?.relpersistence === "t" ? "pg_temp" : targetSchema(schema, create.view?.schemaname);
  const name = create.view?.relname ?? "";
  const known = schema.views.get(keyOf(namespace, name));
  if (known !== undefined && create.replace !== true) return schema;
  const view: View = {
    schema: namespace,
    name,
    materialized: false,
    columns: outputColumns(schema, create.query, stringsOf(create.aliases), fold),
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
  const columns = outputColumns(schema, create.query, stringsOf(create.into?.colNames), fold);
  const origin = madeHere(wholeOf(fold));
  if (create.objtype === "OBJECT_MATVIEW") {
    const view: View = {
      schema: namespace,
      name,
      materialized: true,
      columns,
      query: expressionOf(fold, create.query),
      securityInvoker: false,
      ...(create.into?.skipData === true && { populated: false }),
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

/** REFRESH MATERIALIZED VIEW: it may be read from then on, or no longer (WITH NO DATA). */
export function refreshView(schema: Schema, { relation, skipData }: RefreshMatViewStmt): Schema {
  const key = resolve(schema, schema.views, relationName(relation));
  const view = key === undefined ? undefined : schema.views.get(key);
  const populated = skipData !== true;
  if (key === undefined || view === undefined || (view.populated ?? true) === populated) return schema;
  return { ...schema, views: schema.views.put(key, { ...view, populated }) };
}

/** Names of what a query puts out, the first of them as given; undefined when they cannot all be told. */
function outputColumns(
  schema: Schema,
  query: Node,
  given: readonly string[],
  { statement }: Folding,
): readonly string[] | undefined {
  return renamed(readQuery({ statement, schemas: [schema], variables: new Set(), found: [] }, query, alone), given);
}
