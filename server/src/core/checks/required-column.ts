import type { ColumnDef } from "@pgsql/types";
import { isSerial, nameOf, resolve } from "../schema/reading.js";
import { clauseAt } from "../sql/clause.js";
import { as } from "../sql/tree.js";
import { insert } from "../text/source.js";
import { wasEmptied } from "./about-earlier-rows.js";
import { statementsOf } from "./about-kinds.js";
import { constraintTexts, requirement } from "./about-steps.js";
import { addedColumns, type BusyTable, busyTable, likeKeywords } from "./about-tables.js";
import { check, type Fix, placeIn, type StatementScene } from "./check.js";

export default check({
  name: "required-column",
  severity: "error",
  area: "C",
  kind: "act",
  summary: "A column is added NOT NULL and without a default to a table that may hold rows.",
  why: "Existing rows have no value for it, so the migration fails on the first of them.",
  instead: "Give it a constant default, or add it nullable, fill it, and set NOT NULL then.",
  silent:
    "the column makes its own values (identity, serial, generated, or a domain with a default), or the file takes all rows out first",
  turnOff: "when every migration starts from an empty database, as in a project that is not yet in use",
  peers: "SQ PLS AT MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_author.sql\nalter table message add column author uuid not null;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_title.sql\nalter table message add column title text not null;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_room.sql\nALTER TABLE message\n  ADD COLUMN seen boolean NOT NULL,\n  ADD COLUMN count int;",
  ],
  good: [
    "create table message (id uuid primary key);\nalter table message add column title text not null;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_title.sql\nalter table message add column title text not null default '';",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_number.sql\nalter table message add column number bigint not null generated always as identity;",
  ],
  *file(file) {
    for (const scene of statementsOf(file, ["AlterTableStmt"])) {
      const alter = as(scene.statement.node, "AlterTableStmt");
      if (alter?.objtype !== "OBJECT_TABLE" || !/\b(?:not\s+null|primary\s+key)\b/i.test(scene.statement.text))
        continue;
      const table = scene.remember("busy table", () => busyTable(scene, alter.relation));
      if (table === undefined) continue;
      for (const column of addedColumns(alter, table)) {
        if (!isRequired(column, scene) || wasEmptied(file, scene, alter.relation)) continue;
        const at = clauseAt(scene.statement, column.location ?? 0);
        yield {
          at: placeIn(scene, at),
          message: `\`${table.name}.${column.colname}\` is required, but rows that are there have no value for it: the migration fails on the first one.`,
          fixes: () => fixesOf(scene, table, column, at.end),
        };
      }
    }
  },
});

function isRequired(column: ColumnDef, { before }: StatementScene): boolean {
  const kinds = (column.constraints ?? []).map((node) => as(node, "Constraint")?.contype);
  if (!kinds.includes("CONSTR_NOTNULL") && !kinds.includes("CONSTR_PRIMARY")) return false;
  if (kinds.includes("CONSTR_DEFAULT") || kinds.includes("CONSTR_IDENTITY") || kinds.includes("CONSTR_GENERATED"))
    return false;
  // A domain may have a default of its own.
  return !isSerial(column.typeName) && resolve(before, before.types, nameOf(column.typeName?.names)) === undefined;
}

/** The empty value of types that have one; for the others only a person knows. */
const empty: Readonly<Record<string, string>> = {
  text: "''",
  varchar: "''",
  bool: "false",
  int2: "0",
  int4: "0",
  int8: "0",
  numeric: "0",
  jsonb: "'{}'",
  json: "'{}'",
  timestamptz: "now()",
  timestamp: "now()",
};

function fixesOf(scene: StatementScene, table: BusyTable, column: ColumnDef, end: number): readonly Fix[] {
  return [...withDefault(scene, column, end), ...checkedOnly(scene, table, column)];
}

function withDefault(scene: StatementScene, column: ColumnDef, end: number): readonly Fix[] {
  const value = column.typeName?.arrayBounds === undefined ? empty[nameOf(column.typeName?.names).name] : "'{}'";
  if (value === undefined) return [];
  const { span, text } = insert(end, likeKeywords(scene.statement, ` default \`${value}\``));
  return [{ title: `Give it the default ${value}`, safe: false, edits: [{ at: placeIn(scene, span), text }] }];
}

/** Only a person knows a value for the old rows, but that what is written from here on has one can be asked at once. */
function checkedOnly(scene: StatementScene, table: BusyTable, column: ColumnDef): readonly Fix[] {
  const { statement } = scene;
  const constraints = (column.constraints ?? []).flatMap((node) => as(node, "Constraint") ?? []);
  const texts = constraintTexts(statement, column.location ?? 0, constraints);
  const required = texts.find(({ constraint }) => constraint.contype === "CONSTR_NOTNULL");
  if (required === undefined || constraints.some(({ contype }) => contype === "CONSTR_PRIMARY")) return [];
  const from = statement.text.slice(0, required.start).trimEnd().length;
  const { add } = requirement(statement, table, column.colname ?? "");
  return [
    {
      title: "Add it nullable, with a check that binds new rows and changed ones; fill the others, then validate it",
      safe: false,
      edits: [
        { at: placeIn(scene, { start: from, end: required.start + required.text.length }), text: "" },
        {
          at: placeIn(scene, { start: statement.text.length, end: statement.text.length }),
          text: `;\n${add}`,
        },
      ],
    },
  ];
}
