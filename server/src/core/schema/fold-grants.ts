import type { AlterDefaultPrivilegesStmt, GrantStmt } from "@pgsql/types";
import { withTable } from "./changing.js";
import { changeRoutine, routineNamed } from "./fold-routines.js";
import { type DefaultGrant, type Grant, keyOf, type Place, type Schema } from "./model.js";
import type { Names } from "./names.js";
import { type Folding, relationName, resolve, roleNames, stringsOf, wholeOf } from "./reading.js";
import { tie } from "./ties.js";

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
  const words = stringsOf(statement.objects).map(tie.within);
  const inside = <Value>(names: Names<Value>): readonly Value[] => words.flatMap((word) => names.with(word));
  let changed = schema;
  if (statement.objtype === "OBJECT_TABLE") {
    for (const table of inside(schema.tables)) changed = withTable(changed, { ...table, grants: change(table.grants) });
    for (const view of inside(schema.views)) {
      const views = changed.views.put(keyOf(view.schema, view.name), { ...view, grants: change(view.grants) });
      changed = { ...changed, views };
    }
  } else if (statement.objtype === "OBJECT_SEQUENCE") {
    for (const sequence of inside(schema.sequences)) {
      const granted = { ...sequence, grants: change(sequence.grants) };
      changed = { ...changed, sequences: changed.sequences.put(keyOf(sequence.schema, sequence.name), granted) };
    }
  } else {
    for (const routine of inside(schema.routines).flat())
      changed = changeRoutine(changed, routine, { ...routine, grants: change(routine.grants) });
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
