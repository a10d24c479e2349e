import { missingRoles } from "../schema/missing-types.js";
import { renameIn } from "./about-names.js";
import { check, placeIn } from "./check.js";

export default check({
  name: "unknown-role",
  severity: "warning",
  area: "K",
  kind: "act",
  summary: "A grant, policy or owner names a role that is not there.",
  why: "The migration fails at this statement: neither the platform nor a migration makes such a role.",
  instead: "Correct the name, or create the role before this point.",
  silent:
    "dynamic SQL, a history that begins on a database that was there already, and servers without a platform, where an administrator may have made the role, unless the name is a slip in writing one that is known",
  turnOff: "when roles are made by the administrator of each server before the migrations run",
  peers: "PLS",
  bad: [
    "create table post (id uuid primary key);\nalter table post enable row level security;\ngrant select on post to authenticatd;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\ncreate policy everyone on post for select to anonymous using (true);",
    "-- file: migrations/1_init.sql\ncreate role reporting;\ncreate table post (id uuid primary key);\ngrant select on post to reportng;",
  ],
  good: [
    "create role reporting;\ncreate table post (id uuid primary key);\nalter table post enable row level security;\ngrant select on post to reporting, authenticated, service_role, postgres, public;\nalter table post owner to current_user;",
    "-- file: migrations/1_init.sql\ncreate table post (id uuid primary key);\ngrant select on post to app_reader;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\ndo $$ begin execute 'create role robot'; end $$;\ngrant select on post to robot;",
  ],
  *statement(scene) {
    if (scene.file.migration === undefined) return;
    const { statement, before, after, facts } = scene;
    const effect = scene.inTransaction === false ? "this statement fails" : "this migration fails here";
    for (const one of missingRoles(statement, before === after ? [before] : [before, after], facts.platform)) {
      yield {
        at: placeIn(scene, one.span),
        message: `There is no role \`${one.shown}\` at this point, so ${effect}.`,
        // A server may have roles that no file makes, but hardly one that differs from a known one by a slip.
        ...(one.meant() === undefined ? {} : { severity: "error" }),
        fixes: () => renameIn(scene, one),
      };
    }
  },
});
