import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Column, keyOf, type Schema, type Table } from "../../server/src/core/schema/model.js";
import { emptySchema } from "../../server/src/core/schema/platform.js";
import { type Compiler, loadCompiler } from "../../server/src/sync-engine/compile.js";
import { sourceTables } from "../../server/src/sync-engine/sqlite-types.js";

const origin = { made: undefined, changed: undefined };

function column(name: string, type: string): Column {
  return { name, type, notNull: false, default: undefined, generated: undefined, comment: undefined, origin };
}

function table(name: string, columns: readonly Column[], more: Partial<Table> = {}): Table {
  return {
    ...{ schema: "public", name, kind: "table", persistence: "permanent", columns, constraints: [], indexes: [] },
    ...{ policies: [], triggers: [], rls: { enabled: false, forced: false, place: undefined }, grants: [] },
    ...{ partitionOf: undefined, inherits: [], replicaIdentity: "default", comment: undefined, complete: true, origin },
    ...more,
  };
}

function schemaOf(...tables: readonly Table[]): Schema {
  return {
    ...emptySchema,
    tables: tables.reduce((all, one) => all.put(keyOf(one.schema, one.name), one), emptySchema.tables),
  };
}

const stream = (sql: string): string => `config:\n  edition: 3\nstreams:\n  é:\n    query: >-\n      ${sql}\n`;

suite("PowerSync's compiler", () => {
  let compiler: Compiler;

  suiteSetup(async () => {
    compiler = await loadCompiler([]);
  });

  /** Messages as severity, the text they point at, and their words. */
  const said = (text: string, schema?: Schema): readonly (readonly string[])[] =>
    compiler
      .compile(text, schema)
      .map(({ severity, span, message }) => [severity, text.slice(span.start, span.end), message]);

  test("says nothing of a right configuration", () => {
    const schema = schemaOf(table("notes", [column("id", "uuid"), column("owner", "uuid")]));
    assert.deepEqual(said(stream("SELECT id, owner FROM notes WHERE owner = auth.user_id()"), schema), []);
  });

  test("points at what the schema lacks, in the place where it stands", () => {
    const schema = schemaOf(table("notes", [column("id", "uuid")]));
    const columns = said(stream("SELECT id, ownr FROM notes"), schema);
    assert.deepEqual(columns, [["warning", "ownr", "Column not found."]]);
    const [missing] = said(stream("SELECT id FROM nots"), schema);
    assert.deepEqual(missing?.slice(0, 2), ["warning", "nots"]);
  });

  test("says nothing of names when part of the schema is unknown", () => {
    const known = table("notes", [column("id", "uuid")]);
    const text = stream("SELECT id, more FROM notes");
    assert.equal(said(text, schemaOf(known)).length, 1);
    assert.deepEqual(said(text, { ...schemaOf(known), unread: 1 }), []);
    assert.deepEqual(said(text, schemaOf(known, { ...table("rest", []), complete: false })), []);
    assert.deepEqual(said(text, emptySchema), []);
  });

  test("does not mix up the answers for two schemas, nor those of many texts", () => {
    const [known, other] = [schemaOf(table("notes", [column("id", "uuid")])), schemaOf(table("more", []))];
    const text = stream("SELECT id FROM notes");
    for (let round = 0; round < 2; round++) {
      assert.equal(said(text, known).length, 0);
      assert.equal(said(text, other).length, 1);
      assert.equal(said(text).length, 0);
      for (let at = 0; at < 20; at++)
        assert.equal(said(stream(`SELECT id, c${at} FROM notes`), known)[0]?.[1], `c${at}`);
    }
  });

  test("refuses what it cannot run", () => {
    const [first] = said(stream("SELECT id FROM notes ORDER BY created_at"));
    assert.deepEqual(first, ["error", "created_at", "ORDER BY is not supported"]);
  });

  test("gives the errors of its JSON schema a place", () => {
    const text = "config:\n  edition: 3\n  colour: red\nstreams:\n  a: 3\n";
    assert.deepEqual(
      said(text).map(([severity, at]) => [severity, at]),
      [
        ["error", "colour"],
        ["error", "a"],
      ],
    );
  });

  test("is silent where it throws, on every half-typed file", () => {
    const whole =
      "config:\n  edition: 3\nstreams:\n  a:\n    with:\n      b: SELECT 1\n    queries:\n      - SELECT id FROM c\n";
    for (let end = 0; end <= whole.length; end++) {
      const text = whole.slice(0, end);
      for (const { span } of compiler.compile(text, undefined))
        assert.ok(span.start <= span.end && span.end <= text.length);
    }
    assert.deepEqual(said("config:\nstreams: {}\n"), []);
  });

  test("is the version that is installed", () => {
    const entry = createRequire(import.meta.url).resolve("@powersync/service-sync-rules");
    const manifest = path.join(entry, "..", "..", "package.json");
    assert.equal(compiler.version, (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version);
  });

  test("comes from the workspace where that has one, and is the product's own where that is broken", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "sync-engine-"));
    try {
      const home = path.join(folder, "node_modules", "@powersync", "service-sync-rules");
      mkdirSync(home, { recursive: true });
      writeFileSync(path.join(home, "package.json"), '{"version": "9.9.9", "type": "module", "exports": "./index.js"}');
      assert.equal((await loadCompiler([folder])).from, "product");
      const engine =
        "export class StaticSchema {}\nexport const SqlSyncRules = class { static fromYaml() { return { errors: [{ message: 'own', type: 'fatal', location: { start: 0, end: 99 } }] }; } };\n";
      writeFileSync(path.join(home, "index.js"), engine);
      const found = await loadCompiler([path.join(folder, "nowhere"), folder]);
      assert.deepEqual([found.from, found.version], ["workspace", "9.9.9"]);
      assert.deepEqual(found.compile("a: 1", undefined), [
        { message: "own", severity: "error", span: { start: 0, end: 4 } },
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

suite("the tables as PowerSync's service sees them", () => {
  test("ordinary tables alone, each column with the type it has on a device", () => {
    const types = [
      "boolean",
      "bigint",
      "real",
      "double precision",
      "bytea",
      "numeric(10,2)",
      "uuid",
      "text[]",
      "amount",
      "app.flag",
    ];
    const columns = types.map((type, at) => column(`c${at}`, type));
    const domain = { schema: "public", kind: "domain", labels: [], columns: [], origin } as const;
    const schema: Schema = {
      ...schemaOf(
        table("a", columns),
        table("p", columns, { kind: "partitioned" }),
        table("f", columns, { kind: "foreign" }),
      ),
      types: emptySchema.types
        .put("1", { ...domain, name: "amount", base: "flag" })
        .put("2", { ...domain, name: "flag", base: "integer" }),
    };
    const tables = sourceTables(schema);
    assert.deepEqual(
      tables?.map(({ name }) => name),
      ["a"],
    );
    assert.deepEqual(
      tables[0]?.columns.map((one) => one.sqlite_type),
      ["integer", "integer", "real", "real", "blob", "text", "text", "text", "integer", "integer"],
    );
  });
});
