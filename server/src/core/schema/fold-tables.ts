import type { ColumnDef, CreateStmt, PartitionSpec, RangeVar } from "@pgsql/types";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node } from "../sql/statement.js";
import { withTable } from "./changing.js";
import { constraintOf, withConstraint } from "./fold-constraints.js";
import { type Column, type Expression, keyOf, type Place, type Schema, type Table } from "./model.js";
import {
  defaultGrantsOn,
  expressionOf,
  type Folding,
  isSerial,
  madeHere,
  nameOf,
  placeOf,
  relationName,
  resolve,
  targetSchema,
  typeText,
  wholeOf,
} from "./reading.js";

/** CREATE TABLE, with its columns, constraints and LIKE clauses. */
export function createTable(
  schema: Schema,
  create: CreateStmt,
  fold: Folding,
  kind: "table" | "foreign" = "table",
): Schema {
  const temporary = create.relation?.relpersistence === "t";
  const name = create.relation?.relname ?? "";
  const namespace = temporary ? "pg_temp" : targetSchema(schema, create.relation?.schemaname);
  const key = keyOf(namespace, name);
  const known = schema.tables.get(key);
  // Without IF NOT EXISTS it runs only where somebody has dropped the table by hand.
  if (known !== undefined && !isOutsider(known) && !schema.views.has(key) && create.if_not_exists !== true)
    return withTable(schema, { ...known, origin: madeHere(wholeOf(fold)) });
  if ((known !== undefined && !isOutsider(known)) || schema.views.has(key)) return schema;
  const place = wholeOf(fold);
  const parents = (create.inhRelations ?? []).flatMap((node) =>
    "RangeVar" in node ? [resolve(schema, schema.tables, relationName(node.RangeVar))] : [],
  );
  const parentTables = parents.map((parent) => (parent === undefined ? undefined : schema.tables.get(parent)));
  const isPartition = create.partbound !== undefined;
  let table: Table = {
    schema: namespace,
    name,
    kind: create.partspec !== undefined ? "partitioned" : kind,
    persistence: temporary ? "temporary" : create.relation?.relpersistence === "u" ? "unlogged" : "permanent",
    columns: parentTables.flatMap((parent) => parent?.columns ?? []),
    constraints: [],
    indexes: [],
    policies: [],
    triggers: [],
    rls: { enabled: false, forced: false, place: undefined },
    grants: temporary ? [] : defaultGrantsOn(schema, namespace, "tables"),
    partitionOf: isPartition ? parents[0] : undefined,
    inherits: isPartition ? [] : parents.flatMap((parent) => (parent === undefined ? [] : [parent])),
    replicaIdentity: "default",
    comment: undefined,
    complete: parentTables.every((parent) => parent?.complete === true) && create.ofTypename === undefined,
    origin: madeHere(place),
  };
  for (const parent of parentTables) {
    // A partition has all keys and indexes of its parent; a child by INHERITS only the checks.
    if (parent !== undefined)
      table = { ...table, ...copiesOf(parent, table, place, { checks: true, keys: isPartition }) };
  }
  const later: (() => void)[] = [];
  for (const element of create.tableElts ?? []) {
    if ("ColumnDef" in element) {
      const column = columnOf(schema, element.ColumnDef, fold, table);
      table = { ...table, columns: [...table.columns.filter(({ name }) => name !== column.name), column] };
      later.push(() => {
        table = withColumnConstraints(schema, table, element.ColumnDef, fold);
      });
    } else if ("Constraint" in element) {
      const node = element.Constraint;
      later.push(() => {
        const constraint = constraintOf(schema, node, fold, table, undefined);
        if (constraint !== undefined) table = withConstraint(table, constraint, node);
      });
    } else if ("TableLikeClause" in element) {
      table = like(schema, table, element.TableLikeClause.relation, element.TableLikeClause.options ?? 0, place);
    }
  }
  for (const add of later) add();
  if (create.partspec !== undefined) table = { ...table, partitionBy: divisionOf(create.partspec) };
  const made = withTable(schema, table);
  return create.partbound?.is_default === true ? withDefaultPartition(made, parents[0], key) : made;
}

