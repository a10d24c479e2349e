/** The names in statements that define, change, describe or drop things, each with the relation that has to have them. */
import type {
  AlterTableCmd,
  AlterTableStmt,
  CommentStmt,
  Constraint,
  CreateStmt,
  CreateTrigStmt,
  DropStmt,
  GrantStmt,
  IndexStmt,
  RangeVar,
} from "@pgsql/types";
import { matchingParen } from "../sql/clause.js";
import type { Node } from "../sql/statement.js";
import { as, type NodeKind, type NodeOf, stringOf } from "../sql/tree.js";
import { sourceOf } from "./from.js";
import { lookUp, type Reading, requireColumn } from "./missing.js";
import { readExpression, readQuery } from "./query.js";
import { stringsOf } from "./reading.js";
import { alone, type Scope, type Source } from "./scope.js";

/** Reads any statement. */
export function readStatement(reading: Reading, node: Node): void {
  for (const [kind, value] of Object.entries(node)) {
    const read = readers[kind as NodeKind] as ((reading: Reading, node: unknown) => void) | undefined;
    if (read !== undefined) read(reading, value);
    else readQuery(reading, node, alone);
  }
}

type Readers = { readonly [Kind in NodeKind]?: (reading: Reading, node: NodeOf<Kind>) => void };

const readers: Readers = {
  CreateStmt: createTable,
  CreateForeignTableStmt: (reading, { base }) => (base === undefined ? undefined : createTable(reading, base)),
  AlterTableStmt: alterTable,
  IndexStmt: createIndex,
  CreatePolicyStmt: (reading, { table, qual, with_check }) => {
    const scope = scopeOf(relation(reading, table));
    readExpression(reading, present([qual, with_check]), scope, alone);
  },
  AlterPolicyStmt: (reading, { table, qual, with_check }) => {
    const scope = scopeOf(relation(reading, table));
    readExpression(reading, present([qual, with_check]), scope, alone);
  },
  CreateTrigStmt: createTrigger,
  RuleStmt: (reading, node) => void relation(reading, node.relation),
  ViewStmt: (reading, { query }) => void readQuery(reading, query, alone),
  CreateTableAsStmt: (reading, { query }) => void readQuery(reading, query, alone),
  ExplainStmt: (reading, { query }) => (query === undefined ? undefined : readStatement(reading, query)),
  CommentStmt: comment,
  DropStmt: drop,
  GrantStmt: grant,
  TruncateStmt: (reading, { relations }) => all(reading, relations),
  LockStmt: (reading, { relations }) => all(reading, relations),
  VacuumStmt: (reading, { rels }) => {
    for (const node of rels ?? []) relation(reading, as(node, "VacuumRelation")?.relation);
  },
  ClusterStmt: (reading, node) => void relation(reading, node.relation),
  RefreshMatViewStmt: (reading, node) => void relation(reading, node.relation),
  ReindexStmt: (reading, { kind, relation: range }) =>
    kind === "REINDEX_OBJECT_TABLE" ? void relation(reading, range) : undefined,
  CopyStmt: (reading, { relation: range, attlist, query }) => {
    const table = relation(reading, range);
    for (const name of stringsOf(attlist)) requireColumn(reading, table, name, range?.location ?? 0);
    readQuery(reading, query, alone);
  },
  RenameStmt: (reading, { renameType, relation: range, relationType, subname, missing_ok }) => {
    const kinds = ["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"];
    const ofTable = [...kinds, "OBJECT_COLUMN", "OBJECT_TABCONSTRAINT", "OBJECT_POLICY", "OBJECT_TRIGGER"];
    if (missing_ok === true || !ofTable.includes(renameType ?? "")) return;
    if (renameType === "OBJECT_COLUMN" && !kinds.includes(relationType ?? "")) return;
    const table = relation(reading, range);
    if (renameType === "OBJECT_COLUMN") requireColumn(reading, table, subname, range?.location ?? 0);
  },
  AlterObjectSchemaStmt: (reading, { objectType, relation: range, missing_ok }) =>
    missing_ok !== true && (objectType === "OBJECT_TABLE" || objectType === "OBJECT_VIEW")
      ? void relation(reading, range)
      : undefined,
  CreatePublicationStmt: (reading, { pubobjects }) => published(reading, pubobjects),
  AlterPublicationStmt: (reading, { pubobjects, action }) =>
    action === "AP_DropObjects" ? undefined : published(reading, pubobjects),
  CreateStatsStmt: (reading, { relations, exprs }) => {
    const sources = (relations ?? []).map((node) => relation(reading, as(node, "RangeVar")));
    const [table] = sources;
    if (table === undefined) return;
    for (const node of exprs ?? []) {
      requireColumn(reading, table, as(node, "StatsElem")?.name, 0);
      readExpression(reading, as(node, "StatsElem")?.expr, scopeOf(table), alone);
    }
  },
  CreateFunctionStmt: () => undefined,
  DoStmt: () => undefined,
};

