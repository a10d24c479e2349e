import { toStreams } from "../sync/convert.js";
import { type LayoutFault, layoutFaults } from "../sync/keys.js";
import { check, type Fix, type SyncScene } from "./check.js";

export default check({
  name: "unknown-sync-key",
  severity: "error",
  area: "N",
  kind: "text",
  summary: "A sync configuration has a key that PowerSync does not know, or a layout it never had.",
  why: "In a stream such a key is passed over without a word, so what it should do never happens; elsewhere the configuration is refused.",
  instead: "Use the key that PowerSync documents, or Sync Streams in place of the unknown layout.",
  silent: "the file is the configuration of the service itself",
  turnOff: "when you run a PowerSync service that is newer than this check and reads the key",
  bad: [
    "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    autosubscribe: true\n    query: SELECT * FROM notes WHERE owner_id = auth.user_id()\n",
    "# file: powersync/sync-config.yaml\nconfig:\n  editon: 3\nstreams: {}\n",
    "# file: powersync/sync-config.yaml\nsync_rules:\n  tables:\n    notes:\n      columns: [title]\n      parameters:\n        user_id: token.sub\n      data:\n        - SELECT * WHERE owner_id = $user_id\n",
  ],
  good: [
    "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    auto_subscribe: true\n    priority: 1\n    query: SELECT * FROM notes WHERE owner_id = auth.user_id()\n",
    "# file: powersync/sync-config.yaml\nbucket_definitions:\n  notes:\n    parameters: SELECT request.user_id() AS user_id\n    data:\n      - SELECT * FROM notes WHERE owner_id = bucket.user_id\n",
    "# file: powersync/service.yaml\nreplication:\n  connections: []\nstorage:\n  type: mongodb\nsync_rules:\n  path: sync-config.yaml\n",
  ],
  *sync(scene) {
    for (const fault of layoutFaults(scene.document)) {
      if (fault.kind === "shape") continue;
      yield {
        at: { uri: scene.uri, piece: undefined, span: fault.span },
        message: fault.message,
        fixes: () => fixesOf(fault, scene),
      };
    }
  },
});

function fixesOf({ kind, nearest, span }: LayoutFault, { uri, document }: SyncScene): readonly Fix[] {
  const at = (place: typeof span) => ({ uri, piece: undefined, span: place });
  if (nearest !== undefined) {
    return [{ title: `Change to \`${nearest}\``, safe: false, edits: [{ at: at(span), text: nearest }] }];
  }
  const streams = kind === "layout" ? toStreams(document) : undefined;
  if (streams === undefined) return [];
  const whole = { start: 0, end: document.text.length };
  return [{ title: "Convert to Sync Streams", safe: false, edits: [{ at: at(whole), text: streams }] }];
}