/** The schema in which a partition takes what fits into no other of its parent. */
export function withDefaultPartition(schema: Schema, parent: string | undefined, partition: string): Schema {
  const table = parent === undefined ? undefined : schema.tables.get(parent);
  return table === undefined ? schema : withTable(schema, { ...table, defaultPartition: partition });
}

function divisionOf({ strategy, partParams }: PartitionSpec): NonNullable<Table["partitionBy"]> {
  const names = (partParams ?? []).map((node) => ("PartitionElem" in node ? node.PartitionElem.name : undefined));
  const columns = names.filter((name) => name !== undefined);
  const way =
    strategy === "PARTITION_STRATEGY_LIST" ? "list" : strategy === "PARTITION_STRATEGY_HASH" ? "hash" : "range";
  return { strategy: way, columns: columns.length === names.length ? columns : undefined };
}

/** Whether nothing is known of a table but that statements name it: made by the platform, or before the history begins. */
export function isOutsider({ origin, complete, columns }: Table): boolean {
  return origin.made === undefined && !complete && columns.length === 0;
}

/** The schema with a table of that name, when no relation has it. */
export function withOutsider(schema: Schema, relation: RangeVar | undefined): Schema {
  const written = relationName(relation);
  if (written.name === "" || resolve(schema, schema.tables, written) !== undefined) return schema;
  if (resolve(schema, schema.views, written) !== undefined) return schema;
  return withTable(schema, {
    schema: targetSchema(schema, written.schema),
    name: written.name,
    kind: "table",
    persistence: "permanent",
    columns: [],
    constraints: [],
    indexes: [],
    policies: [],
    triggers: [],
    rls: { enabled: false, forced: false, place: undefined },
    grants: [],
    partitionOf: undefined,
    inherits: [],
    replicaIdentity: "default",
    comment: undefined,
    complete: false,
    origin: { made: undefined, changed: undefined },
  });
}

