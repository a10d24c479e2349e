import { type Constraint, displayName, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { isSignature } from "./about-columns.js";
import { isCovered } from "./about-lookups.js";
import { likeKeywords, sqlColumns, sqlName } from "./about-tables.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "unindexed-foreign-key",
  severity: "warning",
  area: "A",
  kind: "state",
  summary: "The columns of a foreign key lead no index.",
  why: "Every delete or key change in the parent, and every join from it, reads the whole child table; with ON DELETE CASCADE it does so while holding locks.",
  instead: "Create an index that starts with the referencing columns, concurrently when the table is in use.",
  silent:
    "an index or key starts with the columns, in any order, and a partial one demands no more than that they are not null; or a unique key over some of them finds the row",
  turnOff: "when parents are never deleted and never joined from, so that the index would only cost writes",
  peers: "PLS SPL EU MP PML PF PGL",
  bad: [
    "create table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid not null references room (id));",
    "create table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid);\nalter table message add constraint message_room foreign key (room_id) references room (id) on delete cascade;",
    "CREATE TABLE room (a int, b int, PRIMARY KEY (a, b));\nCREATE TABLE message (\n  id int PRIMARY KEY,\n  a int,\n  b int,\n  FOREIGN KEY (a, b) REFERENCES room (a, b)\n);\nCREATE INDEX ON message (a);",
    "create table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid references room (id), deleted_at timestamptz);\ncreate index on message (room_id) where deleted_at is null;",
  ],
  good: [
    "create table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid references room (id));\ncreate index on message (room_id);",
    "create table room (id uuid primary key);\ncreate table member (room_id uuid references room (id), user_id uuid, primary key (room_id, user_id));",
    "create table room (a int, b int, primary key (a, b));\ncreate table message (id int primary key, a int, b int, foreign key (a, b) references room (a, b));\ncreate index on message (b, a, id);",
    "create table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid references room (id));\ncreate index on message (room_id) where room_id is not null;",
    "create table profile (id uuid primary key references auth.users (id));",
    "create table app (org int, id int unique, unique (org, id));\ncreate table setting (id int primary key, org int, app_id int unique, foreign key (org, app_id) references app (org, id));",
  ],
  *schema(scene) {
    for (const table of scene.schema.tables.values()) {
      if (isPlatformSchema(table.schema) || table.persistence === "temporary" || table.kind === "foreign") continue;
      for (const constraint of table.constraints) {
        const at = constraint.origin.made;
        if (constraint.kind !== "foreign key" || at === undefined || isServed(scene, table, constraint)) continue;
        const columns = constraint.columns.map((name) => `\`${displayName(table)}.${name}\``).join(", ");
        const parent = constraint.references === undefined ? "its parent" : `\`${displayName(constraint.references)}\``;
        const [verb, them] = constraint.columns.length > 1 ? ["reference", "them"] : ["references", "it"];
        const narrowed = narrowedBy(table, constraint);
        const cost =
          narrowed === undefined
            ? `each delete in ${parent} reads all of \`${displayName(table)}\``
            : `each delete in ${parent} reads all rows of \`${displayName(table)}\` with the same \`${narrowed}\``;
        yield {
          at,
          message: `${columns} ${verb} ${parent}, but no index starts with ${them}: ${cost}.`,
          ...(narrowed === undefined && !isSignature(constraint) ? {} : { severity: "info" }),
          fixes: () => fixesOf(scene, table, constraint),
        };
      }
    }
  },
});

/** A partition's keys may be served by the indexes of its parent, which every partition gets. */
function isServed({ schema }: SchemaScene, table: Table, { columns }: Constraint): boolean {
  const parent = table.partitionOf === undefined ? undefined : schema.tables.get(table.partitionOf);
  return isCovered(table, columns) || (parent !== undefined && isCovered(parent, columns));
}

/** The column of several for which there is an index: it spares most rows, though not all. */
function narrowedBy(table: Table, { columns }: Constraint): string | undefined {
  if (columns.length < 2) return undefined;
  return columns.find((column) =>
    table.indexes.some((index) => index.predicate === undefined && index.columns[0]?.name === column),
  );
}

function fixesOf(scene: SchemaScene, table: Table, constraint: Constraint): readonly Fix[] {
  const made = table.origin.made;
  const piece = made === undefined ? undefined : scene.source(made.uri)?.pieces[made.piece ?? -1];
  const style = piece?.statement?.text ?? "";
  const columns = sqlColumns(constraint.columns);
  const index = (how: string): string =>
    likeKeywords(style, `create index${how} on \`${sqlName(table)} (${columns})\``);
  const fixes: Fix[] = [];
  // The table is made in the newest migration, which nobody has run: the index can come along, and locks nobody out.
  if (
    made !== undefined &&
    made.piece !== undefined &&
    piece !== undefined &&
    (made.uri === scene.newest?.uri || scene.history === undefined)
  ) {
    // The key, and the column with it, may come later than the table.
    const last = constraint.origin.made?.uri === made.uri ? (constraint.origin.made.piece ?? made.piece) : made.piece;
    const end = scene.source(made.uri)?.pieces[last]?.statement?.text.length ?? 0;
    fixes.push({
      title: `Create an index on ${table.name} (${columns}) in this migration`,
      safe: false,
      edits: [{ at: { uri: made.uri, piece: last, span: { start: end, end } }, text: `;\n${index("")}` }],
    });
  }
  if (scene.history !== undefined) {
    // In a migration of its own the table may be in use by then.
    fixes.push({
      title: `Create an index on ${table.name} (${columns}) concurrently in a new migration`,
      safe: false,
      migrations: [
        {
          slug: `index_${table.name}_${constraint.columns.join("_")}`,
          statements: [index(table.kind === "partitioned" ? "" : " concurrently")],
          outsideTransaction: table.kind !== "partitioned",
        },
      ],
    });
  }
  return fixes;
}
