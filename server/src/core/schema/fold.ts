/**
 * The fold: what a statement makes of a schema. It follows PostgreSQL as far as names, columns, keys, indexes, policies and
 * grants go; it does not check whether the statement would succeed, and what it cannot read (dynamic SQL) it counts as unread.
 */
import type { DefineStmt, VariableSetStmt } from "@pgsql/types";
import { bodyStatements } from "../sql/body.js";
import type { Node, Statement } from "../sql/statement.js";
import { type NodeKind, type NodeOf, walk } from "../sql/tree.js";
import { beginningAt } from "./beginning.js";
import { changeTable, withTable } from "./changing.js";
import { mayChangeNames, mayChangeRelations } from "./dynamic.js";
import { alterTable } from "./fold-alter.js";
import { drop } from "./fold-drops.js";
import { alterDefaults, grant } from "./fold-grants.js";
import { createIndex } from "./fold-indexes.js";
import { alterPolicy, createPolicy, createTrigger } from "./fold-policies.js";
import { alterPublication, createPublication } from "./fold-publications.js";
import { rename, setSchema } from "./fold-renames.js";
import { alterRole, createRole, grantRole } from "./fold-roles.js";
import { alterRoutine, createRoutine } from "./fold-routines.js";
import { createTable } from "./fold-tables.js";
import { alterEnum, comment, createDomain, createType } from "./fold-types.js";
import { createTableAs, createView, refreshView } from "./fold-views.js";
import { keyOf, type Routine, type Schema } from "./model.js";
import {
  type Folding,
  madeHere,
  nameOf,
  relationName,
  resolve,
  stringsOf,
  targetSchema,
  typeText,
  wholeOf,
} from "./reading.js";

/** Where a statement stands: the document and the ordinal of its piece. */
export interface Standing {
  readonly uri: string;
  readonly piece: number;
}

/** The schema after a statement. A statement that does not parse or changes nothing gives back the very same schema. */
export function apply(schema: Schema, statement: Statement, standing: Standing): Schema {
  if (statement.node !== undefined) {
    const beginning = schema.beginning ?? (statement.masked ? undefined : beginningAt(schema, statement.node));
    const changed = applyNode(schema, statement.node, { ...standing, statement, base: 0 });
    return changed.beginning === undefined && beginning !== undefined ? { ...changed, beginning } : changed;
  }
  if (statement.error !== undefined) return applyBroken(schema, statement, standing);
  // Too large to be read: mostly rows.
  const mostlyRows = /^(?:insert|copy|update|delete|values)\b/i.test(statement.text);
  return unread(schema, !mostlyRows, !mostlyRows);
}

const word = String.raw`(\w+|"[^"]+")`;
const brokenTable = new RegExp(
  String.raw`^(create|alter)\s+(?:unlogged\s+|foreign\s+)?table\s+(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?(?:${word}\s*\.\s*)?${word}`,
  "i",
);

const brokenName =
  /^(?:create|alter)\s+(?:or\s+replace\s+)?(?:function|procedure|aggregate|type|domain|role|user|extension)\b/i;

/**
 * What does not parse still names what it is about. A table that it makes or changes has columns that nobody knows from then on, so that
 * one error is one finding; what a broken view or block would have made is unknown.
 */
function applyBroken(schema: Schema, statement: Statement, standing: Standing): Schema {
  const [, verb, namespace, name] = brokenTable.exec(statement.text) ?? [];
  if (name === undefined) {
    if (/^(?:create\s+(?:or\s+replace\s+)?(?:\w+\s+)??(?:view|schema)\b|do\b)/i.test(statement.text))
      return unread(schema, true);
    return brokenName.test(statement.text) ? unread(schema, false) : schema;
  }
  const plain = (one: string): string => (one.startsWith('"') ? one.slice(1, -1) : one.toLowerCase());
  const relation = { relname: plain(name), ...(namespace === undefined ? {} : { schemaname: plain(namespace) }) };
  if (verb?.toLowerCase() === "alter") return changeTable(schema, relation, (table) => ({ ...table, complete: false }));
  const made = createTable(schema, { relation }, { ...standing, statement, base: 0 });
  const key = keyOf(targetSchema(schema, relation.schemaname), relation.relname);
  const table = made.tables.get(key);
  if (made === schema || table === undefined) return schema;
  return { ...withTable(made, { ...table, complete: false }), beginning: schema.beginning ?? "whole" };
}

type Apply = { readonly [Kind in NodeKind]?: (schema: Schema, node: NodeOf<Kind>, fold: Folding) => Schema };

