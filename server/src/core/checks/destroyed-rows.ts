import type { DropStmt, RangeVar } from "@pgsql/types";
import { displayName } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { stringsOf } from "../schema/reading.js";
import { tie } from "../schema/ties.js";
import { as } from "../sql/tree.js";
import { wasCarriedOver, wasEmptied } from "./about-earlier-rows.js";
import { statementsOf } from "./about-kinds.js";
import { busyTable } from "./about-tables.js";
import { check, mayHoldRows, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "destroyed-rows",
  severity: "warning",
  area: "D",
  kind: "act",
  summary: "A table or schema that may hold rows is dropped, or a table is emptied.",
  why: "There is no way back but a backup, and released apps still ask for the rows.",
  instead: "Take it out of use first, keep it for a release (rename it, or revoke access), and drop it then.",
  silent:
    "the table was filled in the same file, to be thrown away, or its rows were carried over to another table first",
  turnOff: "when the database can be made again from its sources at any time, such as a cache or a search index",
  peers: "SQ PLS AT SD MP PML PF PGX",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_drop.sql\ndrop table message;",
    "-- file: supabase/migrations/1_init.sql\ncreate table message (id uuid primary key);\n-- file: supabase/migrations/2_empty.sql\nTRUNCATE message CASCADE;",
    "-- file: supabase/migrations/1_init.sql\ncreate schema app;\ncreate table app.message (id uuid primary key);\n-- file: supabase/migrations/2_drop.sql\ndrop schema if exists app cascade;",
  ],
  good: [
    "create table staging (id uuid primary key);\ninsert into staging select gen_random_uuid();\ndrop table staging;",
    "-- file: supabase/migrations/1_init.sql\ncreate view recent as select 1 as one;\n-- file: supabase/migrations/2_drop.sql\ndrop view recent;",
    "-- file: supabase/migrations/1_init.sql\ncreate schema app;\n-- file: supabase/migrations/2_drop.sql\ndrop schema app;",
    "-- file: supabase/migrations/1_init.sql\nselect 1;\n-- file: supabase/migrations/2_again.sql\ndrop table if exists message;\ncreate table message (id uuid primary key);",
  ],
  *file(file) {
    for (const scene of statementsOf(file, ["DropStmt"])) {
      const drop = as(scene.statement.node, "DropStmt");
      if (drop?.removeType !== "OBJECT_TABLE") continue;
      for (const relation of relationsOf(drop)) {
        const table = scene.remember(`busy ${relation.schemaname}.${relation.relname}`, () =>
          busyTable(scene, relation),
        );
        // IF EXISTS over a name that nothing made is how scripts make themselves repeatable.
        if (table === undefined || (table.table === undefined && drop.missing_ok === true)) continue;
        if (wasEmptied(file, scene, relation) || wasCarriedOver(file, scene, relation)) continue;
        yield {
          at: wholeStatement(scene),
          message: `The rows of \`${table.name}\` are gone with it, and only a backup brings them back.`,
        };
      }
    }
  },
  visit: {
    *DropStmt(drop, scene) {
      if (drop.removeType === "OBJECT_SCHEMA") {
        for (const node of drop.objects ?? []) {
          const name = as(node, "String")?.sval ?? "";
          const gone = isPlatformSchema(name) ? [] : tablesIn(scene, name);
          if (gone.length === 0) continue;
          yield {
            at: wholeStatement(scene),
            message: `The rows of ${listed(gone)} are gone with the schema \`${name}\`, and only a backup brings them back.`,
          };
        }
      }
    },
    *TruncateStmt(truncate, scene) {
      for (const node of truncate.relations ?? []) {
        const table = busyTable(scene, as(node, "RangeVar"));
        if (table === undefined) continue;
        const more = truncate.behavior === "DROP_CASCADE" ? " and of every table that references it" : "";
        yield {
          at: wholeStatement(scene),
          message: `All rows of \`${table.name}\`${more} are gone, and only a backup brings them back.`,
        };
      }
    },
  },
});

function relationsOf({ objects }: DropStmt): readonly RangeVar[] {
  return (objects ?? []).map((node) => {
    const names = stringsOf(as(node, "List")?.items);
    const relname = names.at(-1) ?? "";
    return names.length > 1 ? { relname, schemaname: names.at(-2) ?? "" } : { relname };
  });
}

function tablesIn(scene: StatementScene, namespace: string): readonly string[] {
  return scene.before.tables
    .with(tie.within(namespace))
    .filter((table) => mayHoldRows(table, scene.file))
    .map(displayName);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `\`${name}\``);
  return names.length > 3 ? `${shown.join(", ")} and ${names.length - 3} more tables` : shown.join(", ");
}
