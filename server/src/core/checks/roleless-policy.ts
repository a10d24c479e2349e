import { displayName, type Policy, type Table } from "../schema/model.js";
import { quoteIdentifier } from "../sql/quote.js";
import { apiRoles, hasDynamic, isAnonymous, isWithheld } from "./about-access.js";
import { headOf } from "./about-cures.js";
import { leakOf } from "./about-leaks.js";
import { changePolicy, dropPolicies, policiesOf, predicatesOf, type TablePolicy } from "./about-policies.js";
import { type Act, refuses, verdict } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "roleless-policy",
  severity: "info",
  area: "I",
  kind: "state",
  summary: "A policy without TO never lets anonymous callers through, or is written for a role that skips policies.",
  why: "Without TO a policy is part of every query of every role: it runs for `anon` too, only to refuse. A policy for `service_role` is never looked at.",
  instead: "Say with TO who the policy is for, and drop policies for `service_role`.",
  silent: "the policy lets anonymous callers through, or may do so, or `anon` has no grant on the table",
  turnOff: "when `anon` has been revoked from all schemas of the API by hand, so that no policy runs for it",
  peers: "PGR RG",
  bad: [
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to anon, authenticated;\ncreate policy own on notes for select using (owner = (select auth.uid()));",
    "-- file: supabase/migrations/20260101000000_notes.sql\nCREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL);\nCREATE INDEX ON notes (owner);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY see ON notes FOR SELECT USING ((SELECT auth.uid()) = owner);\nCREATE POLICY edit ON notes FOR UPDATE USING ((SELECT auth.uid()) = owner);",
    "create table jobs (id uuid primary key);\nalter table jobs enable row level security;\ncreate policy worker on jobs to service_role using (true) with check (true);",
    "create table jobs (id uuid primary key);\nalter table jobs enable row level security;\ngrant all on jobs to anon, authenticated;\ncreate policy worker on jobs using ((select auth.role()) = 'service_role');",
  ],
  good: [
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to anon, authenticated;\ncreate policy own on notes for select to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key, owner uuid not null, is_public boolean);\nalter table notes enable row level security;\ngrant select on notes to anon, authenticated;\ncreate policy seen on notes for select using (is_public or owner = (select auth.uid()));",
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy own on notes for select using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key);\nalter table notes enable row level security;\ngrant all on notes to anon, authenticated;\ncreate policy nothing on notes using (false);",
  ],
  *schema(scene) {
    if (apiRoles(scene).length === 0 || hasDynamic(scene, "policies")) return;
    const open = new Map<Table, TablePolicy[]>();
    for (const found of policiesOf(scene)) {
      const { table, policy, place } = found;
      if (!policy.permissive) continue;
      if (isForBackend(scene, policy, table)) {
        yield {
          at: headOf(scene, place),
          message: `\`${policy.name}\` is for \`service_role\`, which skips row level security: it does nothing for \`${displayName(table)}\`.`,
          fixes: () => dropPolicies(scene, [found], "Drop the policy"),
        };
      } else if (isForNobody(scene, policy, table) && leakOf(scene, found) === undefined)
        open.set(table, [...(open.get(table) ?? []), found]);
    }
    for (const [table, policies] of open) {
      const [first, ...others] = policies;
      if (first === undefined) continue;
      const name = `\`${first.policy.name}\``;
      const who =
        others.length === 0
          ? `${name} has no \`to\`: it runs`
          : others.length === 1
            ? `${name} and \`${others[0]?.policy.name}\` have no \`to\`: they run`
            : `${name} and ${others.length} more policies have no \`to\`: they run`;
      yield {
        at: headOf(scene, first.place),
        message: `${who} for anonymous callers of \`${displayName(table)}\` too, only to refuse them.`,
        related: others.map(({ place }) => ({ at: headOf(scene, place), message: "this one too" })),
        fixes: () => fixesOf(scene, policies),
      };
    }
  },
});

/** Its roles skip row level security, or its test asks for one that does. */
function isForBackend(scene: SchemaScene, policy: Policy, table: Table): boolean {
  if (scene.facts.platform !== "supabase") return false;
  if (policy.roles.every((role) => role === "service_role")) return true;
  const speaks = predicatesOf(policy).some(({ text }) => /'service_role'/.test(text));
  const persons = ["nobody", "stranger", "owner"] as const;
  return (
    speaks &&
    policy.roles.every((role) => role === "public") &&
    predicatesOf(policy).every(({ node }) => persons.every((person) => verdict(node, person, table) === false))
  );
}

/** It is for everybody, and whoever has not signed in is refused whatever the row holds. */
function isForNobody(scene: SchemaScene, policy: Policy, table: Table): boolean {
  const { command, using, check: after, roles } = policy;
  if (roles.length !== 1 || roles[0] !== "public") return false;
  const anonymous = apiRoles(scene).find(isAnonymous);
  const acts: readonly Act[] = command === "all" ? ["select", "insert", "update", "delete"] : [command];
  if (anonymous === undefined || acts.every((act) => isWithheld(scene, table, anonymous, act))) return false;
  const deciding = command === "insert" ? after : using;
  // A test that nobody passes is a closed door, and is meant to be one.
  return refuses(deciding?.node, "nobody", table) && !refuses(deciding?.node, "owner", table);
}

/** TO for all of them at once. */
function fixesOf(scene: SchemaScene, policies: readonly TablePolicy[]): readonly Fix[] {
  const title = "Say that it is for signed-in users";
  const changes = policies.map((found) =>
    changePolicy(scene, found, { title, safe: false, rewrites: [], roles: ["authenticated"] }),
  );
  const [first] = policies;
  if (first === undefined || changes.some(({ length }) => length === 0)) return [];
  const edits = changes.flatMap((fixes) => fixes.find((fix) => fix.edits !== undefined)?.edits ?? []);
  const written = changes.flatMap((fixes) => fixes.find((fix) => fix.migrations !== undefined)?.migrations ?? []);
  const fixes: Fix[] = [];
  if (edits.length === policies.length) fixes.push({ title, safe: false, edits });
  if (written.length === policies.length) {
    const statements = written.flatMap((one) => one.statements);
    const slug = `${quoteIdentifier(first.table.name).replaceAll('"', "")}_policies`;
    fixes.push({
      title: `${title} in a new migration`,
      safe: false,
      migrations: [{ slug, statements, outsideTransaction: false }],
    });
  }
  return fixes;
}
