import type { AlterTableStmt, DropStmt } from "@pgsql/types";
import { type Constraint, displayName, type Index, keyOf, type Schema, type Table } from "../schema/model.js";
import { relationName, resolve, stringsOf } from "../schema/reading.js";
import { as } from "../sql/tree.js";
import { leadsIndex } from "./about-cures.js";
import { statementsOf } from "./about-kinds.js";
import { covers, isCovered } from "./about-lookups.js";
import { ownersOf } from "./about-policies.js";
import { publishesChanges } from "./about-published.js";
import { likeKeywords, sqlColumns, sqlName } from "./about-tables.js";
import {
  check,
  type FileScene,
  type Fix,
  mayHoldRows,
  type NewMigration,
  placeIn,
  type StatementScene,
  wholeStatement,
} from "./check.js";

export default check({
  name: "needed-index-drop",
  severity: "warning",
  area: "A",
  kind: "act",
  summary: "DROP INDEX or DROP CONSTRAINT takes the only index behind a foreign key, a policy or the replica identity.",
  why: "Deletes in the parent, or every query that the policy filters, read the whole table from then on; without its replica identity a published table refuses UPDATE and DELETE.",
  instead: "Create the successor first, concurrently, and drop the old one after that.",
  silent: "another index does the same by the end of the file, or what needed it is gone by then",
  turnOff: "when measured plans decide about indexes here, and deletes in the parent tables never happen",
  peers: "SD MP",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid references room (id), at timestamptz);\ncreate index message_room on message (room_id, at);\n-- file: supabase/migrations/2_drop.sql\ndrop index concurrently message_room;",
    "-- file: supabase/migrations/1_init.sql\ncreate table member (room_id uuid not null, user_id uuid not null, constraint once unique (room_id, user_id));\nalter table member add column id uuid primary key, replica identity using index once;\n-- file: supabase/migrations/2_drop.sql\nALTER TABLE member DROP CONSTRAINT once;",
    "-- file: supabase/migrations/1_init.sql\ncreate table note (id uuid primary key, owner uuid);\ncreate index note_owner on note (owner);\nalter table note enable row level security;\ncreate policy own on note for select to authenticated using (owner = (select auth.uid()));\n-- file: supabase/migrations/2_drop.sql\ndrop index concurrently if exists note_owner;",
  ],
  good: [
    "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid references room (id));\ncreate index message_room on message (room_id);\ncreate index message_room_2 on message (room_id);\n-- file: supabase/migrations/2_drop.sql\ndrop index concurrently message_room;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\ncreate index message_body on message (body);\n-- file: supabase/migrations/2_drop.sql\ndrop index concurrently message_body;",
    "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid constraint in_room references room (id));\ncreate index message_room on message (room_id);\n-- file: supabase/migrations/2_drop.sql\nalter table message drop constraint in_room;\ndrop index concurrently message_room;",
  ],
  *file(scene) {
    for (const one of statementsOf(scene, ["DropStmt", "AlterTableStmt"])) {
      for (const { table, index } of one.remember("dropped indexes", () => droppedIndexes(one))) {
        const end = endOf(scene).tables.get(keyOf(table.schema, table.name));
        if (end === undefined || !mayHoldRows(table, scene)) continue;
        const need = needOf(end, table, index, endOf(scene));
        if (need === undefined) continue;
        yield {
          at: wholeStatement(one),
          message: `\`${index.name}\` is the only index ${need.what}`,
          ...(need.fails ? { severity: "error" } : {}),
          ...(need.key?.origin.made === undefined
            ? {}
            : { related: [{ at: need.key.origin.made, message: "the foreign key" }] }),
          fixes: () => fixesOf(one, end, index, need),
        };
      }
    }
  },
});

interface Dropped {
  readonly table: Table;
  readonly index: Index;
}

/** The indexes that a statement drops, by themselves or with their constraint. */
function droppedIndexes(scene: StatementScene): readonly Dropped[] {
  const drop = as(scene.statement.node, "DropStmt");
  if (drop?.removeType === "OBJECT_INDEX") return (drop.objects ?? []).flatMap((object) => byName(scene, object));
  const alter = as(scene.statement.node, "AlterTableStmt");
  return alter?.objtype === "OBJECT_TABLE" ? ofConstraints(scene, alter) : [];
}

function byName({ before }: StatementScene, object: NonNullable<DropStmt["objects"]>[number]): readonly Dropped[] {
  const names = stringsOf(as(object, "List")?.items);
  const name = names.at(-1) ?? "";
  const key = resolve(before, before.indexes, { schema: names.at(-2), name });
  const table = key === undefined ? undefined : before.tables.get(before.indexes.get(key) ?? "");
  const index = table?.indexes.find((one) => one.name === name);
  return table === undefined || index === undefined ? [] : [{ table, index }];
}

