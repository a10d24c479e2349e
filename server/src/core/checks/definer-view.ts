import { displayName, type Policy, type Schema, type Table, type View } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { resolve } from "../schema/reading.js";
import { tokensOf, wordOf } from "../sql/clause.js";
import { walk } from "../sql/tree.js";
import { apiRoles, hasDynamic, holds, isAnonymous, isServed } from "./about-access.js";
import { asksOfCaller } from "./about-callers.js";
import { cures, headOf, isOpen, statementAt } from "./about-cures.js";
import { covers, isFor } from "./about-policies.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import { admitted } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "definer-view",
  severity: "error",
  area: "J",
  kind: "state",
  summary: "A view that the API serves reads tables with row level security, or users, in the name of its owner.",
  why: "A view runs with the rights of whoever made it, and policies do not bind the owner: everybody who may read the view sees the rows of all.",
  instead: "Give it `with (security_invoker = true)`, so that it reads as whoever asks.",
  silent:
    "no role of the API may read the view, a policy shows that role every row of the table anyway, or the server is older than PostgreSQL 15",
  turnOff: "when views are your way to show chosen rows and columns past the policies, and each was reviewed for that",
  peers: "PLS SPL PGR RG RT",
  bad: [
    "create table rooms (id uuid primary key, name text);\nalter table rooms enable row level security;\ncreate view room_names as select id, name from rooms;\ngrant select on room_names to authenticated;",
    "-- file: supabase/migrations/20260301000000_users.sql\ncreate or replace view public.people as select id, email from auth.users;",
    "CREATE TABLE rooms (id uuid PRIMARY KEY, name text);\nALTER TABLE rooms ENABLE ROW LEVEL SECURITY;\nCREATE VIEW inner_names WITH (security_barrier) AS SELECT name FROM rooms;\nCREATE VIEW room_names WITH (security_barrier) AS SELECT name FROM inner_names;\nGRANT SELECT ON room_names TO anon;",
    "create table notes (id uuid primary key, owner uuid);\nalter table notes enable row level security;\ncreate view my_notes as select id from notes where owner = (select auth.uid());\ngrant select on my_notes to authenticated;",
  ],
  good: [
    "create table rooms (id uuid primary key, name text);\nalter table rooms enable row level security;\ncreate view room_names with (security_invoker = true) as select id, name from rooms;\ngrant select on room_names to authenticated;",
    "create table rooms (id uuid primary key, name text);\nalter table rooms enable row level security;\ncreate view room_names as select id, name from rooms;\ngrant select on room_names to authenticated;\nalter view room_names set (security_invoker = on);",
    "create table rooms (id uuid primary key, name text);\nalter table rooms enable row level security;\ncreate view room_names as select id, name from rooms;",
    "create table countries (code text primary key);\ncreate view codes as select code from countries;\ngrant select on codes to anon;",
    "-- file: supabase/migrations/20260301000000_rooms.sql\ncreate schema private;\ncreate table rooms (id uuid primary key, name text);\nalter table rooms enable row level security;\ncreate view private.room_names as select id, name from rooms;",
  ],
  *schema(scene) {
    const { schema, facts } = scene;
    const roles = apiRoles(scene);
    if (facts.postgres < 15 || roles.length === 0) return;
    for (const view of schema.views.values()) {
      const place = view.origin.changed ?? view.origin.made;
      if (view.materialized || view.securityInvoker || place === undefined) continue;
      if (isPlatformSchema(view.schema) || !isServed(scene, view.schema)) continue;
      const reader = roles.find((role) => holds(scene, view, role, "select") === "yes");
      const [source] =
        reader === undefined
          ? []
          : protectedBehind(view, schema, facts.platform === "supabase", (table) => !showsAll(table, reader));
      if (reader === undefined || source === undefined || hasDynamic(scene, "views")) continue;
      const who = isAnonymous(reader) ? "anyone with the public key" : "every signed-in user";
      const name = `\`${displayName(view)}\``;
      const asks = asksOfCaller(view.query.node);
      yield {
        at: headOf(scene, place),
        message: asks
          ? `${name} reads \`${source}\` as its owner, past row level security: its own condition alone decides what a caller sees.`
          : `${name} reads \`${source}\` as its owner, past row level security: ${who} sees the rows of all through it.`,
        ...(asks && { severity: "hint" as const }),
        fixes: () => fixesOf(scene, view),
      };
    }
  },
});

