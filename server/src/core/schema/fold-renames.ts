import type { AlterObjectSchemaStmt, RenameStmt } from "@pgsql/types";
import { changeTable, withTable } from "./changing.js";
import { changeRoutine, routineNamed } from "./fold-routines.js";
import { keyOf, type Schema, type Table, type View } from "./model.js";
import { changedHere, type Folding, nameOf, relationName, resolve, wholeOf } from "./reading.js";
import { tie } from "./ties.js";

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
    case "OBJECT_COLUMN": {
      const key = resolve(schema, schema.views, written);
      const view = key === undefined ? undefined : schema.views.get(key);
      if (key === undefined || view === undefined)
        return changeTable(schema, relation, (table) => renameColumn(table, subname, newname, fold));
      const columns = view.columns?.map((name) => (name === subname ? newname : name));
      return { ...schema, views: schema.views.put(key, { ...view, columns }) };
    }
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
    case "OBJECT_ROLE": {
      const role = schema.roles.get(subname);
      return role === undefined
        ? schema
        : { ...schema, roles: schema.roles.drop(subname).put(newname, { ...role, name: newname }) };
    }
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
  for (const pointing of new Set([...tables.tiedTo(tie.under(old)), ...tables.tiedTo(tie.to(old))])) {
    const other = tables.get(pointing);
    if (other === undefined) continue;
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
  for (const publication of publications.with(tie.to(old))) {
    const published = publication.tables.map((known) => (known.table === old ? { ...known, table: key } : known));
    publications = publications.put(publication.name, { ...publication, tables: published });
  }
  return { ...schema, tables, indexes, publications };
}

function renameNamespace(schema: Schema, from: string, to: string, fold: Folding): Schema {
  const namespace = schema.namespaces.get(from);
  if (namespace === undefined) return schema;
  let changed: Schema = { ...schema, namespaces: schema.namespaces.drop(from).put(to, { ...namespace, name: to }) };
  const here = tie.within(from);
  for (const relation of [...schema.tables.with(here), ...schema.views.with(here)])
    changed = moveRelation(changed, relation, to, undefined, fold);
  for (const routines of schema.routines.with(here)) {
    const name = routines[0]?.name ?? "";
    const moved = routines.map((routine) => ({ ...routine, schema: to }));
    changed = { ...changed, routines: changed.routines.drop(keyOf(from, name)).put(keyOf(to, name), moved) };
  }
  for (const type of schema.types.with(here)) {
    const types = changed.types.drop(keyOf(from, type.name)).put(keyOf(to, type.name), { ...type, schema: to });
    changed = { ...changed, types };
  }
  return changed;
}
