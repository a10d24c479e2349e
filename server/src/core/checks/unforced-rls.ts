import { displayName } from "../schema/model.js";
import { hasDynamic } from "./about-access.js";
import { cures, headOf } from "./about-cures.js";
import { sqlName } from "./about-tables.js";
import { check } from "./check.js";

export default check({
  name: "unforced-rls",
  severity: "off",
  area: "H",
  kind: "state",
  summary: "Row level security does not bind the owner of a table.",
  why: "The owner skips every policy: where the application logs in as the role that made the tables, the policies do nothing.",
  instead: "Force row level security, or let the application log in with a role that owns nothing.",
  silent: "the tables are asked through the roles of an API, as on Supabase",
  turnOff: "when the application does not log in as the owner of its tables; it is off until somebody switches it on",
  peers: "PGR RT",
  bad: [
    "-- file: migrations/1_notes.sql\ncreate table notes (id uuid primary key, tenant uuid);\nalter table notes enable row level security;\ncreate policy own on notes using (tenant is not null);\n# file: data-orchestrator.yaml\nchecks:\n  unforced-rls: warning\n",
  ],
  good: [
    "-- file: migrations/1_notes.sql\ncreate table notes (id uuid primary key, tenant uuid);\nalter table notes enable row level security, force row level security;\ncreate policy own on notes using (tenant is not null);\n# file: data-orchestrator.yaml\nchecks:\n  unforced-rls: warning\n",
    "-- file: migrations/1_notes.sql\ncreate table notes (id uuid primary key, tenant uuid);\nalter table notes enable row level security;\ncreate policy own on notes using (tenant is not null);",
    "create table notes (id uuid primary key, tenant uuid);\nalter table notes enable row level security;\ncreate policy own on notes using (tenant is not null);\n# file: data-orchestrator.yaml\nchecks:\n  unforced-rls: warning\n",
  ],
  *schema(scene) {
    if (scene.facts.platform === "supabase" || hasDynamic(scene, "row level security")) return;
    for (const table of scene.schema.tables.values()) {
      const { rls, origin } = table;
      if (!rls.enabled || rls.forced || rls.place === undefined || origin.made === undefined) continue;
      yield {
        at: headOf(scene, rls.place),
        message: `The policies of \`${displayName(table)}\` do not bind its owner: an application that logs in as the owner sees all rows.`,
        fixes: () =>
          cures(scene, rls.place, {
            title: "Force row level security",
            slug: `force_rls_${table.name}`,
            statements: [`alter table \`${sqlName(table)}\` force row level security`],
          }),
      };
    }
  },
});
