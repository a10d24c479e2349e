import type { DropStmt } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { withTable } from "./changing.js";
import { changeRoutine, routineNamed } from "./fold-routines.js";
import { type Expression, type Index, keyOf, type Schema, type Table } from "./model.js";
import { nameOf, resolve, stringsOf } from "./reading.js";

/** DROP of one or several objects; what stands on them goes along, since PostgreSQL refuses the statement otherwise. */
export function drop(schema: Schema, statement: DropStmt): Schema {
  return (statement.objects ?? []).reduce(
    (changed, object) => dropOne(changed, object, statement.removeType ?? ""),
    schema,
  );
}

function dropOne(schema: Schema, object: Node, kind: string): Schema {
  const names = "List" in object ? stringsOf(object.List.items) : [];
  const written = { schema: names.at(-2), name: names.at(-1) ?? "" };
  switch (kind) {
    case "OBJECT_TABLE":
    case "OBJECT_FOREIGN_TABLE": {
      const key = resolve(schema, schema.tables, written);
      return key === undefined ? schema : dropTable(schema, key);
    }
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW": {
      const key = resolve(schema, schema.views, written);
      return key === undefined ? schema : dropView(schema, key);
    }
    case "OBJECT_INDEX":
      return dropIndex(schema, written);
    case "OBJECT_SEQUENCE": {
      const key = resolve(schema, schema.sequences, written);
      return key === undefined ? schema : { ...schema, sequences: schema.sequences.drop(key) };
    }
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN": {
      const type = "TypeName" in object ? nameOf(object.TypeName.names) : written;
      const key = resolve(schema, schema.types, type);
      return key === undefined ? schema : { ...schema, types: schema.types.drop(key) };
    }
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE":
    case "OBJECT_AGGREGATE": {
      const routine = "ObjectWithArgs" in object ? routineNamed(schema, object.ObjectWithArgs) : undefined;
      return routine === undefined ? schema : changeRoutine(schema, routine, undefined);
    }
    case "OBJECT_POLICY":
      return changeOwner(schema, names, (table, name) => ({
        ...table,
        policies: table.policies.filter((policy) => policy.name !== name),
      }));
    case "OBJECT_TRIGGER":
      return changeOwner(schema, names, (table, name) => ({
        ...table,
        triggers: table.triggers.filter((trigger) => trigger.name !== name),
      }));
    case "OBJECT_SCHEMA":
      return dropNamespace(schema, "String" in object ? (object.String.sval ?? "") : "");
    case "OBJECT_EXTENSION":
      return { ...schema, extensions: schema.extensions.drop("String" in object ? (object.String.sval ?? "") : "") };
    case "OBJECT_PUBLICATION":
      return {
        ...schema,
        publications: schema.publications.drop("String" in object ? (object.String.sval ?? "") : ""),
      };
    default:
      return schema;
  }
}

/** For what belongs to a table: the list is [schema,] table, name. */
function changeOwner(schema: Schema, names: readonly string[], change: (table: Table, name: string) => Table): Schema {
  const key = resolve(schema, schema.tables, { schema: names.at(-3), name: names.at(-2) ?? "" });
  const table = key === undefined ? undefined : schema.tables.get(key);
  return table === undefined ? schema : withTable(schema, change(table, names.at(-1) ?? ""));
}

function dropTable(schema: Schema, key: string): Schema {
  const table = schema.tables.get(key);
  if (table === undefined) return schema;
  let changed: Schema = { ...schema, tables: schema.tables.drop(key) };
  for (const index of table.indexes)
    changed = { ...changed, indexes: changed.indexes.drop(keyOf(table.schema, index.name)) };
  for (const other of changed.tables.unordered()) {
    if (other.partitionOf === key || other.inherits.includes(key))
      changed = dropTable(changed, keyOf(other.schema, other.name));
    else if (other.constraints.some((constraint) => constraint.references?.table === key)) {
      const constraints = other.constraints.filter((constraint) => constraint.references?.table !== key);
      changed = withTable(changed, { ...other, constraints });
    }
  }
  for (const publication of changed.publications.unordered()) {
    if (!publication.tables.some((published) => published.table === key)) continue;
    const tables = publication.tables.filter((published) => published.table !== key);
    changed = { ...changed, publications: changed.publications.put(publication.name, { ...publication, tables }) };
  }
  return dropReaders(changed, table);
}

