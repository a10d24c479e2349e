import { missingRoutinesInBody } from "../schema/missing-routines.js";
import type { Place, Routine } from "../schema/model.js";
import { relationNamed } from "../schema/relations.js";
import { bodyOf } from "../sql/body.js";
import { tokens } from "../sql/lexer.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Statement } from "../sql/statement.js";
import { memo } from "../text/memo.js";
import { nearest } from "../text/nearest.js";
import type { Span } from "../text/source.js";
import { type Gone, goneSince } from "./about-departures.js";
import { definitionOf, missingInBodies, renameInBody } from "./about-names.js";
import { check, type Report, type SchemaScene } from "./check.js";

export default check({
  name: "broken-function",
  severity: "error",
  area: "K",
  kind: "state",
  summary:
    "A function still names what a later migration dropped or renamed, or a column that the row of its trigger does not have.",
  why: "PostgreSQL does not look into bodies when a table, column or function goes: the change succeeds, and each call of the function fails from then on. Behind a trigger that is every write to its table.",
  instead: "Replace the function with one that uses what is there now, in the migration that makes the change.",
  silent:
    "dynamic SQL, bodies that ask whether something is there, and functions of triggers on several tables one of which has the column",
  turnOff:
    "when another tool puts all functions in place again after each migration, from files that are not migrations",
  peers: "SD PLS",
  bad: [
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function titles() returns setof text language sql stable as $$ select title from post $$;\n-- file: supabase/migrations/2_b.sql\nalter table post rename column title to headline;",
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\ncreate table likes (id uuid primary key);\nalter table post enable row level security;\ncreate function liked() returns bigint language plpgsql stable as $$ begin return (select count(*) from likes); end $$;\n-- file: supabase/migrations/2_b.sql\n-- data-orchestrator: allow destroyed-rows because they are not used\ndrop table likes;",
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key, title text, changed_at timestamptz);\nalter table post enable row level security;\ncreate function touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;\ncreate trigger touch before update on post for each row execute function touch();",
  ],
  good: [
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function titles() returns setof text language sql stable as $$ select title from post $$;\n-- file: supabase/migrations/2_b.sql\nalter table post rename column title to headline;\ncreate or replace function titles() returns setof text language sql stable as $$ select headline from post $$;",
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate view titles with (security_invoker) as select title from post;\n-- file: supabase/migrations/2_b.sql\nalter table post rename column title to headline;",
    "create table post (id uuid primary key, updated_at timestamptz);\nalter table post enable row level security;\ncreate function touch() returns trigger language plpgsql as $$ begin if new.id = old.id then new.updated_at := now(); end if; return new; end $$;\ncreate trigger touch before update on post for each row execute function touch();",
  ],
  *schema(scene) {
    if (scene.history === undefined) return;
    for (const kind of ["table", "column"] as const) {
      for (const found of missingInBodies(scene, kind)) {
        if (found.gone !== undefined)
          yield broken(scene, found.at, found.routine, found.statement, found.name.name, found.gone);
      }
    }
    for (const routine of scene.schema.routines.values().flat()) {
      const definition = definitionOf(scene, routine);
      if (definition === undefined) continue;
      const { statement, place } = definition;
      for (const { call, span } of missingRoutinesInBody(statement, scene.schema, scene.facts.platform)) {
        const gone = goneSince(scene, place, { kind: "function", name: call.name.name });
        if (gone !== undefined) yield broken(scene, { ...place, span }, routine, statement, call.name.name, gone);
      }
    }
    yield* brokenTriggers(scene);
  },
});

function broken(
  scene: SchemaScene,
  at: Place,
  routine: Routine,
  statement: Statement,
  name: string,
  gone: Gone,
): Report {
  const { at: where, renamed } = gone;
  const now = renamed === undefined ? "is dropped" : `is now called \`${renamed}\``;
  return {
    at,
    message: `\`${name}\` ${now} by a later statement, so \`${routine.name}\` fails when it gets here.`,
    related: [{ at: where, message: renamed === undefined ? "drops it" : "renames it" }],
    fixes: () =>
      renamed === undefined
        ? []
        : renameInBody(scene, {
            name: { span: at.span, meant: () => quoteIdentifier(renamed) },
            routine,
            statement,
            at,
            gone,
          }),
  };
}