function present(nodes: readonly (Node | undefined)[]): readonly Node[] {
  return nodes.filter((node) => node !== undefined);
}

/** The relation a statement names; of a missing statement part nothing is known. */
function relation(reading: Reading, range: RangeVar | undefined): Source {
  return range === undefined
    ? { alias: "", schema: undefined, shown: "", columns: undefined }
    : sourceOf(reading, range, new Map());
}

function all(reading: Reading, relations: readonly Node[] | undefined): void {
  for (const node of relations ?? []) relation(reading, as(node, "RangeVar"));
}

function scopeOf(...sources: readonly Source[]): Scope {
  return { sources, outer: undefined };
}

function createTable(reading: Reading, create: CreateStmt): void {
  for (const node of create.inhRelations ?? []) relation(reading, as(node, "RangeVar"));
  const table = relation(reading, create.relation);
  for (const node of create.tableElts ?? []) {
    const definition = as(node, "ColumnDef");
    for (const one of definition?.constraints ?? []) constraint(reading, as(one, "Constraint"), table);
    constraint(reading, as(node, "Constraint"), table);
    relation(reading, as(node, "TableLikeClause")?.relation);
  }
  for (const node of create.partspec?.partParams ?? []) {
    const element = as(node, "PartitionElem");
    requireColumn(reading, table, element?.name, element?.location ?? 0);
    readExpression(reading, element?.expr, scopeOf(table), alone);
  }
}

function constraint(reading: Reading, node: Constraint | undefined, table: Source): void {
  if (node === undefined) return;
  const from = node.location ?? 0;
  const open = Math.max(from, reading.statement.text.indexOf("(", from));
  const close = matchingParen(reading.statement, open);
  for (const list of [node.keys, node.fk_attrs]) {
    for (const name of stringsOf(list)) requireColumn(reading, table, name, open, close);
  }
  for (const name of stringsOf(node.including)) requireColumn(reading, table, name, close ?? from);
  if (node.contype === "CONSTR_CHECK" || node.contype === "CONSTR_GENERATED")
    readExpression(reading, node.raw_expr, scopeOf(table), alone);
  for (const one of node.exclusions ?? []) element(reading, as(one, "List")?.items?.[0], table, from);
  readExpression(reading, node.where_clause, scopeOf(table), alone);
  if (node.pktable === undefined) return;
  const target = relation(reading, node.pktable);
  for (const name of stringsOf(node.pk_attrs)) requireColumn(reading, target, name, node.pktable.location ?? from);
}

/** A column or expression of an index. */
function element(reading: Reading, node: Node | undefined, table: Source, from: number): void {
  const own = as(node, "IndexElem");
  requireColumn(reading, table, own?.name, from);
  readExpression(reading, own?.expr, scopeOf(table), alone);
}

function createIndex(
  reading: Reading,
  { relation: range, indexParams, indexIncludingParams, whereClause }: IndexStmt,
): void {
  const table = relation(reading, range);
  const from = reading.statement.text.indexOf("(", range?.location ?? 0);
  for (const node of [...(indexParams ?? []), ...(indexIncludingParams ?? [])]) element(reading, node, table, from);
  readExpression(reading, whereClause, scopeOf(table), alone);
}

