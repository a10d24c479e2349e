import type { ColumnDef } from "@pgsql/types";
import type { Table } from "../schema/model.js";
import { isSerial, nameOf } from "../schema/reading.js";
import { clauseAt } from "../sql/clause.js";
import { quoteIdentifier, quoteLiteral } from "../sql/quote.js";
import type { Statement } from "../sql/statement.js";
import { as } from "../sql/tree.js";
import { batchKey, constraintTexts, fillInBatches, requirement } from "./about-steps.js";
import { addedColumns, type BusyTable, busyTable, likeKeywords, sqlName } from "./about-tables.js";
import { volatileCall } from "./about-volatility.js";
import { check, type Fix, type NewMigration, placeIn, type StatementScene } from "./check.js";

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
  turnOff:
    "when the application is stopped while migrations run, or the tables are small enough to be rewritten at once",
  peers: "SQ PLS SM EU AT SD MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_token.sql\nalter table message add column token uuid not null default gen_random_uuid();",
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
          fixes: () => ((alter.cmds ?? []).length === 1 ? fixesOf(scene, table, column) : []),
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

function fixesOf(scene: StatementScene, busy: BusyTable, column: ColumnDef): readonly Fix[] {
  const { statement, file } = scene;
  const parts = partsOf(statement, busy, column);
  if (parts === undefined) return [];
  const name = column.colname ?? "";
  const whole = placeIn(scene, { start: 0, end: statement.text.length });
  const set = `alter table \`${busy.sql}\` alter column \`${quoteIdentifier(name)}\` set default \`${parts.value}\``;
  const added = [parts.add, ...[...parts.between, set].map((sql) => likeKeywords(statement, sql))].join(";\n");
  const edits = [{ at: whole, text: added }];
  const fixes: Fix[] = [];
  const key = batchKey(busy.table);
  if (busy.table !== undefined && key !== undefined && file.history !== undefined) {
    const migrations = [fillInBatches(statement, busy.table, key, name, parts.value)];
    if (parts.required) migrations.push(...requireLater(statement, busy.table, busy.sql, name));
    const title = `Add it without default, set the default, and fill the old rows in batches${parts.required ? ", then make it required" : ""}`;
    fixes.push({ title, safe: false, edits, migrations });
  }
  if (!parts.required)
    fixes.push({ title: "Add it without default, then set the default for new rows", safe: false, edits });
  return fixes;
}

/** A column taken apart: how it is added without values, what has to be made for its default, and the default. */
interface Parts {
  readonly add: string;
  readonly between: readonly string[];
  readonly value: string;
  readonly required: boolean;
}

/** For a default or a serial, required or not: a key has to be built by other means, and no column becomes a stored expression later. */
function partsOf(statement: Statement, { sql, table }: BusyTable, column: ColumnDef): Parts | undefined {
  const { colname = "", location = 0, typeName } = column;
  const constraints = (column.constraints ?? []).flatMap((node) => as(node, "Constraint") ?? []);
  const texts = constraintTexts(statement, location, constraints);
  const known = ["CONSTR_DEFAULT", "CONSTR_NOTNULL", "CONSTR_NULL"];
  if (constraints.some(({ contype }) => !known.includes(contype ?? "")) || column.collClause !== undefined)
    return undefined;
  const rest = statement.text.slice(clauseAt(statement, location).end);
  const given = texts.find(({ constraint }) => constraint.contype === "CONSTR_DEFAULT");
  if (isSerial(typeName)) {
    const start = typeName?.location;
    if (table === undefined || start === undefined || given !== undefined) return undefined;
    const type = serials[nameOf(typeName?.names).name] ?? "integer";
    const sequence = sqlName({ schema: table.schema, name: `${table.name}_${colname}_seq` });
    return {
      add: `${statement.text.slice(0, start)}${likeKeywords(statement, type)}${rest}`,
      between: [`create sequence \`${sequence}\` as ${type} owned by \`${sql}.${quoteIdentifier(colname)}\``],
      value: `nextval(${quoteLiteral(sequence)})`,
      required: true,
    };
  }
  const [first] = texts;
  if (given === undefined || first === undefined) return undefined;
  return {
    add: `${statement.text.slice(0, first.start).trimEnd()}${rest}`,
    between: [],
    value: given.text.replace(/^default\s*/i, ""),
    required: constraints.some(({ contype }) => contype === "CONSTR_NOTNULL"),
  };
}

const serials: Readonly<Record<string, string>> = {
  bigserial: "bigint",
  serial8: "bigint",
  smallserial: "smallint",
  serial2: "smallint",
};

function requireLater(statement: Statement, table: Table, sql: string, column: string): readonly NewMigration[] {
  const { add, validate, enforce } = requirement(statement, { sql, name: table.name }, column);
  const step = (slug: string, statements: readonly string[]): NewMigration => ({
    slug: `${slug}_${table.name}_${column}`,
    statements,
    outsideTransaction: false,
  });
  return [step("check", [add]), step("validate", [validate]), step("require", enforce)];
}
