import { displayName, type Policy, type Table } from "../schema/model.js";
import { quoteIdentifier } from "../sql/quote.js";
import { as } from "../sql/tree.js";
import { apiRoles, hasDynamic, isAnonymous } from "./about-access.js";
import { cures, headOf, leadsIndex } from "./about-cures.js";
import { unserved } from "./about-lookups.js";
import { covers, isFor, policiesOf, type TablePolicy } from "./about-policies.js";
import { callersColumn, conjunctsOf } from "./about-predicates.js";
import { hasQuery, rowScope } from "./about-scopes.js";
import { sqlName } from "./about-tables.js";
import { verdict } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "unreachable-update",
  severity: "warning",
  area: "I",
  kind: "state",
  summary: "A role may update or delete rows by a policy, but no policy lets it read them.",
  why: "An UPDATE or DELETE with a condition reads the rows it is to change, and without a SELECT policy there are none: it changes 0 rows without an error, and an upsert fails.",
  instead: "Add a SELECT policy for the rows that the role may change.",
  silent: "the policy lets nobody through, or row level security is off",
  turnOff: "when rows are updated without conditions and without RETURNING, by clients that never read them",
  bad: [
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant select, update on notes to authenticated;\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid()));",
    "-- file: supabase/migrations/20260101000000_notes.sql\nCREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL);\nCREATE INDEX ON notes (owner);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY see ON notes FOR SELECT TO anon USING (owner IS NULL);\nCREATE POLICY remove ON notes FOR DELETE TO authenticated USING (owner = (SELECT auth.uid()));",
  ],
  good: [
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant select, update on notes to authenticated;\ncreate policy see on notes for select using (true);\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy own on notes to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy never on notes for update to authenticated using (false);",
    "create table notes (id uuid primary key, owner uuid not null);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy add on notes for insert to authenticated with check (owner = (select auth.uid()));",
  ],
  *schema(scene) {
    const roles = apiRoles(scene);
    if (roles.length === 0 || hasDynamic(scene, "policies")) return;
    const said = new Set<Table>();
    for (const found of policiesOf(scene)) {
      const { table, policy, place } = found;
      if (!policy.permissive || (policy.command !== "update" && policy.command !== "delete") || said.has(table))
        continue;
      if (table.origin.made === undefined || !table.rls.enabled || isClosed(policy, table)) continue;
      const role = roles.find(
        (one) => !isAnonymous(one) && (policy.roles.includes(one) || policy.roles.includes("public")),
      );
      if (role === undefined) continue;
      if (table.policies.some((other) => other.permissive && covers(other, "select") && isFor(other, role))) continue;
      said.add(table);
      yield {
        at: headOf(scene, place),
        message: `\`${policy.name}\` lets \`${role}\` ${policy.command} rows of \`${displayName(table)}\` that no policy lets it read: a filtered ${policy.command} changes 0 rows, without an error.`,
        fixes: () => fixesOf(scene, found, role),
      };
    }
  },
});

/** Nobody passes: the policy is there to say no. */
function isClosed({ using }: Policy, table: Table): boolean {
  return (["nobody", "stranger", "owner"] as const).every((person) => verdict(using?.node, person, table) === false);
}

/** A policy that lets the role read what it may change; only where that is a plain comparison with the caller. */
function fixesOf(scene: SchemaScene, { table, policy, place }: TablePolicy, role: string): readonly Fix[] {
  const { using } = policy;
  const column = conjunctsOf(using?.node).flatMap((one) => callersColumn(one) ?? [])[0];
  const calls = using === undefined ? [] : conjunctsOf(using.node);
  // A call outside of a subquery, or a column without an index, would be the next finding.
  const isPlain =
    column !== undefined &&
    using !== undefined &&
    using.text !== "" &&
    !hasQuery(using.node) &&
    calls.every((one) =>
      [as(one, "A_Expr")?.lexpr, as(one, "A_Expr")?.rexpr].every((side) => as(side, "FuncCall") === undefined),
    );
  if (!isPlain || unserved(using.node, rowScope(table)) === undefined) return [];
  const name = quoteIdentifier(`${policy.name} (read)`);
  const on = `\`${sqlName(table)}\``;
  return cures(scene, place, {
    title: `Let \`${role}\` read these rows`,
    slug: `read_${table.name}`,
    statements: [
      `create policy \`${name}\` on ${on} for select to \`${quoteIdentifier(role)}\` using (\`${using.text}\`)`,
    ],
    indexes: leadsIndex(table, column) ? [] : [{ table, column }],
  });
}
