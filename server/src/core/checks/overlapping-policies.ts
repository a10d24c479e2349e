import { displayName, type Policy } from "../schema/model.js";
import { expressionSpan } from "../sql/expression.js";
import { apiRoles, hasDynamic } from "./about-access.js";
import { headOf } from "./about-cures.js";
import {
  changePolicy,
  covers,
  dropOf,
  dropPolicies,
  isFor,
  isOwnStatement,
  policiesOf,
  type Rewrite,
  statementOf,
  type TablePolicy,
} from "./about-policies.js";
import { likeKeywords } from "./about-tables.js";
import { type Act, acts } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "overlapping-policies",
  severity: "info",
  area: "I",
  kind: "state",
  summary: "Several permissive policies are for the same role and command.",
  why: "PostgreSQL joins them with OR and runs all of them for each row that the first ones refuse; who may do what is told in several places.",
  instead: "Write one policy per command and role, with OR between its conditions.",
  silent: "the policies are restrictive, or are for different roles or commands",
  turnOff:
    "when one policy per reason reads better to you than one per command, and the tables are small enough for it",
  peers: "PLS SPL RG",
  bad: [
    "create table notes (id uuid primary key, owner uuid, editor uuid);\ncreate index on notes (owner);\ncreate index on notes (editor);\nalter table notes enable row level security;\ncreate policy owners on notes for select to authenticated using (owner = (select auth.uid()));\ncreate policy editors on notes for select to authenticated using (editor = (select auth.uid()));",
    "-- file: supabase/migrations/20260101000000_notes.sql\nCREATE TABLE notes (id uuid PRIMARY KEY, owner uuid);\nCREATE INDEX ON notes (owner);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY owners ON notes FOR UPDATE TO authenticated USING (owner = (SELECT auth.uid())) WITH CHECK (owner = (SELECT auth.uid()));\nCREATE POLICY again ON notes FOR UPDATE TO authenticated USING (owner = (SELECT auth.uid())) WITH CHECK (owner = (SELECT auth.uid()));",
    "create table notes (id uuid primary key, owner uuid, is_public boolean);\ncreate index on notes (owner);\nalter table notes enable row level security;\ncreate policy own on notes to authenticated using (owner = (select auth.uid()));\ncreate policy open on notes for select to anon, authenticated using (is_public);",
  ],
  good: [
    "create table notes (id uuid primary key, owner uuid);\ncreate index on notes (owner);\nalter table notes enable row level security;\ncreate policy see on notes for select to authenticated using (owner = (select auth.uid()));\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key, owner uuid, is_public boolean);\ncreate index on notes (owner);\nalter table notes enable row level security;\ncreate policy see on notes for select to authenticated using (owner = (select auth.uid()));\ncreate policy open on notes for select to anon using (is_public);",
    "create table notes (id uuid primary key, owner uuid);\ncreate index on notes (owner);\nalter table notes enable row level security;\ncreate policy see on notes for select to authenticated using (owner = (select auth.uid()));\ncreate policy strict on notes as restrictive for select to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');",
  ],
  *schema(scene) {
    if (hasDynamic(scene, "policies")) return;
    for (const policies of byTable(scene)) {
      const [any] = policies;
      // Policies for files and broadcasts are kept apart by what they are about.
      if (any === undefined || any.table.origin.made === undefined || !any.table.rls.enabled) continue;
      const overlap = overlapOf(scene, policies);
      const [first, second, ...others] = overlap?.policies ?? [];
      if (overlap === undefined || first === undefined || second === undefined) continue;
      const more = others.length === 0 ? "" : others.length === 1 ? " and another one" : ` and ${others.length} others`;
      const twin = overlap.policies.find((one) => one !== first && isTwin(first.policy, one.policy));
      yield {
        at: headOf(scene, second.place),
        message: `\`${first.policy.name}\`, \`${second.policy.name}\`${more} are all for ${overlap.act} by \`${overlap.role}\`: each query of \`${displayName(first.table)}\` runs every one of them.`,
        related: [first, ...others].map(({ place }) => ({
          at: headOf(scene, place),
          message: "it overlaps with this",
        })),
        fixes: () => {
          const goes = twin === undefined ? overlap.policies.slice(1) : [twin];
          // Where others overlap still, there is more to decide than this.
          if (
            overlapOf(
              scene,
              policies.filter((one) => !goes.includes(one)),
            ) !== undefined
          )
            return [];
          return twin === undefined ? joined(scene, overlap.policies) : dropPolicies(scene, [twin], "Drop the twin");
        },
      };
    }
  },
});