function ofConstraints(scene: StatementScene, { relation, cmds }: AlterTableStmt): readonly Dropped[] {
  const dropped = (cmds ?? []).flatMap((node) => {
    const command = as(node, "AlterTableCmd");
    return command?.subtype === "AT_DropConstraint" ? [command.name] : [];
  });
  // Most commands drop nothing, and the schema before a statement has its price.
  if (dropped.length === 0) return [];
  const { before } = scene;
  const key = resolve(before, before.tables, relationName(relation));
  const table = key === undefined ? undefined : before.tables.get(key);
  if (table === undefined) return [];
  return table.indexes.filter(({ constraint }) => dropped.includes(constraint)).map((index) => ({ table, index }));
}

function endOf(scene: FileScene): Schema {
  return scene.statements.at(-1)?.after ?? scene.start;
}

/** What an index is needed for at the end of the file, as the rest of a sentence. */
interface Need {
  readonly what: string;
  readonly fails: boolean;
  /** The columns that an index has to begin with. */
  readonly columns: readonly string[];
  readonly key?: Constraint;
}

function needOf(table: Table, before: Table, index: Index, schema: Schema): Need | undefined {
  const name = displayName(table);
  const identity = table.replicaIdentity;
  if (
    typeof identity === "object" &&
    identity.index === index.name &&
    !table.indexes.some((one) => one.name === index.name)
  ) {
    const what = `that identifies the rows of \`${name}\` to replicas: once the table is published, UPDATE and DELETE on it are refused.`;
    return { what, fails: publishesChanges(table, schema), columns: [] };
  }
  const key = table.constraints.find(
    (one) => one.kind === "foreign key" && covers(index, one.columns) && !isCovered(table, one.columns),
  );
  if (key !== undefined) {
    const parent = key.references === undefined ? "the parent" : `\`${displayName(key.references)}\``;
    const columns = key.columns.map((column) => `\`${column}\``).join(", ");
    const what = `that starts with the foreign key ${columns}: each delete in ${parent} reads all of \`${name}\` from then on.`;
    return { what, fails: false, columns: key.columns, key };
  }
  const [first] = index.columns;
  const column = first?.name;
  if (column === undefined || index.predicate !== undefined || !leadsIndex(before, column) || leadsIndex(table, column))
    return undefined;
  if (table.policies.length === 0 || !ownersOf(table, schema).includes(column)) return undefined;
  return {
    what: `that starts with \`${column}\`, by which policies of \`${name}\` find the caller's rows: each query reads the whole table from then on.`,
    fails: false,
    columns: [column],
  };
}

function fixesOf(scene: StatementScene, table: Table, index: Index, { columns }: Need): readonly Fix[] {
  const { statement, file } = scene;
  const drop = as(statement.node, "DropStmt");
  const concurrent = drop?.concurrent === true;
  const takesOut = [wholeStatement(scene)];
  const again: NewMigration = {
    slug: `drop_${index.name}`,
    statements: [statement.text],
    outsideTransaction: concurrent,
  };
  const sql = sqlName(table);
  if (columns.length === 0) {
    const by = table.constraints.some(({ kind }) => kind === "primary key") ? "default" : "full";
    const title = `Identify its rows by ${by === "full" ? "all columns" : "the primary key"} first`;
    const identity = likeKeywords(statement, `alter table \`${sql}\` replica identity ${by}`);
    if (!concurrent) {
      const at = placeIn(scene, { start: 0, end: 0 });
      return [{ title, safe: false, edits: [{ at, text: `${identity};\n` }] }];
    }
    if (!file.newest || file.history === undefined) return [];
    const first = { slug: `identify_${table.name}`, statements: [identity], outsideTransaction: false };
    return [{ title, safe: false, takesOut, migrations: [first, again] }];
  }
  const alone = drop?.objects?.length === 1 || as(statement.node, "AlterTableStmt")?.cmds?.length === 1;
  if (!alone || !file.newest || file.history === undefined) return [];
  const same =
    index.columns.length === columns.length && index.columns.every(({ name }) => columns.includes(name ?? ""));
  if (same && !index.unique) return [{ title: "Keep the index", safe: false, takesOut }];
  const outside = table.kind !== "partitioned";
  const create = likeKeywords(
    statement,
    `create index${outside ? " concurrently" : ""} on \`${sql}\` (\`${sqlColumns(columns)}\`)`,
  );
  const slug = `index_${table.name}_${columns.join("_")}`;
  return [
    {
      title: `Create an index on ${table.name} (${sqlColumns(columns)}) first`,
      safe: false,
      takesOut,
      migrations: [{ slug, statements: [create], outsideTransaction: outside }, again],
    },
  ];
}
