import type {
  AlterDefaultPrivilegesStmt,
  AlterPublicationStmt,
  AlterRoleStmt,
  CreatePublicationStmt,
  CreateRoleStmt,
  GrantRoleStmt,
  GrantStmt,
  PublicationObjSpec,
} from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { changeRoutine, routineNamed } from "./fold-objects.js";
import { withTable } from "./fold-tables.js";
import {
  type DefaultGrant,
  type Grant,
  keyOf,
  type Place,
  type Publication,
  type PublishedTable,
  type Role,
  type Schema,
} from "./model.js";
import {
  changedHere,
  type Folding,
  madeHere,
  placeOf,
  relationName,
  resolve,
  roleName,
  roleNames,
  stringsOf,
  wholeOf,
} from "./reading.js";

/** GRANT and REVOKE on tables, views, sequences, schemas and routines, one by one or ALL IN SCHEMA. */
export function grant(schema: Schema, statement: GrantStmt, fold: Folding): Schema {
  const change = changeOf(statement, wholeOf(fold));
  if (statement.targtype === "ACL_TARGET_ALL_IN_SCHEMA") return grantAllIn(schema, statement, change);
  let changed = schema;
  for (const object of statement.objects ?? []) {
    if ("RangeVar" in object) {
      const written = relationName(object.RangeVar);
      changed = grantOnRelation(changed, written, change);
    } else if ("ObjectWithArgs" in object) {
      const routine = routineNamed(changed, object.ObjectWithArgs);
      if (routine !== undefined)
        changed = changeRoutine(changed, routine, { ...routine, grants: change(routine.grants) });
    } else if ("String" in object && statement.objtype === "OBJECT_SCHEMA") {
      const namespace = changed.namespaces.get(object.String.sval ?? "");
      if (namespace === undefined) continue;
      const granted = { ...namespace, grants: change(namespace.grants) };
      changed = { ...changed, namespaces: changed.namespaces.put(namespace.name, granted) };
    }
  }
  return changed;
}

type Change = (grants: readonly Grant[]) => readonly Grant[];

function changeOf(statement: GrantStmt, place: Place): Change {
  const roles = roleNames(statement.grantees);
  const privileges = privilegesOf(statement);
  if (statement.is_grant === true) {
    const added = roles.flatMap((role) =>
      privileges.map(({ privilege, columns }) => ({ role, privilege, columns, place })),
    );
    return (grants) => [...grants, ...added];
  }
  return (grants) => grants.flatMap((known) => revoke(known, roles, privileges));
}

/** What is left of a grant: ALL without SELECT is everything else, spelled out. */
function revoke(known: Grant, roles: readonly string[], privileges: readonly Privilege[]): readonly Grant[] {
  if (!roles.includes(known.role)) return [known];
  const gone = privileges.filter(({ columns }) => columns === undefined).map(({ privilege }) => privilege);
  if (gone.includes("all") || gone.includes(known.privilege)) return [];
  return allBut(known, gone);
}

/** ALL without some privileges, spelled out. */
function allBut<Held extends { readonly privilege: string }>(known: Held, gone: readonly string[]): readonly Held[] {
  if (known.privilege !== "all" || gone.length === 0) return [known];
  return everyPrivilege.filter((privilege) => !gone.includes(privilege)).map((privilege) => ({ ...known, privilege }));
}

const everyPrivilege = [
  "select",
  "insert",
  "update",
  "delete",
  "truncate",
  "references",
  "trigger",
  "usage",
  "execute",
];

interface Privilege {
  readonly privilege: string;
  readonly columns: readonly string[] | undefined;
}

function privilegesOf(statement: GrantStmt): readonly Privilege[] {
  if (statement.privileges === undefined) return [{ privilege: "all", columns: undefined }];
  return statement.privileges.flatMap((node) => {
    if (!("AccessPriv" in node)) return [];
    const columns = node.AccessPriv.cols === undefined ? undefined : stringsOf(node.AccessPriv.cols);
    return [{ privilege: (node.AccessPriv.priv_name ?? "all").toLowerCase(), columns }];
  });
}

function grantOnRelation(
  schema: Schema,
  written: { schema: string | undefined; name: string },
  change: Change,
): Schema {
  const key = resolve(schema, schema.tables, written);
  const table = key === undefined ? undefined : schema.tables.get(key);
  if (table !== undefined) return withTable(schema, { ...table, grants: change(table.grants) });
  const viewKey = resolve(schema, schema.views, written);
  const view = viewKey === undefined ? undefined : schema.views.get(viewKey);
  if (viewKey !== undefined && view !== undefined) {
    return { ...schema, views: schema.views.put(viewKey, { ...view, grants: change(view.grants) }) };
  }
  const sequenceKey = resolve(schema, schema.sequences, written);
  const sequence = sequenceKey === undefined ? undefined : schema.sequences.get(sequenceKey);
  if (sequenceKey === undefined || sequence === undefined) return schema;
  return { ...schema, sequences: schema.sequences.put(sequenceKey, { ...sequence, grants: change(sequence.grants) }) };
}

