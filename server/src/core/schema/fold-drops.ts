import type { DropStmt } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { withTable } from "./changing.js";
import { dropColumn } from "./fold-alter.js";
import { changeRoutine, routineNamed } from "./fold-routines.js";
import { typeNamed } from "./fold-tables.js";
import {
  type Constraint,
  type Expression,
  type Index,
  keyOf,
  type Policy,
  type Schema,
  type Table,
  type Type,
} from "./model.js";
import type { Names } from "./names.js";
import { nameOf, resolve, stringsOf } from "./reading.js";
import { relationsRead, tie, type WrittenRelation } from "./ties.js";

/** DROP of one or several objects; what stands on them goes along, since PostgreSQL refuses the statement otherwise. */
export function drop(schema: Schema, statement: DropStmt): Schema {
  return (statement.objects ?? []).reduce(
    (changed, object) => dropOne(changed, object, statement.removeType ?? "", statement.behavior === "DROP_CASCADE"),
    schema,
  );
}

function dropOne(schema: Schema, object: Node, kind: string, cascade: boolean): Schema {
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
      const known = key === undefined ? undefined : schema.types.get(key);
      if (key === undefined || known === undefined) return schema;
      const without = { ...schema, types: schema.types.drop(key) };
      return cascade ? withoutColumnsOf(without, known) : without;
    }
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE":
    case "OBJECT_AGGREGATE": {
      const routine = "ObjectWithArgs" in object ? routineNamed(schema, object.ObjectWithArgs) : undefined;
      if (routine === undefined) return schema;
      const without = changeRoutine(schema, routine, undefined);
      return cascade ? withoutCallersOf(schema, without, keyOf(routine.schema, routine.name)) : without;
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

/** DROP TYPE … CASCADE takes the columns of the type. */
function withoutColumnsOf(schema: Schema, type: Type): Schema {
  const own = typeNamed(type);
  let changed = schema;
  for (const table of schema.tables.unordered()) {
    const gone = table.columns.filter((column) => column.type === own || column.type === `${own}[]`);
    if (gone.length > 0)
      changed = withTable(
        changed,
        gone.reduce((left, { name }) => dropColumn(left, name), table),
      );
  }
  return changed;
}

/** DROP FUNCTION … CASCADE takes triggers, policies and views that call it; while one of its name is left, nobody can say which they meant. */
function withoutCallersOf(before: Schema, schema: Schema, key: string): Schema {
  if (schema.routines.has(key)) return schema;
  const isIt = (written: WrittenRelation): boolean => resolve(before, before.routines, written) === key;
  const calls = (expression: Expression | undefined): boolean =>
    expression !== undefined && callsIn(expression.node).some(isIt);
  let changed = schema;
  for (const table of schema.tables.unordered()) {
    const triggers = table.triggers.filter((trigger) => !isIt(trigger.function));
    const policies = table.policies.filter(({ using, check }) => !calls(using) && !calls(check));
    if (triggers.length < table.triggers.length || policies.length < table.policies.length)
      changed = withTable(changed, { ...table, triggers, policies });
  }
  const views: string[] = [];
  for (const view of schema.views.unordered()) if (calls(view.query)) views.push(keyOf(view.schema, view.name));
  return dropRelations(changed, views);
}

/** For what belongs to a table: the list is [schema,] table, name. */
function changeOwner(schema: Schema, names: readonly string[], change: (table: Table, name: string) => Table): Schema {
  const key = resolve(schema, schema.tables, { schema: names.at(-3), name: names.at(-2) ?? "" });
  const table = key === undefined ? undefined : schema.tables.get(key);
  return table === undefined ? schema : withTable(schema, change(table, names.at(-1) ?? ""));
}

function dropTable(schema: Schema, key: string): Schema {
  return dropRelations(schema, [key]);
}

function dropView(schema: Schema, key: string): Schema {
  return dropRelations(schema, [key]);
}

/**
 * Tables and views go, and with them what cannot be without: partitions and children, foreign keys, places in publications, views over
 * them and policies that read them.
 */
function dropRelations(schema: Schema, keys: readonly string[]): Schema {
  let changed = schema;
  const gone = new Set<string>();
  for (const key of keys) {
    const relation = schema.tables.get(key) ?? schema.views.get(key);
    if (relation === undefined) continue;
    gone.add(key);
    changed = { ...changed, tables: changed.tables.drop(key), views: changed.views.drop(key) };
    for (const index of relation.indexes) {
      changed = { ...changed, indexes: changed.indexes.drop(keyOf(relation.schema, index.name)) };
    }
  }
  if (gone.size === 0) return schema;
  const readsGone = (expression: Expression | undefined): boolean =>
    expression !== undefined && relationsRead(expression.node).some((written) => gone.has(meant(schema, written)));
  const [keysGone, namesGone] = [[...gone], [...gone].map((key) => key.slice(key.indexOf("\0") + 1))];
  const near = (kind: Names<unknown>, words: readonly string[]): ReadonlySet<string> =>
    new Set(words.flatMap((word) => kind.tiedTo(word)));
  const follow: string[] = [];
  const tableWords = [...keysGone.flatMap((key) => [tie.under(key), tie.to(key)]), ...namesGone.map(tie.reads)];
  for (const key of near(changed.tables, tableWords)) {
    const table = changed.tables.get(key);
    if (table === undefined) continue;
    const { partitionOf, inherits, constraints, policies } = table;
    if ((partitionOf !== undefined && gone.has(partitionOf)) || inherits.some((parent) => gone.has(parent))) {
      follow.push(key);
      continue;
    }
    const pointsThere = ({ references }: Constraint): boolean => references !== undefined && gone.has(references.table);
    const asksThere = ({ using, check }: Policy): boolean => readsGone(using) || readsGone(check);
    if (!constraints.some(pointsThere) && !policies.some(asksThere)) continue;
    changed = withTable(changed, {
      ...table,
      constraints: constraints.filter((constraint) => !pointsThere(constraint)),
      policies: policies.filter((policy) => !asksThere(policy)),
    });
  }
  for (const key of near(changed.views, namesGone.map(tie.reads))) {
    if (readsGone(changed.views.get(key)?.query)) follow.push(key);
  }
  for (const name of near(changed.publications, keysGone.map(tie.to))) {
    const publication = changed.publications.get(name);
    if (publication === undefined) continue;
    const tables = publication.tables.filter(({ table }) => !gone.has(table));
    changed = { ...changed, publications: changed.publications.put(name, { ...publication, tables }) };
  }
  return follow.length === 0 ? changed : dropRelations(changed, follow);
}

/** The key of the relation that a name means. */
function meant(schema: Schema, written: WrittenRelation): string {
  return (
    resolve(schema, schema.tables, written) ??
    resolve(schema, schema.views, written) ??
    keyOf(written.schema ?? "public", written.name)
  );
}

/** The functions that a query or expression calls, as they are written there. */
const callsIn: (node: Node) => readonly WrittenRelation[] = memo((node) => {
  const found: WrittenRelation[] = [];
  walk(node, (kind, call) => {
    if (kind === "FuncCall") found.push(nameOf(call.funcname));
  });
  return found;
});

function dropIndex(schema: Schema, written: { readonly schema: string | undefined; readonly name: string }): Schema {
  const key = resolve(schema, schema.indexes, written);
  const owner = key === undefined ? undefined : schema.indexes.get(key);
  if (key === undefined || owner === undefined) return schema;
  const others = (indexes: readonly Index[]): readonly Index[] =>
    indexes.filter((index) => index.name !== written.name);
  const view = schema.views.get(owner);
  if (view !== undefined) {
    const views = schema.views.put(owner, { ...view, indexes: others(view.indexes) });
    return { ...schema, views, indexes: schema.indexes.drop(key) };
  }
  const table = schema.tables.get(owner);
  return table === undefined ? schema : withTable(schema, { ...table, indexes: others(table.indexes) });
}

function dropNamespace(schema: Schema, name: string): Schema {
  if (!schema.namespaces.has(name)) return schema;
  let changed: Schema = { ...schema, namespaces: schema.namespaces.drop(name) };
  const here = tie.within(name);
  changed = dropRelations(changed, [...schema.tables.tiedTo(here), ...schema.views.tiedTo(here)]);
  return {
    ...changed,
    types: without(changed.types, here),
    routines: without(changed.routines, here),
    sequences: without(changed.sequences, here),
  };
}

/** The map without all that is tied to a word. */
function without<Value>(names: Names<Value>, word: string): Names<Value> {
  return names.tiedTo(word).reduce((left, key) => left.drop(key), names);
}
