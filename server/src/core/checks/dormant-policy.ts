import { displayName } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { apiRoles, hasDynamic } from "./about-access.js";
import { cures, headOf, isOpen } from "./about-cures.js";
import { sqlName } from "./about-tables.js";
import { check } from "./check.js";

export default check({
  name: "dormant-policy",
  severity: "error",
  area: "H",
  kind: "state",
  summary: "A table has policies, but row level security is off.",
  why: "PostgreSQL looks at policies only where row level security is enabled: until then every role with a grant sees and changes all rows.",
  instead: "Enable row level security on the table.",
  silent: "row level security is switched by dynamic SQL, or no statement makes the table",
  turnOff: "when row level security is enabled per environment, by a script outside of the migrations",
  peers: "PLS SPL PGR RG",
  bad: [
    'create table reactions (id uuid primary key, user_id uuid not null);\ncreate index on reactions (user_id);\ncreate policy "people see their reactions" on reactions for select to authenticated using (user_id = (select auth.uid()));',
    '-- file: supabase/migrations/20270101000000_reactions.sql\nCREATE TABLE reactions (id uuid PRIMARY KEY);\nALTER TABLE reactions ENABLE ROW LEVEL SECURITY;\n-- file: supabase/migrations/20270102000000_policies.sql\nCREATE POLICY "none" ON reactions TO authenticated USING (false);\nALTER TABLE reactions DISABLE ROW LEVEL SECURITY;',
    "-- file: migrations/1_reactions.sql\ncreate role web_anon;\ncreate table reactions (id int primary key);\ncreate policy visible on reactions for select to web_anon using (true);",
  ],
  good: [
    "create table reactions (id uuid primary key);\nalter table reactions enable row level security;\ncreate policy visible on reactions for select to authenticated using (true);",
    "create table reactions (id uuid primary key);\ncreate policy visible on reactions for select to authenticated using (true);\nalter table reactions enable row level security;",
    "create policy \"members read files\" on storage.objects for select to authenticated using (bucket_id = 'files');",
    "create table reactions (id uuid primary key);\ncreate policy visible on reactions for select to authenticated using (true);\ndrop policy visible on reactions;",
  ],
  *schema(scene) {
    if (apiRoles(scene).length === 0 || hasDynamic(scene, "row level security")) return;
    for (const table of scene.schema.tables.values()) {
      const [policy] = table.policies;
      const at = table.rls.place ?? policy?.origin.made;
      if (policy === undefined || at === undefined || table.rls.enabled) continue;
      if (table.origin.made === undefined || isPlatformSchema(table.schema)) continue;
      const several = table.policies.length > 1;
      const what = several ? `The ${table.policies.length} policies` : `The policy \`${policy.name}\``;
      // Where it was switched off, the text that does so stays as it is, and what follows switches it on.
      const near = isOpen(scene, table.origin.made) && table.rls.place === undefined ? table.origin.made : at;
      yield {
        at: headOf(scene, at),
        message: `${what} of \`${displayName(table)}\` ${several ? "do" : "does"} nothing, because row level security is off.`,
        related: [{ at: headOf(scene, table.origin.made), message: "the table" }],
        fixes: () =>
          cures(scene, near, {
            title: "Enable row level security",
            slug: `secure_${table.name}`,
            statements: [`alter table \`${sqlName(table)}\` enable row level security`],
          }),
      };
    }
  },
});