function grantAllIn(schema: Schema, statement: GrantStmt, change: Change): Schema {
  const namespaces = new Set(stringsOf(statement.objects));
  let changed = schema;
  if (statement.objtype === "OBJECT_TABLE") {
    for (const table of schema.tables.values()) {
      if (namespaces.has(table.schema)) changed = withTable(changed, { ...table, grants: change(table.grants) });
    }
    for (const [key, view] of schema.views.entries()) {
      if (!namespaces.has(view.schema)) continue;
      changed = { ...changed, views: changed.views.put(key, { ...view, grants: change(view.grants) }) };
    }
  } else if (statement.objtype === "OBJECT_SEQUENCE") {
    for (const [key, sequence] of schema.sequences.entries()) {
      if (!namespaces.has(sequence.schema)) continue;
      changed = { ...changed, sequences: changed.sequences.put(key, { ...sequence, grants: change(sequence.grants) }) };
    }
  } else {
    for (const routine of schema.routines.values().flat()) {
      if (namespaces.has(routine.schema))
        changed = changeRoutine(changed, routine, { ...routine, grants: change(routine.grants) });
    }
  }
  return changed;
}

/** ALTER DEFAULT PRIVILEGES, for whichever role makes the object. */
export function alterDefaults(schema: Schema, alter: AlterDefaultPrivilegesStmt): Schema {
  const { action } = alter;
  const kind = defaultKinds[action?.objtype ?? ""];
  if (action === undefined || kind === undefined) return schema;
  const option = (alter.options ?? []).flatMap((node) =>
    "DefElem" in node &&
    node.DefElem.defname === "schemas" &&
    node.DefElem.arg !== undefined &&
    "List" in node.DefElem.arg
      ? stringsOf(node.DefElem.arg.List.items)
      : [],
  );
  const namespaces: readonly (string | undefined)[] = option.length === 0 ? [undefined] : option;
  const roles = roleNames(action.grantees);
  const privileges = privilegesOf(action).map(({ privilege }) => privilege);
  if (action.is_grant === true) {
    const added: DefaultGrant[] = namespaces.flatMap((namespace) =>
      roles.flatMap((role) => privileges.map((privilege) => ({ namespace, kind, role, privilege }))),
    );
    return { ...schema, defaultGrants: [...schema.defaultGrants, ...added] };
  }
  return {
    ...schema,
    defaultGrants: schema.defaultGrants.flatMap((known) => {
      if (known.kind !== kind || !roles.includes(known.role) || !namespaces.includes(known.namespace)) return [known];
      return privileges.includes("all") || privileges.includes(known.privilege) ? [] : allBut(known, privileges);
    }),
  };
}

const defaultKinds: Readonly<Record<string, DefaultGrant["kind"]>> = {
  OBJECT_TABLE: "tables",
  OBJECT_SEQUENCE: "sequences",
  OBJECT_FUNCTION: "functions",
  OBJECT_ROUTINE: "functions",
  OBJECT_TYPE: "types",
  OBJECT_SCHEMA: "schemas",
};

/** CREATE ROLE, USER or GROUP. */
export function createRole(schema: Schema, create: CreateRoleStmt, fold: Folding): Schema {
  const name = create.role ?? "";
  if (schema.roles.has(name)) return schema;
  const role: Role = {
    name,
    login: create.stmt_type === "ROLESTMT_USER",
    bypassRls: false,
    replication: false,
    memberOf: [],
    origin: madeHere(wholeOf(fold)),
  };
  return { ...schema, roles: schema.roles.put(name, withOptions(role, create.options)) };
}

/** ALTER ROLE … its options. */
export function alterRole(schema: Schema, alter: AlterRoleStmt, fold: Folding): Schema {
  const role = schema.roles.get(roleName(alter.role));
  if (role === undefined) return schema;
  const changed = { ...withOptions(role, alter.options), origin: changedHere(role.origin, wholeOf(fold)) };
  return { ...schema, roles: schema.roles.put(role.name, changed) };
}

function withOptions(role: Role, options: readonly Node[] | undefined): Role {
  let changed = role;
  for (const node of options ?? []) {
    if (!("DefElem" in node)) continue;
    const { defname, arg } = node.DefElem;
    const on = arg !== undefined && "Boolean" in arg && arg.Boolean.boolval === true;
    if (defname === "canlogin") changed = { ...changed, login: on };
    else if (defname === "bypassrls") changed = { ...changed, bypassRls: on };
    else if (defname === "isreplication") changed = { ...changed, replication: on };
    else if (defname === "addroleto" && arg !== undefined && "List" in arg) {
      changed = { ...changed, memberOf: [...changed.memberOf, ...roleNames(arg.List.items)] };
    }
  }
  return changed;
}

