import type { InsertStmt, RangeVar } from "@pgsql/types";
import { signature } from "../schema/fold-routines.js";
import { displayName, keyOf, type Routine, type Schema, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { resolve } from "../schema/reading.js";
import { bodyOf } from "../sql/body.js";
import { as, walk } from "../sql/tree.js";
import { partsOf } from "./about-bodies.js";
import { cures, headOf } from "./about-cures.js";
import { definitionOf } from "./about-names.js";
import { sqlName, tableNamed } from "./about-tables.js";
import { check, type Report, type SchemaScene } from "./check.js";

export default check({
  name: "fragile-signup-trigger",
  severity: "warning",
  area: "E",
  kind: "state",
  summary:
    "A trigger on auth.users runs a function that has not the rights, does not find its tables, or leaves out a required column.",
  why: "The auth service signs users up as a role of its own, with a search path of its own and no rights on your tables. When the function fails, so does every sign-up.",
  instead:
    "Make the function SECURITY DEFINER with `set search_path = ''`, write each table with its schema, and give every required column a value.",
  silent: "a body that cannot be read",
  turnOff: "when the function is granted to the auth service's own role and that is tested with a real sign-up",
  bad: [
    "create table public.profiles (id uuid primary key);\nalter table public.profiles enable row level security;\ncreate function public.welcome() returns trigger language plpgsql as $$ begin insert into public.profiles (id) values (new.id); return new; end $$;\ncreate trigger welcome after insert on auth.users for each row execute function public.welcome();",
    "create table profiles (id uuid primary key);\nalter table profiles enable row level security;\ncreate function welcome() returns trigger language plpgsql security definer as $$ begin insert into profiles (id) values (new.id); return new; end $$;\ncreate trigger welcome after insert on auth.users for each row execute function welcome();",
    "create table public.profiles (id uuid primary key, username text not null);\nalter table public.profiles enable row level security;\ncreate function public.welcome() returns trigger language plpgsql security definer set search_path = '' as $$ begin insert into public.profiles (id) values (new.id); return new; end $$;\ncreate trigger welcome after insert on auth.users for each row execute function public.welcome();",
  ],
  good: [
    "create table public.profiles (id uuid primary key, username text not null default '');\nalter table public.profiles enable row level security;\ncreate function public.welcome() returns trigger language plpgsql security definer set search_path = '' as $$ begin insert into public.profiles (id) values (new.id); return new; end $$;\ncreate trigger welcome after insert on auth.users for each row execute function public.welcome();",
  ],
  *schema(scene) {
    const users = scene.schema.tables.get(keyOf("auth", "users"));
    const seen = new Set<Routine>();
    for (const { function: called } of users?.triggers ?? []) {
      const key = resolve(scene.schema, scene.schema.routines, called);
      const [routine] = key === undefined ? [] : (scene.schema.routines.get(key) ?? []);
      if (routine === undefined || seen.has(routine)) continue;
      seen.add(routine);
      yield* judge(scene, routine);
    }
  },
});

function* judge(scene: SchemaScene, routine: Routine): Iterable<Report> {
  const definition = definitionOf(scene, routine);
  if (definition === undefined || bodyOf(definition.statement) === undefined) return;
  const { statement, place } = definition;
  const inner = partsOf(statement).slice(1);
  const named = inner.flatMap(({ statement: one }) => relationsIn(one.node));
  const own = named.filter((range) => isOwn(scene.schema, range));
  if (own.length === 0) return;
  const bare = own.find(({ schemaname }) => schemaname === undefined);
  const lost = bare !== undefined && !routine.settings.has("search_path");
  if (!routine.definer || lost) {
    const shown = own[0]?.relname ?? "";
    const path = bare === undefined ? "''" : "public";
    const does = `alter function \`${sqlName(routine)}(${signature(routine.arguments)})\` security definer`;
    const set = routine.settings.has("search_path") ? "" : ` set search_path = \`${path}\``;
    yield {
      at: headOf(scene, place),
      message: routine.definer
        ? `\`${routine.name}\` runs with the search path of the auth service, where there is no \`${bare?.relname}\`: every sign-up fails.`
        : `\`${routine.name}\` runs with the rights of the auth service, which has none on \`${shown}\`: every sign-up fails.`,
      fixes: () =>
        cures(scene, place, {
          title: "Run it as its owner",
          slug: `definer_${routine.name}`,
          statements: [does + set],
        }),
    };
  }
  for (const { start, statement: one } of inner) {
    const insert = as(one.node, "InsertStmt");
    const table = insert === undefined ? undefined : tableNamed(scene.schema, insert.relation);
    const missing = insert === undefined || table === undefined ? undefined : requiredIn(table, insert);
    if (missing === undefined || table === undefined) continue;
    yield {
      at: { ...place, span: { start, end: start + one.text.length } },
      message: `This INSERT gives \`${displayName(table)}.${missing}\` no value, which it needs: every sign-up fails.`,
    };
  }
}

function relationsIn(node: Parameters<typeof walk>[0]): readonly RangeVar[] {
  const found: RangeVar[] = [];
  const withs = new Set<string>();
  walk(node, (kind, one) => {
    if (kind === "CommonTableExpr") withs.add(one.ctename ?? "");
  });
  walk(node, (kind, one) => {
    if (kind === "RangeVar" && (one.schemaname !== undefined || !withs.has(one.relname ?? ""))) found.push(one);
  });
  return found;
}

/** Whether a name is one of the project's tables. */
function isOwn(schema: Schema, range: RangeVar): boolean {
  if (isPlatformSchema(range.schemaname ?? "")) return false;
  return tableNamed(schema, range)?.origin.made !== undefined;
}

/** A column that must have a value and gets none. A trigger of the table may give it one. */
function requiredIn(table: Table, insert: InsertStmt): string | undefined {
  const given = insert.cols?.map((node) => as(node, "ResTarget")?.name);
  if (given === undefined || !table.complete) return undefined;
  if (table.triggers.some(({ timing, events }) => timing === "before" && events.includes("insert"))) return undefined;
  return table.columns.find(
    ({ name, notNull, default: value, generated }) =>
      notNull && value === undefined && generated === undefined && !given.includes(name),
  )?.name;
}
