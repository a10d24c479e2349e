/**
 * What goes along when something is dropped: views, policies, keys, checks, indexes, triggers and columns that stand on it. What belongs to
 * the thing itself is not told, and of what cannot be read nothing is known.
 */
import {
  type Constraint,
  displayName,
  type Index,
  keyOf,
  type Policy,
  type Schema,
  type Table,
  type View,
} from "../schema/model.js";
import { resolve } from "../schema/reading.js";
import { relationsRead, tie } from "../schema/ties.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node } from "../sql/statement.js";
import { nameOf, walk } from "../sql/tree.js";
import { predicatesOf } from "./about-policies.js";
import { namesTheColumn } from "./about-predicates.js";
import { bind, rowScope, walkScoped } from "./about-scopes.js";
import { sqlName } from "./about-tables.js";

/** Something that goes along. */
export interface Dependent {
  readonly name: string;
  /** The table it is on; undefined for a view. */
  readonly table: Table | undefined;
  /** As a sentence names it: `the view \`v\``. */
  readonly shown: string;
  /** The statement that drops it by itself, names in backquotes; undefined where that would be a step of its own. */
  readonly drop: string | undefined;
  /** What a later schema has under its name: the very same, another one (it is made again), or nothing. */
  readonly later: (schema: Schema) => "same" | "another" | undefined;
}

/** What two schemas differ by, apart from the relations named and what is on them: for DROP TABLE, VIEW and SCHEMA. */
export function goneBetween(
  before: Schema,
  after: Schema,
  isNamed: (relation: Table | View) => boolean,
): readonly Dependent[] {
  const views: View[] = [];
  for (const view of before.views.unordered())
    if (!isNamed(view) && !after.views.has(keyOf(view.schema, view.name))) views.push(view);
  const found: Dependent[] = outermostFirst(views, before).map(dependentView);
  for (const table of before.tables.unordered()) {
    const left = after.tables.get(keyOf(table.schema, table.name));
    if (left === table || left === undefined || isNamed(table)) continue;
    for (const policy of table.policies)
      if (!left.policies.some(({ name }) => name === policy.name)) found.push(dependentPolicy(table, policy));
    for (const constraint of table.constraints)
      if (!left.constraints.some(({ name }) => name === constraint.name)) found.push(dependentKey(table, constraint));
  }
  return found;
}

/** What goes with columns by itself: keys, checks and indexes over them and others. Those over them alone are no surprise. */
export function alongWithColumns(table: Table, dropped: ReadonlySet<string>): readonly Dependent[] {
  const isTorn = (columns: readonly string[]): boolean =>
    columns.some((name) => dropped.has(name)) && columns.some((name) => !dropped.has(name));
  const keys = table.constraints.filter(({ columns }) => isTorn(columns));
  const names = table.columns.map(({ name }) => name);
  const indexes = table.indexes.filter(
    (index) => index.constraint === undefined && isTorn(names.filter((name) => involves(index, name))),
  );
  return [...keys.map((key) => dependentKey(table, key)), ...indexes.map((index) => dependentIndex(table, index))];
}

function involves({ columns, include, predicate }: Index, column: string): boolean {
  return (
    include.includes(column) ||
    namesTheColumn(predicate?.node, column) ||
    columns.some(({ name, expression }) => name === column || namesTheColumn(expression?.node, column))
  );
}

/** What CASCADE takes with a column besides: policies and views that read it, and foreign keys that lead to it. */
export function cascadingWithColumn(table: Table, column: string, schema: Schema): readonly Dependent[] {
  const key = keyOf(table.schema, table.name);
  const found: Dependent[] = [];
  const views: View[] = [];
  for (const view of schema.views.unordered())
    if (readsOnly(view.query.node, key, schema) && namesTheColumn(view.query.node, column)) views.push(view);
  found.push(...outermostFirst(views, schema).map(dependentView));
  for (const other of schema.tables.unordered()) {
    for (const policy of other.policies)
      if (predicatesOf(policy).some(({ node }) => reads(node, other, table, column, schema)))
        found.push(dependentPolicy(other, policy));
    if (other === table) continue;
    for (const constraint of other.constraints)
      if (constraint.references?.table === key && constraint.references.columns.includes(column))
        found.push(dependentKey(other, constraint));
  }
  return found;
}

/** The foreign keys that lead to a key. */
export function referencing(table: Table, columns: readonly string[], schema: Schema): readonly Dependent[] {
  const key = keyOf(table.schema, table.name);
  const leads = ({ references }: Constraint): boolean =>
    references?.table === key &&
    references.columns.length === columns.length &&
    references.columns.every((name) => columns.includes(name));
  const found: Dependent[] = [];
  for (const other of schema.tables.with(tie.to(key)))
    found.push(...other.constraints.filter(leads).map((constraint) => dependentKey(other, constraint)));
  return found;
}

