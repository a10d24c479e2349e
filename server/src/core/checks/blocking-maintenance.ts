import type { RefreshMatViewStmt } from "@pgsql/types";
import { displayName, type View } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { relationName, resolve } from "../schema/reading.js";
import { findWords } from "../sql/clause.js";
import { as } from "../sql/tree.js";
import { busyTable, likeKeywords } from "./about-tables.js";
import { check, type Fix, placeIn, type Report, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "blocking-maintenance",
  severity: "warning",
  area: "D",
  kind: "act",
  summary: "VACUUM FULL, CLUSTER, SET LOGGED or TABLESPACE, or REFRESH without CONCURRENTLY, on what may be in use.",
  why: "All of them write the table or view anew under ACCESS EXCLUSIVE: even reads wait until the last row is written.",
  instead:
    "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index; for tables plain VACUUM, or pg_repack, which copies beside the traffic.",
  silent: "the materialized view is made in the same file, or is not populated yet",
  turnOff: "when such work is done in announced windows in which nothing else runs",
  peers: "SQ PLS MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, room uuid);\ncreate materialized view counts as select room, count(*) from message group by room;\ncreate unique index on counts (room);\n-- file: supabase/migrations/2_refresh.sql\nrefresh materialized view counts;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_vacuum.sql\nVACUUM (FULL, ANALYZE) message;",
    "-- file: supabase/migrations/1_init.sql\ncreate unlogged table message (id uuid primary key);\n-- file: supabase/migrations/2_logged.sql\nalter table message set logged;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_cluster.sql\ncluster message using message_pkey;",
  ],
  good: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, room uuid);\ncreate materialized view counts as select room, count(*) from message group by room;\ncreate unique index on counts (room);\n-- file: supabase/migrations/2_refresh.sql\nrefresh materialized view concurrently counts;",
    "create table message (id uuid primary key, room uuid);\ncreate materialized view counts as select room, count(*) from message group by room with no data;\nrefresh materialized view counts;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_vacuum.sql\nvacuum analyze message;",
  ],
  visit: {
    *RefreshMatViewStmt(refresh, scene) {
      if (refresh.concurrent === true || refresh.skipData === true) return;
      const view = viewOf(scene, refresh);
      const made = view?.origin.made?.uri;
      if (view === undefined || made === undefined || made === scene.file.uri || scene.file.pending.has(made)) return;
      // What is not populated yet serves nobody, and cannot be refreshed concurrently.
      if (isPlatformSchema(view.schema) || view.populated === false) return;
      yield {
        at: wholeStatement(scene),
        message: `Reads of \`${displayName(view)}\` wait until it is computed anew.`,
        fixes: () => concurrently(scene, view),
      };
    },
    *VacuumStmt(vacuum, scene) {
      if (vacuum.is_vacuumcmd !== true || !(vacuum.options ?? []).some(isFull)) return;
      const relations = vacuum.rels ?? [];
      if (relations.length === 0)
        yield {
          at: wholeStatement(scene),
          message: "Reads of and writes to each table wait while it is written anew.",
        };
      for (const node of relations) yield* judge(scene, as(node, "VacuumRelation")?.relation);
    },
    *ClusterStmt(cluster, scene) {
      if (cluster.relation !== undefined) yield* judge(scene, cluster.relation);
    },
    *AlterTableStmt(alter, scene) {
      if (alter.objtype !== "OBJECT_TABLE") return;
      const rewrites = (alter.cmds ?? []).some((node) => rewriting.has(as(node, "AlterTableCmd")?.subtype ?? ""));
      if (rewrites) yield* judge(scene, alter.relation);
    },
  },
});

const rewriting: ReadonlySet<string> = new Set(["AT_SetLogged", "AT_SetUnLogged", "AT_SetTableSpace"]);

function isFull(node: object): boolean {
  const option = as(node as never, "DefElem");
  if (option?.defname !== "full") return false;
  const value = as(option.arg, "String")?.sval ?? as(option.arg, "Boolean")?.boolval;
  return value === undefined || value === true || /^(?:true|on|1)$/i.test(String(value));
}

function* judge(scene: StatementScene, relation: Parameters<typeof busyTable>[1]): Iterable<Report> {
  const table = busyTable(scene, relation);
  if (table === undefined) return;
  yield {
    at: wholeStatement(scene),
    message: `Reads of and writes to \`${table.name}\` wait while all of it is written anew.`,
  };
}

function viewOf({ before }: StatementScene, { relation }: RefreshMatViewStmt): View | undefined {
  const key = resolve(before, before.views, relationName(relation));
  return key === undefined ? undefined : before.views.get(key);
}

/** Where a unique index over plain columns, without predicate, tells the rows apart. */
function concurrently(scene: StatementScene, { indexes }: View): readonly Fix[] {
  const unique = indexes.some(
    (index) => index.unique && index.predicate === undefined && index.columns.every(({ name }) => name !== undefined),
  );
  const word = findWords(scene.statement, ["view"]);
  if (!unique || word === undefined) return [];
  const at = placeIn(scene, { start: word.end, end: word.end });
  return [
    {
      title: "Refresh it concurrently",
      safe: false,
      edits: [{ at, text: likeKeywords(scene.statement, " concurrently") }],
    },
  ];
}