function byTable(scene: SchemaScene): Iterable<readonly TablePolicy[]> {
  const tables = new Map<string, TablePolicy[]>();
  for (const found of policiesOf(scene)) {
    if (!found.policy.permissive) continue;
    const key = `${found.table.schema}.${found.table.name}`;
    const list = tables.get(key);
    if (list === undefined) tables.set(key, [found]);
    else list.push(found);
  }
  return tables.values();
}

interface Overlap {
  readonly role: string;
  readonly act: Act;
  readonly policies: readonly TablePolicy[];
}

/** The largest set of policies for one role and command; of those that can be joined rather than others. */
function overlapOf(scene: SchemaScene, policies: readonly TablePolicy[]): Overlap | undefined {
  const named = policies.flatMap(({ policy }) => policy.roles).filter((role) => !bypassing.has(role));
  const roles = new Set(
    named.includes("public") ? [...named.filter((role) => role !== "public"), ...apiRoles(scene)] : named,
  );
  if (roles.size === 0 && named.includes("public")) roles.add("public");
  let best: Overlap | undefined;
  for (const role of [...roles].reverse()) {
    for (const act of acts) {
      const here = policies.filter(({ policy }) => covers(policy, act) && isFor(policy, role));
      if (here.length > 1 && here.length > (best?.policies.length ?? 0)) best = { role, act, policies: here };
    }
  }
  return best;
}

const bypassing: ReadonlySet<string> = new Set(["service_role", "postgres", "supabase_admin"]);

function isTwin(one: Policy, other: Policy): boolean {
  const text = (policy: Policy): string =>
    [policy.using, policy.check].map((part) => part?.text.toLowerCase().replace(/\s+/g, " ") ?? "").join("|");
  return isAlike(one, other) && text(one) === text(other);
}

/** The same command and the same roles. */
function isAlike(one: Policy, other: Policy): boolean {
  return (
    one.command === other.command &&
    one.roles.length === other.roles.length &&
    one.roles.every((role) => other.roles.includes(role))
  );
}

/** The first policy with the conditions of all, and the others dropped. */
function joined(scene: SchemaScene, policies: readonly TablePolicy[]): readonly Fix[] {
  const [first, ...others] = policies;
  if (first === undefined || !others.every(({ policy }) => isAlike(first.policy, policy))) return [];
  const all = policies.map(({ policy }) => policy);
  // Without WITH CHECK the other clause stands for it: then all have to do without.
  const checks = all.filter((policy) => policy.check !== undefined).length;
  if (checks !== 0 && checks !== all.length) return [];
  const rewrites: Rewrite[] = [];
  for (const clause of ["using", "check"] as const) {
    const expression = first.policy[clause];
    const statement = expression === undefined ? undefined : statementOf(scene, expression);
    if (expression === undefined) continue;
    const span = statement === undefined ? undefined : expressionSpan(statement, expression.node);
    const texts = [...new Set(all.flatMap((policy) => policy[clause]?.text ?? []))];
    if (statement === undefined || span === undefined || texts.some((text) => text === "")) return [];
    if (texts.length === 1) continue;
    rewrites.push({ expression, span, text: texts.map((text) => `(${text})`).join(likeKeywords(statement, " or ")) });
  }
  if (rewrites.length === 0) return [];
  const title = `Join them in \`${first.policy.name}\``;
  return changePolicy(scene, first, { title, safe: false, rewrites }).flatMap((fix): readonly Fix[] => {
    if (fix.edits !== undefined)
      return others.every((one) => isOwnStatement(scene, one))
        ? [{ ...fix, takesOut: others.map(({ place }) => place) }]
        : [];
    const migrations = (fix.migrations ?? []).map((one) => ({
      ...one,
      statements: [...one.statements, ...others.map((other) => dropOf(scene, other))],
    }));
    return [{ ...fix, safe: false, migrations }];
  });
}