const effects: Apply = {
  CreateStmt: createTable,
  CreateForeignTableStmt: (schema, { base }, fold) =>
    base === undefined ? schema : createTable(schema, base, fold, "foreign"),
  CreateTableAsStmt: createTableAs,
  AlterTableStmt: alterTable,
  IndexStmt: createIndex,
  CreatePolicyStmt: createPolicy,
  AlterPolicyStmt: alterPolicy,
  CreateTrigStmt: createTrigger,
  CreateFunctionStmt: createRoutine,
  AlterFunctionStmt: alterRoutine,
  ViewStmt: createView,
  RefreshMatViewStmt: refreshView,
  CreateDomainStmt: createDomain,
  AlterEnumStmt: alterEnum,
  CreateEnumStmt: (schema, { typeName, vals }, fold) =>
    createType(schema, nameOf(typeName), { kind: "enum", labels: stringsOf(vals) }, fold),
  CreateRangeStmt: (schema, { typeName }, fold) => createType(schema, nameOf(typeName), { kind: "range" }, fold),
  CompositeTypeStmt: (schema, { typevar, coldeflist }, fold) =>
    createType(schema, relationName(typevar), { kind: "composite", columns: attributes(coldeflist, fold) }, fold),
  DefineStmt: define,
  DropStmt: drop,
  RenameStmt: rename,
  AlterObjectSchemaStmt: setSchema,
  CommentStmt: comment,
  GrantStmt: grant,
  GrantRoleStmt: grantRole,
  AlterDefaultPrivilegesStmt: alterDefaults,
  CreateRoleStmt: createRole,
  AlterRoleStmt: alterRole,
  DropRoleStmt: (schema, { roles }) => ({
    ...schema,
    roles: (roles ?? []).reduce(
      (left, node) => ("RoleSpec" in node ? left.drop(node.RoleSpec.rolename ?? "") : left),
      schema.roles,
    ),
  }),
  CreatePublicationStmt: createPublication,
  AlterPublicationStmt: alterPublication,
  CreateExtensionStmt: (schema, { extname = "", options }, fold) => {
    if (schema.extensions.has(extname)) return schema;
    const place = (options ?? []).flatMap((node) =>
      "DefElem" in node &&
      node.DefElem.defname === "schema" &&
      node.DefElem.arg !== undefined &&
      "String" in node.DefElem.arg
        ? [node.DefElem.arg.String.sval ?? ""]
        : [],
    )[0];
    const extension = { name: extname, schema: place, origin: madeHere(wholeOf(fold)) };
    return { ...schema, extensions: schema.extensions.put(extname, extension) };
  },
  CreateSeqStmt: (schema, { sequence }, fold) => {
    const { schema: written, name } = relationName(sequence);
    const namespace = targetSchema(schema, written);
    const key = keyOf(namespace, name);
    if (schema.sequences.has(key)) return schema;
    const made = { schema: namespace, name, grants: [], origin: madeHere(wholeOf(fold)) };
    return { ...schema, sequences: schema.sequences.put(key, made) };
  },
  CreateSchemaStmt: (schema, { schemaname, authrole, schemaElts }, fold) => {
    const name = schemaname ?? authrole?.rolename ?? "";
    const made: Schema = schema.namespaces.has(name)
      ? schema
      : { ...schema, namespaces: schema.namespaces.put(name, { name, grants: [], origin: madeHere(wholeOf(fold)) }) };
    const inside: Schema = { ...made, searchPath: [name, ...made.searchPath] };
    const filled = (schemaElts ?? []).reduce<Schema>((changed, element) => applyNode(changed, element, fold), inside);
    return { ...filled, searchPath: made.searchPath };
  },
  VariableSetStmt: setVariable,
  SelectStmt: (schema, select, fold) => {
    const { intoClause } = select;
    const called = callsOf(schema, { SelectStmt: select });
    if (intoClause === undefined) return startsDump(fold) ? { ...called, dump: fold.uri } : called;
    return createTableAs(called, { into: intoClause, query: { SelectStmt: select }, objtype: "OBJECT_TABLE" }, fold);
  },
  CallStmt: (schema, call) => callsOf(schema, { CallStmt: call }),
  // What a foreign server has is not written anywhere.
  ImportForeignSchemaStmt: (schema) => unread(schema, true),
  DoStmt: (schema, _node, fold) => applyBody(schema, fold),
};

function applyNode(schema: Schema, node: Node, fold: Folding): Schema {
  for (const [kind, value] of Object.entries(node)) {
    const effect = effects[kind as NodeKind] as ((schema: Schema, node: unknown, fold: Folding) => Schema) | undefined;
    if (effect !== undefined) return effect(schema, value, fold);
  }
  return schema;
}

/** The schema after something that could not be read. */
function unread(schema: Schema, relations: boolean, names = true): Schema {
  return {
    ...schema,
    unread: schema.unread + 1,
    unreadRelations: schema.unreadRelations + (relations ? 1 : 0),
    unreadNames: schema.unreadNames + (names ? 1 : 0),
  };
}

