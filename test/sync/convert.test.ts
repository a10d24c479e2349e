import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { toStreams } from "../../server/src/core/sync/convert.js";
import { readSync } from "../../server/src/core/sync/document.js";
import { flows } from "../../server/src/core/sync/streams.js";
import { loadCompiler } from "../../server/src/sync-engine/compile.js";
import "../support/parser.js";

const converted = (text: string): string | undefined => toStreams(readSync(text));

suite("converting the invented layout to Sync Streams", () => {
  test("a whole file, which PowerSync then compiles without a word", async () => {
    const text = readFileSync("test/fixtures/workspaces/seed/powersync/sync-config.yaml", "utf8");
    const streams = converted(text);
    assert.equal(
      streams,
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
    );
    const { compile } = await loadCompiler([]);
    assert.deepEqual(compile(streams, undefined), []);
    const gates = flows(readSync(streams)).flatMap((flow) => flow.branches?.map((branch) => branch.gate));
    assert.deepEqual(gates, ["user", "user", "user"]);
  });

  test("other claims, other names, quoted names, strings left alone", () => {
    const text = `\
sync_rules:
  tables:
    Order:
      columns: [total]
      parameters: {org: token.org_id}
      data:
        - SELECT * WHERE org_id = :org AND note <> '$org token.sub' AND kind::text = $kind
        - "SELECT total FROM \\"Order\\" WHERE owner = token.sub;"
`;
    assert.equal(
      converted(text),
      `\
config:
  edition: 3

streams:
  Order:
    auto_subscribe: true
    queries:
      - SELECT id, total FROM "Order" WHERE org_id = auth.parameter('org_id') AND note <> '$org token.sub' AND kind::text = auth.parameter('kind')
      - SELECT total FROM "Order" WHERE owner = auth.user_id()
`,
    );
  });

  test("keeps the line ends of the file", () => {
    const text = "sync_rules:\r\n  tables:\r\n    a:\r\n      data:\r\n        - SELECT * WHERE b = $user_id\r\n";
    assert.match(converted(text) ?? "", /^config:\r\n(?:[^\n]*\r\n)+$/);
  });

  test("leaves alone what it cannot carry over", () => {
    const table = (lines: string): string => `sync_rules:\n  tables:\n    a:\n${lines}`;
    for (const text of [
      table("      columns: [id]\n"),
      table("      data: []\n"),
      table("      data: [DELETE FROM a]\n"),
      table("      parameters: SELECT 1\n      data: [SELECT *]\n"),
      table("      parameters: {u: session.id}\n      data: [SELECT *]\n"),
      `${table("      data: [SELECT *]\n")}other: 1\n`,
      "sync_rules:\n  tables: {}\n",
      "streams: {}\n",
    ]) {
      assert.equal(converted(text), undefined, text);
    }
  });
});
