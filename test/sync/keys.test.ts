import assert from "node:assert/strict";
import { readSync } from "../../server/src/core/sync/document.js";
import { layoutFaults } from "../../server/src/core/sync/keys.js";
import "../support/parser.js";

/** The faults of a text: kind, the text they point at, and the key that was meant. */
function faults(text: string): readonly (readonly unknown[])[] {
  return layoutFaults(readSync(text)).map(({ kind, span, nearest }) => [
    kind,
    text.slice(span.start, span.end),
    nearest,
  ]);
}

const stream = (lines: string): string =>
  `config:\n  edition: 3\nstreams:\n  a:\n    query: SELECT id FROM b\n${lines}`;

suite("the layout of a sync configuration", () => {
  test("knows every key of both dialects", () => {
    const texts = [
      stream(
        "    auto_subscribe: true\n    priority: 0\n    accept_potentially_dangerous_queries: true\n    with:\n      c: SELECT 1\n",
      ),
      "with:\n  c: SELECT 1\nstreams:\n  a:\n    queries: [SELECT id FROM b]\nevent_definitions:\n  e:\n    payloads:\n      - SELECT id FROM c\n",
      "bucket_definitions:\n  a:\n    priority: 3\n    accept_potentially_dangerous_queries: false\n    parameters: [SELECT 1, SELECT 2]\n    data: []\n",
      "config:\n  edition: 2\n  storage_version: 3\n  timestamp_max_precision: seconds\n  timestamps_iso8601: true\n  versioned_bucket_ids: true\n  fixed_json_extract: true\n  custom_postgres_types: true\nstreams: {}\n",
    ];
    for (const text of texts) assert.deepEqual(faults(text), [], text);
  });

  test("finds unknown keys at every level, with what was meant", () => {
    assert.deepEqual(faults(stream("    autosubscribe: true\n")), [["unknown", "autosubscribe", "auto_subscribe"]]);
    assert.deepEqual(faults(stream("    autoSubscribe: true\n")), [["unknown", "autoSubscribe", "auto_subscribe"]]);
    assert.deepEqual(faults(stream("    colour: red\n")), [["unknown", "colour", undefined]]);
    assert.deepEqual(faults("stream:\n  a: {}\n"), [["unknown", "stream", "streams"]]);
    assert.deepEqual(faults("config:\n  editon: 3\nstreams: {}\n"), [["unknown", "editon", "edition"]]);
    assert.deepEqual(faults("bucket_definitions:\n  a:\n    parameter: SELECT 1\n    data: []\n"), [
      ["unknown", "parameter", "parameters"],
    ]);
  });

  test("a misspelt key is one fault: what it stands for is not missing as well", () => {
    assert.deepEqual(faults("streams:\n  a:\n    querry: SELECT id FROM b\n"), [["unknown", "querry", "query"]]);
    assert.deepEqual(faults("streams:\n  a:\n    querry: SELECT id FROM b\n  c:\n    priority: 1\n"), [
      ["unknown", "querry", "query"],
      ["shape", "c", undefined],
    ]);
  });

  test("names a stream or a key that is a name of every object", () => {
    assert.deepEqual(faults("streams:\n  constructor:\n    query: SELECT id FROM b\n    toString: 1\n"), [
      ["unknown", "toString", undefined],
    ]);
  });

  test("finds values of the wrong kind where they stand", () => {
    assert.deepEqual(faults(stream("    auto_subscribe: yes\n")), [["shape", "yes", undefined]]);
    assert.deepEqual(faults(stream("    priority: 9\n")), [["shape", "9", undefined]]);
    assert.deepEqual(faults("streams:\n  a:\n    query:\n"), [["shape", "query", undefined]]);
    assert.deepEqual(faults("streams:\n  a:\n    queries: SELECT id FROM b\n"), [
      ["shape", "SELECT id FROM b", undefined],
    ]);
    assert.deepEqual(faults("streams:\n  auto_subscribe: true\n"), [["shape", "true", undefined]]);
    assert.deepEqual(faults("streams:\n"), [["shape", "streams", undefined]]);
    assert.deepEqual(faults("config: 3\nstreams: {}\n"), [["shape", "3", undefined]]);
    assert.deepEqual(faults("config:\n  edition: 4\nstreams: {}\n"), [["shape", "4", undefined]]);
  });

  test("a file without streams, an empty file", () => {
    assert.deepEqual(faults("config:\n  edition: 3\n"), [["shape", "config", undefined]]);
    assert.deepEqual(faults(""), [["shape", "", undefined]]);
  });

  test("a layout PowerSync never had is one fault; a service file and broken YAML have none", () => {
    assert.deepEqual(faults("sync_rules:\n  tables:\n    a:\n      data: []\n"), [["layout", "sync_rules", undefined]]);
    assert.deepEqual(faults("replication: {}\nstorage: {}\nsync_rules:\n  path: x\n"), []);
    assert.deepEqual(faults("streams:\n  a: {\n"), []);
  });
});