export function columnOf(schema: Schema, definition: ColumnDef, fold: Folding, table: Table): Column {
  const place = placeOf(fold, columnSpan(definition, fold));
  const constraints = (definition.constraints ?? []).flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));
  const value = constraints.find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
  const stored = constraints.find(({ contype }) => contype === "CONSTR_GENERATED");
  const identity = constraints.some(({ contype }) => contype === "CONSTR_IDENTITY");
  const serial = isSerial(definition.typeName);
  const domain = typeOf(schema, definition);
  const inherited = table.columns.find(({ name }) => name === definition.colname);
  return {
    name: definition.colname ?? "",
    type: domain,
    notNull:
      serial ||
      identity ||
      inherited?.notNull === true ||
      constraints.some(({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY"),
    default: serial
      ? nextValue(table, definition.colname ?? "", place)
      : value === undefined
        ? undefined
        : expressionOf(fold, value),
    generated: serial
      ? "serial"
      : identity
        ? "identity"
        : stored === undefined
          ? undefined
          : stored.generated_kind === "v"
            ? "virtual"
            : "stored",
    comment: undefined,
    origin: madeHere(place),
  };
}

/** What `serial` writes: the next value of a sequence named after table and column. */
function nextValue(table: Table, column: string, place: Place): Expression {
  const name = quoteIdentifier(`${table.name}_${column}_seq`);
  const sequence = table.schema === "public" ? name : `${quoteIdentifier(table.schema)}.${name}`;
  const node: Node = { FuncCall: { funcname: [{ String: { sval: "nextval" } }] } };
  return { text: `nextval('${sequence}'::regclass)`, node, place };
}

/** A user's own type is named with its schema when that is not `public`, as everything else is. */
export function typeOf(schema: Schema, definition: ColumnDef): string {
  const written = nameOf(definition.typeName?.names);
  const key = resolve(schema, schema.types, written);
  const type = key === undefined ? undefined : schema.types.get(key);
  if (type === undefined) return typeText(definition.typeName);
  const name = typeNamed(type);
  return definition.typeName?.arrayBounds === undefined ? name : `${name}[]`;
}

/** How columns name a type of the project's own. */
export function typeNamed({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return schema === "public" ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

function columnSpan(definition: ColumnDef, fold: Folding): { readonly start: number; readonly end: number } {
  const start = definition.location ?? 0;
  return { start, end: start + nameLength(fold.statement.text, start) };
}

/** Length of the identifier that starts at `start`, quotes included. */
function nameLength(text: string, start: number): number {
  const name = /^(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)/u.exec(text.slice(start, start + 140));
  return name === null ? 0 : name[0].length;
}

export function withColumnConstraints(schema: Schema, table: Table, definition: ColumnDef, fold: Folding): Table {
  let changed = table;
  const nodes = (definition.constraints ?? []).flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));
  for (const [at, node] of nodes.entries()) {
    // DEFERRABLE behind a column's constraint is a node of its own.
    const next = nodes[at + 1]?.contype;
    const deferrable = next === "CONSTR_ATTR_DEFERRABLE" || next === "CONSTR_ATTR_DEFERRED";
    const constraint = constraintOf(
      schema,
      deferrable ? { ...node, deferrable } : node,
      fold,
      changed,
      definition.colname,
    );
    if (constraint !== undefined) changed = withConstraint(changed, constraint, node);
  }
  return changed;
}

/** INCLUDING options as PostgreSQL numbers them (parsenodes.h, TableLikeOption). */
const including = { constraints: 1 << 2, defaults: 1 << 3, generated: 1 << 4, identity: 1 << 5, indexes: 1 << 6 };

function like(schema: Schema, table: Table, relation: RangeVar | undefined, options: number, place: Place): Table {
  const key = resolve(schema, schema.tables, relationName(relation));
  const source = key === undefined ? undefined : schema.tables.get(key);
  if (source === undefined) return { ...table, complete: false };
  const columns = source.columns.map((column) => ({
    ...column,
    default: options & including.defaults ? column.default : undefined,
    generated:
      (column.generated === "identity" && options & including.identity) ||
      ((column.generated === "stored" || column.generated === "virtual") && options & including.generated)
        ? column.generated
        : undefined,
    origin: madeHere(place),
  }));
  const { constraints, indexes } = copiesOf(source, table, place, {
    checks: (options & including.constraints) !== 0,
    keys: (options & including.indexes) !== 0,
  });
  return {
    ...table,
    columns: [...table.columns, ...columns],
    constraints: [...table.constraints, ...constraints],
    indexes: [...table.indexes, ...indexes],
    complete: table.complete && source.complete,
  };
}

/** The checks of a table, and its keys and indexes under names made from the new table's. */
function copiesOf(
  source: Table,
  table: Table,
  place: Place,
  wanted: { readonly checks: boolean; readonly keys: boolean },
): Pick<Table, "constraints" | "indexes"> {
  const renamed = (name: string): string =>
    name.startsWith(source.name) ? table.name + name.slice(source.name.length) : name;
  const checks = wanted.checks ? source.constraints.filter(({ kind }) => kind === "check") : [];
  if (!wanted.keys) return { constraints: checks, indexes: [] };
  const keys = source.constraints.filter(
    ({ kind }) => kind === "primary key" || kind === "unique" || kind === "exclude",
  );
  return {
    constraints: [...checks, ...keys.map((key) => ({ ...key, name: renamed(key.name), origin: madeHere(place) }))],
    indexes: source.indexes.map((index) => ({
      ...index,
      name: renamed(index.name),
      constraint: index.constraint === undefined ? undefined : renamed(index.constraint),
      origin: madeHere(place),
    })),
  };
}
