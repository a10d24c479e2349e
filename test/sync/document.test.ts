import assert from "node:assert/strict";
import { readSync, recognise, type SyncDocument, spanIn } from "../../server/src/core/sync/document.js";
import "../support/parser.js";

const streams = (text: string): string => `config:\n  edition: 3\nstreams:\n${text}`;

/** The SQL of each query as it stands in the document. */
function written(document: SyncDocument): readonly string[] {
  return document.definitions.flatMap((definition) =>
    definition.queries.map((query) => document.text.slice(query.span.start, query.span.end)),
  );
}

suite("reading a sync configuration", () => {
  test("finds streams, their names and their queries at their true places", () => {
    const text = streams(`\
  # é 😀
  rooms:
    auto_subscribe: true
    with:
      mine: SELECT room_id FROM room_members WHERE user_id = auth.user_id()
    queries:
      - SELECT * FROM rooms WHERE id IN mine
      - "SELECT id FROM room_members"
  lazy:
    query: >-
      SELECT id
      FROM messages
`);
    const document = readSync(text);
    assert.equal(document.kind, "streams");
    assert.equal(document.edition, 3);
    assert.deepEqual(
      document.definitions.map(({ name, automatic, span }) => [name, automatic, text.slice(span.start, span.end)]),
      [
        ["rooms", true, "rooms"],
        ["lazy", false, "lazy"],
      ],
    );
    assert.deepEqual(written(document), [
      "SELECT room_id FROM room_members WHERE user_id = auth.user_id()",
      "SELECT * FROM rooms WHERE id IN mine",
      "SELECT id FROM room_members",
      "SELECT id\n      FROM messages",
    ]);
    assert.deepEqual(
      document.definitions.flatMap((one) => one.queries.map((query) => [query.role, query.name])),
      [
        ["with", "mine"],
        ["data", undefined],
        ["data", undefined],
        ["data", undefined],
      ],
    );
  });

  test("an offset in a statement is an offset in the document, in every kind of scalar", () => {
    const scalars = [
      "SELECT id FROM here",
      "'SELECT id FROM here'",
      '"SELECT id FROM here"',
      "|\n      SELECT id -- all\n      FROM here\n",
      ">-\n\n      SELECT id\n      FROM here",
      "SELECT id\n      FROM here",
      "&anchor SELECT id FROM here",
    ];
    for (const scalar of scalars) {
      for (const newline of ["\n", "\r\n"]) {
        const text = streams(`  a:\n    query: ${scalar}\n`).replaceAll("\n", newline);
        const query = readSync(text).definitions[0]?.queries[0];
        assert.ok(query?.statement.node, scalar);
        const start = query.statement.text.indexOf("here");
        const span = spanIn(query, { start, end: start + 4 });
        assert.equal(text.slice(span.start, span.end), "here", scalar);
      }
    }
  });

  test("a scalar with escapes is one place as a whole", () => {
    const text = streams(`  a:\n    query: 'SELECT id FROM here WHERE kind = ''x'''\n`);
    const query = readSync(text).definitions[0]?.queries[0];
    assert.equal(query?.statement.text, "SELECT id FROM here WHERE kind = 'x'");
    assert.equal(query.exact, false);
    const span = spanIn(query, { start: 3, end: 5 });
    assert.equal(text.slice(span.start, span.end), "'SELECT id FROM here WHERE kind = ''x'''");
  });

  test("a comment in a folded block would swallow what is folded behind it, so its letters are not taken as they stand", () => {
    const folded = readSync(streams("  a:\n    query: >-\n      SELECT id -- x\n      FROM here\n"));
    assert.equal(folded.definitions[0]?.queries[0]?.exact, false);
  });

  test("reads what PostgreSQL cannot: a named query or a list behind IN, a closing semicolon", () => {
    for (const sql of [
      "SELECT * FROM a WHERE id IN mine;",
      "SELECT * FROM a WHERE id NOT IN mine",
      "SELECT 1 WHERE 'x' IN bucket.ids",
    ]) {
      const query = readSync(streams(`  a:\n    query: ${sql}\n`)).definitions[0]?.queries[0];
      assert.ok(query?.statement.node, sql);
      assert.equal(query.statement.text.length, sql.length);
    }
    const broken = readSync(streams("  a:\n    query: SELECT FROM WHERE\n")).definitions[0]?.queries[0];
    assert.equal(broken?.statement.node, undefined);
  });

  test("reads bucket definitions", () => {
    const text =
      "bucket_definitions:\n  mine:\n    parameters: SELECT request.user_id() AS u\n    data:\n      - SELECT id FROM a WHERE u = bucket.u\n";
    const document = readSync(text);
    assert.equal(document.kind, "buckets");
    assert.deepEqual(
      document.definitions[0]?.queries.map((query) => query.role),
      ["parameters", "data"],
    );
  });

  test("finds the configuration that a service file carries, at its places in that file", () => {
    const text =
      "replication:\n  connections: []\nsync_config:\n  content: |\n    config: {edition: 3}\n    streams:\n      a:\n        query: SELECT id FROM here\nstorage: {}\n";
    const document = readSync(text);
    assert.equal(document.kind, "streams");
    assert.deepEqual(written(document), ["SELECT id FROM here"]);
    assert.equal(document.source.length, text.length);
    assert.equal(document.source.indexOf("FROM here"), text.indexOf("FROM here"));
    assert.equal(readSync("replication: {}\nsync_config:\n  path: sync.yaml\n").kind, "service");
  });

  test("never throws, whatever is half typed", () => {
    const whole = streams(
      "  a: &x\n    with: {b: SELECT 1}\n    queries:\n      - SELECT id FROM c WHERE x IN b\n      - *x\n",
    );
    for (let end = 0; end <= whole.length; end++) readSync(whole.slice(0, end));
    const hostile = [
      "a: &a [*a]",
      "[".repeat(50_000),
      "streams: *none",
      "streams:\n  ? [a]\n  : b",
      "\t",
      "a: !!binary x",
      "streams: [a]",
      "<<: 3",
      "\u{feff}streams:\n",
    ];
    const bomb = `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, at) => `a${at + 1}: &a${at + 1} [${"*a".concat(String(at), ",").repeat(10)}]`).join("\n")}`;
    for (const text of [...hostile, bomb]) {
      const document = readSync(text);
      for (const { span } of document.faults)
        assert.ok(span.start >= 0 && span.start <= span.end && span.end <= text.length, text);
    }
  });

  test("a YAML fault has its place", () => {
    const text = "streams:\n  a:\n    query: x\n   b: y\n";
    const [fault] = readSync(text).faults;
    assert.ok(fault !== undefined && fault.span.start >= text.indexOf("   b"));
  });
});

suite("recognising a sync configuration", () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["powersync/sync-config.yaml", "", "empty"],
    ["sync_rules.yaml", "bucket_definitions: {}", "buckets"],
    ["sync-config.staging.yml", "streams: {}", "streams"],
    ["C:\\app\\powersync\\sync-rules.yaml", "sync_rules:\n  tables: {}\n", "invented"],
    ["deploy/rules.yaml", "bucket_definitions: {}", "buckets"],
    ["deploy/rules.yaml", "config:\n  edition: 3\nstreams: {}", "streams"],
    ["deploy/kafka.yaml", "streams:\n  - a\n", undefined],
    ["powersync/service.yaml", "replication: {}\nstorage: {}\n", "service"],
    ["powersync/service.yaml", "replication: {}\nsync_config:\n  content: |\n    streams: {}\n", "streams"],
    ["docker-compose.yaml", "services: {}\n", undefined],
    ["sync-config.json", "streams: {}", undefined],
    ["mysync-config.yaml", "a: 1", undefined],
  ];
  for (const [path, text, kind] of cases) {
    test(`${path} with ${JSON.stringify(text)} is ${kind ?? "none"}`, () => assert.equal(recognise(path, text), kind));
  }
});
