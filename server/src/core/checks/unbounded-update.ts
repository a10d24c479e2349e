import type { RangeVar } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { as, constantOf, stringOf } from "../sql/tree.js";
import { busyTable } from "./about-tables.js";
import { check, type Report, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "unbounded-update",
  severity: "info",
  area: "G",
  kind: "act",
  summary: "UPDATE or DELETE without WHERE, or with one that is always true, on a table that may hold rows.",
  why: "Every row is changed in one statement: until the transaction ends all of them stay locked (ROW EXCLUSIVE on the table lets others read, but what writes these rows waits), dead versions fill the table, and replicas and devices get every row anew.",
  instead: "Say which rows are meant, or change them in batches by key outside the transaction.",
  turnOff: "when migrations change reference data alone, tables of a few rows that are written anew as a whole",
  peers: "PLS PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, seen boolean);\n-- file: supabase/migrations/2_seen.sql\nupdate message set seen = false;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, seen boolean);\n-- file: supabase/migrations/2_clean.sql\nDELETE FROM message WHERE true;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, seen boolean);\n-- file: supabase/migrations/2_clean.sql\nwith old as (delete from message returning id) select count(*) from old;",
  ],
  good: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, seen boolean);\n-- file: supabase/migrations/2_seen.sql\nupdate message set seen = false where seen is null;",
    "create table message (id uuid primary key, seen boolean);\nupdate message set seen = false;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, room int);\ncreate table room (id int primary key);\n-- file: supabase/migrations/2_join.sql\nupdate message set room = room.id from room where room.id = message.room;",
  ],
  visit: {
    *UpdateStmt(update, scene) {
      if ((update.fromClause ?? []).length === 0) yield* judge(scene, update.relation, update.whereClause, "changes");
      yield* within(scene, update.withClause?.ctes);
    },
    *DeleteStmt(remove, scene) {
      if ((remove.usingClause ?? []).length === 0) yield* judge(scene, remove.relation, remove.whereClause, "deletes");
      yield* within(scene, remove.withClause?.ctes);
    },
    *SelectStmt(select, scene) {
      yield* within(scene, select.withClause?.ctes);
    },
    *InsertStmt(insert, scene) {
      yield* within(scene, insert.withClause?.ctes);
    },
  },
});

/** Data-changing queries in WITH. */
function* within(scene: StatementScene, queries: readonly Node[] | undefined): Iterable<Report> {
  for (const node of queries ?? []) {
    const query = as(node, "CommonTableExpr")?.ctequery;
    const update = as(query, "UpdateStmt");
    const remove = as(query, "DeleteStmt");
    if (update !== undefined && (update.fromClause ?? []).length === 0)
      yield* judge(scene, update.relation, update.whereClause, "changes");
    if (remove !== undefined && (remove.usingClause ?? []).length === 0)
      yield* judge(scene, remove.relation, remove.whereClause, "deletes");
  }
}

function* judge(
  scene: StatementScene,
  relation: RangeVar | undefined,
  where: Node | undefined,
  does: string,
): Iterable<Report> {
  if (where !== undefined && !isAlwaysTrue(where)) return;
  const table = busyTable(scene, relation);
  if (table === undefined) return;
  yield {
    at: wholeStatement(scene),
    message: `This ${does} every row of \`${table.name}\` in one statement, and other writes to them wait until the transaction ends.`,
    ...(does === "deletes" ? { severity: "warning" } : {}),
  };
}

/** `true`, or a constant compared with itself. */
function isAlwaysTrue(where: Node): boolean {
  if (constantOf(where) === true) return true;
  const comparison = as(where, "A_Expr");
  if (comparison?.kind !== "AEXPR_OP" || stringOf(comparison.name?.[0]) !== "=") return false;
  const [left, right] = [constantOf(comparison.lexpr), constantOf(comparison.rexpr)];
  return left !== undefined && left !== null && left === right;
}