/** Columns that a trigger function reads or sets in its row, and that no table of its triggers has. */
function* brokenTriggers(scene: SchemaScene): Iterable<Report> {
  const tables = new Map<string, { readonly name: string; readonly columns: readonly string[] | undefined }[]>();
  for (const table of scene.schema.tables.values()) {
    for (const trigger of table.triggers) {
      const { columns } = relationNamed(scene.schema, table) ?? { columns: undefined };
      const rows = trigger.forEach === "row" ? columns : undefined;
      const list = tables.get(trigger.function.name) ?? [];
      tables.set(trigger.function.name, [...list, { name: table.name, columns: rows }]);
    }
  }
  if (tables.size === 0 || scene.schema.unread > 0) return;
  const all = scene.schema.routines.values().flat();
  for (const routine of all) {
    const on = tables.get(routine.name);
    const definition = routine.returns === "trigger" ? definitionOf(scene, routine) : undefined;
    if (on === undefined || definition === undefined || on.some(({ columns }) => columns === undefined)) continue;
    // Which of two functions of one name a trigger means is told by the search path of its day.
    if (all.some((other) => other !== routine && other.name === routine.name)) continue;
    const { statement, place } = definition;
    const known = new Set(on.flatMap(({ columns }) => columns ?? []));
    for (const { name, span } of fieldsOfRow(statement)) {
      if (known.has(name)) continue;
      const gone = goneSince(scene, place, { kind: "column", name });
      const at: Place = { ...place, span };
      if (gone !== undefined) {
        yield broken(scene, at, routine, statement, name, gone);
        continue;
      }
      const shown = [...new Set(on.map((table) => `\`${table.name}\``))].join(", ");
      yield {
        at,
        message: `${shown} ${shown.includes(",") ? "have" : "has"} no column \`${name}\`, so \`${routine.name}\` fails, and with it the write that fires its trigger.`,
        fixes: () => {
          const near = nearest(name, known);
          const meant = (): string | undefined => (near === undefined ? undefined : quoteIdentifier(near));
          return renameInBody(scene, { name: { span, meant }, routine, statement, at });
        },
        ...(on[0] !== undefined && { absent: { kind: "column", name, of: on[0].name } }),
      };
    }
  }
}

interface Field {
  readonly name: string;
  readonly span: Span;
}

/** The names behind NEW and OLD in a body, each once. */
const fieldsOfRow: (statement: Statement) => readonly Field[] = memo((statement) => {
  const body = bodyOf(statement);
  // A relation may be called like the row.
  if (body === undefined || body.language !== "plpgsql" || rowsByOtherName.test(body.text)) return [];
  const all = tokens(body.text).filter(({ kind }) => kind !== "comment");
  const found = new Map<string, Field>();
  for (const [at, { kind, start, end }] of all.entries()) {
    const [before, dot, word, behind] = [all[at - 1], all[at + 1], all[at + 2], all[at + 3]];
    if (kind !== "word" || !/^(?:new|old)$/i.test(body.text.slice(start, end))) continue;
    if (dot === undefined || word === undefined || body.text.slice(dot.start, dot.end) !== ".") continue;
    if (before !== undefined && body.text.slice(before.start, before.end) === ".") continue;
    if (behind !== undefined && body.text.slice(behind.start, behind.end) === "(") continue;
    const written = body.text.slice(word.start, word.end);
    if (word.kind !== "word" && word.kind !== "quoted") continue;
    const name = word.kind === "quoted" ? written.slice(1, -1) : written.toLowerCase();
    const span = { start: word.start + body.span.start, end: word.end + body.span.start };
    if (!found.has(name)) found.set(name, { name, span });
  }
  return [...found.values()];
});

/** The body asks which table it works for, counts on a missing column, or gives the names NEW and OLD to something else. */
const rowsByOtherName =
  /\btg_(?:table_name|relname|argv|relid)\b|\bundefined_column\b|\b(?:as|table)\s+(?:new|old)\b|\bto_jsonb?\s*\(\s*(?:new|old)\b/i;