/** The columns of a type. */
export function columnsOfType(written: string, schema: Schema): readonly Dependent[] {
  const found: Dependent[] = [];
  for (const table of schema.tables.unordered()) {
    for (const column of table.columns)
      if (column.type === written || column.type === `${written}[]`)
        found.push({
          name: column.name,
          table,
          shown: `the column \`${displayName(table)}.${column.name}\``,
          drop: undefined,
          later: (schema) => fateOf(column, tableIn(schema, table)?.columns),
        });
  }
  return found;
}

/** The triggers, policies and views that call a function. */
export function callersOf(key: string, schema: Schema): readonly Dependent[] {
  const calls = (node: Node): boolean => {
    let found = false;
    walk(node, (kind, call) => {
      if (kind !== "FuncCall") return;
      const name = nameOf(call.funcname);
      if (name === undefined) return;
      found ||= resolve(schema, schema.routines, { schema: name.schema, name: name.name }) === key;
    });
    return found;
  };
  const found = outermostFirst(
    schema.views.values().filter(({ query }) => calls(query.node)),
    schema,
  ).map(dependentView);
  for (const table of schema.tables.unordered()) {
    for (const trigger of table.triggers)
      if (resolve(schema, schema.routines, trigger.function) === key)
        found.push({
          name: trigger.name,
          table,
          shown: `the trigger \`${trigger.name}\` on \`${displayName(table)}\``,
          drop: `drop trigger \`${quoteIdentifier(trigger.name)}\` on \`${sqlName(table)}\``,
          later: (schema) => fateOf(trigger, tableIn(schema, table)?.triggers),
        });
    for (const policy of table.policies)
      if (predicatesOf(policy).some(({ node }) => calls(node))) found.push(dependentPolicy(table, policy));
  }
  return found;
}

function tableIn(schema: Schema, { schema: namespace, name }: Table): Table | undefined {
  return schema.tables.get(keyOf(namespace, name));
}

function fateOf<One extends { readonly name: string }>(one: One, all: readonly (One | undefined)[] | undefined) {
  const found = all?.find((other) => other?.name === one.name);
  return found === undefined ? undefined : found === one ? "same" : "another";
}

function dependentView(view: View): Dependent {
  const kind = view.materialized ? "materialized view" : "view";
  return {
    name: view.name,
    table: undefined,
    shown: `the ${kind} \`${displayName(view)}\``,
    drop: `drop ${kind} \`${sqlName(view)}\``,
    later: (schema) => fateOf(view, [schema.views.get(keyOf(view.schema, view.name))]),
  };
}

function dependentPolicy(table: Table, policy: Policy): Dependent {
  const { name } = policy;
  return {
    name,
    table,
    shown: `the policy \`${name}\` on \`${displayName(table)}\``,
    drop: `drop policy \`${quoteIdentifier(name)}\` on \`${sqlName(table)}\``,
    later: (schema) => fateOf(policy, tableIn(schema, table)?.policies),
  };
}

function dependentKey(table: Table, constraint: Constraint): Dependent {
  const { kind, name } = constraint;
  const words = kind === "unique" ? "unique key" : kind === "exclude" ? "exclusion" : kind;
  return {
    name,
    table,
    shown: `the ${words} \`${name}\` of \`${displayName(table)}\``,
    drop: `alter table \`${sqlName(table)}\` drop constraint \`${quoteIdentifier(name)}\``,
    later: (schema) => fateOf(constraint, tableIn(schema, table)?.constraints),
  };
}

function dependentIndex(table: Table, index: Index): Dependent {
  return {
    name: index.name,
    table,
    shown: `the index \`${index.name}\``,
    drop: undefined,
    later: (schema) => fateOf(index, tableIn(schema, table)?.indexes),
  };
}

/** Views in the order in which they can be dropped: one that reads another goes first. */
function outermostFirst(views: readonly View[], schema: Schema): readonly View[] {
  const left = [...views];
  const order: View[] = [];
  while (left.length > 0) {
    const free = left.findIndex((view) => {
      const key = keyOf(view.schema, view.name);
      return !left.some((other) => other !== view && relationsOf(other.query.node, schema).includes(key));
    });
    order.push(...left.splice(Math.max(0, free), 1));
  }
  return order;
}

function relationsOf(node: Node, schema: Schema): readonly string[] {
  return relationsRead(node).flatMap(
    (written) => resolve(schema, schema.tables, written) ?? resolve(schema, schema.views, written) ?? [],
  );
}

/** Whether a query reads that table and nothing else, so that its columns are the table's. */
function readsOnly(node: Node, key: string, schema: Schema): boolean {
  const relations = relationsOf(node, schema);
  return relations.length === 1 && relations[0] === key;
}

/** Whether a predicate on one table reads a column of another (or of the same). */
function reads(node: Node, on: Table, table: Table, column: string, schema: Schema): boolean {
  if (!namesTheColumn(node, column)) return false;
  let found = false;
  walkScoped(node, rowScope(on), schema, (scope) => (kind, reference) => {
    if (kind !== "ColumnRef") return undefined;
    const bound = bind(reference, scope);
    found ||= bound?.source.table === table && bound.column === column;
    return undefined;
  });
  return found;
}
