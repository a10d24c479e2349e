import { type Constraint, displayName, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { findWords } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import { cures, statementAt } from "./about-cures.js";
import { sqlName } from "./about-tables.js";
import { check, type SchemaScene } from "./check.js";

export default check({
  name: "unvalidated-constraint",
  severity: "hint",
  area: "B",
  kind: "state",
  summary: "A foreign key or check is still NOT VALID at the end of the history.",
  why: "It binds what is written since then, but nobody has looked whether the old rows keep it; the planner does not rely on it, and an update of an old row may fail.",
  instead:
    "VALIDATE it in a migration of its own: that takes SHARE UPDATE EXCLUSIVE, which lets reads and writes through.",
  silent: "it came in the newest migration, or is NOT ENFORCED",
  turnOff: "when old rows are known to break the constraint and are meant to stay",
  peers: "PH",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, size int);\n-- file: supabase/migrations/2_check.sql\nalter table message add constraint size_positive check (size > 0) not valid;\n-- file: supabase/migrations/3_later.sql\nselect 1;",
  ],
  good: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, size int);\n-- file: supabase/migrations/2_check.sql\nalter table message add constraint size_positive check (size > 0) not valid;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, size int);\n-- file: supabase/migrations/2_check.sql\nalter table message add constraint size_positive check (size > 0) not valid;\n-- file: supabase/migrations/3_later.sql\nalter table message validate constraint size_positive;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key, size int check (size > 0) not enforced);\n-- file: supabase/migrations/2_later.sql\nselect 1;",
  ],
  *schema(scene) {
    const newest = scene.history?.migrations.at(-1)?.uri;
    if (newest === undefined) return;
    for (const table of scene.schema.tables.unordered()) {
      if (isPlatformSchema(table.schema)) continue;
      for (const constraint of table.constraints) {
        const at = constraint.origin.made;
        if (constraint.validated || at === undefined || at.uri === newest || !isWrittenSo(scene, constraint)) continue;
        const what = constraint.kind === "foreign key" ? "references nothing" : "breaks it";
        yield {
          at,
          message: `\`${constraint.name}\` is still NOT VALID: an old row of \`${displayName(table)}\` that ${what} stays unseen until somebody changes it.`,
          fixes: () => validate(scene, table, constraint),
        };
      }
    }
  },
});

/** NOT ENFORCED is not valid either, and cannot be validated. */
function isWrittenSo(scene: SchemaScene, { origin }: Constraint): boolean {
  const statement = statementAt(scene, origin.made);
  const from = origin.made?.span.start ?? 0;
  return statement !== undefined && findWords(statement, ["not", "valid"], from) !== undefined;
}

function validate(scene: SchemaScene, table: Table, { name }: Constraint) {
  const statement = `alter table \`${sqlName(table)}\` validate constraint \`${quoteIdentifier(name)}\``;
  return cures(scene, undefined, { title: `Validate \`${name}\``, slug: `validate_${name}`, statements: [statement] });
}
