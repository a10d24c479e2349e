import { findWords } from "../sql/clause.js";
import { as } from "../sql/tree.js";
import { requirement } from "./about-steps.js";
import { type BusyTable, busyTable } from "./about-tables.js";
import { check, type Fix, placeIn, type StatementScene } from "./check.js";

export default check({
  name: "blocking-not-null",
  severity: "warning",
  area: "B",
  kind: "act",
  summary: "SET NOT NULL on a table that may hold rows, with no validated check that the column is not null.",
  why: "PostgreSQL reads the whole table under ACCESS EXCLUSIVE: reads and writes wait until it has seen every row.",
  instead:
    "Add CHECK (column IS NOT NULL) NOT VALID, validate it in a next migration, then SET NOT NULL, which trusts the check, and drop the check.",
  silent: "a validated check proves it, or the column belongs to the primary key",
  turnOff:
    "when the application is stopped while migrations run, or its tables are read to the end within your lock_timeout",
  peers: "SQ PLS SM EU AT SD MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\n-- file: supabase/migrations/2_not_null.sql\nalter table message alter column body set not null;",
    "-- file: supabase/migrations/1_init.sql\nCREATE TABLE message (id uuid PRIMARY KEY, body text);\n-- file: supabase/migrations/2_not_null.sql\nALTER TABLE message ALTER body SET NOT NULL, ADD COLUMN seen boolean;",
  ],
  good: [
    "create table message (id uuid primary key, body text);\nalter table message alter column body set not null;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\n-- file: supabase/migrations/2_check.sql\nalter table message add constraint body_there check (body is not null) not valid;\n-- file: supabase/migrations/3_validate.sql\nalter table message validate constraint body_there;\n-- file: supabase/migrations/4_not_null.sql\nalter table message alter column body set not null;\nalter table message drop constraint body_there;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\n-- file: supabase/migrations/2_not_null.sql\nalter table message alter column id set not null;",
  ],
  visit: {
    *AlterTableStmt(alter, scene) {
      const table = busyTable(scene, alter.relation);
      if (table === undefined || alter.objtype !== "OBJECT_TABLE") return;
      for (const node of alter.cmds ?? []) {
        const command = as(node, "AlterTableCmd");
        if (command?.subtype !== "AT_SetNotNull") continue;
        const column = command.name ?? "";
        const known = table.table?.columns.find(({ name }) => name === column);
        if (known?.notNull === true || isProven(table, column)) continue;
        yield {
          at: placeIn(scene, placeOfColumn(scene, column)),
          message: `Reads of and writes to \`${table.name}\` wait while PostgreSQL looks for NULL in every row of \`${column}\`.`,
          fixes: () => (alter.cmds?.length === 1 ? proveFirst(scene, table, column) : []),
        };
      }
    },
  },
});

function isProven({ table }: BusyTable, column: string): boolean {
  return (table?.constraints ?? []).some(({ kind, validated, expression }) => {
    if (kind !== "check" || !validated) return false;
    const parts =
      as(expression?.node, "BoolExpr")?.boolop === "AND_EXPR"
        ? (as(expression?.node, "BoolExpr")?.args ?? [])
        : [expression?.node];
    return parts.some((part) => {
      const test = as(part, "NullTest");
      const fields = as(test?.arg, "ColumnRef")?.fields;
      return test?.nulltesttype === "IS_NOT_NULL" && as(fields?.at(-1), "String")?.sval === column;
    });
  });
}

function placeOfColumn({ statement }: StatementScene, column: string) {
  const bare = column.toLowerCase() === column ? findWords(statement, ["set", "not", "null"]) : undefined;
  return bare ?? { start: 0, end: statement.text.length };
}

/** Three migrations, since what one transaction checks under a strong lock is locked as long as before. */
function proveFirst(scene: StatementScene, { sql, name }: BusyTable, column: string): readonly Fix[] {
  const { statement, file } = scene;
  const plain = name.split(".").at(-1) ?? name;
  const { add, validate, enforce } = requirement(statement, { sql, name }, column);
  if (file.history === undefined) return [];
  return [
    {
      title: "Prove it with a check first: NOT VALID here, then validate, then SET NOT NULL",
      safe: false,
      edits: [{ at: placeIn(scene, { start: 0, end: statement.text.length }), text: add }],
      migrations: [
        {
          slug: `validate_${plain}_${column}`,
          statements: [validate],
          outsideTransaction: false,
        },
        {
          slug: `${plain}_${column}_not_null`,
          statements: enforce,
          outsideTransaction: false,
        },
      ],
    },
  ];
}
