import assert from "node:assert/strict";
import { readSync } from "../../server/src/core/sync/document.js";
import { flows, tableUses } from "../../server/src/core/sync/streams.js";
import "../support/parser.js";

/** A stream of one query, with named queries before it. */
const stream = (sql: string, named: Readonly<Record<string, string>> = {}): string => {
  const withs = Object.entries(named).map(([name, query]) => `      ${name}: ${query}\n`);
  return `config:\n  edition: 3\nstreams:\n  a:\n${withs.length > 0 ? `    with:\n${withs.join("")}` : ""}    query: |\n      ${sql}\n`;
};

/** The branches of the only query, as words: `user`, `client`, `none`, `none filtered`. */
function gates(text: string): readonly string[] | undefined {
  return flows(readSync(text))
    .at(-1)
    ?.branches?.map(({ gate, filtered }) => (gate === "none" && filtered ? "none filtered" : gate));
}

const mine = "room_id IN (SELECT room_id FROM room_members WHERE user_id = auth.user_id())";

suite("on whom a stream depends", () => {
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["SELECT * FROM m", ["none"]],
    ["SELECT * FROM m WHERE owner = auth.user_id()", ["user"]],
    ["SELECT * FROM m WHERE auth.user_id() = owner AND kind = 'a'", ["user"]],
    ["SELECT * FROM m WHERE org = auth.parameter('org_id')", ["user"]],
    ["SELECT * FROM m WHERE org = auth.parameters() ->> 'org_id'", ["user"]],
    [`SELECT * FROM m WHERE ${mine}`, ["user"]],
    ["SELECT * FROM m WHERE room = subscription.parameter('room')", ["client"]],
    ["SELECT * FROM m WHERE room = connection.parameter('room')", ["client"]],
    [`SELECT * FROM m WHERE room_id = subscription.parameter('room') AND ${mine}`, ["user"]],
    ["SELECT * FROM m WHERE is_public", ["none filtered"]],
    ["SELECT * FROM m WHERE is_public = true AND deleted_at IS NULL", ["none filtered"]],
    ["SELECT * FROM m WHERE deleted_at IS NULL", ["none"]],
    ["SELECT * FROM m WHERE parent_id IS NULL", ["none"]],
    ["SELECT * FROM m WHERE is_deleted = false", ["none"]],
    ["SELECT * FROM m WHERE published_at IS NOT NULL", ["none filtered"]],
    ["SELECT * FROM m WHERE true", ["none"]],
    ["SELECT * FROM m WHERE is_public OR owner = auth.user_id()", ["none filtered", "user"]],
    ["SELECT * FROM m WHERE (1 = 1 OR owner = auth.user_id()) AND kind = 'a'", ["none filtered", "user"]],
    ["SELECT * FROM m WHERE owner = auth.user_id() AND (kind = 'a' OR kind = 'b')", ["user", "user"]],
    ["SELECT * FROM m WHERE room_id IN (SELECT id FROM rooms WHERE is_public)", ["none filtered"]],
    [
      "SELECT * FROM m WHERE room_id IN (SELECT id FROM rooms WHERE is_public OR owner = auth.user_id())",
      ["none filtered", "user"],
    ],
    [
      "SELECT m.* FROM m INNER JOIN room_members rm ON rm.room_id = m.room_id WHERE rm.user_id = auth.user_id()",
      ["user"],
    ],
    ["SELECT m.* FROM m JOIN room_members rm ON rm.room_id = m.room_id", ["none"]],
    ["SELECT m.* FROM m, json_each(auth.parameter('rooms')) AS r WHERE m.room_id = r.value", ["user"]],
    ["SELECT id, auth.user_id() AS me FROM m", ["none"]],
    ["SELECT * FROM m WHERE NOT (owner = auth.user_id())", ["user"]],
    ["SELECT id FROM a UNION SELECT id FROM b", undefined],
    ["SELECT FROM WHERE", undefined],
  ];
  for (const [sql, expected] of cases) {
    test(sql, () => assert.deepEqual(gates(stream(sql)), expected));
  }

  test("follows named queries, also through FROM and through one another", () => {
    const rooms = "SELECT room_id FROM room_members WHERE user_id = auth.user_id()";
    assert.deepEqual(gates(stream("SELECT * FROM m WHERE room_id IN rooms", { rooms })), ["user"]);
    assert.deepEqual(gates(stream("SELECT * FROM m WHERE room_id IN (SELECT room_id FROM rooms)", { rooms })), [
      "user",
    ]);
    assert.deepEqual(gates(stream("SELECT m.* FROM m JOIN rooms ON rooms.room_id = m.room_id", { rooms })), ["user"]);
    assert.deepEqual(gates(stream("SELECT * FROM m WHERE room_id IN rooms", { rooms: "SELECT id FROM r" })), [
      "none filtered",
    ]);
  });

  test("what a broken or circular named query says is unknown", () => {
    assert.equal(gates(stream("SELECT * FROM m WHERE id IN c", { c: "SELECT WHERE FROM" })), undefined);
    assert.equal(
      gates(stream("SELECT * FROM m WHERE id IN c", { c: "SELECT id FROM d", d: "SELECT id FROM c" })),
      undefined,
    );
  });

  test("a named query at the top level serves all streams", () => {
    const text =
      "config: {edition: 3}\nwith:\n  mine: SELECT id FROM r WHERE owner = auth.user_id()\nstreams:\n  a:\n    query: SELECT * FROM m WHERE r IN mine\n";
    assert.deepEqual(gates(text), ["user"]);
  });

  test("more ways than can be told apart are unknown", () => {
    const or = "(a = 1 OR b = auth.user_id())";
    assert.equal(gates(stream(`SELECT * FROM m WHERE ${Array(8).fill(or).join(" AND ")}`)), undefined);
  });

  test("a bucket definition depends on what its parameter queries depend on", () => {
    const bucket = (parameters: string, data: string): string =>
      `bucket_definitions:\n  a:\n${parameters === "" ? "" : `    parameters: ${parameters}\n`}    data:\n      - ${data}\n`;
    const data = "SELECT * FROM m WHERE x = bucket.x";
    assert.deepEqual(gates(bucket("", "SELECT * FROM m")), ["none"]);
    assert.deepEqual(gates(bucket("", "SELECT * FROM m WHERE is_public")), ["none filtered"]);
    assert.deepEqual(gates(bucket("SELECT request.user_id() AS x", data)), ["user"]);
    assert.deepEqual(gates(bucket("SELECT token_parameters.user_id AS x", data)), ["user"]);
    assert.deepEqual(gates(bucket("SELECT request.parameters() ->> 'x' AS x", data)), ["client"]);
    assert.deepEqual(gates(bucket("SELECT id AS x FROM rooms WHERE owner = request.user_id()", data)), ["user"]);
    assert.deepEqual(gates(bucket("SELECT id AS x FROM rooms", data)), ["none"]);
    assert.deepEqual(
      gates(bucket("[SELECT id AS x FROM rooms WHERE is_public, SELECT request.user_id() AS x]", data)),
      ["none filtered", "user"],
    );
  });

  test("a branch has its place, a lone condition needs none", () => {
    const text = stream("SELECT * FROM m WHERE is_public = true OR owner = auth.user_id()");
    const spans = flows(readSync(text))[0]?.branches?.map(({ span }) => span && text.slice(span.start, span.end));
    assert.deepEqual(spans, ["is_public = true", "owner = auth.user_id()"]);
    assert.equal(flows(readSync(stream("SELECT * FROM m WHERE is_public")))[0]?.branches?.[0]?.span, undefined);
  });
});

