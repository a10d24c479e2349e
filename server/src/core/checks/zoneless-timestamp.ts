import { relationName, resolve, typeText } from "../schema/reading.js";
import type { Node } from "../sql/statement.js";
import { definedColumns, typeSpan } from "./about-columns.js";
import { likeKeywords } from "./about-tables.js";
import { check, placeIn, type Report, type StatementScene } from "./check.js";

export default check({
  name: "zoneless-timestamp",
  severity: "info",
  area: "C",
  kind: "act",
  summary: "A column gets the type timestamp without time zone.",
  why: "It keeps the digits of a clock, not a moment: `now()` is written in the zone of whoever writes, and devices read it in theirs.",
  instead: "timestamptz, which takes as much room and keeps the moment.",
  silent:
    "the name says that local time is meant, a column for the zone stands beside it, or the tool writes all times so, in UTC (Prisma)",
  turnOff: "when every writer and reader is set to UTC and the convention is enforced elsewhere",
  peers: "SQ PLS MP PML PF",
  bad: [
    "create table message (id uuid primary key, sent_at timestamp not null default now());",
    "create table message (id uuid primary key);\nALTER TABLE message ADD COLUMN seen_at TIMESTAMP(3) WITHOUT TIME ZONE;",
  ],
  good: [
    "create table message (id uuid primary key, sent_at timestamptz not null default now());",
    "create table meeting (id uuid primary key, starts_local timestamp, begins timestamp, time_zone text);",
    '-- file: prisma/migrations/20260101000000_init/migration.sql\nCREATE TABLE "Note" ("id" TEXT PRIMARY KEY, "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP);',
  ],
  visit: {
    *CreateStmt(create, scene) {
      if (create.relation?.relpersistence !== "t") yield* judge(scene, create.tableElts);
    },
    *AlterTableStmt(alter, scene) {
      if (alter.objtype === "OBJECT_TABLE") {
        const key = resolve(scene.before, scene.before.tables, relationName(alter.relation));
        const table = key === undefined ? undefined : scene.before.tables.get(key);
        yield* judge(
          scene,
          alter.cmds,
          table?.columns.map(({ name }) => name),
        );
      }
    },
  },
});

function* judge(
  scene: StatementScene,
  nodes: readonly Node[] | undefined,
  besides: readonly string[] = [],
): Iterable<Report> {
  if (scene.file.history?.tool === "prisma") return;
  const columns = definedColumns(nodes);
  const found = columns.filter(({ typeName }) => /^timestamp(?:\(\d\))? without/.test(typeText(typeName)));
  if (found.length === 0) return;
  if ([...besides, ...columns.map(({ colname = "" }) => colname)].some((name) => zone.test(name))) return;
  for (const { colname = "", typeName } of found) {
    const span = typeSpan(scene.statement, typeName);
    if (span === undefined || local.test(colname)) continue;
    const written = scene.statement.text.slice(span.start, span.end);
    const better = `timestamptz${/\(\s*\d\s*\)/.exec(written)?.[0] ?? ""}`;
    yield {
      at: placeIn(scene, span),
      message: `\`${colname}\` keeps no time zone: which moment it means depends on the session that writes and on the one that reads.`,
      fixes: () => [
        {
          title: "Make it timestamptz",
          safe: false,
          edits: [{ at: placeIn(scene, span), text: likeKeywords(written, better) }],
        },
      ],
    };
  }
}

const zone = /time_?zone|_tz$|^tz(?:_|$)|timeZone|utc_?offset/i;
const local = /(?:^|_)(?:local|wall|floating|naive|utc)(?:_|$)/i;
