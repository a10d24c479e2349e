import {
  type MissingRoutine,
  missingRoutines,
  missingRoutinesInBlock,
  missingRoutinesInBody,
} from "../schema/missing-routines.js";
import type { Place } from "../schema/model.js";
import { quoteName } from "../sql/quote.js";
import { as } from "../sql/tree.js";
import { goneSince } from "./about-departures.js";
import { isOfOtherDatabase } from "./about-dialects.js";
import { extensionBefore, extensionLater } from "./about-extensions.js";
import { definitionOf, renameIn, renameInBody } from "./about-names.js";
import { likeKeywords, tableNamed } from "./about-tables.js";
import { isLastChange, keeperText } from "./about-times.js";
import { check, type Fix, placeIn, type StatementScene } from "./check.js";

export default check({
  name: "unknown-function",
  severity: "error",
  area: "K",
  kind: "act",
  summary: "A call, a trigger or a grant names a function that is not there, or gives it another number of arguments.",
  why: "The migration fails at this statement. In the body of a function the call fails whenever it is reached.",
  instead:
    "Correct the name or the arguments, make the function before this point, or create the extension that brings it.",
  silent:
    "a history that begins on a database that was there already, names that other SQL of the project makes or goes on working with, dynamic SQL, and extensions whose contents are not known",
  turnOff: "when functions come from an extension or a deployment of your own that leaves no SQL in the project",
  peers: "PLS",
  bad: [
    "create table post (id uuid primary key, updated_at timestamptz);\nalter table post enable row level security;\ncreate trigger touch before update on post for each row execute function update_updated_at_column();",
    "create table post (id uuid primary key default gen_random_uid());\nalter table post enable row level security;",
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\nselect similarity(title, 'x') from post;",
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function short(title text, length int) returns text language sql immutable as $$ select left(title, length) $$;\nselect short(title) from post;",
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function is_titled(text) returns boolean language sql immutable as $$ select $1 <> '' $$;\ncreate function titled() returns boolean language plpgsql as $$ begin return is_titeld('x'); end $$;",
  ],
  good: [
    "create table post (id uuid primary key default gen_random_uuid(), at timestamptz default now());\nalter table post enable row level security;\ncreate function touch() returns trigger language plpgsql as $$ begin new.at := now(); return new; end $$;\ncreate trigger touch before update on post for each row execute function touch();",
    "create extension pg_trgm;\ncreate table post (id uuid primary key, title text);\nalter table post enable row level security;\nselect similarity(title, 'x'), date(now()), concat(id, title), count(*) from post group by id, title;",
    "create extension postgis;\ncreate table place (id uuid primary key, at geometry);\nalter table place enable row level security;\nselect st_x(at) from place;",
    "alter table post add column at timestamptz default stamp();",
  ],
  *statement(scene) {
    // A script outside of a history runs on whatever database there is.
    if (scene.file.migration === undefined || isOfOtherDatabase(scene.file.uri)) return;
    const { statement, before, after, facts } = scene;
    const schemas = before === after ? [before] : [before, after];
    const found = as(statement.node, "DoStmt")
      ? missingRoutinesInBlock(statement, schemas, facts.platform)
      : missingRoutines(statement, schemas, facts.platform);
    const effect = scene.inTransaction === false ? "this statement fails" : "this migration fails here";
    for (const one of found) {
      yield {
        at: placeIn(scene, one.span),
        message: `${lack(one)}, so ${effect}.`,
        fixes: () => [
          ...renameIn(scene, one),
          ...one.from.map((name) => extensionBefore(scene, name)),
          ...keeperBefore(scene, one),
        ],
        ...(one.from.length === 0 && { absent: { kind: "function", name: one.call.name.name } }),
      };
    }
  },
  *schema(scene) {
    if (scene.history === undefined) return;
    for (const routine of scene.schema.routines.values().flat()) {
      const definition = definitionOf(scene, routine);
      if (definition === undefined) continue;
      const { statement, place } = definition;
      for (const one of missingRoutinesInBody(statement, scene.schema, scene.facts.platform)) {
        const at: Place = { ...place, span: one.span };
        if (goneSince(scene, place, { kind: "function", name: one.call.name.name }) !== undefined) continue;
        yield {
          at,
          message: `${lack(one)}, so \`${routine.name}\` fails when it gets here.`,
          fixes: () => [
            ...renameInBody(scene, { name: one, routine, statement, at }),
            ...one.from.map((name) => extensionLater(name, scene.facts, statement.text)),
          ],
          ...(one.from.length === 0 && { absent: { kind: "function", name: one.call.name.name } }),
        };
      }
    }
  },
});

function lack({ shown, call, takes, from }: MissingRoutine): string {
  const kind = call.kind === "trigger" ? "trigger function" : "function";
  if (takes.length > 0 && call.count !== undefined) {
    const given = call.count === 1 ? "1 argument" : `${call.count === 0 ? "no" : call.count} arguments`;
    if (call.named.length > 0) return `No \`${shown}\` takes these ${given} by these names`;
    const wanted = takes.join(" or ").replace(/^0$/, "no");
    return `\`${shown}\` takes ${wanted} argument${wanted === "1" ? "" : "s"}, but gets ${given}`;
  }
  const [extension] = from;
  if (extension !== undefined)
    return `\`${shown}\` comes with the extension \`${extension}\`, which nothing creates before this point`;
  return `There is no ${kind} \`${shown}\` at this point`;
}

/** The function that a trigger wants which keeps the time of the last change. */
function keeperBefore(scene: StatementScene, { call, meant }: MissingRoutine): readonly Fix[] {
  const create = as(scene.statement.node, "CreateTrigStmt");
  if (create === undefined || call.kind !== "trigger" || meant() !== undefined) return [];
  const column = tableNamed(scene.before, create.relation)?.columns.find(isLastChange);
  if (column === undefined || !/updat|modif|chang|touch|timestamp/i.test(call.name.name)) return [];
  const text = likeKeywords(scene.statement, keeperText(quoteName(call.name), column.name));
  const edits = [{ at: placeIn(scene, { start: 0, end: 0 }), text: `${text};\n\n` }];
  return [{ title: `Make the function before it, which sets \`${column.name}\``, safe: false, edits }];
}
