import { readFileSync } from "node:fs";
import { check, checkFix } from "../support/checks.js";

const only = (text: string): void => check(text, "unknown-sync-key");

suite("unknown-sync-key", () => {
  test("at every level, behind letters that are no ASCII", () =>
    only(`\
config:
  edition: 3
  storage_versoin: 3
# ^^^^^^^^^^^^^^^ unknown-sync-key
streams:
  😀: { query: SELECT id FROM notes WHERE owner = auth.user_id(), autosubscribe: true }
#                                                                 ^^^^^^^^^^^^^ unknown-sync-key
`));

  test("not in the service's own file, and not in YAML that is somebody else's", () =>
    only(`\
# file: powersync/service.yaml
replication: {}
storage: {}
sync_config:
  path: sync-config.yaml
# file: kafka.yaml
streams:
  a:
    topic: b
`));

  test("puts the right key in its place", () =>
    checkFix(
      "streams:\n  notes:\n    autoSubscribe: true\n    query: SELECT id FROM notes WHERE owner = auth.user_id()\nconfig: { edition: 3 }\n",
      "streams:\n  notes:\n    auto_subscribe: true\n    query: SELECT id FROM notes WHERE owner = auth.user_id()\nconfig: { edition: 3 }\n",
      "unknown-sync-key",
    ));

  test("converts the invented layout of a whole project", () => {
    const text = readFileSync("test/fixtures/workspaces/seed/powersync/sync-config.yaml", "utf8");
    checkFix(
      text,
      `\
# PowerSync schema configuration
config:
  edition: 3

streams:
  profiles:
    auto_subscribe: true
    queries:
      # Own profile
      - SELECT id, username, display_name, avatar_url, updated_at FROM profiles WHERE id = auth.user_id()
      - SELECT id, username, display_name, avatar_url, updated_at FROM profiles WHERE id IN (SELECT following_id FROM follows WHERE follower_id = auth.user_id())

  messages:
    auto_subscribe: true
    queries:
      - SELECT id, content, sender_id, room_id, created_at FROM messages WHERE room_id IN (SELECT room_id FROM room_members WHERE user_id = auth.user_id())
`,
      "unknown-sync-key",
    );
  });
});
