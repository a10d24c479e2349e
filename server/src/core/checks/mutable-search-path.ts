import { catalogFunction } from "../schema/catalog.js";
import { displayName, type Place, type Routine } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { tokensOf, wordOf } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import { as, nameOf, walk } from "../sql/tree.js";
import { hasDynamic } from "./about-access.js";
import { cures, headOf, isOpen, statementAt } from "./about-cures.js";
import { readBody, signatureOf } from "./about-routines.js";
import { likeKeywords } from "./about-tables.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "mutable-search-path",
  severity: "warning",
  area: "J",
  kind: "state",
  summary: "A SECURITY DEFINER function does not fix its search path.",
  why: "It runs with its owner's rights and looks names up where the caller says: whoever may create a table or a function in a schema of theirs makes it use that.",
  instead: "Set `search_path` to nothing and write names with their schemas, or set it to the schemas that are meant.",
  silent:
    "the function runs with the caller's rights, its body is resolved when it is made (BEGIN ATOMIC), or it is not written in SQL or PL/pgSQL",
  turnOff: "when nobody but the owner may create objects in any schema of the database, and that is kept so",
  peers: "PLS SPL MP PGR RG RT",
  bad: [
    "create table notes (id uuid primary key);\ncreate function count_notes() returns bigint language sql stable security definer as $$ select count(*) from notes where (select auth.uid()) is not null $$;",
    "-- file: supabase/migrations/20260101000000_notes.sql\nCREATE TABLE notes (id uuid PRIMARY KEY);\nCREATE FUNCTION public.forget(note uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$\nBEGIN\n  DELETE FROM notes WHERE id = note AND auth.uid() IS NOT NULL;\nEND $$;",
  ],
  good: [
    "create table notes (id uuid primary key);\ncreate function count_notes() returns bigint language sql stable security definer set search_path = '' as $$ select count(*) from public.notes where (select auth.uid()) is not null $$;",
    "create table notes (id uuid primary key);\ncreate function count_notes() returns bigint language sql stable as $$ select count(*) from notes $$;",
    "create table notes (id uuid primary key);\ncreate function count_notes() returns bigint language sql stable security definer begin atomic select count(*) from notes where (select auth.uid()) is not null; end;",
    "create table notes (id uuid primary key);\ncreate function count_notes() returns bigint language sql stable security definer as $$ select count(*) from notes where (select auth.uid()) is not null $$;\nalter function count_notes() set search_path = public, pg_temp;",
  ],
  *schema(scene) {
    if (hasDynamic(scene, "search paths")) return;
    for (const routines of scene.schema.routines.values()) {
      for (const routine of routines) {
        const place = routine.body;
        if (!routine.definer || place === undefined || isPlatformSchema(routine.schema) || routine.schema === "pg_temp")
          continue;
        if (routine.settings.has("search_path") || (routine.language !== "sql" && routine.language !== "plpgsql"))
          continue;
        const create = as(statementAt(scene, place)?.node, "CreateFunctionStmt");
        if (create !== undefined && create.sql_body !== undefined) continue;
        yield {
          at: headOf(scene, place),
          ...(namesItsSchemas(scene, routine) && { severity: "hint" as const }),
          message: `\`${displayName(routine)}()\` runs as its owner, but looks names up where the caller says: objects of theirs can take the place of the project's.`,
          fixes: () => fixesOf(scene, routine, place),
        };
      }
    }
  },
});

/** Whether a body writes every name with its schema: then only what PostgreSQL itself brings is looked up. */
function namesItsSchemas(scene: SchemaScene, routine: Routine): boolean {
  const body = readBody(scene, routine);
  if (body === undefined || body.dynamic) return false;
  const withs = new Set<string>();
  walk(body.nodes, (kind, node) => {
    if (kind === "CommonTableExpr") withs.add(node.ctename ?? "");
  });
  let all = true;
  walk(body.nodes, (kind, node) => {
    if (kind === "RangeVar" && node.schemaname === undefined && !withs.has(node.relname ?? "")) all = false;
    const name = kind === "FuncCall" ? nameOf(node.funcname) : undefined;
    if (name !== undefined && name.schema === undefined && catalogFunction(name.name) === undefined) all = false;
  });
  return all;
}

/** The path on which the names are found today, with nothing of the caller's before it. */
function fixesOf(scene: SchemaScene, routine: Routine, place: Place): readonly Fix[] {
  const schemas = [
    ...new Set([routine.schema, "public", ...(scene.facts.platform === "supabase" ? ["extensions"] : [])]),
  ];
  const path = [...schemas.map(quoteIdentifier), "pg_temp"].join(", ");
  const title = `Set its search path to ${path}`;
  const at = beforeBody(scene, place);
  const statement = statementAt(scene, place);
  const fixes: Fix[] = [];
  if (at !== undefined && statement !== undefined && isOpen(scene, place)) {
    const text = likeKeywords(statement, `set \`search_path\` = \`${path}\` `);
    fixes.push({ title, safe: false, edits: [{ at: { ...place, span: { start: at, end: at } }, text }] });
  }
  const named = signatureOf(routine);
  if (scene.history === undefined) return fixes;
  const kind = routine.kind === "procedure" ? "procedure" : "function";
  const alter = `alter ${kind} \`${named}\` set \`search_path\` = \`${path}\``;
  const later = cures(scene, undefined, { title, slug: `search_path_of_${routine.name}`, statements: [alter] });
  return [...fixes, ...later];
}

/** Where AS stands before the body. */
function beforeBody(scene: SchemaScene, place: Place): number | undefined {
  const statement = statementAt(scene, place);
  const tokens = statement === undefined ? [] : tokensOf(statement);
  const at = tokens.findIndex(
    (token, index) =>
      statement !== undefined &&
      token.kind === "word" &&
      wordOf(statement, token) === "as" &&
      tokens[index + 1]?.kind === "string",
  );
  return tokens[at]?.start;
}
