import { displayName, type Policy, type Table } from "../schema/model.js";
import type { Node } from "../sql/statement.js";
import { walk } from "../sql/tree.js";
import { apiRoles, hasDynamic } from "./about-access.js";
import { asFunction, lookupsIn, tablesRead } from "./about-memberships.js";
import { covers, isFor, placeOfPart, policiesOf, predicatesOf } from "./about-policies.js";
import { check, type SchemaScene } from "./check.js";

export default check({
  name: "recursive-policy",
  severity: "error",
  area: "I",
  kind: "state",
  summary: "A policy reads its own table, directly or by way of another table's policies.",
  why: "To read a table PostgreSQL runs its policies; when these read the table again it gives up, and every query fails with 42P17.",
  instead: "Look the caller up in a SECURITY DEFINER function, which reads past policies.",
  silent: "the ring passes a function, or row level security is off on a table of it",
  turnOff:
    "never as a whole: what it finds fails at the first query; allow the line if a role that skips policies is the only reader",
  peers: "RT",
  bad: [
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\nalter table members enable row level security;\ngrant select on members to authenticated;\ncreate policy team on members for select to authenticated using (team_id in (select team_id from members where user_id = (select auth.uid())));",
    "-- file: supabase/migrations/20260101000000_members.sql\nCREATE TABLE members (team_id uuid, user_id uuid, PRIMARY KEY (user_id, team_id));\nALTER TABLE members ENABLE ROW LEVEL SECURITY;\nCREATE POLICY team ON members FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members AS m WHERE m.team_id = members.team_id AND m.user_id = (SELECT auth.uid())));",
    "create table teams (id uuid primary key, owner uuid);\ncreate table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate index on teams (owner);\nalter table teams enable row level security;\nalter table members enable row level security;\ngrant select on teams, members to authenticated;\ncreate policy seen on teams for select to authenticated using (id in (select m.team_id from members m where m.user_id = (select auth.uid())));\ncreate policy seen on members for select to authenticated using (team_id in (select t.id from teams t where t.owner = (select auth.uid())));",
  ],
  good: [
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate function my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$ select team_id from public.members where user_id = (select auth.uid()) $$;\nalter table members enable row level security;\ncreate policy team on members for select to authenticated using (team_id in (select my_teams()));",
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate index on docs (team_id);\nalter table members enable row level security;\nalter table docs enable row level security;\ncreate policy own on members for select to authenticated using (user_id = (select auth.uid()));\ncreate policy team on docs for select to authenticated using (team_id in (select team_id from members where user_id = (select auth.uid())));",
    "create table notes (id uuid primary key, parent uuid);\nalter table notes enable row level security;\ncreate policy seen on notes for select to authenticated using (true);\ncreate policy add on notes for insert to authenticated with check (exists (select from notes n where n.id = notes.parent));",
  ],
  *schema(scene) {
    if (hasDynamic(scene, "policies") || hasDynamic(scene, "row level security")) return;
    for (const found of policiesOf(scene)) {
      const { table, policy, place } = found;
      if (!table.rls.enabled) continue;
      const ring = rolesOf(scene, policy)
        .map((role) => ringFrom(scene, table, table, [policy], role, []))
        .find((one) => one !== undefined);
      if (ring === undefined) continue;
      const [next] = ring;
      const expression = predicatesOf(policy).find(({ node }) => tablesRead(node, scene).some((one) => one === next));
      if (next === undefined || expression === undefined) continue;
      const lookup = lookupsIn(expression, found, scene).find(({ select }) =>
        tablesRead({ SelectStmt: select }, scene).includes(next),
      );
      const own = `\`${displayName(table)}\``;
      yield {
        at: lookup === undefined ? place : placeOfPart(scene, expression, { SubLink: lookup.link }),
        message:
          next === table
            ? `\`${policy.name}\` reads ${own}, whose policies run again for that: ${failing(policy)} fails with infinite recursion (42P17).`
            : `\`${policy.name}\` reads \`${displayName(next)}\`, whose policies read ${own} again: ${failing(policy)} fails with infinite recursion (42P17).`,
        fixes: () => (lookup === undefined ? [] : asFunction(scene, found, expression, lookup)),
      };
    }
  },
});

function failing({ command }: Policy): string {
  return command === "all" || command === "select" ? "every query" : `every ${command}`;
}

/** The roles for which a policy runs. */
function rolesOf(scene: SchemaScene, { roles }: Policy): readonly string[] {
  return roles.flatMap((role) => (role === "public" ? ["public", ...apiRoles(scene)] : [role]));
}

/**
 * The tables from behind `start` back to it, as PostgreSQL meets them: a table whose policies hold subqueries must not be read while its
 * own policies are at work (`fireRIRrules` of rewriteHandler.c).
 */
function ringFrom(
  scene: SchemaScene,
  start: Table,
  table: Table,
  policies: readonly Policy[],
  role: string,
  path: readonly Table[],
): readonly Table[] | undefined {
  const nodes = policies.flatMap((policy) => predicatesOf(policy).map(({ node }) => node));
  if (path.length > 0 && table === start) return nodes.some(hasSubquery) ? path : undefined;
  if (path.slice(0, -1).includes(table)) return undefined;
  for (const next of tablesRead(nodes, scene)) {
    if (!next.rls.enabled) continue;
    const applied = next.policies.filter((policy) => covers(policy, "select") && isFor(policy, role));
    const ring = ringFrom(scene, start, next, applied, role, [...path, next]);
    if (ring !== undefined) return ring;
  }
  return undefined;
}

function hasSubquery(node: Node): boolean {
  let has = false;
  walk(node, (kind, _inner) => {
    if (kind === "SubLink") has = true;
  });
  return has;
}