/** What pg_dump writes before it makes anything. */
function startsDump({ statement }: Folding): boolean {
  return /^select\s+pg_catalog\.set_config\s*\(\s*'search_path'\s*,\s*''/i.test(statement.text);
}

/** A call of a routine that may make, change or drop things leaves the schema partly unknown. */
function callsOf(schema: Schema, node: Node): Schema {
  const changes = new Set<Routine["changes"]>();
  walk(node, (kind, inner) => {
    if (kind !== "FuncCall") return;
    const key = resolve(schema, schema.routines, nameOf(inner.funcname));
    for (const routine of key === undefined ? [] : (schema.routines.get(key) ?? [])) changes.add(routine.changes);
  });
  return changes.has("relations") || changes.has("things") ? unread(schema, changes.has("relations")) : schema;
}

/** The static statements of a DO block, in order; one that also runs dynamic SQL leaves the schema partly unknown. */
function applyBody(schema: Schema, fold: Folding): Schema {
  let changed = schema;
  for (const { start, statement, guarded } of bodyStatements(fold.statement)) {
    if (statement.node === undefined) continue;
    // What only some runs drop or rename may be there afterwards.
    if (guarded && takesRelation(statement.node)) changed = unread(changed, true);
    else if (guarded && takesName(statement.node)) changed = unread(changed, false);
    changed = applyNode(changed, statement.node, { ...fold, statement, base: fold.base + start });
  }
  return /\bexecute\b(?!\s+(?:function|procedure|on)\b)/i.test(fold.statement.text)
    ? unread(changed, mayChangeRelations(fold.statement.text), mayChangeNames(fold.statement.text))
    : changed;
}

/** Whether a statement drops or renames a function, a type or a role. */
function takesName(node: Node): boolean {
  if ("DropRoleStmt" in node) return true;
  const kind = "DropStmt" in node ? node.DropStmt.removeType : "RenameStmt" in node ? node.RenameStmt.renameType : "";
  return /^OBJECT_(?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|TYPE|DOMAIN|ROLE|EXTENSION)$/.test(kind ?? "");
}

function takesRelation(node: Node): boolean {
  const kinds = new Set([
    "OBJECT_TABLE",
    "OBJECT_VIEW",
    "OBJECT_MATVIEW",
    "OBJECT_FOREIGN_TABLE",
    "OBJECT_SCHEMA",
    "OBJECT_COLUMN",
  ]);
  if ("DropStmt" in node) return kinds.has(node.DropStmt.removeType ?? "");
  if ("RenameStmt" in node) return kinds.has(node.RenameStmt.renameType ?? "");
  const commands = "AlterTableStmt" in node ? (node.AlterTableStmt.cmds ?? []) : [];
  return commands.some((command) => "AlterTableCmd" in command && command.AlterTableCmd.subtype === "AT_DropColumn");
}

function attributes(nodes: readonly Node[] | undefined, fold: Folding) {
  return (nodes ?? []).flatMap((node) =>
    "ColumnDef" in node
      ? [
          {
            name: node.ColumnDef.colname ?? "",
            type: typeText(node.ColumnDef.typeName),
            notNull: false,
            default: undefined,
            generated: undefined,
            comment: undefined,
            origin: madeHere(wholeOf(fold)),
          },
        ]
      : [],
  );
}

/** CREATE TYPE of a base type, CREATE AGGREGATE; operators and text search objects are not part of the schema. */
function define(schema: Schema, { kind, defnames, args }: DefineStmt, fold: Folding): Schema {
  const written = nameOf(defnames);
  if (kind === "OBJECT_TYPE") return createType(schema, written, { kind: "base" }, fold);
  if (kind !== "OBJECT_AGGREGATE") return schema;
  const namespace = targetSchema(schema, written.schema);
  const key = keyOf(namespace, written.name);
  const [list] = args ?? [];
  const types = (list !== undefined && "List" in list ? (list.List.items ?? []) : []).flatMap((node) =>
    "FunctionParameter" in node ? [typeText(node.FunctionParameter.argType)] : [],
  );
  const aggregate = {
    schema: namespace,
    name: written.name,
    kind: "aggregate" as const,
    arguments: types.map((type) => ({ name: undefined, type, mode: "in" as const, hasDefault: false })),
    returns: undefined,
    returnsSet: false,
    language: "internal",
    volatility: "immutable" as const,
    definer: false,
    settings: new Map<string, string>(),
    grants: [],
    body: undefined,
    changes: "nothing" as const,
    origin: madeHere(wholeOf(fold)),
  };
  return { ...schema, routines: schema.routines.put(key, [...(schema.routines.get(key) ?? []), aggregate]) };
}

/** SET search_path; every other setting leaves the schema as it is. */
function setVariable(schema: Schema, { kind, name, args }: VariableSetStmt): Schema {
  if (name !== "search_path") return schema;
  if (kind !== "VAR_SET_VALUE") return { ...schema, searchPath: ["public"] };
  const path = (args ?? []).flatMap((node) => ("A_Const" in node ? [node.A_Const.sval?.sval ?? ""] : []));
  return { ...schema, searchPath: path.filter((entry) => entry !== "" && entry !== "$user" && entry !== '"$user"') };
}
