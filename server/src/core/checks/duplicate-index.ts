import { displayName, type Index, type IndexColumn, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { quoteIdentifier } from "../sql/quote.js";
import { as } from "../sql/tree.js";
import { isOpen, statementAt } from "./about-cures.js";
import { isSameExpression } from "./about-lookups.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "duplicate-index",
  severity: "warning",
  area: "A",
  kind: "state",
  summary: "An index does nothing that another one of the same table does not do.",
  why: "Every write keeps both up to date, both take disk and cache, and VACUUM goes through both; reads gain nothing.",
  instead: "Drop the one that no constraint owns; of a short and a longer one, mostly the short one.",
  silent:
    "method, order, operator class, collation, predicate or INCLUDE differ; a unique index whose columns only begin another one, since it also keeps a promise",
  turnOff:
    "when the second index of a pair is kept for a while on purpose, such as during a change from one to the other",
  peers: "PLS SPL MP PML PGL PH PGA",
  bad: [
    "create table message (id uuid primary key, room_id uuid);\ncreate index message_room on message (room_id);\ncreate index message_room_id_idx on message (room_id);",
    "-- file: supabase/migrations/1_init.sql\ncreate table profile (id uuid primary key, username text unique);\n-- file: supabase/migrations/2_index.sql\nselect 1;\nCREATE INDEX profile_username ON profile (username);",
    "create table member (room_id uuid, user_id uuid, primary key (room_id, user_id));\ncreate index on member (room_id);",
  ],
  good: [
    "create table message (id uuid primary key, room_id uuid, at timestamptz);\ncreate index on message (room_id, at);\ncreate index on message (at, room_id);\ncreate index on message (room_id desc, at);",
    "create table message (id uuid primary key, room_id uuid, at timestamptz);\ncreate index on message (room_id);\ncreate index on message (room_id) where at is null;",
    "create table profile (id uuid primary key, username text);\ncreate unique index on profile (username);\ncreate index on profile (username text_pattern_ops);",
    "create table profile (id uuid primary key, username text unique, at timestamptz);\ncreate index on profile (username, at);",
  ],
  *schema(scene) {
    for (const table of scene.schema.tables.unordered()) {
      if (table.indexes.length < 2 || table.partitionOf !== undefined || isPlatformSchema(table.schema)) continue;
      if (table.persistence === "temporary") continue;
      for (const index of table.indexes) {
        const other = standIn(index, table);
        const at = index.origin.made;
        if (other === undefined || at === undefined || isIdentity(table, index)) continue;
        const whole = other.columns.length === index.columns.length;
        yield {
          at,
          message: whole
            ? `\`${index.name}\` has the same columns as \`${other.name}\`: each write to \`${displayName(table)}\` keeps both, and no read gains by it.`
            : `\`${index.name}\` is the leading part of \`${other.name}\`, which serves its reads as well: each write to \`${displayName(table)}\` keeps both.`,
          ...(whole ? {} : { severity: "hint" }),
          related: other.origin.made === undefined ? [] : [{ at: other.origin.made, message: `\`${other.name}\`` }],
          fixes: () => fixesOf(scene, table, index),
        };
      }
    }
  },
});

/** Whether replicas know the rows by this very index. */
function isIdentity({ replicaIdentity }: Table, { name }: Index): boolean {
  return typeof replicaIdentity === "object" && replicaIdentity.index === name;
}

/** An index that does all that this one does; of two that are alike, a key before a plain index, and the older before the newer. */
function standIn(index: Index, { indexes }: Table): Index | undefined {
  const at = indexes.indexOf(index);
  const covers = indexes.filter((other, place) => {
    if (other === index || !does(other, index)) return false;
    // Of two that do the same, only one can go.
    return !does(index, other) || rank(other) > rank(index) || (rank(other) === rank(index) && place < at);
  });
  return covers.find(({ columns }) => columns.length === index.columns.length) ?? covers[0];
}

function rank(index: Index): number {
  return index.constraint === undefined ? 0 : /_pkey\d*$/.test(index.constraint) ? 2 : 1;
}

function does(other: Index, index: Index): boolean {
  if (other.method !== index.method || (index.constraint !== undefined && other.constraint === undefined)) return false;
  if (index.unique) {
    if (!other.unique || other.columns.length !== index.columns.length) return false;
    if (other.nullsNotDistinct !== index.nullsNotDistinct) return false;
  }
  // Only a B-tree is good for what its first columns alone ask.
  if (other.columns.length < index.columns.length) return false;
  if (other.columns.length > index.columns.length && (index.method !== "btree" || index.include.length > 0))
    return false;
  return (
    index.columns.every((column, at) => isSame(column, other.columns[at])) &&
    index.include.every((name) => other.include.includes(name)) &&
    isSameExpression(index.predicate?.node, other.predicate?.node)
  );
}

function isSame(one: IndexColumn, other: IndexColumn | undefined): boolean {
  return (
    other !== undefined &&
    one.name === other.name &&
    isSameExpression(one.expression?.node, other.expression?.node) &&
    one.descending === other.descending &&
    one.nulls === other.nulls &&
    one.collation === other.collation &&
    one.operatorClass === other.operatorClass
  );
}

function fixesOf(scene: SchemaScene, table: Table, index: Index): readonly Fix[] {
  const at = index.origin.made;
  // A key goes with whatever references it: that is for a person to see.
  if (at === undefined || index.constraint !== undefined) return [];
  const statement = statementAt(scene, at);
  if (isOpen(scene, at) && as(statement?.node, "IndexStmt") !== undefined)
    return [{ title: `Take \`${index.name}\` out`, safe: false, takesOut: [at] }];
  if (scene.history === undefined) return [];
  const outside = table.kind !== "partitioned";
  const name = sqlName({ schema: table.schema, name: index.name });
  const drop = likeKeywords(statement ?? "", `drop index${outside ? " concurrently" : ""} \`${name}\``);
  return [
    {
      title: `Drop \`${quoteIdentifier(index.name)}\` in a new migration`,
      safe: false,
      migrations: [{ slug: `drop_${index.name}`, statements: [drop], outsideTransaction: outside }],
    },
  ];
}
