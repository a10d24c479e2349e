import type { UpdateStmt } from "@pgsql/types";
import { keyOf, type Table } from "../schema/model.js";
import { expressionSpan } from "../sql/expression.js";
import type { Node } from "../sql/statement.js";
import { as, constantOf, stringOf, walk } from "../sql/tree.js";
import { conjunctsOf } from "./about-predicates.js";
import { batchKey, fillInBatches } from "./about-steps.js";
import { type BusyTable, busyTable, likeKeywords } from "./about-tables.js";
import { check, type Fix, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "unbatched-backfill",
  severity: "info",
  area: "G",
  kind: "act",
  summary: "One UPDATE changes a large part of a table that may hold rows.",
  why: "Each row it changes stays locked until the transaction ends (ROW EXCLUSIVE on the table, and the rows themselves), leaves a dead version behind, and goes to every replica and device at once.",
  instead: "Change a few thousand rows at a time by key, outside of a transaction, then ANALYZE the table.",
  silent:
    "a filter by a value that is not the default of a column added along with it, which may mean a few rows, a loop around it, and an UPDATE without WHERE, of which another check speaks",
  turnOff: "when the tables are small enough for one UPDATE, or the application is stopped while migrations run",
  peers: "SM MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_a.sql\ncreate table users (id uuid primary key, name text, shown text);\nalter table users enable row level security;\n-- file: supabase/migrations/2_b.sql\nupdate users set shown = name where shown is null;",
    "-- file: supabase/migrations/1_a.sql\ncreate table room (id uuid primary key, name text);\ncreate table message (id uuid primary key, room_id uuid, room_name text);\nalter table room enable row level security;\nalter table message enable row level security;\n-- file: supabase/migrations/2_b.sql\nupdate message m set room_name = r.name from room r where r.id = m.room_id;",
  ],
  good: [
    "-- file: supabase/migrations/1_a.sql\ncreate table users (id uuid primary key, name text, shown text);\nalter table users enable row level security;\n-- file: supabase/migrations/2_b.sql\nupdate users set shown = name where id = '7c0c1d1e-0000-0000-0000-000000000000' and shown is null;\nupdate users set shown = name where name in ('a', 'b');",
    "create table users (id uuid primary key, name text, shown text);\nalter table users enable row level security;\nupdate users set shown = name where shown is null;",
  ],
  visit: {
    *UpdateStmt(update, scene) {
      const table = busyTable(scene, update.relation);
      if (table === undefined || update.withClause !== undefined || !isWide(scene, update, table)) return;
      yield {
        at: wholeStatement(scene),
        message: `This may change a large part of \`${table.name}\` in one statement: the rows stay locked until the transaction ends.`,
        fixes: () => inBatches(scene, update, table),
      };
    },
  },
});

/** Whether nothing narrows the rows to those with some value; without any condition another check speaks. */
function isWide(
  scene: StatementScene,
  { whereClause, fromClause, targetList }: UpdateStmt,
  { table }: BusyTable,
): boolean {
  const conditions = conjunctsOf(whereClause);
  if (conditions.length === 0) return (fromClause ?? []).length > 0;
  // Rows that a short list of values stands for are few.
  if ((fromClause ?? []).some((item) => as(item, "RangeVar") === undefined)) return false;
  if (conditions.some((one) => isFilledAlready(scene, one, table))) return false;
  return targetList !== undefined && conditions.every((one) => isLoose(one) || isFreshDefault(scene, one, table));
}

/** Every row there is meets it: a column that came in the same file still has the default that it came with. */
function isFreshDefault({ file }: StatementScene, condition: Node, table: Table | undefined): boolean {
  const { name, kind, lexpr, rexpr } = as(condition, "A_Expr") ?? {};
  if (kind !== "AEXPR_OP" || stringOf(name?.[0]) !== "=") return false;
  const named = stringOf(as(lexpr, "ColumnRef")?.fields?.at(-1));
  const column = table?.columns.find((one) => one.name === named);
  const [value, first] = [constantOf(uncast(rexpr)), constantOf(uncast(column?.default?.node))];
  return column?.origin.made?.uri === file.uri && value !== undefined && value !== null && value === first;
}

/** No row meets it: a column that came in the same file with a default is NULL nowhere. */
function isFilledAlready({ file }: StatementScene, condition: Node, table: Table | undefined): boolean {
  const { nulltesttype, arg } = as(condition, "NullTest") ?? {};
  if (nulltesttype !== "IS_NULL") return false;
  const named = stringOf(as(arg, "ColumnRef")?.fields?.at(-1));
  const column = table?.columns.find((one) => one.name === named);
  const first = constantOf(uncast(column?.default?.node));
  return column?.origin.made?.uri === file.uri && first !== undefined && first !== null;
}

function uncast(node: Node | undefined): Node | undefined {
  return as(node, "TypeCast")?.arg ?? node;
}

/** Conditions that many rows meet: a missing or other value, or a join. */
function isLoose(condition: Node): boolean {
  if (as(condition, "NullTest") !== undefined) return true;
  const operation = as(condition, "A_Expr");
  const operator = stringOf(operation?.name?.[0]) ?? "";
  if (operation?.kind === "AEXPR_DISTINCT") return true;
  if (operation?.kind !== "AEXPR_OP") return false;
  if (operator === "<>") return true;
  const [left, right] = [operation.lexpr, operation.rexpr];
  return operator === "=" && isColumn(left) && isColumn(right);
}

function isColumn(node: Node | undefined): boolean {
  return as(node, "ColumnRef") !== undefined;
}

/** A migration of its own, for one column that is filled where it is missing; only at the end, where nothing waits for it. */
function inBatches(scene: StatementScene, update: UpdateStmt, { table, sql }: BusyTable): readonly Fix[] {
  const [target, ...more] = update.targetList ?? [];
  const { name, val } = as(target, "ResTarget") ?? {};
  const test = as(update.whereClause, "NullTest");
  const key = batchKey(table);
  if (table === undefined || key === undefined || name === undefined || val === undefined || more.length > 0) return [];
  if (update.fromClause !== undefined || test?.nulltesttype !== "IS_NULL" || update.returningClause !== undefined)
    return [];
  if (stringOf(as(test.arg, "ColumnRef")?.fields?.at(-1)) !== name || update.relation?.alias !== undefined) return [];
  const { history, newest, statements } = scene.file;
  const last = statements.findLast(({ statement }) => as(statement.node, "TransactionStmt") === undefined);
  const span = expressionSpan(scene.statement, val);
  if (history === undefined || !newest || last?.ordinal !== scene.ordinal || span === undefined) return [];
  if (!isSimple(val) || scene.after.tables.get(keyOf(table.schema, table.name)) === undefined) return [];
  const value = scene.statement.text.slice(span.start, span.end);
  return [
    {
      title: "Fill it in batches, in a migration of its own",
      safe: false,
      takesOut: [wholeStatement(scene)],
      migrations: [
        fillInBatches(scene.statement, table, key, name, value),
        {
          slug: `analyze_${table.name}`,
          statements: [likeKeywords(scene.statement, `analyze \`${sql}\``)],
          outsideTransaction: false,
        },
      ],
    },
  ];
}

/** A value of the row itself, or a constant. */
function isSimple(value: Node): boolean {
  let simple = constantOf(value) !== null;
  walk(value, (kind, _node) => {
    if (kind === "SubLink" || kind === "SetToDefault") simple = false;
  });
  return simple;
}
