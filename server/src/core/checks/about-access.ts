/**
 * Who may touch a table or a view through the API: the roles in whose name it asks, what was granted to them, and what the platform
 * grants by itself. It knows nothing of policies.
 */
import type { Place, Routine, Table, View } from "../schema/model.js";
import type { SqlFile } from "../sql/statement.js";
import { kindOf } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import type { SchemaScene } from "./check.js";

/** Whether something is so, as far as the history tells. */
export type Held = "yes" | "no" | "unknown";

/** The privileges by which rows are read and written. */
export const rowPrivileges = ["select", "insert", "update", "delete"] as const;

const usualRoles = ["anon", "authenticated"];

/** The roles in whose name the API asks: anonymous first; none when there is no API. */
export const apiRoles: (scene: SchemaScene) => readonly string[] = memo(({ facts, schema }) => {
  if (facts.platform === "supabase") return usualRoles;
  const named = new Set<string>();
  for (const table of schema.tables.values()) {
    for (const { role } of table.grants) named.add(role);
    for (const { roles } of table.policies) for (const role of roles) named.add(role);
  }
  return ["web_anon", ...usualRoles].filter((role) => schema.roles.has(role) || named.has(role));
});

/** Whether a role asks for people who have not signed in. */
export function isAnonymous(role: string): boolean {
  return role === "anon" || role === "web_anon";
}

/** Whether the API serves a schema. */
export function isServed({ facts, schema }: SchemaScene, namespace: string): boolean {
  if (facts.platform === "supabase") return facts.api.schemas.includes(namespace);
  if (namespace === "public") return true;
  return (
    schema.namespaces.get(namespace)?.grants.some(({ role }) => usualRoles.includes(role) || isAnonymous(role)) === true
  );
}

/** What grants are given on. */
type Granted = Pick<Table | View | Routine, "grants" | "origin">;

/** Whether a role holds a privilege on a table or view, or on some of its columns. */
export function holds(scene: SchemaScene, relation: Granted, role: string, privilege: string): Held {
  const grants = relation.grants.filter(
    (grant) =>
      (grant.role === role || grant.role === "public") && (grant.privilege === privilege || grant.privilege === "all"),
  );
  if (hasDynamic(scene, "grants")) return "unknown";
  if (grants.some(({ automatic }) => automatic !== true)) return "yes";
  if (grants.length > 0) return exposedByItself(scene, relation.origin.made);
  return relation.origin.made === undefined ? "unknown" : "no";
}

/** Whether a role may read or write a column: by a grant on the table, or on that column among others. */
export function holdsColumn(
  scene: SchemaScene,
  relation: Granted,
  role: string,
  privilege: string,
  column: string,
): Held {
  const grants = relation.grants.filter(({ columns }) => columns === undefined || columns.includes(column));
  return holds(scene, { ...relation, grants }, role, privilege);
}

/**
 * Whether somebody has kept a privilege from a role. Where no grant is written at all, it is about to be: without one the policies would be
 * for nothing.
 */
export function isWithheld(
  scene: SchemaScene,
  relation: Granted,
  role: string,
  privilege: string,
  column?: string,
): boolean {
  const held =
    column === undefined
      ? holds(scene, relation, role, privilege)
      : holdsColumn(scene, relation, role, privilege, column);
  if (held !== "no") return false;
  const isWritten = relation.grants.some(
    (grant) => grant.automatic !== true && [...apiRoles(scene), "public"].includes(grant.role),
  );
  return isWritten || !relation.grants.some((grant) => grant.automatic === true && grant.role === role);
}

/** Whether the platform let the API at what was made there: until spring 2026 always, from autumn on never, between by configuration. */
function exposedByItself({ facts, history }: SchemaScene, made: Place | undefined): Held {
  const version = history?.migrations.find(({ uri }) => uri === made?.uri)?.version ?? "";
  const day = /^\d{14}$/.test(version) ? version.slice(0, 8) : undefined;
  const { exposesNewTables } = facts.api;
  // https://github.com/orgs/supabase/discussions/45329: an option from 28 April 2026, the default of new projects from 30 May, of all from 30 October.
  if (day !== undefined && day < "20260428") return "yes";
  if (day !== undefined && day < "20260530") return exposesNewTables === false ? "unknown" : "yes";
  if (day !== undefined && day > "20261030") return exposesNewTables === true ? "unknown" : "no";
  if (exposesNewTables === undefined) return "unknown";
  return exposesNewTables ? "yes" : "no";
}

const subjects = {
  grants: /\b(?:grant|revoke)\s+(?:all|select|insert|update|delete|%|'\s*\|\|)/i,
  execution: /\b(?:grant|revoke)\s+(?:all|execute|%|'\s*\|\|)/i,
  "row level security": /\b(?:enable|disable)\s+row\s+(?:level\s+)?security\b/i,
  indexes: /\bcreate\s+(?:unique\s+)?index\b/i,
  policies: /\b(?:create|alter|drop)\s+policy\b/i,
  views: /\bsecurity_invoker\b/i,
  "search paths": /\balter\s+(?:function|procedure|routine)\b[^;]*\bsearch_path\b/i,
};

type Subject = keyof typeof subjects;

/** Whether text that is put together at run time, or that does not parse, speaks of a subject: then nobody can tell what it did. */
export function hasDynamic(scene: SchemaScene, subject: Subject): boolean {
  return dynamicSubjects(scene).has(subject);
}

const dynamicSubjects: (scene: SchemaScene) => ReadonlySet<Subject> = memo((scene) => {
  const all = Object.keys(subjects) as Subject[];
  if (scene.history === undefined) return new Set(scene.schema.unread > 0 ? all : []);
  const files = scene.history.migrations.flatMap(({ uri }) => scene.source(uri) ?? []);
  return new Set(
    all.filter((subject) => files.some((file) => opaqueTexts(file).some((text) => subjects[subject].test(text)))),
  );
});

const opaqueTexts: (file: SqlFile) => readonly string[] = memo((file) =>
  file.pieces.flatMap(({ statement, section }) => {
    if (statement === undefined || section === "down") return [];
    const { node, text } = statement;
    const kind = node === undefined ? undefined : kindOf(node);
    const isBody = kind === "DoStmt" || kind === "CreateFunctionStmt";
    return kind === undefined || (isBody && /\bexecute\b(?!\s+(?:function|procedure|on)\b)/i.test(text)) ? [text] : [];
  }),
);
