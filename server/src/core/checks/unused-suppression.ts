import { check } from "./check.js";

/** Found by the engine itself, which alone knows suppressions; this file holds what is said of it. */
export default check({
  name: "unused-suppression",
  severity: "warning",
  area: "F",
  kind: "text",
  summary: "A suppression comment silences nothing, names no check or gives no reason.",
  why: "It hides the next true finding at that place.",
  instead: "Remove it, or write `-- data-orchestrator: allow CHECK because REASON`.",
  silent: "the check it names is off or does not judge this file",
  turnOff: "while many checks are switched on and off, so that comments seem idle for a time",
  peers: "SQ PLS (without the reason)",
  bad: [
    "-- data-orchestrator: allow unindexed-foreign-key because the parent never changes\nselect 1;",
    "-- data-orchestrator: allow no-such-check because of this\nselect 1;",
    "create table room (id uuid primary key);\n-- data-orchestrator: allow unindexed-foreign-key\ncreate table message (id uuid primary key, room_id uuid references room (id));",
  ],
  good: [
    "create table room (id uuid primary key);\n-- data-orchestrator: allow unindexed-foreign-key because rooms are never deleted\ncreate table message (id uuid primary key, room_id uuid references room (id));",
  ],
});
