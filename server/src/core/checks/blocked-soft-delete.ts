import { displayName, type Policy, type Table } from "../schema/model.js";
import { ownerColumns } from "../schema/owner.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node } from "../sql/statement.js";
import { apiRoles, hasDynamic, isAnonymous, isWithheld } from "./about-access.js";
import { headOf, leadsIndex } from "./about-cures.js";
import { changePolicy, covers, isFor, policiesOf, statementOf, type TablePolicy } from "./about-policies.js";
import { conjunctsOf, isSoftDelete, livesBy, namesTheColumn } from "./about-predicates.js";
import { likeKeywords } from "./about-tables.js";
import { verdict } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "blocked-soft-delete",
  severity: "warning",
  area: "I",
  kind: "state",
  summary: "Every SELECT policy hides softly deleted rows from a role that is to delete them softly.",
  why: "A row has to stay visible to whoever updates it: setting `deleted_at` makes it vanish from the SELECT policies, so PostgreSQL refuses the update itself (42501).",
  instead: "Let the owner see their own deleted rows and leave them out in queries, or delete by a function.",
  silent: "the role may not write the column, or the UPDATE policy itself keeps it unset",
  turnOff:
    "when only the server deletes softly, with a role that skips policies, though the UPDATE policies would let users do it",
  bad: [
    "create table notes (id uuid primary key, owner uuid not null references auth.users (id) on delete cascade, deleted_at timestamptz);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy seen on notes for select to authenticated using (deleted_at is null);\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid()));",
    "CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL, is_deleted boolean NOT NULL DEFAULT false);\nCREATE INDEX ON notes (owner);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nGRANT ALL ON notes TO authenticated;\nCREATE POLICY seen ON notes FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()) AND NOT is_deleted);\nCREATE POLICY edit ON notes FOR UPDATE TO authenticated USING (owner = (SELECT auth.uid())) WITH CHECK (owner = (SELECT auth.uid()));",
  ],
  good: [
    "create table notes (id uuid primary key, owner uuid not null, deleted_at timestamptz);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy seen on notes for select to authenticated using (deleted_at is null or owner = (select auth.uid()));\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key, owner uuid not null, body text, deleted_at timestamptz);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant select, update (body) on notes to authenticated;\ncreate policy seen on notes for select to authenticated using (deleted_at is null);\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key, owner uuid not null, deleted_at timestamptz);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy seen on notes for select to authenticated using (deleted_at is null);\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid()) and deleted_at is null);",
  ],
  *schema(scene) {
    const roles = apiRoles(scene).filter((role) => !isAnonymous(role));
    if (roles.length === 0 || hasDynamic(scene, "policies")) return;
    const said = new Set<Table>();
    for (const found of policiesOf(scene)) {
      const { table, policy } = found;
      if (!table.rls.enabled || table.origin.made === undefined || said.has(table)) continue;
      const role = roles.find((one) => isFor(policy, one));
      if (role === undefined || !policy.permissive || !covers(policy, "update")) continue;
      const readers = table.policies.filter(
        (other) => covers(other, "select") && isFor(other, role) && other.permissive,
      );
      const [hiding] = readers;
      const column = hiding === undefined ? undefined : hiddenBy(hiding);
      const isHidden = column !== undefined && readers.every((other) => hiddenBy(other) === column);
      if (hiding === undefined || !isHidden || isWithheld(scene, table, role, "update", column)) continue;
      const after = policy.check ?? policy.using;
      if (namesTheColumn(after?.node, column) || verdict(policy.using?.node, "owner", table) === false) continue;
      const place = hiding.origin.changed ?? hiding.origin.made;
      if (place === undefined) continue;
      said.add(table);
      yield {
        at: headOf(scene, place),
        message: `\`${hiding.name}\` hides rows of \`${displayName(table)}\` once \`${column}\` is set: \`${role}\` may update them by \`${policy.name}\`, but setting it is refused (42501).`,
        related: [{ at: headOf(scene, found.place), message: "the policy that lets them update" }],
        fixes: () => (readers.length === 1 ? fixesOf(scene, { table, policy: hiding, place }, column) : []),
      };
    }
  },
});

/** The soft-delete column that has to be unset for a policy to let a row through. */
function hiddenBy({ using }: Policy): string | undefined {
  return conjunctsOf(using?.node).flatMap((one) => livesBy(one) ?? [])[0];
}

/** The owner sees their own deleted rows. */
function fixesOf(scene: SchemaScene, found: TablePolicy, column: string): readonly Fix[] {
  const { table, policy } = found;
  const expression = policy.using;
  const [owner] = scene.facts.platform === "supabase" ? ownerColumns(table, scene.schema) : [];
  const condition = conjunctsOf(expression?.node).find((one: Node) => livesBy(one) === column && isSoftDelete(column));
  const statement = expression === undefined ? undefined : statementOf(scene, expression);
  const span = statement === undefined || condition === undefined ? undefined : expressionSpan(statement, condition);
  if (owner === undefined || !leadsIndex(table, owner) || expression === undefined) return [];
  if (statement === undefined || span === undefined) return [];
  const test = `${quoteIdentifier(owner)} = (${likeKeywords(statement, "select")} auth.uid())`;
  const text = `(${statement.text.slice(span.start, span.end)} ${likeKeywords(statement, "or")} ${test})`;
  const title = `Let owners (\`${owner}\`) see their own deleted rows`;
  return changePolicy(scene, found, { title, safe: false, rewrites: [{ expression, span, text }] });
}
