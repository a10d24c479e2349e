import type { RenameStmt } from "@pgsql/types";
import { columnOf, displayName, type Schema, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { nameOf, relationName, resolve } from "../schema/reading.js";
import { quoteIdentifier } from "../sql/quote.js";
import { as } from "../sql/tree.js";
import { statementsOf } from "./about-kinds.js";
import { expandInSteps } from "./about-swaps.js";
import { busyTable, likeKeywords, sqlName } from "./about-tables.js";
import {
  check,
  type FileScene,
  type Fix,
  mayHoldRows,
  placeIn,
  type Report,
  type StatementScene,
  wholeStatement,
} from "./check.js";

export default check({
  name: "live-rename",
  severity: "warning",
  area: "D",
  kind: "act",
  summary: "A table, column, schema or enum label that is in use gets another name.",
  why: "Released apps, queued offline writes and other services keep the old name, and fail from the moment of the rename; no deployment changes all of them at once.",
  instead:
    "Keep the old name working: a view for a table, a second column kept in step for a column; drop it when nobody asks for it any more.",
  silent: "it came in the same change, or the old name is there again at the end of the file",
  turnOff: "when all clients are deployed with the database in one step and no old one stays alive",
  peers: "SQ PLS SM AT SD MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\nalter table message enable row level security;\n-- file: supabase/migrations/2_rename.sql\nalter table message rename to messages;",
    "-- file: supabase/migrations/1_init.sql\nCREATE TABLE message (id uuid PRIMARY KEY, body text);\n-- file: supabase/migrations/2_rename.sql\nALTER TABLE message RENAME body TO content;",
    "-- file: supabase/migrations/1_init.sql\ncreate type mood as enum ('sad', 'glad');\n-- file: supabase/migrations/2_rename.sql\nalter type mood rename value 'glad' to 'happy';",
  ],
  good: [
    "create table message (id uuid primary key, body text);\nalter table message rename to messages;\nalter table messages rename body to content;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\n-- file: supabase/migrations/2_rename.sql\nalter table message rename to messages;\ncreate view message with (security_invoker = true) as select * from messages;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, size int, size_new bigint);\n-- file: supabase/migrations/2_swap.sql\nalter table message rename size to size_old;\nalter table message rename size_new to size;",
  ],
  *file(scene) {
    for (const one of statementsOf(scene, ["RenameStmt", "AlterObjectSchemaStmt", "AlterEnumStmt"])) {
      const rename = as(one.statement.node, "RenameStmt");
      if (rename !== undefined) yield* judgeRename(scene, one, rename);
      const moved = as(one.statement.node, "AlterObjectSchemaStmt");
      if (moved?.objectType === "OBJECT_TABLE") {
        const table = busyTable(one, moved.relation);
        // The history may not tell of a table, but of one that it does not know nobody can say what it is called.
        if (table?.table !== undefined && !isThere(endOf(scene), table.table))
          yield {
            at: wholeStatement(one),
            message: `\`${table.name}\` goes to the schema \`${moved.newschema}\`: ${effect}`,
          };
      }
      const label = as(one.statement.node, "AlterEnumStmt");
      if (label?.oldVal !== undefined && label.newVal !== undefined) yield* judgeLabel(scene, one);
    }
  },
});

const effect = "apps and queued writes that know the old name fail from then on.";