function alterTable(reading: Reading, { relation: range, objtype, missing_ok, cmds }: AlterTableStmt): void {
  if (missing_ok === true || !alterable.has(objtype ?? "")) return;
  const table = relation(reading, range);
  let from = range?.location ?? 0;
  for (const node of cmds ?? []) {
    const command = as(node, "AlterTableCmd");
    if (command === undefined) continue;
    if (onColumn.has(command.subtype ?? "") && command.missing_ok !== true)
      requireColumn(reading, table, command.name, from);
    from = Math.max(from, placeAfter(command));
    for (const one of as(command.def, "ColumnDef")?.constraints ?? [])
      constraint(reading, as(one, "Constraint"), table);
    constraint(reading, as(command.def, "Constraint"), table);
    relation(reading, as(command.def, "PartitionCmd")?.name);
    if (command.subtype === "AT_AddInherit") relation(reading, as(command.def, "RangeVar"));
  }
}

/** A place in a command, behind which the next one stands. */
function placeAfter({ def }: AlterTableCmd): number {
  return as(def, "ColumnDef")?.location ?? as(def, "Constraint")?.location ?? 0;
}

const alterable = new Set(["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"]);
const onColumn = new Set(
  (
    "AT_DropColumn AT_ColumnDefault AT_SetNotNull AT_DropNotNull AT_AlterColumnType AT_SetStatistics AT_SetStorage " +
    "AT_SetCompression AT_AddIdentity AT_SetIdentity AT_DropIdentity AT_SetExpression AT_DropExpression"
  ).split(" "),
);

function createTrigger(reading: Reading, create: CreateTrigStmt): void {
  const table = relation(reading, create.relation);
  relation(reading, create.constrrel);
  for (const name of stringsOf(create.columns)) requireColumn(reading, table, name, 0, create.relation?.location);
  const rows = ["new", "old"].map((alias) => ({ ...table, alias, schema: undefined }));
  readExpression(reading, create.whenClause, scopeOf(...rows), alone);
}

function comment(reading: Reading, { objtype, object }: CommentStmt): void {
  const names = stringsOf(as(object, "List")?.items);
  if (relations.has(objtype ?? "")) named(reading, names);
  else if (objtype === "OBJECT_COLUMN") {
    const table = named(reading, names.slice(0, -1));
    const first = names.at(-2);
    // COMMENT ON COLUMN also describes the columns of composite types.
    if (first !== undefined) requireColumn(reading, table, names.at(-1), 0);
  } else if (ofTable.has(objtype ?? "")) named(reading, names.slice(0, -1));
}

const relations = new Set(["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"]);
const ofTable = new Set(["OBJECT_POLICY", "OBJECT_TRIGGER", "OBJECT_TABCONSTRAINT", "OBJECT_RULE"]);

function drop(reading: Reading, { objects, removeType, missing_ok }: DropStmt): void {
  if (missing_ok === true) return;
  for (const object of objects ?? []) {
    const names = stringsOf(as(object, "List")?.items);
    if (relations.has(removeType ?? "")) named(reading, names);
    else if (ofTable.has(removeType ?? "")) named(reading, names.slice(0, -1));
  }
}

/** A relation whose name stands in a list of words, without a place. */
function named(reading: Reading, names: readonly string[]) {
  const name = names.at(-1);
  return name === undefined
    ? { shown: "", columns: undefined }
    : lookUp(reading, { schema: names.at(-2), name }, undefined);
}

function grant(reading: Reading, { targtype, objtype, objects, privileges }: GrantStmt): void {
  if (targtype !== "ACL_TARGET_OBJECT" || objtype !== "OBJECT_TABLE") return;
  for (const node of objects ?? []) {
    const table = relation(reading, as(node, "RangeVar"));
    for (const privilege of privileges ?? []) {
      for (const name of (as(privilege, "AccessPriv")?.cols ?? []).map(stringOf))
        requireColumn(reading, table, name, 0);
    }
  }
}

function published(reading: Reading, objects: readonly Node[] | undefined): void {
  for (const node of objects ?? []) {
    const table = as(node, "PublicationObjSpec")?.pubtable;
    if (table === undefined) continue;
    const source = relation(reading, table.relation);
    for (const name of stringsOf(table.columns)) requireColumn(reading, source, name, table.relation?.location ?? 0);
    readExpression(reading, table.whereClause, scopeOf(source), alone);
  }
}
