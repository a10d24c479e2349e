import { displayName } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { apiRoles, hasDynamic, holds, isAnonymous, isServed, rowPrivileges } from "./about-access.js";
import { cures, headOf } from "./about-cures.js";
import { sqlName } from "./about-tables.js";
import { check } from "./check.js";

export default check({
  name: "exposed-partition",
  severity: "error",
  area: "H",
  kind: "state",
  summary: "A partition that the API serves lacks the row level security of its parent.",
  why: "Policies of the parent hold for queries of the parent only: whoever asks the partition by its own name reads all of its rows.",
  instead: "Enable row level security on the partition too; queries through the parent do not need policies there.",
  silent: "the roles of the API have no grant on the partition, or its schema is not served",
  turnOff:
    "when no client can reach partitions by name, because a gateway in front of the API admits only listed tables",
  peers: "PGR",
  bad: [
    "create table events (id uuid, at timestamptz not null, primary key (id, at)) partition by range (at);\nalter table events enable row level security;\ncreate table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');\ngrant select on events, events_2026 to authenticated;\ncreate policy seen on events for select to authenticated using (id is not null);",
    "-- file: supabase/migrations/20260101000000_events.sql\nCREATE TABLE events (id uuid PRIMARY KEY);\nALTER TABLE events ENABLE ROW LEVEL SECURITY;\nCREATE POLICY seen ON events FOR SELECT TO authenticated USING (id IS NOT NULL);\nCREATE TABLE clicks (x int) INHERITS (events);",
  ],
  good: [
    "create table events (id uuid, at timestamptz not null, primary key (id, at)) partition by range (at);\nalter table events enable row level security;\ncreate table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');\nalter table events_2026 enable row level security;\ngrant select on events, events_2026 to authenticated;\ncreate policy seen on events for select to authenticated using (id is not null);",
    "create table events (id uuid, at timestamptz not null, primary key (id, at)) partition by range (at);\nalter table events enable row level security;\ncreate table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');\ngrant select on events to authenticated;\ncreate policy seen on events for select to authenticated using (id is not null);",
  ],
  *schema(scene) {
    const roles = apiRoles(scene);
    if (roles.length === 0 || hasDynamic(scene, "row level security")) return;
    for (const table of scene.schema.tables.values()) {
      const { rls, partitionOf, inherits, origin } = table;
      if (rls.enabled || origin.made === undefined || (partitionOf === undefined && inherits.length === 0)) continue;
      const parents = [partitionOf, ...inherits].flatMap((key) => scene.schema.tables.get(key ?? "") ?? []);
      const parent = parents.find((one) => one.rls.enabled);
      if (parent === undefined || isPlatformSchema(table.schema) || !isServed(scene, table.schema)) continue;
      const role = roles.find((one) =>
        rowPrivileges.some((privilege) => holds(scene, table, one, privilege) === "yes"),
      );
      if (role === undefined) continue;
      const who = isAnonymous(role) ? "anyone with the public key" : "every signed-in user";
      const made = rls.place ?? origin.made;
      yield {
        at: headOf(scene, made),
        message: `\`${displayName(table)}\` has no row level security, so ${who} reads it past the policies of \`${displayName(parent)}\`.`,
        fixes: () =>
          cures(scene, made, {
            title: "Enable row level security",
            slug: `secure_${table.name}`,
            statements: [`alter table \`${sqlName(table)}\` enable row level security`],
          }),
      };
    }
  },
});
