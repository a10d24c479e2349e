import type { AlterTableCmd, AlterTableStmt, PartitionCmd, RangeVar, ReplicaIdentityStmt } from "@pgsql/types";
import { walk } from "../sql/tree.js";
import { changeTable, withTable } from "./changing.js";
import { constraintOf, withConstraint } from "./fold-constraints.js";
import { columnOf, typeOf, withColumnConstraints, withDefaultPartition } from "./fold-tables.js";
import type { Column, Constraint, Expression, Place, Schema, Table } from "./model.js";
import {
  changedHere,
  expressionOf,
  type Folding,
  isTrue,
  relationName,
  resolve,
  stringsOf,
  wholeOf,
} from "./reading.js";
import { tie } from "./ties.js";

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
  const left = command.behavior === "DROP_CASCADE" ? withoutReferencesTo(schema, relation, command) : schema;
  return changeTable(left, relation, (table) => {
    const changed = alterCommand(left, table, command, fold);
    return changed === table ? table : { ...changed, origin: changedHere(table.origin, place) };
  });
}

/** DROP COLUMN and DROP CONSTRAINT … CASCADE take the foreign keys that lead there. */
function withoutReferencesTo(
  schema: Schema,
  relation: RangeVar | undefined,
  { subtype, name = "" }: AlterTableCmd,
): Schema {
  const key = resolve(schema, schema.tables, relationName(relation));
  const table = key === undefined ? undefined : schema.tables.get(key);
  if (key === undefined || table === undefined) return schema;
  const columns =
    subtype === "AT_DropColumn" ? [name] : (table.constraints.find((one) => one.name === name)?.columns ?? []);
  const leadsThere = ({ references }: Constraint): boolean => {
    if (references === undefined || references.table !== key) return false;
    return subtype === "AT_DropColumn"
      ? references.columns.includes(name)
      : references.columns.length === columns.length && references.columns.every((one) => columns.includes(one));
  };
  let changed = schema;
  for (const other of schema.tables.with(tie.to(key))) {
    if (!other.constraints.some(leadsThere)) continue;
    changed = withTable(changed, { ...other, constraints: other.constraints.filter((one) => !leadsThere(one)) });
  }
  return changed;
}

function changePartition(schema: Schema, relation: RangeVar | undefined, command: AlterTableCmd, place: Place): Schema {
  const parent = resolve(schema, schema.tables, relationName(relation));
  const partition =
    command.def !== undefined && "PartitionCmd" in command.def ? command.def.PartitionCmd : ({} as PartitionCmd);
  const attached = command.subtype === "AT_AttachPartition";
  const changed = changeTable(schema, partition.name, (table) => ({
    ...table,
    partitionOf: attached ? parent : undefined,
    origin: changedHere(table.origin, place),
  }));
  const key = resolve(schema, schema.tables, relationName(partition.name));
  return attached && partition.bound?.is_default === true && key !== undefined
    ? withDefaultPartition(changed, parent, key)
    : changed;
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

export function replicaIdentity({ identity_type, name }: ReplicaIdentityStmt): Table["replicaIdentity"] {
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
        !names(index.predicate, name) &&
        !index.columns.some((column) => column.name === name || names(column.expression, name)),
    ),
  };
}

function names(expression: Expression | undefined, column: string): boolean {
  let found = false;
  walk(expression?.node, (kind, node) => {
    if (kind === "ColumnRef") found ||= stringsOf(node.fields).at(-1) === column;
  });
  return found;
}