function dropView(schema: Schema, key: string): Schema {
  const view = schema.views.get(key);
  if (view === undefined) return schema;
  let changed: Schema = { ...schema, views: schema.views.drop(key) };
  for (const index of view.indexes)
    changed = { ...changed, indexes: changed.indexes.drop(keyOf(view.schema, index.name)) };
  return dropReaders(changed, view);
}

/** Views over a relation that is gone, and the policies of other tables that read it. */
function dropReaders(schema: Schema, gone: { readonly schema: string; readonly name: string }): Schema {
  let changed = schema;
  for (const view of schema.views.unordered()) {
    if (reads(schema, view.query, gone)) changed = dropView(changed, keyOf(view.schema, view.name));
  }
  for (const table of changed.tables.unordered()) {
    const policies = table.policies.filter(
      ({ using, check }) =>
        !(using !== undefined && reads(schema, using, gone)) && !(check !== undefined && reads(schema, check, gone)),
    );
    if (policies.length < table.policies.length) changed = withTable(changed, { ...table, policies });
  }
  return changed;
}

/** Whether a query or expression names that relation in a FROM clause. */
function reads(
  { searchPath }: Schema,
  expression: Expression,
  relation: { readonly schema: string; readonly name: string },
): boolean {
  const inPath = searchPath.includes(relation.schema) || relation.schema === "pg_temp";
  const stack: unknown[] = [expression.node];
  while (stack.length > 0) {
    const value = stack.pop();
    if (Array.isArray(value)) stack.push(...value);
    else if (typeof value === "object" && value !== null) {
      const { relname, schemaname } = value as { relname?: unknown; schemaname?: unknown };
      if (relname === relation.name && (schemaname === undefined ? inPath : schemaname === relation.schema))
        return true;
      stack.push(...Object.values(value));
    }
  }
  return false;
}

function dropIndex(schema: Schema, written: { readonly schema: string | undefined; readonly name: string }): Schema {
  const key = resolve(schema, schema.indexes, written);
  const owner = key === undefined ? undefined : schema.indexes.get(key);
  if (key === undefined || owner === undefined) return schema;
  const without = (indexes: readonly Index[]): readonly Index[] =>
    indexes.filter((index) => index.name !== written.name);
  const view = schema.views.get(owner);
  if (view !== undefined) {
    const views = schema.views.put(owner, { ...view, indexes: without(view.indexes) });
    return { ...schema, views, indexes: schema.indexes.drop(key) };
  }
  const table = schema.tables.get(owner);
  return table === undefined ? schema : withTable(schema, { ...table, indexes: without(table.indexes) });
}

function dropNamespace(schema: Schema, name: string): Schema {
  if (!schema.namespaces.has(name)) return schema;
  let changed: Schema = { ...schema, namespaces: schema.namespaces.drop(name) };
  for (const table of schema.tables.unordered())
    if (table.schema === name) changed = dropTable(changed, keyOf(name, table.name));
  for (const view of schema.views.unordered())
    if (view.schema === name) changed = dropView(changed, keyOf(name, view.name));
  for (const type of schema.types.unordered()) {
    if (type.schema === name) changed = { ...changed, types: changed.types.drop(keyOf(name, type.name)) };
  }
  for (const [first] of schema.routines.unordered()) {
    if (first?.schema === name) changed = { ...changed, routines: changed.routines.drop(keyOf(name, first.name)) };
  }
  for (const sequence of schema.sequences.unordered()) {
    if (sequence.schema === name)
      changed = { ...changed, sequences: changed.sequences.drop(keyOf(name, sequence.name)) };
  }
  return changed;
}