/** GRANT and REVOKE of membership. */
export function grantRole(schema: Schema, statement: GrantRoleStmt): Schema {
  const granted = (statement.granted_roles ?? []).flatMap((node) =>
    "AccessPriv" in node ? [node.AccessPriv.priv_name ?? ""] : [],
  );
  let roles = schema.roles;
  for (const name of roleNames(statement.grantee_roles)) {
    const role = roles.get(name);
    if (role === undefined) continue;
    const others = role.memberOf.filter((known) => !granted.includes(known));
    roles = roles.put(name, { ...role, memberOf: statement.is_grant === true ? [...others, ...granted] : others });
  }
  return { ...schema, roles };
}

/** CREATE PUBLICATION. */
export function createPublication(schema: Schema, create: CreatePublicationStmt, fold: Folding): Schema {
  const name = create.pubname ?? "";
  if (schema.publications.has(name)) return schema;
  const empty: Publication = {
    name,
    allTables: create.for_all_tables === true,
    namespaces: [],
    tables: [],
    operations: ["insert", "update", "delete", "truncate"],
    viaRoot: false,
    origin: madeHere(wholeOf(fold)),
  };
  const made = withObjects(schema, publicationOptions(empty, create.options), create.pubobjects, fold);
  return { ...schema, publications: schema.publications.put(name, made) };
}

/** ALTER PUBLICATION … ADD, DROP, SET. */
export function alterPublication(schema: Schema, alter: AlterPublicationStmt, fold: Folding): Schema {
  const known = schema.publications.get(alter.pubname ?? "");
  if (known === undefined) return schema;
  const base = publicationOptions(known, alter.options);
  const named = withObjects(schema, { ...base, tables: [], namespaces: [] }, alter.pubobjects, fold);
  let changed: Publication = base;
  if (alter.pubobjects !== undefined && alter.pubobjects.length > 0) {
    const tables = new Set(named.tables.map(({ table }) => table));
    const kept = base.tables.filter(({ table }) => !tables.has(table));
    if (alter.action === "AP_DropObjects") {
      changed = {
        ...base,
        tables: kept,
        namespaces: base.namespaces.filter((name) => !named.namespaces.includes(name)),
      };
    } else if (alter.action === "AP_SetObjects") changed = named;
    else
      changed = { ...base, tables: [...kept, ...named.tables], namespaces: [...base.namespaces, ...named.namespaces] };
  }
  changed = { ...changed, origin: changedHere(known.origin, wholeOf(fold)) };
  return { ...schema, publications: schema.publications.put(known.name, changed) };
}

function withObjects(
  schema: Schema,
  publication: Publication,
  objects: readonly Node[] | undefined,
  fold: Folding,
): Publication {
  const tables: PublishedTable[] = [];
  const namespaces: string[] = [];
  for (const node of objects ?? []) {
    if (!("PublicationObjSpec" in node)) continue;
    const object: PublicationObjSpec = node.PublicationObjSpec;
    if (object.pubtable?.relation !== undefined) {
      const written = relationName(object.pubtable.relation);
      const start = object.pubtable.relation.location ?? 0;
      tables.push({
        table:
          resolve(schema, schema.tables, written) ??
          keyOf(written.schema ?? schema.searchPath[0] ?? "public", written.name),
        columns: object.pubtable.columns === undefined ? undefined : stringsOf(object.pubtable.columns),
        filtered: object.pubtable.whereClause !== undefined,
        place: placeOf(fold, { start, end: start + written.name.length }),
      });
    } else if (object.pubobjtype === "PUBLICATIONOBJ_TABLES_IN_SCHEMA") namespaces.push(object.name ?? "");
    else if (object.pubobjtype === "PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA")
      namespaces.push(schema.searchPath[0] ?? "public");
  }
  return { ...publication, tables, namespaces };
}

function publicationOptions(publication: Publication, options: readonly Node[] | undefined): Publication {
  let changed = publication;
  for (const node of options ?? []) {
    if (!("DefElem" in node) || node.DefElem.arg === undefined) continue;
    const { defname, arg } = node.DefElem;
    const word = "String" in arg ? (arg.String.sval ?? "") : "";
    if (defname === "publish")
      changed = { ...changed, operations: word.split(",").map((name) => name.trim().toLowerCase()) };
    else if (defname === "publish_via_partition_root") changed = { ...changed, viaRoot: /^(true|on|1)$/i.test(word) };
  }
  return changed;
}
