import { missingIn, missingInBodies, renameIn, renameInBody } from "./about-names.js";
import { check, placeIn } from "./check.js";

export default check({
  name: "unknown-table",
  severity: "error",
  area: "K",
  kind: "act",
  summary: "A statement or a function names a table or view that is not there.",
  why: "The migration fails at this statement. A function is made all the same, and fails whenever it is called.",
  instead: "Correct the name, or make the table before this point.",
  silent:
    "a history that begins on a database that was there already, names that other SQL of the project makes or goes on working with, dynamic SQL, and what the platform, an extension or a temporary table may bring",
  turnOff:
    "when tables are made by tools that leave no SQL in the project, or the history starts on a database that is not described",
  peers: "PLS",
  bad: [
    "create table post (id uuid primary key, body text);\nalter table post enable row level security;\ncreate index on posts (body);",
    "create table profiles (id uuid primary key);\nalter table profiles enable row level security;\ncreate table post (id uuid primary key, author uuid references profile (id));\ncreate index on post (author);\nalter table post enable row level security;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\ncreate function count_likes() returns bigint language sql as $$ select count(*) from likes $$;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\ncreate view newest with (security_invoker) as select psot.id from post;",
  ],
  good: [
    "create table post (id uuid primary key);\nalter table post enable row level security;\nwith posts as (select id from post) select count(*) from posts join auth.users u on u.id = posts.id;",
    "alter table post add column body text;\ncreate index on posts (body);",
    "create table post (id uuid primary key);\ncreate temporary table batch (id uuid);\ninsert into batch select id from post;\ndrop table if exists posts;",
    "create table post (id uuid primary key);\ndo $$ begin execute 'create table likes (id uuid)'; end $$;\nselect * from likes;",
  ],
  *statement(scene) {
    // A script outside of a history runs on whatever database there is.
    if (scene.file.migration === undefined) return;
    for (const name of missingIn(scene, "table")) {
      const effect = scene.inTransaction === false ? "this statement fails" : "this migration fails here";
      yield {
        at: placeIn(scene, name.span),
        message:
          name.inQuery === true
            ? `\`${name.name}\` is none of the tables of this query, so ${effect}.`
            : `There is no table or view \`${shown(name)}\` at this point, so ${effect}.`,
        fixes: () => renameIn(scene, name),
        ...(name.inQuery === undefined && { absent: { kind: "relation", name: name.name } }),
      };
    }
  },
  *schema(scene) {
    if (scene.history === undefined) return;
    for (const found of missingInBodies(scene, "table")) {
      // What a later migration took away is told by another check.
      if (found.gone !== undefined) continue;
      yield {
        at: found.at,
        message: `There is no table or view \`${shown(found.name)}\`, so \`${found.routine.name}\` fails when it gets here.`,
        fixes: () => renameInBody(scene, found),
        ...(found.name.inQuery === undefined && { absent: { kind: "relation", name: found.name.name } }),
      };
    }
  },
});

function shown({ schema, name }: { readonly schema: string | undefined; readonly name: string }): string {
  return schema === undefined ? name : `${schema}.${name}`;
}
