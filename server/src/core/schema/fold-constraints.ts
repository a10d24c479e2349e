import type { Constraint as ConstraintNode } from "@pgsql/types";
import { type Constraint, type Index, keyOf, type Schema, type Table } from "./model.js";
import { platformKey } from "./platform.js";
import { expressionOf, type Folding, madeHere, placeOf, relationName, resolve, stringsOf, wholeOf } from "./reading.js";

/**
 * A constraint of a table or of one column (`column` is then its name); undefined for what is a property of a column and no
 * constraint here (NOT NULL, DEFAULT, GENERATED).
 */
export function constraintOf(
  schema: Schema,
  node: ConstraintNode,
  fold: Folding,
  table: Table,
  column: string | undefined,
): Constraint | undefined {
  const kind = kinds[node.contype ?? ""];
  if (kind === undefined) return undefined;
  const columns =
    kind === "foreign key"
      ? column === undefined
        ? stringsOf(node.fk_attrs)
        : [column]
      : kind === "check"
        ? column === undefined
          ? checkedColumns(table, node)
          : [column]
        : kind === "exclude"
          ? excludedColumns(node)
          : node.indexname !== undefined
            ? indexedColumns(table, node.indexname)
            : column === undefined
              ? stringsOf(node.keys)
              : [column];
  const place =
    node.location === undefined ? wholeOf(fold) : placeOf(fold, constraintSpan(fold, node.location, column));
  return {
    kind,
    name: node.conname ?? node.indexname ?? freshConstraint(table, defaultName(table, kind, columns)),
    columns,
    references: kind === "foreign key" ? referenceOf(schema, node, table) : undefined,
    onDelete: kind === "foreign key" ? (actions[node.fk_del_action ?? "a"] ?? "no action") : undefined,
    expression: kind === "check" && node.raw_expr !== undefined ? expressionOf(fold, node.raw_expr) : undefined,
    validated: node.skip_validation !== true && node.is_enforced !== false,
    deferrable: node.deferrable === true,
    origin: madeHere(place),
  };
}

/** The table with a constraint and the index that comes with it. */
export function withConstraint(table: Table, constraint: Constraint, node: ConstraintNode): Table {
  if (table.constraints.some(({ name }) => name === constraint.name)) return table;
  const constraints = [...table.constraints, constraint];
  if (constraint.kind !== "primary key" && constraint.kind !== "unique" && constraint.kind !== "exclude") {
    return { ...table, constraints };
  }
  const columns =
    constraint.kind === "primary key"
      ? table.columns.map((column) =>
          constraint.columns.includes(column.name) ? { ...column, notNull: true } : column,
        )
      : table.columns;
  if (node.indexname !== undefined) {
    const indexes = table.indexes.map((index) =>
      index.name === node.indexname ? { ...index, name: constraint.name, constraint: constraint.name } : index,
    );
    return { ...table, columns, constraints, indexes };
  }
  const index: Index = {
    name: constraint.name,
    method: constraint.kind === "exclude" ? (node.access_method ?? "btree") : "btree",
    columns: constraint.columns.map((name) => ({
      name,
      expression: undefined,
      descending: false,
      operatorClass: undefined,
    })),
    include: stringsOf(node.including),
    unique: constraint.kind !== "exclude",
    nullsNotDistinct: node.nulls_not_distinct === true,
    predicate: undefined,
    constraint: constraint.name,
    origin: constraint.origin,
  };
  return { ...table, columns, constraints, indexes: [...table.indexes, index] };
}

/** A name that no index of the schema has yet, made as PostgreSQL makes it: with a number behind. */
export function freshName(schema: Schema, wanted: string): string {
  let name = wanted;
  for (let number = 1; schema.searchPath.some((path) => schema.indexes.has(keyOf(path, name))); number++) {
    name = `${wanted}${number}`;
  }
  return name;
}

const kinds: Readonly<Record<string, Constraint["kind"]>> = {
  CONSTR_PRIMARY: "primary key",
  CONSTR_UNIQUE: "unique",
  CONSTR_FOREIGN: "foreign key",
  CONSTR_CHECK: "check",
  CONSTR_EXCLUSION: "exclude",
};

