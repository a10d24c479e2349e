import { displayName, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { apiRoles, hasDynamic, holds, isAnonymous, isServed, rowPrivileges } from "./about-access.js";
import { cures, headOf } from "./about-cures.js";
import { ownerSketch } from "./about-sketches.js";
import { isChild, sqlName } from "./about-tables.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "table-without-rls",
  severity: "error",
  area: "H",
  kind: "state",
  summary: "Row level security is off on a table that the API's roles may touch.",
  why: "The public key is in every client: whoever has it reads, and often writes, every row of the table.",
  instead:
    "Enable row level security and say in policies who may do what; or revoke the grants of anon and authenticated.",
  silent:
    "no grant to these roles is left after GRANT, REVOKE, default privileges and the platform's own default of the day, or the schema is not served",
  turnOff:
    "when the roles of the API are locked out in another way that no migration shows, such as an API that is switched off",
  peers: "PLS SPL PGR RG RT",
  bad: [
    "-- file: supabase/migrations/20260301120000_notes.sql\ncreate table notes (id uuid primary key, owner_id uuid not null references auth.users (id) on delete cascade, body text);\ncreate index on notes (owner_id);",
    "create table notes (id uuid primary key, owner_id uuid not null references auth.users (id) on delete cascade, body text);\ngrant select, insert on notes to authenticated;",
    "create table link_previews (url text primary key, title text);\ngrant select on link_previews to anon, authenticated;",
    "create table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ngrant all on notes to anon;\nalter table notes disable row level security;",
    "-- file: migrations/1_notes.sql\ncreate role web_anon nologin;\ncreate table notes (id uuid primary key, body text);\ngrant select on notes to web_anon;",
  ],
  good: [
    "create table notes (id uuid primary key, body text);",
    "create table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ngrant select on notes to authenticated;",
    "-- file: supabase/migrations/20260301120000_notes.sql\ncreate table notes (id uuid primary key, body text);\nrevoke all on notes from anon, authenticated;",
    "-- file: supabase/migrations/20260301120000_notes.sql\ncreate schema private;\ncreate table private.notes (id uuid primary key, body text);",
    "-- file: migrations/1_notes.sql\ncreate table notes (id uuid primary key, body text);",
  ],
  *schema(scene) {
    const roles = apiRoles(scene);
    if (roles.length === 0 || hasDynamic(scene, "row level security")) return;
    for (const table of scene.schema.tables.values()) {
      if (table.rls.enabled || table.kind === "foreign" || table.persistence === "temporary") continue;
      // A partition is reached through its parent, policies without effect are found by a check of their own.
      if (isChild(scene.schema, table) || table.policies.length > 0 || isPlatformSchema(table.schema)) continue;
      const made = table.rls.place ?? table.origin.made;
      if (made === undefined || !isReached(scene, table)) continue;
      const held = roles.map((role) => ({
        role,
        privileges: rowPrivileges.filter((privilege) => holds(scene, table, role, privilege) === "yes"),
      }));
      const [first] = held.filter(({ privileges }) => privileges.length > 0);
      if (first === undefined) continue;
      const acts = new Set(held.flatMap(({ privileges }) => privileges));
      const verb = !acts.has("select") ? "writes to" : acts.size > 1 ? "reads and writes" : "reads";
      const who = isAnonymous(first.role) ? "anyone with the public key" : "every signed-in user";
      yield {
        at: headOf(scene, made),
        message: `Row level security is off on \`${displayName(table)}\` and \`${first.role}\` may touch it: ${who} ${verb} all of it.`,
        fixes: () => fixesOf(scene, table, new Set(held.find(({ role }) => role === "authenticated")?.privileges)),
      };
    }
  },
});

/** The API serves the table's schema, or Realtime tells of its changes. */
function isReached(scene: SchemaScene, table: Table): boolean {
  if (isServed(scene, table.schema)) return true;
  const realtime = scene.schema.publications.get("supabase_realtime");
  return realtime?.tables.some((one) => scene.schema.tables.get(one.table) === table) === true;
}

function fixesOf(scene: SchemaScene, table: Table, signedIn: ReadonlySet<string>): readonly Fix[] {
  const name = `\`${sqlName(table)}\``;
  const enable = `alter table ${name} enable row level security`;
  const slug = `secure_${table.name}`;
  const near = table.rls.place ?? table.origin.made;
  const fixes: Fix[] = [];
  const owners = ownerSketch(scene, table, signedIn);
  if (owners !== undefined) {
    const title = `Enable row level security and let owners (\`${owners.owner}\`) at their rows`;
    fixes.push(
      ...cures(scene, near, { title, slug, statements: [enable, ...owners.statements], indexes: owners.indexes }),
    );
  } else if (signedIn.size === 1 && signedIn.has("select")) {
    const policy = `create policy \`"everyone reads"\` on ${name} for select to \`anon, authenticated\` using (true)`;
    const title = "Enable row level security and let everyone read";
    fixes.push(...cures(scene, near, { title, slug, statements: [enable, policy] }));
  }
  fixes.push(...cures(scene, near, { title: "Enable row level security", slug, statements: [enable] }));
  return fixes;
}
