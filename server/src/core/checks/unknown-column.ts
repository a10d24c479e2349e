import type { MissingName } from "../schema/missing.js";
import { missingIn, missingInBodies, renameIn, renameInBody } from "./about-names.js";
import { check, placeIn } from "./check.js";

export default check({
  name: "unknown-column",
  severity: "error",
  area: "K",
  kind: "act",
  summary: "A statement or a function names a column that its table lacks.",
  why: "The migration fails at this statement. A function is made all the same, and fails whenever it is called.",
  instead: "Correct the name, or add the column before this point.",
  silent:
    "tables whose columns are not all known or that the project makes twice, records and variables of functions, and dynamic SQL",
  turnOff: "when columns are made by tools that leave no SQL in the project",
  peers: "PLS",
  bad: [
    "create table post (id uuid primary key, author_id uuid);\nalter table post enable row level security;\ncreate index on post (autor_id);",
    "create table post (id uuid primary key, body text);\nalter table post enable row level security;\ninsert into post (id, boddy) values (gen_random_uuid(), '');",
    "create table post (id uuid primary key, owner uuid);\nalter table post enable row level security;\ncreate index on post (owner);\ncreate policy own on post for select to authenticated using (ownr = (select auth.uid()));",
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function titles() returns setof text language sql as $$ select p.titel from post p $$;",
  ],
  good: [
    "create table post (id uuid primary key, body text);\nalter table post enable row level security;\nselect p.id, p.ctid, length as n from post p, lateral (select length(p.body)) l (length) order by n;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\ncreate function f(wanted uuid) returns post language plpgsql as $$ declare r post; begin select * into r from post where id = wanted; r.any = 1; return r; end $$;",
    "create table copy as select * from elsewhere.rows;\ncreate index on copy (anything);",
  ],
  *statement(scene) {
    const effect = scene.inTransaction === false ? "this statement fails" : "this migration fails here";
    for (const name of missingIn(scene, "column")) {
      yield {
        at: placeIn(scene, name.span),
        message: `${lack(name)}, so ${effect}.`,
        fixes: () => renameIn(scene, name),
        ...(name.of !== undefined && { absent: { kind: "column", name: name.name, of: name.of } }),
      };
    }
  },
  *schema(scene) {
    if (scene.history === undefined) return;
    for (const found of missingInBodies(scene, "column")) {
      // What a later migration took away is told by another check.
      if (found.gone !== undefined) continue;
      yield {
        at: found.at,
        message: `${lack(found.name)}, so \`${found.routine.name}\` fails when it gets here.`,
        fixes: () => renameInBody(scene, found),
        ...(found.name.of !== undefined && { absent: { kind: "column", name: found.name.name, of: found.name.of } }),
      };
    }
  },
});

function lack({ name, of }: MissingName): string {
  return of === undefined ? `Nothing here has a column \`${name}\`` : `\`${of}\` has no column \`${name}\``;
}