function* judgeRename(scene: FileScene, one: StatementScene, rename: RenameStmt): Iterable<Report> {
  const { renameType, relation, subname = "", newname = "" } = rename;
  const at = wholeStatement(one);
  if (renameType === "OBJECT_SCHEMA") {
    const used = one.before.tables.some((table) => table.schema === subname && mayHoldRows(table, scene));
    if (used && !isPlatformSchema(subname))
      yield { at, message: `\`${subname}\` becomes \`${newname}\` with all that is in it: ${effect}` };
    return;
  }
  if (renameType !== "OBJECT_TABLE" && (renameType !== "OBJECT_COLUMN" || rename.relationType !== "OBJECT_TABLE"))
    return;
  const busy = busyTable(one, relation);
  const table = busy?.table;
  // ALTER TABLE … RENAME also renames indexes and sequences.
  if (busy === undefined || table === undefined) return;
  if (renameType === "OBJECT_TABLE") {
    if (isThere(endOf(scene), table)) return;
    yield {
      at,
      message: `\`${busy.name}\` becomes \`${newname}\`: ${effect}`,
      fixes: () => viewUnderOldName(one, table, newname),
    };
    return;
  }
  const column = columnOf(table, subname);
  const made = column?.origin.made?.uri;
  if (made !== undefined && (made === scene.uri || scene.pending.has(made))) return;
  if (isSwapped(scene, one, table, subname, newname)) return;
  yield {
    at,
    message: `\`${busy.name}.${subname}\` becomes \`${newname}\`: ${effect}`,
    fixes: () => expand(one, table, subname, newname),
  };
}

function endOf(scene: FileScene): Schema {
  return scene.statements.at(-1)?.after ?? scene.start;
}

/** Whether something has the table's name at the end of the file. */
function isThere({ tables, views }: Schema, { schema, name }: Table): boolean {
  const key = `${schema}\0${name}`;
  return tables.has(key) || views.has(key);
}

/** Whether the table has a column of the old name at the end of the file, or had one of the new name at its beginning. */
function isSwapped(scene: FileScene, one: StatementScene, table: Table, old: string, name: string): boolean {
  const after = (schema: Schema): Table | undefined => {
    const key = resolve(schema, schema.tables, relationName(as(one.statement.node, "RenameStmt")?.relation));
    return key === undefined ? undefined : schema.tables.get(key);
  };
  const [start, end] = [scene.start.tables.get(`${table.schema}\0${table.name}`), after(endOf(scene))];
  return (
    (end !== undefined && columnOf(end, old) !== undefined) ||
    (start !== undefined && columnOf(start, name) !== undefined)
  );
}

function* judgeLabel(scene: FileScene, one: StatementScene): Iterable<Report> {
  const alter = as(one.statement.node, "AlterEnumStmt");
  const key = resolve(one.before, one.before.types, nameOf(alter?.typeName));
  const type = key === undefined ? undefined : one.before.types.get(key);
  const made = type?.origin.made?.uri;
  if (type === undefined || isPlatformSchema(type.schema)) return;
  if (made === undefined || made === scene.uri || scene.pending.has(made)) return;
  yield {
    at: wholeStatement(one),
    message: `\`${alter?.oldVal}\` of \`${displayName(type)}\` becomes \`${alter?.newVal}\`: apps that compare with the old label no longer match, and what they write with it fails.`,
  };
}

/** A view that the caller's own rights hold for, so that it opens nothing. */
function viewUnderOldName(one: StatementScene, table: Table, name: string): readonly Fix[] {
  const { statement } = one;
  const target = sqlName({ schema: table.schema, name });
  const invoker = one.facts.postgres >= 15;
  if (!invoker && table.rls.enabled) return [];
  const view = likeKeywords(
    statement,
    `;\ncreate view \`${sqlName(table)}\`${invoker ? " with (`security_invoker` = true)" : ""} as select * from \`${target}\``,
  );
  const end = statement.text.length;
  return [
    {
      title: `Keep a view under the name \`${quoteIdentifier(table.name)}\``,
      safe: false,
      edits: [{ at: placeIn(one, { start: end, end }), text: view }],
    },
  ];
}

/** In place of the rename: a second column, which the old one follows until it is dropped in a later release. */
function expand(one: StatementScene, table: Table, old: string, name: string): readonly Fix[] {
  const { file, statement, before } = one;
  const column = columnOf(table, old);
  if (column === undefined || file.history === undefined || !file.newest) return [];
  const migrations = expandInSteps(statement, table, column, name, before);
  if (migrations === undefined) return [];
  const title = `Add \`${name}\` beside it, keep both in step, and drop \`${old}\` in a later release`;
  return [{ title, safe: false, takesOut: [wholeStatement(one)], migrations }];
}
