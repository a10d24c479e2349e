import { displayName, type Policy, type Table } from "../schema/model.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node } from "../sql/statement.js";
import { walk } from "../sql/tree.js";
import { apiRoles, hasDynamic, holdsColumn, isAnonymous } from "./about-access.js";
import { cures, headOf } from "./about-cures.js";
import { covers, isFor, policiesOf, predicatesOf } from "./about-policies.js";
import { callersColumn, conjunctsOf, namesTheColumn } from "./about-predicates.js";
import { isGuardedByTrigger } from "./about-routines.js";
import { sqlColumns, sqlName, tableNamed } from "./about-tables.js";
import { trustsIn } from "./about-trust.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "self-granted-access",
  severity: "error",
  area: "I",
  kind: "state",
  summary: "Policies trust a role or a membership that the users may write themselves.",
  why: "Whoever may change the `role` on their own profile, or add themselves to any team, has whatever the policies give to that role or team.",
  instead: "Take the column out of the grant, or bind it in WITH CHECK; let a function add members.",
  silent:
    "a trigger, a column grant or WITH CHECK keeps the column, or nothing trusts it; a table that no policy shows to those who ask",
  turnOff:
    "when roles and memberships are written only by a server, and the policies that let users do it are about to go",
  peers: "PGR",
  bad: [
    "create table profiles (id uuid primary key references auth.users (id) on delete cascade, name text, role text);\nalter table profiles enable row level security;\ngrant select, update on profiles to authenticated;\ncreate policy see on profiles for select to authenticated using (true);\ncreate policy own on profiles for update to authenticated using (id = (select auth.uid()));\ncreate table notes (id uuid primary key);\nalter table notes enable row level security;\ngrant select on notes to authenticated;\ncreate policy admins on notes for select to authenticated using (exists (select 1 from profiles p where p.id = (select auth.uid()) and p.role = 'admin'));",
    "-- file: supabase/migrations/20260101000000_profiles.sql\nCREATE TABLE profiles (id uuid PRIMARY KEY, name text, is_admin boolean NOT NULL DEFAULT false);\nALTER TABLE profiles ENABLE ROW LEVEL SECURITY;\nCREATE POLICY see ON profiles FOR SELECT TO authenticated USING (true);\nCREATE POLICY own ON profiles FOR UPDATE TO authenticated USING (id = (SELECT auth.uid())) WITH CHECK (id = (SELECT auth.uid()));\nCREATE FUNCTION am_admin() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$ SELECT is_admin FROM public.profiles WHERE id = (SELECT auth.uid()) $$;\nCREATE TABLE notes (id uuid PRIMARY KEY);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY admins ON notes FOR DELETE TO authenticated USING ((SELECT am_admin()));\nCREATE POLICY see ON notes FOR SELECT TO authenticated USING (true);",
    "create table teams (id uuid primary key);\ncreate table members (team_id uuid references teams (id) on delete cascade, user_id uuid, primary key (user_id, team_id));\ncreate index on members (team_id);\nalter table members enable row level security;\ngrant select, insert on members to authenticated;\ncreate policy own on members for select to authenticated using (user_id = (select auth.uid()));\ncreate policy join_in on members for insert to authenticated with check (user_id = (select auth.uid()));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate index on docs (team_id);\nalter table docs enable row level security;\ngrant select on docs to authenticated;\ncreate policy team on docs for select to authenticated using (team_id in (select team_id from members where user_id = (select auth.uid())));",
  ],
  good: [
    "create table profiles (id uuid primary key, name text, role text);\nalter table profiles enable row level security;\ngrant select, update (name) on profiles to authenticated;\ncreate policy see on profiles for select to authenticated using (true);\ncreate policy own on profiles for update to authenticated using (id = (select auth.uid()));\ncreate table notes (id uuid primary key);\nalter table notes enable row level security;\ngrant select on notes to authenticated;\ncreate policy admins on notes for select to authenticated using (exists (select 1 from profiles p where p.id = (select auth.uid()) and p.role = 'admin'));",
    "create table profiles (id uuid primary key, name text, role text);\nalter table profiles enable row level security;\ngrant select, update on profiles to authenticated;\ncreate policy see on profiles for select to authenticated using (true);\ncreate policy own on profiles for update to authenticated using (id = (select auth.uid())) with check (id = (select auth.uid()) and role = 'user');\ncreate table notes (id uuid primary key);\nalter table notes enable row level security;\ngrant select on notes to authenticated;\ncreate policy admins on notes for select to authenticated using (exists (select 1 from profiles p where p.id = (select auth.uid()) and p.role = 'admin'));",
    "create table profiles (id uuid primary key, name text, role text);\nalter table profiles enable row level security;\ngrant select, update on profiles to authenticated;\ncreate policy see on profiles for select to authenticated using (true);\ncreate policy own on profiles for update to authenticated using (id = (select auth.uid()));",
    "create table follows (follower uuid, following uuid references auth.users (id) on delete cascade, primary key (follower, following));\ncreate index on follows (following);\nalter table follows enable row level security;\ngrant select, insert on follows to authenticated;\ncreate policy see on follows for select to authenticated using (true);\ncreate policy follow on follows for insert to authenticated with check (follower = (select auth.uid()));\ncreate table posts (id uuid primary key, author uuid);\ncreate index on posts (author);\nalter table posts enable row level security;\ngrant select on posts to authenticated;\ncreate policy seen on posts for select to authenticated using (author in (select following from follows where follower = (select auth.uid())));",
  ],
  *schema(scene) {
    const roles = apiRoles(scene).filter((role) => !isAnonymous(role));
    if (roles.length === 0 || hasDynamic(scene, "policies")) return;
    const said = new Set<Policy>();
    // Looking through everything that policies ask is dear: it is worth it only where users write rows of their own.
    if (![...policiesOf(scene)].some(({ policy }) => policy.permissive && writesOwn(policy))) return;
    for (const trust of trustsIn(scene)) {
      const { table, caller, column, by } = trust;
      if (!table.rls.enabled || table.origin.made === undefined) continue;
      // What no policy shows is found by functions alone.
      const isDirect = predicatesOf(by.policy).some(({ node }) => readsTable(scene, node, table));
      if (isDirect && !table.policies.some((one) => one.permissive && covers(one, "select"))) continue;
      const act = trust.kind === "role" ? "update" : "insert";
      for (const policy of table.policies) {
        const place = policy.origin.changed ?? policy.origin.made;
        const role = roles.find((one) => isFor(policy, one));
        if (role === undefined || place === undefined || said.has(policy)) continue;
        if (!covers(policy, act) || !policy.permissive || !letsOwn(policy, act, caller, column)) continue;
        if (holdsColumn(scene, table, role, act, column) !== "yes" || isKept(scene, table, act, column)) continue;
        said.add(policy);
        const what = `\`${by.policy.name}\` on \`${displayName(by.table)}\``;
        yield {
          at: headOf(scene, place),
          message:
            trust.kind === "role"
              ? `\`${policy.name}\` lets users write \`${column}\` of their own row in \`${displayName(table)}\`, by which ${what} lets them in: they promote themselves.`
              : `\`${policy.name}\` lets users add themselves to \`${displayName(table)}\` for any \`${column}\`, by which ${what} lets them in.`,
          related: [{ at: headOf(scene, by.place), message: "the policy that trusts it" }],
          fixes: () => (trust.kind === "role" ? fixesOf(scene, table, role, column) : []),
        };
      }
    }
  },
});

