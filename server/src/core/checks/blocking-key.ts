import type { Constraint } from "@pgsql/types";
import { stringsOf } from "../schema/reading.js";
import { clauseAt } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import { type BusyTable, busyTable, isThere, likeKeywords, sqlColumns } from "./about-tables.js";
import { check, type Fix, placeIn, type StatementScene } from "./check.js";

export default check({
  name: "blocking-key",
  severity: "warning",
  area: "B",
  kind: "act",
  summary: "A primary key, unique or exclusion constraint is added to a table that may hold rows, without USING INDEX.",
  why: "Its index is built under ACCESS EXCLUSIVE: reads and writes wait until the build ends.",
  instead:
    "Build the unique index concurrently in a migration of its own, then add the constraint USING INDEX, which is instant.",
  turnOff: "when keys are added only to tables that an import has just filled and nobody asks yet",
  peers: "SQ PLS SM EU AT MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table profile (id uuid primary key, handle text);\n-- file: supabase/migrations/2_key.sql\nalter table profile add constraint profile_handle unique (handle);",
    "-- file: supabase/migrations/1_init.sql\ncreate table profile (id uuid not null, handle text);\n-- file: supabase/migrations/2_key.sql\nALTER TABLE profile ADD PRIMARY KEY (id);",
    "-- file: supabase/migrations/1_init.sql\ncreate table booking (id int primary key, room int, during tsrange);\n-- file: supabase/migrations/2_key.sql\nalter table booking add constraint once exclude using gist (during with &&);",
    "-- file: supabase/migrations/1_init.sql\ncreate table profile (id uuid primary key);\n-- file: supabase/migrations/2_key.sql\nalter table profile add column handle text unique;",
  ],
  good: [
    "-- file: supabase/migrations/1_init.sql\ncreate table profile (id uuid primary key, handle text);\n-- file: supabase/migrations/2_index.sql\ncreate unique index concurrently profile_handle on profile (handle);\n-- file: supabase/migrations/3_key.sql\nalter table profile add constraint profile_handle unique using index profile_handle;",
    "create table profile (id uuid, handle text);\nalter table profile add primary key (id);",
  ],
  visit: {
    *AlterTableStmt(alter, scene) {
      if (alter.objtype !== "OBJECT_TABLE") return;
      const table = busyTable(scene, alter.relation);
      if (table === undefined) return;
      for (const node of alter.cmds ?? []) {
        if (!("AlterTableCmd" in node)) continue;
        const { subtype, def } = node.AlterTableCmd;
        const added =
          subtype === "AT_AddConstraint" && def !== undefined && "Constraint" in def
            ? [def.Constraint]
            : subtype === "AT_AddColumn" &&
                def !== undefined &&
                "ColumnDef" in def &&
                !has(table, def.ColumnDef.colname)
              ? (def.ColumnDef.constraints ?? []).flatMap((one) => ("Constraint" in one ? [one.Constraint] : []))
              : [];
        for (const constraint of added) {
          const kind = kinds[constraint.contype ?? ""];
          if (kind === undefined || constraint.indexname !== undefined || isThere(table, constraint)) continue;
          yield {
            at: placeIn(scene, clauseAt(scene.statement, constraint.location ?? 0)),
            message: `Reads of and writes to \`${table.name}\` wait while the index of this ${kind} is built.`,
            fixes: () =>
              subtype === "AT_AddConstraint"
                ? indexFirst(scene, table, constraint, kind, (alter.cmds ?? []).length)
                : [],
          };
        }
      }
    },
  },
});

function has({ table }: BusyTable, column: string | undefined): boolean {
  return table?.columns.some(({ name }) => name === column) === true;
}

const kinds: Readonly<Record<string, "primary key" | "unique constraint" | "exclusion constraint">> = {
  CONSTR_PRIMARY: "primary key",
  CONSTR_UNIQUE: "unique constraint",
  CONSTR_EXCLUSION: "exclusion constraint",
};

/** Exclusion has no online way. A statement that does more than this stays, and a person takes it apart. */
function indexFirst(
  scene: StatementScene,
  { table, name, sql }: BusyTable,
  constraint: Constraint,
  kind: string,
  commands: number,
): readonly Fix[] {
  const { statement, file } = scene;
  const columns = stringsOf(constraint.keys);
  if (kind === "exclusion constraint" || file.history === undefined || commands !== 1 || columns.length === 0)
    return [];
  // A primary key over columns that may be NULL would still read the whole table to see that none is.
  if (
    kind === "primary key" &&
    !columns.every((column) => table?.columns.some((one) => one.name === column && one.notNull))
  )
    return [];
  const plain = name.split(".").at(-1) ?? name;
  const key = constraint.conname ?? (kind === "primary key" ? `${plain}_pkey` : `${plain}_${columns.join("_")}_key`);
  const distinct = constraint.nulls_not_distinct === true ? " nulls not distinct" : "";
  const index = likeKeywords(
    statement,
    `create unique index concurrently \`${quoteIdentifier(key)}\` on \`${sql} (${sqlColumns(columns)})\`${distinct}`,
  );
  const add = likeKeywords(
    statement,
    `alter table \`${sql}\` add constraint \`${quoteIdentifier(key)}\` ${kind === "primary key" ? "primary key" : "unique"} using index \`${quoteIdentifier(key)}\``,
  );
  const whole = placeIn(scene, { start: 0, end: statement.text.length });
  const constraintAfter = { slug: key, statements: [add], outsideTransaction: false };
  if (scene.inTransaction === false) {
    const title = "Build the index concurrently here, and add the constraint in a next migration";
    return [{ title, safe: false, edits: [{ at: whole, text: index }], migrations: [constraintAfter] }];
  }
  return [
    {
      title: "Build the index concurrently, then add the constraint, in two migrations",
      safe: false,
      takesOut: [whole],
      migrations: [{ slug: `index_${key}`, statements: [index], outsideTransaction: true }, constraintAfter],
    },
  ];
}
