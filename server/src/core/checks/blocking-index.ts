import type { DropStmt, IndexStmt, ReindexStmt } from "@pgsql/types";
import { isPlatformSchema } from "../schema/platform.js";
import { relationName, resolve, stringsOf } from "../schema/reading.js";
import { findWords } from "../sql/clause.js";
import { busyTable, likeKeywords, sqlName } from "./about-tables.js";
import { check, type Fix, mayHoldRows, placeIn, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "blocking-index",
  severity: "warning",
  area: "A",
  kind: "act",
  summary: "An index is built, dropped or rebuilt without CONCURRENTLY on a table that may hold rows.",
  why: "CREATE INDEX holds a SHARE lock, which blocks every write to the table until the build ends. DROP INDEX takes ACCESS EXCLUSIVE on the table and REINDEX on the index, so reads wait too.",
  instead: "Do it CONCURRENTLY, in a migration of its own that does not run in a transaction.",
  turnOff:
    "when the application is stopped while migrations run, or no table ever gets so large that its index takes longer than a request may wait",
  peers: "SQ PLS SM EU AT SD MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_users.sql\ncreate table users (id uuid primary key, email text);\n-- file: supabase/migrations/2_index.sql\ncreate index users_email on users (email);",
    "-- file: supabase/migrations/1_users.sql\ncreate table users (id uuid primary key, email text);\ncreate index users_email on users (email);\n-- file: supabase/migrations/2_index.sql\nselect 1;\nDROP INDEX IF EXISTS users_email;",
    "-- file: supabase/migrations/1_users.sql\ncreate table users (id uuid primary key, email text);\n-- file: supabase/migrations/2_index.sql\nreindex table users;",
    "-- file: supabase/migrations/1_users.sql\nselect 1;\n-- file: supabase/migrations/2_index.sql\nCREATE UNIQUE INDEX ON users (lower(email));",
  ],
  good: [
    "create table users (id uuid primary key, email text);\ncreate index users_email on users (email);",
    "-- file: supabase/migrations/1_users.sql\ncreate table users (id uuid primary key, email text);\n-- file: supabase/migrations/2_index.sql\ncreate index concurrently users_email on users (email);",
    "create temporary table batch (id int);\ncreate index on batch (id);",
  ],
  visit: {
    *IndexStmt(create, scene) {
      if (create.concurrent === true) return;
      const table = busyTable(scene, create.relation);
      if (table === undefined || isPartitioned(scene, create)) return;
      yield {
        at: wholeStatement(scene),
        message: `Writes to \`${table.name}\` wait while this index is built.`,
        fixes: () => concurrently(scene, ["index"], create.idxname ?? `${create.relation?.relname ?? "table"}_index`),
      };
    },
    *DropStmt(drop, scene) {
      if (drop.removeType !== "OBJECT_INDEX" || drop.concurrent === true) return;
      const table = tableOfDropped(drop, scene);
      if (table === undefined) return;
      yield {
        at: wholeStatement(scene),
        message: `Reads of and writes to \`${table}\` wait while this index is dropped, and behind every query that is running when it starts.`,
        // DROP INDEX CONCURRENTLY takes one index and no CASCADE.
        fixes: () =>
          drop.objects?.length === 1 && drop.behavior !== "DROP_CASCADE"
            ? concurrently(scene, ["index"], "drop_index")
            : [],
      };
    },
    *ReindexStmt(reindex, scene) {
      if (/\bconcurrently\b/i.test(scene.statement.text)) return;
      const table = reindexed(reindex, scene);
      if (table === undefined) return;
      yield {
        at: wholeStatement(scene),
        message: `Writes to \`${table}\` wait while its indexes are rebuilt, and reads that would use them.`,
        fixes: () =>
          concurrently(scene, ["table"], "reindex")
            .concat(concurrently(scene, ["index"], "reindex"))
            .slice(0, 1),
      };
    },
  },
});

/** A partitioned parent cannot have its index built concurrently; the partitions can, one by one. */
function isPartitioned({ before }: StatementScene, { relation }: IndexStmt): boolean {
  const key = resolve(before, before.tables, relationName(relation));
  return key !== undefined && before.tables.get(key)?.kind === "partitioned";
}

function tableOfDropped({ objects }: DropStmt, scene: StatementScene): string | undefined {
  for (const object of objects ?? []) {
    const names = "List" in object ? stringsOf(object.List.items) : [];
    const written = { schema: names.at(-2), name: names.at(-1) ?? "" };
    if (isPlatformSchema(written.schema ?? "")) continue;
    const key = resolve(scene.before, scene.before.indexes, written);
    const table = key === undefined ? undefined : scene.before.tables.get(scene.before.indexes.get(key) ?? "");
    if (table !== undefined && mayHoldRows(table, scene.file)) return sqlName(table);
  }
  return undefined;
}

function reindexed({ kind, relation }: ReindexStmt, scene: StatementScene): string | undefined {
  if (kind === "REINDEX_OBJECT_TABLE") return busyTable(scene, relation)?.name;
  if (kind !== "REINDEX_OBJECT_INDEX") return undefined;
  const key = resolve(scene.before, scene.before.indexes, relationName(relation));
  const table = key === undefined ? undefined : scene.before.tables.get(scene.before.indexes.get(key) ?? "");
  return table !== undefined && mayHoldRows(table, scene.file) ? sqlName(table) : undefined;
}

/** The statement with CONCURRENTLY: in place when nothing wraps it, else taken out into a migration of its own. */
function concurrently(scene: StatementScene, after: readonly string[], slug: string): readonly Fix[] {
  const { statement } = scene;
  const word = findWords(statement, after);
  if (word === undefined) return [];
  const text = `${statement.text.slice(0, word.end)}${likeKeywords(statement, " concurrently")}${statement.text.slice(word.end)}`;
  if (scene.inTransaction === false) {
    const at = placeIn(scene, { start: word.end, end: word.end });
    return [
      { title: "Do it concurrently", safe: false, edits: [{ at, text: likeKeywords(statement, " concurrently") }] },
    ];
  }
  if (scene.file.history === undefined) return [];
  return [
    {
      title: "Do it concurrently, in a migration of its own",
      safe: false,
      takesOut: [wholeStatement(scene)],
      migrations: [{ slug, statements: [text], outsideTransaction: true }],
    },
  ];
}
