import type {
  AlterTableCmd,
  AlterTableStmt,
  ColumnDef,
  CreateStmt,
  IndexElem,
  IndexStmt,
  PartitionCmd,
  RangeVar,
  ReplicaIdentityStmt,
} from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { constraintOf, freshName, withConstraint } from "./fold-constraints.js";
import { type Column, type Index, type IndexColumn, keyOf, type Place, type Schema, type Table } from "./model.js";
import {
  changedHere,
  defaultGrantsOn,
  expressionOf,
  type Folding,
  isSerial,
  isTrue,
  madeHere,
  nameOf,
  placeOf,
  relationName,
  resolve,
  stringsOf,
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
  return withTable(schema, table);
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

/** The schema with that table, its indexes findable by name. */
export function withTable(schema: Schema, table: Table): Schema {
  const key = keyOf(table.schema, table.name);
  let indexes = schema.indexes;
  const known = schema.tables.get(key)?.indexes;
  if (known !== table.indexes) {
    const kept = new Set(table.indexes.map(({ name }) => name));
    for (const index of known ?? []) if (!kept.has(index.name)) indexes = indexes.drop(keyOf(table.schema, index.name));
    for (const index of table.indexes) indexes = indexes.put(keyOf(table.schema, index.name), key);
  }
  return { ...schema, tables: schema.tables.put(key, table), indexes };
}

/** The schema with the table of that name changed; unchanged when there is no such table. */
export function changeTable(schema: Schema, relation: RangeVar | undefined, change: (table: Table) => Table): Schema {
  const key = resolve(schema, schema.tables, relationName(relation));
  const table = key === undefined ? undefined : schema.tables.get(key);
  return table === undefined ? schema : withTable(schema, change(table));
}

function columnOf(schema: Schema, definition: ColumnDef, fold: Folding, table: Table): Column {
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
    default: value === undefined ? undefined : expressionOf(fold, value),
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

/** A user's own type is named with its schema when that is not `public`, as everything else is. */
function typeOf(schema: Schema, definition: ColumnDef): string {
  const written = nameOf(definition.typeName?.names);
  const key = resolve(schema, schema.types, written);
  const type = key === undefined ? undefined : schema.types.get(key);
  if (type === undefined) return typeText(definition.typeName);
  const name = type.schema === "public" ? type.name : `${type.schema}.${type.name}`;
  return definition.typeName?.arrayBounds === undefined ? name : `${name}[]`;
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

function withColumnConstraints(schema: Schema, table: Table, definition: ColumnDef, fold: Folding): Table {
  let changed = table;
  for (const node of definition.constraints ?? []) {
    if (!("Constraint" in node)) continue;
    const constraint = constraintOf(schema, node.Constraint, fold, changed, definition.colname);
    if (constraint !== undefined) changed = withConstraint(changed, constraint, node.Constraint);
  }
  return changed;
}

/** INCLUDING options as PostgreSQL numbers them (parsenodes.h, TableLikeOption). */
const including = { defaults: 1 << 3, generated: 1 << 4, identity: 1 << 5 };

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
  return { ...table, columns: [...table.columns, ...columns], complete: table.complete && source.complete };
}

/** ALTER TABLE in all its forms but RENAME and SET SCHEMA. */
export function alterTable(schema: Schema, alter: AlterTableStmt, fold: Folding): Schema {
  let changed = schema;
  for (const node of alter.cmds ?? []) {
    if (!("AlterTableCmd" in node)) continue;
    changed =
      node.AlterTableCmd.subtype === "AT_SetRelOptions" || node.AlterTableCmd.subtype === "AT_ResetRelOptions"
        ? alterViewOptions(changed, alter.relation, node.AlterTableCmd, fold)
        : alterOnce(changed, alter.relation, node.AlterTableCmd, fold);
  }
  return changed;
}

/** ALTER VIEW … SET and RESET; the options of a table are not part of the schema. */
function alterViewOptions(
  schema: Schema,
  relation: RangeVar | undefined,
  { subtype, def }: AlterTableCmd,
  fold: Folding,
): Schema {
  const key = resolve(schema, schema.views, relationName(relation));
  const view = key === undefined ? undefined : schema.views.get(key);
  const options = def !== undefined && "List" in def ? (def.List.items ?? []) : [];
  const option = options.find((node) => "DefElem" in node && node.DefElem.defname === "security_invoker");
  if (key === undefined || view === undefined || option === undefined || !("DefElem" in option)) return schema;
  const securityInvoker =
    subtype === "AT_SetRelOptions" && (option.DefElem.arg === undefined || isTrue(option.DefElem.arg));
  const changed = { ...view, securityInvoker, origin: changedHere(view.origin, wholeOf(fold)) };
  return { ...schema, views: schema.views.put(key, changed) };
}

function alterOnce(schema: Schema, relation: RangeVar | undefined, command: AlterTableCmd, fold: Folding): Schema {
  const place = wholeOf(fold);
  if (command.subtype === "AT_AttachPartition" || command.subtype === "AT_DetachPartition") {
    return changePartition(schema, relation, command, place);
  }
  return changeTable(schema, relation, (table) => {
    const changed = alterCommand(schema, table, command, fold);
    return changed === table ? table : { ...changed, origin: changedHere(table.origin, place) };
  });
}

function changePartition(schema: Schema, relation: RangeVar | undefined, command: AlterTableCmd, place: Place): Schema {
  const parent = resolve(schema, schema.tables, relationName(relation));
  const partition =
    command.def !== undefined && "PartitionCmd" in command.def ? command.def.PartitionCmd : ({} as PartitionCmd);
  return changeTable(schema, partition.name, (table) => ({
    ...table,
    partitionOf: command.subtype === "AT_AttachPartition" ? parent : undefined,
    origin: changedHere(table.origin, place),
  }));
}

function alterCommand(schema: Schema, table: Table, command: AlterTableCmd, fold: Folding): Table {
  const { def, name } = command;
  switch (command.subtype) {
    case "AT_AddColumn": {
      if (def === undefined || !("ColumnDef" in def)) return table;
      if (table.columns.some((column) => column.name === def.ColumnDef.colname)) return table;
      const column = columnOf(schema, def.ColumnDef, fold, table);
      return withColumnConstraints(schema, { ...table, columns: [...table.columns, column] }, def.ColumnDef, fold);
    }
    case "AT_DropColumn":
      return dropColumn(table, name ?? "");
    case "AT_ColumnDefault":
      return changeColumn(table, name, fold, (column) => ({
        ...column,
        default: def === undefined ? undefined : expressionOf(fold, def),
      }));
    case "AT_SetNotNull":
      return changeColumn(table, name, fold, (column) => ({ ...column, notNull: true }));
    case "AT_DropNotNull":
      return changeColumn(table, name, fold, (column) => ({ ...column, notNull: false }));
    case "AT_AlterColumnType":
      if (def === undefined || !("ColumnDef" in def)) return table;
      return changeColumn(table, name, fold, (column) => ({ ...column, type: typeOf(schema, def.ColumnDef) }));
    case "AT_AddIdentity":
      return changeColumn(table, name, fold, (column) => ({ ...column, generated: "identity" }));
    case "AT_DropIdentity":
    case "AT_DropExpression":
      return changeColumn(table, name, fold, (column) => ({ ...column, generated: undefined }));
    case "AT_AddConstraint": {
      if (def === undefined || !("Constraint" in def)) return table;
      if (def.Constraint.contype === "CONSTR_NOTNULL") {
        return stringsOf(def.Constraint.keys).reduce(
          (changed, column) => changeColumn(changed, column, fold, (known) => ({ ...known, notNull: true })),
          table,
        );
      }
      const constraint = constraintOf(schema, def.Constraint, fold, table, undefined);
      return constraint === undefined ? table : withConstraint(table, constraint, def.Constraint);
    }
    case "AT_ValidateConstraint":
      return {
        ...table,
        constraints: table.constraints.map((constraint) =>
          constraint.name === name
            ? { ...constraint, validated: true, origin: changedHere(constraint.origin, wholeOf(fold)) }
            : constraint,
        ),
      };
    case "AT_DropConstraint":
      return {
        ...table,
        constraints: table.constraints.filter((constraint) => constraint.name !== name),
        indexes: table.indexes.filter((index) => index.constraint !== name),
      };
    case "AT_EnableRowSecurity":
      return { ...table, rls: { ...table.rls, enabled: true, place: wholeOf(fold) } };
    case "AT_DisableRowSecurity":
      return { ...table, rls: { ...table.rls, enabled: false, place: wholeOf(fold) } };
    case "AT_ForceRowSecurity":
      return { ...table, rls: { ...table.rls, forced: true } };
    case "AT_NoForceRowSecurity":
      return { ...table, rls: { ...table.rls, forced: false } };
    case "AT_EnableTrig":
    case "AT_EnableAlwaysTrig":
    case "AT_EnableReplicaTrig":
    case "AT_EnableTrigAll":
    case "AT_EnableTrigUser":
      return switchTriggers(table, name, true);
    case "AT_DisableTrig":
    case "AT_DisableTrigAll":
    case "AT_DisableTrigUser":
      return switchTriggers(table, name, false);
    case "AT_SetLogged":
      return { ...table, persistence: "permanent" };
    case "AT_SetUnLogged":
      return { ...table, persistence: "unlogged" };
    case "AT_ReplicaIdentity":
      return def !== undefined && "ReplicaIdentityStmt" in def
        ? { ...table, replicaIdentity: replicaIdentity(def.ReplicaIdentityStmt) }
        : table;
    default:
      return table;
  }
}

function replicaIdentity({ identity_type, name }: ReplicaIdentityStmt): Table["replicaIdentity"] {
  if (identity_type === "i") return { index: name ?? "" };
  return identity_type === "f" ? "full" : identity_type === "n" ? "nothing" : "default";
}

function switchTriggers(table: Table, name: string | undefined, enabled: boolean): Table {
  return {
    ...table,
    triggers: table.triggers.map((trigger) =>
      name === undefined || trigger.name === name ? { ...trigger, enabled } : trigger,
    ),
  };
}

function changeColumn(
  table: Table,
  name: string | undefined,
  fold: Folding,
  change: (column: Column) => Column,
): Table {
  return {
    ...table,
    columns: table.columns.map((column) =>
      column.name === name ? { ...change(column), origin: changedHere(column.origin, wholeOf(fold)) } : column,
    ),
  };
}

/** The table without a column and all that stands on it: keys, checks, indexes and policies go along. */
export function dropColumn(table: Table, name: string): Table {
  if (!table.columns.some((column) => column.name === name)) return table;
  const constraints = table.constraints.filter((constraint) => !constraint.columns.includes(name));
  const gone = new Set(table.constraints.filter((c) => c.columns.includes(name)).map((constraint) => constraint.name));
  return {
    ...table,
    columns: table.columns.filter((column) => column.name !== name),
    constraints,
    indexes: table.indexes.filter(
      (index) =>
        (index.constraint === undefined || !gone.has(index.constraint)) &&
        !index.include.includes(name) &&
        !index.columns.some((column) => column.name === name),
    ),
  };
}

/** CREATE INDEX, on a table or a materialized view. */
export function createIndex(schema: Schema, create: IndexStmt, fold: Folding): Schema {
  const columns = (create.indexParams ?? []).flatMap((node) =>
    "IndexElem" in node ? [indexColumn(node.IndexElem, fold)] : [],
  );
  const name =
    create.idxname ??
    freshName(schema, `${create.relation?.relname}_${columns.map((c) => c.name ?? "expr").join("_")}_idx`);
  const index: Index = {
    name,
    method: create.accessMethod ?? "btree",
    columns,
    include: (create.indexIncludingParams ?? []).flatMap((node) =>
      "IndexElem" in node && node.IndexElem.name !== undefined ? [node.IndexElem.name] : [],
    ),
    unique: create.unique === true,
    nullsNotDistinct: create.nulls_not_distinct === true,
    predicate: create.whereClause === undefined ? undefined : expressionOf(fold, create.whereClause),
    constraint: undefined,
    origin: madeHere(wholeOf(fold)),
  };
  const view = resolve(schema, schema.views, relationName(create.relation));
  const found = view === undefined ? undefined : schema.views.get(view);
  if (view !== undefined && found !== undefined) {
    if (found.indexes.some((known) => known.name === name)) return schema;
    return {
      ...schema,
      views: schema.views.put(view, { ...found, indexes: [...found.indexes, index] }),
      indexes: schema.indexes.put(keyOf(found.schema, name), view),
    };
  }
  return changeTable(schema, create.relation, (table) =>
    schema.indexes.has(keyOf(table.schema, name)) ? table : { ...table, indexes: [...table.indexes, index] },
  );
}

/** One column or expression of an index. */
export function indexColumn(element: IndexElem, fold: Folding): IndexColumn {
  const expression: Node | undefined = element.expr;
  return {
    name: element.name,
    expression: expression === undefined ? undefined : expressionOf(fold, expression),
    descending: element.ordering === "SORTBY_DESC",
    operatorClass: element.opclass === undefined ? undefined : stringsOf(element.opclass).at(-1),
  };
}
