import type { AlterTableStmt, Constraint } from "@pgsql/types";
import { clauseAt } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import { insert } from "../text/source.js";
import { busyTable, isThere, likeKeywords } from "./about-tables.js";
import { check, type Fix, placeIn, type StatementScene } from "./check.js";

export default check({
  name: "blocking-constraint",
  severity: "warning",
  area: "B",
  kind: "act",
  summary: "A foreign key or check is added to a table that may hold rows, without NOT VALID.",
  why: "PostgreSQL reads every row before it lets go of its lock: SHARE ROW EXCLUSIVE on both tables of a foreign key, ACCESS EXCLUSIVE for a check. Writes wait, and behind a check reads too.",
  instead:
    "Add it NOT VALID, which only looks at new rows, and VALIDATE it in a later migration, which lets writes through.",
  silent: "a foreign key of a partitioned table, where NOT VALID is refused before PostgreSQL 18",
  turnOff: "when the application is stopped while migrations run, so that nobody waits for the scan",
  peers: "SQ PLS SM EU AT SD MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid);\ncreate index on message (room_id);\n-- file: supabase/migrations/2_key.sql\nalter table message add constraint message_room foreign key (room_id) references room (id);",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\n-- file: supabase/migrations/2_check.sql\nALTER TABLE message ADD CONSTRAINT body_length CHECK (length(body) < 4000);",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\n-- file: supabase/migrations/2_check.sql\nalter table message add check (length(body) > 0), add column seen boolean;",
  ],
  good: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\n-- file: supabase/migrations/2_check.sql\nalter table message add constraint body_length check (length(body) < 4000) not valid;",
    "create table message (id uuid primary key, body text);\nalter table message add constraint body_length check (length(body) < 4000);",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, body text);\n-- file: supabase/migrations/2_valid.sql\nalter table message validate constraint body_length;",
  ],
  visit: {
    *AlterTableStmt(alter, scene) {
      if (alter.objtype !== "OBJECT_TABLE") return;
      for (const node of alter.cmds ?? []) {
        if (!("AlterTableCmd" in node) || node.AlterTableCmd.subtype !== "AT_AddConstraint") continue;
        const { def } = node.AlterTableCmd;
        if (def === undefined || !("Constraint" in def)) continue;
        const constraint = def.Constraint;
        const key = constraint.contype === "CONSTR_FOREIGN";
        if (
          (!key && constraint.contype !== "CONSTR_CHECK") ||
          constraint.skip_validation === true ||
          constraint.is_enforced === false
        )
          continue;
        const table = busyTable(scene, alter.relation);
        if (table === undefined || isThere(table, constraint)) continue;
        if (key && table.table?.kind === "partitioned" && scene.facts.postgres < 18) continue;
        const at = clauseAt(scene.statement, constraint.location ?? 0);
        const parent = constraint.pktable?.relname;
        yield {
          at: placeIn(scene, at),
          message: key
            ? `Writes to \`${table.name}\` and \`${parent}\` wait while PostgreSQL checks every row of \`${table.name}\` against this foreign key.`
            : `Reads of and writes to \`${table.name}\` wait while PostgreSQL checks every row against this constraint.`,
          fixes: () => validateLater(scene, alter, constraint, at.end),
        };
      }
    },
  },
});

function validateLater(
  scene: StatementScene,
  alter: AlterTableStmt,
  constraint: Constraint,
  end: number,
): readonly Fix[] {
  const { statement } = scene;
  const table = busyTable(scene, alter.relation);
  const { text, span } = insert(end, likeKeywords(statement, " not valid"));
  const edits = [{ at: placeIn(scene, span), text }];
  const key = constraint.location === undefined ? undefined : nameAfter(scene, alter, constraint);
  if (table === undefined) return [];
  if (scene.file.history === undefined || key === undefined) return [{ title: "Add it NOT VALID", safe: false, edits }];
  const validate = likeKeywords(
    statement,
    `alter table \`${table.sql}\` validate constraint \`${quoteIdentifier(key)}\``,
  );
  const migration = { slug: `validate_${key}`, statements: [validate], outsideTransaction: false };
  return [
    { title: "Add it NOT VALID, and validate it in a next migration", safe: false, edits, migrations: [migration] },
  ];
}

/** The name the constraint has once it is there, which PostgreSQL chooses when the statement gives none. */
function nameAfter(
  { before, after }: StatementScene,
  alter: AlterTableStmt,
  constraint: Constraint,
): string | undefined {
  if (constraint.conname !== undefined) return constraint.conname;
  const schema = alter.relation?.schemaname;
  for (const table of after.tables.values()) {
    if (table.name !== alter.relation?.relname || (schema !== undefined && table.schema !== schema)) continue;
    const old = new Set(
      before.tables
        .values()
        .find((one) => one.name === table.name && one.schema === table.schema)
        ?.constraints.map(({ name }) => name),
    );
    const fresh = table.constraints.filter(
      ({ name, kind }) => !old.has(name) && (kind === "foreign key" || kind === "check"),
    );
    if (fresh.length === 1) return fresh[0]?.name;
  }
  return undefined;
}