/** FKCONSTR_ACTION_* of parsenodes.h. */
const actions: Readonly<Record<string, NonNullable<Constraint["onDelete"]>>> = {
  a: "no action",
  r: "restrict",
  c: "cascade",
  n: "set null",
  d: "set default",
};

/** PostgreSQL's own pattern: TABLE_COLUMNS_fkey and alike (ChooseConstraintName). */
function defaultName(table: Table, kind: Constraint["kind"], columns: readonly string[]): string {
  switch (kind) {
    case "primary key":
      return `${table.name}_pkey`;
    case "foreign key":
      return `${table.name}_${columns.join("_")}_fkey`;
    case "unique":
      return `${table.name}_${columns.join("_")}_key`;
    case "exclude":
      return `${table.name}_${columns.join("_")}_excl`;
    case "check":
      return columns.length === 1 ? `${table.name}_${columns[0]}_check` : `${table.name}_check`;
  }
}

function freshConstraint(table: Table, wanted: string): string {
  const taken = new Set(table.constraints.map(({ name }) => name));
  let name = wanted;
  for (let number = 1; taken.has(name); number++) name = `${wanted}${number}`;
  return name;
}

function referenceOf(schema: Schema, node: ConstraintNode, table: Table): Constraint["references"] {
  const written = relationName(node.pktable);
  const key = resolve(schema, schema.tables, written);
  const self = written.name === table.name && (written.schema ?? table.schema) === table.schema;
  const target = self ? table : key === undefined ? undefined : schema.tables.get(key);
  const namespace = target?.schema ?? written.schema ?? schema.searchPath[0] ?? "public";
  const primary = target?.constraints.find(({ kind }) => kind === "primary key");
  const columns = stringsOf(node.pk_attrs);
  return {
    table: keyOf(namespace, written.name),
    schema: namespace,
    name: written.name,
    columns: columns.length > 0 ? columns : (primary?.columns ?? platformKey(namespace, written.name)),
  };
}

function checkedColumns(table: Table, node: ConstraintNode): readonly string[] {
  const known = new Set(table.columns.map(({ name }) => name));
  const found = new Set<string>();
  const stack: unknown[] = [node.raw_expr];
  while (stack.length > 0) {
    const value = stack.pop();
    if (Array.isArray(value)) stack.push(...value);
    else if (typeof value === "object" && value !== null) {
      if ("ColumnRef" in value) {
        const name = stringsOf((value as { ColumnRef: { fields?: [] } }).ColumnRef.fields).at(-1);
        if (name !== undefined && known.has(name)) found.add(name);
      }
      stack.push(...Object.values(value));
    }
  }
  return table.columns.map(({ name }) => name).filter((name) => found.has(name));
}

function excludedColumns(node: ConstraintNode): readonly string[] {
  return (node.exclusions ?? []).flatMap((pair) => {
    const [element] = "List" in pair ? (pair.List.items ?? []) : [];
    return element !== undefined && "IndexElem" in element && element.IndexElem.name !== undefined
      ? [element.IndexElem.name]
      : [];
  });
}

function indexedColumns(table: Table, name: string): readonly string[] {
  const index = table.indexes.find((known) => known.name === name);
  return (index?.columns ?? []).flatMap((column) => (column.name === undefined ? [] : [column.name]));
}

/** A constraint's place starts at its first keyword, or, on a column, is that keyword and what follows up to the comma. */
function constraintSpan(fold: Folding, location: number, column: string | undefined): { start: number; end: number } {
  const end = clauseEnd(fold.statement.text, location, column !== undefined);
  return { start: location, end };
}

/** Up to the next comma or closing parenthesis at the same depth; quotes are passed over. */
function clauseEnd(text: string, start: number, column: boolean): number {
  let depth = 0;
  let end = start;
  for (let at = start; at < text.length; at++) {
    const unit = text[at];
    if (unit === "'" || unit === '"') at = Math.max(at, text.indexOf(unit, at + 1));
    else if (unit === "(") depth++;
    else if (unit === ")" && --depth < 0) break;
    else if (unit === "," && depth === 0) break;
    else if (unit === "-" && text[at + 1] === "-") break;
    else if (column && unit === "\n" && depth === 0) break;
    if (unit?.trim() !== "") end = at + 1;
  }
  return end;
}