suite("what a stream reads and sends", () => {
  const source = (sql: string): string | undefined => {
    const use = flows(readSync(stream(sql)))[0]?.source;
    return use === undefined ? undefined : `${use.schema ?? ""}.${use.name} ${use.alias}`;
  };

  test("the table whose rows are sent", () => {
    assert.equal(source("SELECT * FROM m"), ".m m");
    assert.equal(source('SELECT * FROM app."My Notes" AS n'), "app.My Notes n");
    assert.equal(source("SELECT b.* FROM a JOIN b ON a.id = b.a"), ".b b");
    assert.equal(source("SELECT id FROM a JOIN b ON a.id = b.a"), undefined);
    assert.equal(source("SELECT FROM WHERE"), undefined);
  });

  test("its columns", () => {
    const [flow] = flows(readSync(stream("SELECT *, n.*, a, n.b AS c, upper(d) AS e, json_extract(f, '$.g') FROM n")));
    assert.deepEqual(
      flow?.outputs.map(({ kind, name, column }) => [kind, name, column]),
      [
        ["all", undefined, undefined],
        ["all", "n", undefined],
        ["value", "a", "a"],
        ["value", "c", "b"],
        ["value", "e", undefined],
        ["value", "json_extract", undefined],
      ],
    );
  });

  test("every table that is named, at its place, without named queries", () => {
    const text = stream('SELECT * FROM é."N" WHERE a IN mine AND b IN (SELECT c FROM d)', { mine: "SELECT x FROM y" });
    assert.deepEqual(
      tableUses(readSync(text)).map(({ span }) => text.slice(span.start, span.end)),
      ["y", 'é."N"', "d"],
    );
  });
});
