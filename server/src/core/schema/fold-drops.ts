import type { AlterObjectSchemaStmt, DropStmt, RenameStmt } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { changeRoutine, routineNamed } from "./fold-objects.js";
import { changeTable, withTable } from "./fold-tables.js";
import { type Expression, type Index, keyOf, type Schema, type Table, type View } from "./model.js";
import { changedHere, type Folding, nameOf, relationName, resolve, stringsOf, wholeOf } from "./reading.js";

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
    if (reads(view.query, gone)) changed = dropView(changed, keyOf(view.schema, view.name));
  }
  for (const table of changed.tables.unordered()) {
    const policies = table.policies.filter(
      ({ using, check }) =>
        !(using !== undefined && reads(using, gone)) && !(check !== undefined && reads(check, gone)),
    );
    if (policies.length < table.policies.length) changed = withTable(changed, { ...table, policies });
  }
  return changed;
}

/** Whether a query or expression names that relation in a FROM clause. */
export function reads(expression: Expression, relation: { readonly schema: string; readonly name: string }): boolean {
  const stack: unknown[] = [expression.node];
  while (stack.length > 0) {
    const value = stack.pop();
    if (Array.isArray(value)) stack.push(...value);
    else if (typeof value === "object" && value !== null) {
      const { relname, schemaname } = value as { relname?: unknown; schemaname?: unknown };
      if (relname === relation.name && (schemaname === undefined ? true : schemaname === relation.schema)) return true;
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

/** ALTER … RENAME. */
export function rename(schema: Schema, statement: RenameStmt, fold: Folding): Schema {
  const { renameType, relation, subname = "", newname = "", object } = statement;
  const written = relationName(relation);
  switch (renameType) {
    case "OBJECT_TABLE":
    case "OBJECT_FOREIGN_TABLE":
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW":
    case "OBJECT_INDEX":
      // ALTER TABLE … RENAME TO also renames views and indexes.
      return moveRelation(schema, written, undefined, newname, fold);
    case "OBJECT_COLUMN":
      return changeTable(schema, relation, (table) => renameColumn(table, subname, newname, fold));
    case "OBJECT_TABCONSTRAINT":
      return changeTable(schema, relation, (table) => ({
        ...table,
        constraints: table.constraints.map((known) => (known.name === subname ? { ...known, name: newname } : known)),
        indexes: table.indexes.map((known) =>
          known.constraint === subname ? { ...known, name: newname, constraint: newname } : known,
        ),
      }));
    case "OBJECT_POLICY":
      return changeTable(schema, relation, (table) => ({
        ...table,
        policies: table.policies.map((known) => (known.name === subname ? { ...known, name: newname } : known)),
      }));
    case "OBJECT_TRIGGER":
      return changeTable(schema, relation, (table) => ({
        ...table,
        triggers: table.triggers.map((known) => (known.name === subname ? { ...known, name: newname } : known)),
      }));
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN": {
      const key = resolve(
        schema,
        schema.types,
        nameOf(object !== undefined && "List" in object ? object.List.items : undefined),
      );
      const type = key === undefined ? undefined : schema.types.get(key);
      if (key === undefined || type === undefined) return schema;
      return { ...schema, types: schema.types.drop(key).put(keyOf(type.schema, newname), { ...type, name: newname }) };
    }
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE": {
      const routine =
        object !== undefined && "ObjectWithArgs" in object ? routineNamed(schema, object.ObjectWithArgs) : undefined;
      if (routine === undefined) return schema;
      const key = keyOf(routine.schema, newname);
      const gone = changeRoutine(schema, routine, undefined);
      return {
        ...gone,
        routines: gone.routines.put(key, [...(gone.routines.get(key) ?? []), { ...routine, name: newname }]),
      };
    }
    case "OBJECT_SCHEMA":
      return renameNamespace(schema, subname, newname, fold);
    default:
      return schema;
  }
}

function renameColumn(table: Table, from: string, to: string, fold: Folding): Table {
  const name = (known: string): string => (known === from ? to : known);
  return {
    ...table,
    columns: table.columns.map((column) =>
      column.name === from ? { ...column, name: to, origin: changedHere(column.origin, wholeOf(fold)) } : column,
    ),
    constraints: table.constraints.map((constraint) => ({ ...constraint, columns: constraint.columns.map(name) })),
    indexes: table.indexes.map((index) => ({
      ...index,
      include: index.include.map(name),
      columns: index.columns.map((column) => ({
        ...column,
        name: column.name === undefined ? undefined : name(column.name),
      })),
    })),
  };
}

/** ALTER … SET SCHEMA. */
export function setSchema(schema: Schema, statement: AlterObjectSchemaStmt, fold: Folding): Schema {
  const { relation, object, newschema = "" } = statement;
  if (relation !== undefined) return moveRelation(schema, relationName(relation), newschema, undefined, fold);
  if (object !== undefined && "ObjectWithArgs" in object) {
    const routine = routineNamed(schema, object.ObjectWithArgs);
    if (routine === undefined) return schema;
    const key = keyOf(newschema, routine.name);
    const gone = changeRoutine(schema, routine, undefined);
    return {
      ...gone,
      routines: gone.routines.put(key, [...(gone.routines.get(key) ?? []), { ...routine, schema: newschema }]),
    };
  }
  const key = resolve(
    schema,
    schema.types,
    nameOf(object !== undefined && "List" in object ? object.List.items : undefined),
  );
  const type = key === undefined ? undefined : schema.types.get(key);
  if (key === undefined || type === undefined) return schema;
  return { ...schema, types: schema.types.drop(key).put(keyOf(newschema, type.name), { ...type, schema: newschema }) };
}

function moveRelation(
  schema: Schema,
  written: { readonly schema: string | undefined; readonly name: string },
  namespace: string | undefined,
  name: string | undefined,
  fold: Folding,
): Schema {
  const key = resolve(schema, schema.tables, written);
  const table = key === undefined ? undefined : schema.tables.get(key);
  if (key !== undefined && table !== undefined) {
    const moved: Table = {
      ...table,
      schema: namespace ?? table.schema,
      name: name ?? table.name,
      origin: changedHere(table.origin, wholeOf(fold)),
    };
    return repoint(schema, key, moved);
  }
  const viewKey = resolve(schema, schema.views, written);
  const view = viewKey === undefined ? undefined : schema.views.get(viewKey);
  if (viewKey !== undefined && view !== undefined) {
    const moved: View = { ...view, schema: namespace ?? view.schema, name: name ?? view.name };
    return { ...schema, views: schema.views.drop(viewKey).put(keyOf(moved.schema, moved.name), moved) };
  }
  const index = resolve(schema, schema.indexes, written);
  const owner = index === undefined ? undefined : schema.tables.get(schema.indexes.get(index) ?? "");
  if (owner === undefined || name === undefined) return schema;
  return withTable(schema, {
    ...owner,
    indexes: owner.indexes.map((known) => (known.name === written.name ? { ...known, name } : known)),
  });
}

/** Takes a table's old key out and puts it in under its name; all that points at the old key points at the new one. */
function repoint(schema: Schema, old: string, table: Table): Schema {
  const key = keyOf(table.schema, table.name);
  const before = schema.tables.get(old);
  let indexes = schema.indexes;
  for (const index of table.indexes) {
    if (before !== undefined) indexes = indexes.drop(keyOf(before.schema, index.name));
    indexes = indexes.put(keyOf(table.schema, index.name), key);
  }
  let tables = schema.tables.drop(old).put(key, table);
  for (const other of tables.unordered()) {
    const points =
      other.partitionOf === old ||
      other.inherits.includes(old) ||
      other.constraints.some((c) => c.references?.table === old);
    if (!points) continue;
    tables = tables.put(keyOf(other.schema, other.name), {
      ...other,
      partitionOf: other.partitionOf === old ? key : other.partitionOf,
      inherits: other.inherits.map((parent) => (parent === old ? key : parent)),
      constraints: other.constraints.map((constraint) =>
        constraint.references?.table === old
          ? {
              ...constraint,
              references: { ...constraint.references, table: key, schema: table.schema, name: table.name },
            }
          : constraint,
      ),
    });
  }
  let publications = schema.publications;
  for (const publication of publications.unordered()) {
    if (!publication.tables.some((published) => published.table === old)) continue;
    const published = publication.tables.map((known) => (known.table === old ? { ...known, table: key } : known));
    publications = publications.put(publication.name, { ...publication, tables: published });
  }
  return { ...schema, tables, indexes, publications };
}

function renameNamespace(schema: Schema, from: string, to: string, fold: Folding): Schema {
  const namespace = schema.namespaces.get(from);
  if (namespace === undefined) return schema;
  let changed: Schema = { ...schema, namespaces: schema.namespaces.drop(from).put(to, { ...namespace, name: to }) };
  for (const table of schema.tables.unordered()) {
    if (table.schema === from) changed = moveRelation(changed, table, to, undefined, fold);
  }
  for (const view of schema.views.unordered()) {
    if (view.schema === from) changed = moveRelation(changed, view, to, undefined, fold);
  }
  for (const routines of schema.routines.unordered()) {
    const [first] = routines;
    if (first?.schema !== from) continue;
    const moved = routines.map((routine) => ({ ...routine, schema: to }));
    changed = {
      ...changed,
      routines: changed.routines.drop(keyOf(from, first.name)).put(keyOf(to, first.name), moved),
    };
  }
  for (const type of schema.types.unordered()) {
    if (type.schema !== from) continue;
    const types = changed.types.drop(keyOf(from, type.name)).put(keyOf(to, type.name), { ...type, schema: to });
    changed = { ...changed, types };
  }
  return changed;
}
