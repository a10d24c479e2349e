import { displayName, type Policy, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { apiRoles, hasDynamic, holds, isServed, rowPrivileges } from "./about-access.js";
import { cures, headOf, quoted } from "./about-cures.js";
import { predicatesOf } from "./about-policies.js";
import { sqlName } from "./about-tables.js";
import { admitted } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "ungranted-table",
  severity: "error",
  area: "H",
  kind: "state",
  summary: "A policy is written for a role of the API that has no privilege on the table.",
  why: "PostgreSQL asks for the grant before it looks at policies: every request is refused with 42501. Since 2026 new tables of Supabase get no grants by themselves.",
  instead: "Grant to the role what the policies let it do.",
  silent:
    "the platform grants new tables by itself, or nobody can tell whether it does; roles that the history does not make",
  turnOff: "when grants are managed outside of the migrations, by hand or by an infrastructure tool",
  bad: [
    "create table preferences (user_id uuid primary key, theme text);\nalter table preferences enable row level security;\ncreate policy own on preferences for select to authenticated using (user_id = (select auth.uid()));\ncreate policy save on preferences for update to authenticated using (user_id = (select auth.uid()));",
    "-- file: supabase/migrations/20260101000000_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\ncreate index on notes (owner);\nalter table notes enable row level security;\nrevoke all on notes from anon, authenticated;\ncreate policy own on notes to authenticated using (owner = (select auth.uid()));",
    "CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid);\nCREATE INDEX ON notes (owner);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nGRANT SELECT ON notes TO authenticated;\nCREATE POLICY own ON notes FOR DELETE TO authenticated USING (owner = (SELECT auth.uid()));",
    "create table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ncreate policy seen on notes for select using (true);",
  ],
  good: [
    "create table preferences (user_id uuid primary key, theme text);\nalter table preferences enable row level security;\ngrant select on preferences to authenticated;\ncreate policy own on preferences for select to authenticated using (user_id = (select auth.uid()));",
    "-- file: supabase/migrations/20260101000000_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\nalter table notes enable row level security;\ncreate policy own on notes to authenticated using (owner = (select auth.uid()));",
    "alter default privileges in schema public grant all on tables to authenticated;\ncreate table notes (id uuid primary key, owner uuid);\nalter table notes enable row level security;\ncreate policy own on notes to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ngrant update (body) on notes to authenticated;\ncreate policy edit on notes for update to authenticated using (true);",
    "create table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ncreate policy backend on notes to service_role using (true);",
  ],
  *schema(scene) {
    // Outside of the platform, roles that the history does not make were given their grants where they were made.
    const roles = apiRoles(scene).filter((role) => scene.facts.platform === "supabase" || scene.schema.roles.has(role));
    if (roles.length === 0 || hasDynamic(scene, "policies")) return;
    for (const table of scene.schema.tables.values()) {
      if (isPlatformSchema(table.schema) || !isServed(scene, table.schema) || table.origin.made === undefined) continue;
      const needs = table.policies.flatMap((policy) => needsOf(scene, table, policy, roles));
      const [first] = needs;
      const at = first?.policy.origin.changed ?? first?.policy.origin.made;
      if (first === undefined || at === undefined) continue;
      const acts = rowPrivileges.filter((privilege) => needs.some((need) => need.privilege === privilege));
      const whom = [...new Set(needs.map(({ role }) => role))];
      yield {
        at: headOf(scene, at),
        message: `${names(whom)} may not ${either(acts)} on \`${displayName(table)}\`: without the grant the API refuses what its policies allow (42501).`,
        fixes: () => fixesOf(scene, table, needs),
      };
    }
  },
});

/** A privilege that a policy counts on and its role lacks. */
interface Need {
  readonly policy: Policy;
  readonly role: string;
  readonly privilege: (typeof rowPrivileges)[number];
}

function needsOf(scene: SchemaScene, table: Table, policy: Policy, roles: readonly string[]): readonly Need[] {
  if (!policy.permissive) return [];
  const wanted = rowPrivileges.filter((privilege) => policy.command === "all" || policy.command === privilege);
  const lacks = (role: string): readonly Need[] => {
    const missing = wanted.filter((privilege) => holds(scene, table, role, privilege) === "no");
    // A policy for all commands often stands for less, as the grants say; it is in vain only without any.
    return missing.length < wanted.length ? [] : missing.map((privilege) => ({ policy, role, privilege }));
  };
  if (!policy.roles.includes("public")) return policy.roles.filter((role) => roles.includes(role)).flatMap(lacks);
  // Without TO a policy is for whoever has a grant: it is in vain when nobody has, and is not meant for roles that skip it.
  const isOther = (role: string): boolean => !bypassing.has(role) && !roles.includes(role);
  const others = table.grants.some(({ role, privilege }) => isOther(role) && [...wanted, "all"].includes(privilege));
  if (others || roles.some((role) => lacks(role).length === 0) || speaksOfBackend(policy)) return [];
  return lacks("authenticated");
}

const bypassing: ReadonlySet<string> = new Set(["service_role", "postgres", "supabase_admin"]);

function speaksOfBackend(policy: Policy): boolean {
  return predicatesOf(policy).some(({ text }) => /service_role|current_user|session_user/i.test(text));
}

function fixesOf(scene: SchemaScene, table: Table, needs: readonly Need[]): readonly Fix[] {
  // Behind a policy that lets everybody write, the missing grant is the last door.
  const harmless = needs.filter(
    ({ policy, privilege }) => privilege === "select" || !admitted(policy, "stranger", table).includes(privilege),
  );
  const roles = [...new Set(harmless.map(({ role }) => role))];
  if (roles.length === 0) return [];
  const statements = roles.map((role) => {
    const acts = rowPrivileges.filter((privilege) =>
      harmless.some((need) => need.role === role && need.privilege === privilege),
    );
    return `grant ${acts.join(", ")} on \`${sqlName(table)}\` to ${quoted(role)}`;
  });
  const near = needs[0]?.policy.origin.changed ?? needs[0]?.policy.origin.made;
  return cures(scene, near, { title: "Grant what the policies allow", slug: `grant_${table.name}`, statements });
}

function names(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(" and ");
}

/** `select, update or delete`. */
function either(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
