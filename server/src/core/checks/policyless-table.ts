import { displayName, type Place, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { apiRoles, hasDynamic, holds, isServed, rowPrivileges } from "./about-access.js";
import { cures, headOf } from "./about-cures.js";
import { readBody } from "./about-routines.js";
import { ownerSketch } from "./about-sketches.js";
import { isChild } from "./about-tables.js";
import { check, type SchemaScene } from "./check.js";

export default check({
  name: "policyless-table",
  severity: "hint",
  area: "H",
  kind: "state",
  summary: "Row level security is on, and no policy lets anybody at a row.",
  why: "Without a permissive policy every query of the API's roles finds nothing, without an error: only roles that skip policies see rows.",
  instead: "Say in policies who may do what, or take the grants away where only the server uses the table.",
  silent:
    "the roles of the API have no grant on the table, or a SECURITY DEFINER function uses it, or a comment beside it says that only the server does",
  turnOff: "when tables without policies are your convention for what only the server touches",
  peers: "PLS SPL MP PGR RG RT",
  bad: [
    "create table notes (id uuid primary key, owner uuid not null references auth.users (id) on delete cascade);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant select, insert on notes to authenticated;",
    "-- file: supabase/migrations/20260101000000_notes.sql\nCREATE TABLE notes (id uuid PRIMARY KEY, body text);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY strict ON notes AS RESTRICTIVE TO authenticated USING (body IS NOT NULL);",
  ],
  good: [
    "create table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ngrant select on notes to authenticated;\ncreate policy seen on notes for select to authenticated using (true);",
    "create table jobs (id uuid primary key);\nalter table jobs enable row level security;",
    "-- file: supabase/migrations/20260101000000_jobs.sql\ncreate table jobs (id uuid primary key);\nalter table jobs enable row level security;\nrevoke all on jobs from anon, authenticated;",
    "create table jobs (id uuid primary key);\nalter table jobs enable row level security;\ngrant all on jobs to authenticated;\ncreate function count_jobs() returns bigint language sql stable security definer set search_path = '' as $$ select count(*) from public.jobs where (select auth.uid()) is not null $$;",
  ],
  *schema(scene) {
    const roles = apiRoles(scene);
    if (roles.length === 0 || hasDynamic(scene, "policies") || hasDynamic(scene, "row level security")) return;
    let words: ReadonlySet<string> | undefined;
    for (const table of scene.schema.tables.values()) {
      const { rls, policies, origin } = table;
      const at = rls.place ?? origin.made;
      if (
        !rls.enabled ||
        at === undefined ||
        origin.made === undefined ||
        policies.some(({ permissive }) => permissive)
      )
        continue;
      if (isPlatformSchema(table.schema) || !isServed(scene, table.schema) || isChild(scene.schema, table)) continue;
      const held = new Set(
        rowPrivileges.filter((one) => roles.some((role) => holds(scene, table, role, one) === "yes")),
      );
      if (held.size === 0) continue;
      words ??= wordsOfDefiners(scene);
      if (words.has(table.name.toLowerCase()) || isMeant(scene, at)) continue;
      yield {
        at: headOf(scene, at),
        message: `No policy lets anybody at \`${displayName(table)}\`: the API finds no row there and refuses new ones.`,
        fixes: () => fixesOf(scene, table),
      };
    }
  },
});

/** A comment beside the statement says that nobody is to have a policy. */
function isMeant({ source }: SchemaScene, { uri, piece: ordinal }: Place): boolean {
  const file = source(uri);
  const piece = file?.pieces[ordinal ?? -1];
  if (file === undefined || piece === undefined) return false;
  const end = piece.start + (piece.statement?.text.length ?? 0);
  return [file.text.slice(Math.max(0, piece.start - 200), piece.start), file.text.slice(end, end + 200)].some(
    (beside) => /(?:--|\/\*)[^\n]*\b(?:no\s+(?:\w+\s+)?polic|service[ _]role|server|back-?end)/i.test(beside),
  );
}

/** The words in the bodies of functions that skip policies. */
function wordsOfDefiners(scene: SchemaScene): ReadonlySet<string> {
  const words = new Set<string>();
  for (const routine of scene.schema.routines.values().flat()) {
    if (!routine.definer) continue;
    for (const word of readBody(scene, routine)
      ?.text.toLowerCase()
      .match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? [])
      words.add(word);
  }
  return words;
}

function fixesOf(scene: SchemaScene, table: Table) {
  const held = new Set(rowPrivileges.filter((one) => holds(scene, table, "authenticated", one) === "yes"));
  const sketch = ownerSketch(scene, table, held);
  if (sketch === undefined) return [];
  const { owner, statements, indexes } = sketch;
  const title = `Let owners (\`${owner}\`) at their rows`;
  return cures(scene, table.rls.place, { title, slug: `${table.name}_policies`, statements, indexes });
}