/** The tables with row level security, and the platform's table of users, that a view reads, through other views too. */
function protectedBehind(
  view: View,
  schema: Schema,
  bypasses: boolean,
  hides: (table: Table) => boolean,
): readonly string[] {
  const found: string[] = [];
  const seen = new Set<View>([view]);
  for (const one of seen) {
    walk(one.query.node, (kind, relation) => {
      if (kind !== "RangeVar") return;
      const written = { schema: relation.schemaname, name: relation.relname ?? "" };
      if (written.schema === "auth" && written.name === "users") found.push("auth.users");
      const key = resolve(schema, schema.tables, written);
      const table = key === undefined ? undefined : schema.tables.get(key);
      if (table !== undefined && isProtected(table, bypasses) && hides(table)) found.push(displayName(table));
      const inner = resolve(schema, schema.views, written);
      const next = inner === undefined ? undefined : schema.views.get(inner);
      if (next !== undefined && !next.materialized) seen.add(next);
    });
  }
  return found;
}

/** Whether a policy shows that role every row anyway. */
function showsAll(table: Table, role: string): boolean {
  const person = isAnonymous(role) ? "nobody" : "stranger";
  const isOpen = (policy: Policy): boolean => isFor(policy, role) && admitted(policy, person, table).includes("select");
  return (
    table.policies.some((policy) => policy.permissive && isOpen(policy)) &&
    table.policies.every((policy) => policy.permissive || !covers(policy, "select"))
  );
}

/** Where the owner is bound by policies too, a view is no way around them; on Supabase the owner skips even forced ones. */
function isProtected({ rls, origin }: Table, bypasses: boolean): boolean {
  return rls.enabled && origin.made !== undefined && (bypasses || !rls.forced);
}

function fixesOf(scene: SchemaScene, view: View): readonly Fix[] {
  const later = cures(scene, undefined, {
    title: "Let the view read as whoever asks",
    slug: `${view.name}_security_invoker`,
    statements: [`alter view \`${sqlName(view)}\` set (security_invoker = true)`],
  });
  const edit = optionEdit(scene, view);
  if (edit === undefined) return later;
  return [{ title: "Let the view read as whoever asks, in this migration", safe: false, edits: [edit] }, ...later];
}

/** The option in the statement that makes the view, beside those it has. */
function optionEdit(scene: SchemaScene, { origin }: View) {
  const place = origin.changed ?? origin.made;
  const statement = statementAt(scene, place);
  if (place === undefined || statement?.node === undefined || !("ViewStmt" in statement.node) || !isOpen(scene, place))
    return undefined;
  const tokens = tokensOf(statement);
  const words = tokens.map((token) => wordOf(statement, token));
  const as = words.indexOf("as");
  const options = words.findIndex((word, at) => word === "with" && words[at + 1] === "(");
  const hasOptions = options >= 0 && options < as;
  // An option that says no is somebody's decision, to be changed by hand or by a migration.
  if (as < 1 || (hasOptions && words.slice(options, as).includes("security_invoker"))) return undefined;
  const before = tokens[hasOptions ? options + 1 : as - 1];
  if (before === undefined) return undefined;
  const text = hasOptions
    ? "security_invoker = true, "
    : ` ${likeKeywords(statement, "with")} (security_invoker = true)`;
  return { at: { ...place, span: { start: before.end, end: before.end } }, text };
}
