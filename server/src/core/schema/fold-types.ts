import type { AlterEnumStmt, CommentStmt, CreateDomainStmt } from "@pgsql/types";
import { withTable } from "./changing.js";
import { keyOf, type Schema, type Type } from "./model.js";
import {
  changedHere,
  type Folding,
  madeHere,
  nameOf,
  resolve,
  stringsOf,
  targetSchema,
  typeText,
  wholeOf,
} from "./reading.js";

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
