import type { ColumnDef } from "@pgsql/types";
import { isSerial } from "../schema/reading.js";
import { clauseAt } from "../sql/clause.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteIdentifier } from "../sql/quote.js";
import { as } from "../sql/tree.js";
import { addedColumns, type BusyTable, busyTable, likeKeywords } from "./about-tables.js";
import { volatileCall } from "./about-volatility.js";
import { check, type Fix, placeIn, type StatementScene } from "./check.js";

export default check({
  name: "volatile-default",
  severity: "warning",
  area: "C",
  kind: "act",
  summary:
    "A column is added whose value is computed for each existing row: a volatile default, serial, identity or a stored expression.",
  why: "PostgreSQL rewrites the whole table under ACCESS EXCLUSIVE: reads and writes wait until the last row is written.",
  instead: "Add the column without default, set the default for new rows, and fill the old ones in batches.",
  silent: "the default is a constant or stable (`now()`), or the column is VIRTUAL",
  peers: "SQ PLS SM EU AT SD MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_token.sql\nalter table message add column token uuid default gen_random_uuid();",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_number.sql\nALTER TABLE message ADD COLUMN number bigserial;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\n-- file: supabase/migrations/2_length.sql\nalter table message add column length int generated always as (length(body)) stored;",
  ],
  good: [
    "create table message (id uuid primary key);\nalter table message add column token uuid default gen_random_uuid();",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_created.sql\nalter table message add column created_at timestamptz not null default now();",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_token.sql\nalter table message add column token uuid;\nalter table message alter column token set default gen_random_uuid();",
  ],
  visit: {
    *AlterTableStmt(alter, scene) {
      if (alter.objtype !== "OBJECT_TABLE") return;
      const table = busyTable(scene, alter.relation);
      if (table === undefined) return;
      for (const column of addedColumns(alter, table)) {
        const computed = computedBy(column, scene);
        if (computed === undefined) continue;
        yield {
          at: placeIn(scene, clauseAt(scene.statement, column.location ?? 0)),
          message: `Reads of and writes to \`${table.name}\` wait while ${computed} gives every existing row a value of \`${column.colname}\`.`,
          fixes: () => ((alter.cmds ?? []).length === 1 ? fillLater(scene, table, column) : []),
        };
      }
    },
  },
});

function computedBy(column: ColumnDef, scene: StatementScene): string | undefined {
  if (isSerial(column.typeName)) return "its sequence";
  for (const node of column.constraints ?? []) {
    const constraint = as(node, "Constraint");
    if (constraint?.contype === "CONSTR_IDENTITY") return "its identity sequence";
    if (constraint?.contype === "CONSTR_GENERATED" && constraint.generated_kind !== "v") return "its stored expression";
    if (constraint?.contype === "CONSTR_DEFAULT") {
      const call = volatileCall(constraint.raw_expr, scene.before);
      if (call !== undefined) return `\`${call}()\``;
    }
  }
  return undefined;
}

/** For a volatile default alone: a required column, a key or an identity needs more than this. */
function fillLater(scene: StatementScene, { sql }: BusyTable, column: ColumnDef): readonly Fix[] {
  const constraints = (column.constraints ?? []).flatMap((node) => as(node, "Constraint") ?? []);
  const [only] = constraints;
  if (constraints.length !== 1 || only?.contype !== "CONSTR_DEFAULT" || only.raw_expr === undefined) return [];
  const { statement } = scene;
  const value = expressionSpan(statement, only.raw_expr);
  if (value === undefined || only.location === undefined) return [];
  const text = statement.text.slice(value.start, value.end);
  const before = statement.text.slice(0, only.location).trimEnd();
  const rest = statement.text.slice(value.end);
  const set = likeKeywords(
    statement,
    `;\nalter table \`${sql}\` alter column \`${quoteIdentifier(column.colname ?? "")}\` set default \`${text}\``,
  );
  const whole = { start: 0, end: statement.text.length };
  return [
    {
      title: "Add it without default, then set the default for new rows",
      safe: false,
      edits: [{ at: placeIn(scene, whole), text: `${before}${rest.replace(/^\)/, "")}${set}` }],
    },
  ];
}
