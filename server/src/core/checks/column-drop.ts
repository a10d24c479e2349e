import { columnOf } from "../schema/model.js";
import { relationName, resolve } from "../schema/reading.js";
import { clauseAt, indexAt, nameIn, tokensOf, wordOf } from "../sql/clause.js";
import { as } from "../sql/tree.js";
import { mayHaveBeenCopied } from "./about-earlier-rows.js";
import { statementsOf } from "./about-kinds.js";
import { busyTable } from "./about-tables.js";
import { check, type FileScene, placeIn, type StatementScene } from "./check.js";

export default check({
  name: "column-drop",
  severity: "warning",
  area: "C",
  kind: "act",
  summary: "A column of a table that may hold rows is dropped.",
  why: "Its values are gone but for a backup, and released apps, cached plans and devices that are offline still ask for it. DROP COLUMN itself takes ACCESS EXCLUSIVE, though only for a moment.",
  instead: "Stop reading and writing it, wait until no released app does, and drop it in a later release.",
  silent: "the column came in the same change, or another one takes its name in the same file",
  turnOff:
    "when client and database are always deployed together and no device works offline, so that nobody asks for the old column",
  peers: "SQ PLS SM AT SD MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text, draft text);\n-- file: supabase/migrations/2_drop.sql\nalter table message drop column draft;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text, draft text);\n-- file: supabase/migrations/2_drop.sql\nALTER TABLE message DROP draft, DROP COLUMN IF EXISTS body CASCADE;",
  ],
  good: [
    "create table message (id uuid primary key, draft text);\nalter table message drop column draft;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, size int, size_new bigint);\n-- file: supabase/migrations/2_swap.sql\nalter table message drop column size;\nalter table message rename column size_new to size;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_drop.sql\nalter table message drop column if exists draft;",
  ],
  *file(scene) {
    for (const one of statementsOf(scene, ["AlterTableStmt"])) {
      const alter = as(one.statement.node, "AlterTableStmt");
      if (alter === undefined || alter.objtype !== "OBJECT_TABLE") continue;
      let from = 0;
      for (const node of alter.cmds ?? []) {
        const command = as(node, "AlterTableCmd");
        if (command?.subtype !== "AT_DropColumn" || command.name === undefined) continue;
        const table = one.remember("busy table", () => busyTable(one, alter.relation));
        if (table === undefined) break;
        const column = table.table === undefined ? undefined : columnOf(table.table, command.name);
        const at = clauseOf(one, command.name, from);
        from = at.end;
        // IF EXISTS over a column that nothing made is how scripts make themselves repeatable.
        if (column === undefined && command.missing_ok === true) continue;
        const made = column?.origin.made?.uri;
        if (made !== undefined && (made === scene.uri || scene.pending.has(made))) continue;
        if (isReplaced(scene, one, command.name)) continue;
        yield {
          at: placeIn(one, at),
          message: mayHaveBeenCopied(scene, one, command.name)
            ? `Apps that are out there still ask for \`${table.name}.${command.name}\`, and fail from then on.`
            : `The values of \`${table.name}.${command.name}\` are gone with it, and apps that are out there still ask for the column.`,
        };
      }
    }
  },
});

/** The next DROP of that column in a statement. */
function clauseOf({ statement }: StatementScene, name: string, from: number) {
  const all = tokensOf(statement);
  const words = all.map((token) => wordOf(statement, token));
  for (let at = indexAt(statement, from); at < all.length; at++) {
    const [drop, column] = [all[at], words[at + 1] === "column" ? at + 1 : at];
    const named = all[words[column + 1] === "if" ? column + 3 : column + 1];
    if (words[at] !== "drop" || drop === undefined || named === undefined) continue;
    if (nameIn(statement, named) === name) return clauseAt(statement, drop.start);
  }
  return { start: 0, end: statement.text.length };
}

/** Whether the table has a column of that name at the end of the file: a swap. */
function isReplaced({ statements }: FileScene, { statement }: StatementScene, name: string): boolean {
  const end = statements.at(-1)?.after;
  const key =
    end === undefined
      ? undefined
      : resolve(end, end.tables, relationName(as(statement.node, "AlterTableStmt")?.relation));
  const table = key === undefined ? undefined : end?.tables.get(key);
  return table !== undefined && columnOf(table, name) !== undefined;
}
