import { missingTypes } from "../schema/missing-types.js";
import { extensionBefore } from "./about-extensions.js";
import { renameIn } from "./about-names.js";
import { check, placeIn } from "./check.js";

export default check({
  name: "unknown-type",
  severity: "error",
  area: "K",
  kind: "act",
  summary: "A column, argument or cast names a type that is not there.",
  why: "The migration fails at this statement.",
  instead: "Correct the name, make the type before this point, or create the extension that brings it.",
  silent:
    "a history that begins on a database that was there already, names that other SQL of the project makes or goes on working with, dynamic SQL, and extensions whose contents are not known",
  turnOff: "when types come from an extension or a deployment of your own that leaves no SQL in the project",
  peers: "PLS",
  bad: [
    "create type post_state as enum ('draft', 'live');\ncreate table post (id uuid primary key, state pots_state);\nalter table post enable row level security;",
    "create table post (id uuid primary key, seen timestamptzz);\nalter table post enable row level security;",
    "create table post (id uuid primary key, tags hstore);\nalter table post enable row level security;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\ncreate function first_post() returns posts language sql stable as $$ select null $$;",
  ],
  good: [
    "create type post_state as enum ('draft', 'live');\ncreate table post (id uuid primary key, state post_state, old post_state[], n serial, c \"char\");\nalter table post enable row level security;\ncreate function newest() returns setof post language sql stable as $$ select * from post $$;",
    "create extension vector;\ncreate table post (id uuid primary key, embedding vector(3));\nalter table post enable row level security;\nselect '[1,2,3]'::vector, null::regclass, null::_text, null::pg_class;",
    "create extension postgis;\ncreate table place (id uuid primary key, at geometry(point));\nalter table place enable row level security;",
    "alter table post add column state post_state;",
  ],
  *statement(scene) {
    if (scene.file.migration === undefined) return;
    const { statement, before, after, facts } = scene;
    const effect = scene.inTransaction === false ? "this statement fails" : "this migration fails here";
    for (const one of missingTypes(statement, before === after ? [before] : [before, after], facts.platform)) {
      const [extension] = one.from;
      const lack =
        extension === undefined
          ? `There is no type \`${one.shown}\` at this point`
          : `The type \`${one.shown}\` comes with the extension \`${extension}\`, which nothing creates before this point`;
      yield {
        at: placeIn(scene, one.span),
        message: `${lack}, so ${effect}.`,
        fixes: () => [...renameIn(scene, one), ...one.from.map((name) => extensionBefore(scene, name))],
        ...(extension === undefined && { absent: { kind: "type", name: one.shown.split(".").at(-1) ?? one.shown } }),
      };
    }
  },
});
