import type { AlterRoleStmt, CreateRoleStmt, GrantRoleStmt } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import type { Role, Schema } from "./model.js";
import { changedHere, type Folding, madeHere, roleName, roleNames, wholeOf } from "./reading.js";

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