function readsTable({ schema }: SchemaScene, node: Node, table: Table): boolean {
  let reads = false;
  walk(node, (kind, relation) => {
    if (kind === "RangeVar" && tableNamed(schema, relation) === table) reads = true;
  });
  return reads;
}

/** It lets users update, or add, rows that are compared with them. */
function writesOwn({ command, using, check: after }: Policy): boolean {
  if (command === "select" || command === "delete") return false;
  const conditions = conjunctsOf((command === "insert" ? after : using)?.node);
  return conditions.some((one) => callersColumn(one) !== undefined);
}

/** The policy asks for the caller's own row, and for nothing that would keep the column. */
function letsOwn(
  { command, using, check: after }: Policy,
  act: "update" | "insert",
  caller: string,
  column: string,
): boolean {
  const before = act === "update" ? conjunctsOf(using?.node) : [];
  const behind = conjunctsOf((after ?? (command === "insert" ? undefined : using))?.node);
  const isOwn = (one: Node): boolean => callersColumn(one) === caller;
  if (act === "update") return before.some(isOwn) && !behind.some((one) => namesTheColumn(one, column));
  return behind.length > 0 && behind.every(isOwn);
}

function isKept(scene: SchemaScene, table: Table, act: "update" | "insert", column: string): boolean {
  return (
    isGuardedByTrigger(scene, table, act, column) ||
    table.policies.some((one) => !one.permissive && covers(one, act) && predicatesOf(one).length > 0)
  );
}

/** A grant on the other columns in place of the one on the table. */
function fixesOf(scene: SchemaScene, table: Table, role: string, column: string): readonly Fix[] {
  const others = table.columns.map(({ name }) => name).filter((name) => name !== column);
  const grants = table.grants.filter((grant) => grant.role === role || grant.role === "public");
  if (!table.complete || others.length === 0 || grants.some(({ columns }) => columns !== undefined)) return [];
  const on = `on \`${sqlName(table)}\``;
  const who = `\`${quoteIdentifier(role)}\``;
  const last = grants.flatMap(({ place }) => place ?? []).at(-1) ?? table.origin.made;
  return cures(scene, last, {
    title: `Leave \`${column}\` out of what \`${role}\` may update`,
    slug: `keep_${table.name}_${column}`,
    statements: [`revoke update ${on} from ${who}`, `grant update (\`${sqlColumns(others)}\`) ${on} to ${who}`],
  });
}
