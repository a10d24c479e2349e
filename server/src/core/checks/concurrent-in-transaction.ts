import { findWords } from "../sql/clause.js";
import type { Span } from "../text/source.js";
import { check, type Fix, placeIn, type Report, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "concurrent-in-transaction",
  severity: "error",
  area: "A",
  kind: "act",
  summary: "A statement that PostgreSQL refuses in a transaction stands in one, written or added by the runner.",
  why: "CREATE INDEX CONCURRENTLY, VACUUM, ALTER SYSTEM and their kin fail there (25001), and the whole migration with them.",
  instead: "Give it a migration of its own, in the runner's notation for running without a transaction.",
  silent: "nobody knows how the file is run, and no BEGIN stands before the statement",
  turnOff: "when your runner splits files or skips the transaction in a way that its configuration does not show",
  peers: "SQ PLS AT MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_users.sql\ncreate table users (id uuid primary key, email text);\n-- file: supabase/migrations/2_index.sql\nalter table users add column name text;\ncreate index concurrently users_email on users (email);",
    "begin;\nvacuum analyze;\ncommit;",
    "-- file: db/migrations/1_users.sql\n-- migrate:up\ncreate table users (id int, email text);\n-- file: db/migrations/2_index.sql\n-- migrate:up\ncreate index concurrently users_email on users (email);\n-- migrate:down\ndrop index users_email;",
    "-- file: migrations/1_users.sql\ncreate table users (id int, email text);\nBEGIN;\nDROP INDEX CONCURRENTLY users_email;\nCOMMIT;",
  ],
  good: [
    "-- file: supabase/migrations/1_users.sql\ncreate table users (id uuid primary key, email text);\n-- file: supabase/migrations/2_index.sql\ncreate index concurrently users_email on users (email);",
    "-- file: db/migrations/1_users.sql\n-- migrate:up transaction:false\ncreate index concurrently users_email on users (email);\n-- migrate:down\n",
    "begin;\nrefresh materialized view concurrently totals;\ncommit;",
    "-- file: migrations/1_users.sql\ncreate table users (id int, email text);\ncreate index concurrently users_email on users (email);",
  ],
  visit: {
    *IndexStmt(create, scene) {
      if (create.concurrent === true) yield* found(scene, "CREATE INDEX CONCURRENTLY");
    },
    *DropStmt(drop, scene) {
      if (drop.concurrent === true) yield* found(scene, "DROP INDEX CONCURRENTLY");
    },
    *ReindexStmt(_reindex, scene) {
      if (findWords(scene.statement, ["concurrently"]) !== undefined) yield* found(scene, "REINDEX CONCURRENTLY");
    },
    *AlterTableStmt(alter, scene) {
      for (const node of alter.cmds ?? []) {
        if (!("AlterTableCmd" in node) || node.AlterTableCmd.subtype !== "AT_DetachPartition") continue;
        const { def } = node.AlterTableCmd;
        if (def !== undefined && "PartitionCmd" in def && def.PartitionCmd.concurrent === true)
          yield* found(scene, "DETACH PARTITION CONCURRENTLY");
      }
    },
    *VacuumStmt(vacuum, scene) {
      // ANALYZE may run in a transaction.
      if (vacuum.is_vacuumcmd === true) yield* found(scene, "VACUUM");
    },
    *AlterSystemStmt(_alter, scene) {
      yield* found(scene, "ALTER SYSTEM");
    },
    *CreatedbStmt(_create, scene) {
      yield* found(scene, "CREATE DATABASE");
    },
    *DropdbStmt(_drop, scene) {
      yield* found(scene, "DROP DATABASE");
    },
  },
});

function* found(scene: StatementScene, what: string): Iterable<Report> {
  if (scene.inTransaction !== true) return;
  const word = findWords(scene.statement, ["concurrently"]);
  const span: Span = word ?? { start: 0, end: Math.min(scene.statement.text.length, what.length) };
  yield {
    at: placeIn(scene, span),
    message: `\`${what}\` fails here, because the file runs in a transaction.`,
    fixes: () => ownFile(scene, what),
  };
}

/** Behind a written BEGIN the fix would have to take that apart too; and a tool that always wraps has no place for it. */
function ownFile(scene: StatementScene, what: string): readonly Fix[] {
  const { history, wrapping } = scene.file;
  const apart = wrapping === "implicit" || ["goose", "dbmate", "flyway"].includes(history?.tool ?? "");
  if (history === undefined || !apart || scene.file.migration === undefined) return [];
  return [
    {
      title: "Move it to a migration of its own",
      safe: false,
      takesOut: [wholeStatement(scene)],
      migrations: [{ slug: what.toLowerCase(), statements: [scene.statement.text], outsideTransaction: true }],
    },
  ];
}
