import "../support/parser.js";
import assert from "node:assert/strict";
import { apply } from "../../server/src/core/schema/fold.js";
import { keyOf, type Schema } from "../../server/src/core/schema/model.js";
import { schemaAtStart } from "../../server/src/core/schema/platform.js";
import { readSql } from "../../server/src/core/sql/read.js";
import { readApiConfig } from "../../server/src/core/supabase-config.js";

function folded(sql: string, platform: "supabase" | "postgres" = "supabase"): Schema {
  return readSql(sql).pieces.reduce(
    (schema, { statement }, piece) =>
      statement === undefined ? schema : apply(schema, statement, { uri: "a", piece }),
    schemaAtStart(platform),
  );
}

function grantsOf(schema: Schema, name: string): readonly string[] {
  return (schema.tables.get(keyOf("public", name))?.grants ?? []).map(
    ({ role, privilege, automatic }) => `${role} ${privilege}${automatic ? " (automatic)" : ""}`,
  );
}

suite("schema/platform", () => {
  test("grants new tables of public to the API's roles, as the platform did, and marks such grants", () => {
    const all = ["anon all (automatic)", "authenticated all (automatic)", "service_role all (automatic)"];
    assert.deepEqual(grantsOf(folded("create table note (id int);"), "note"), all);
    assert.deepEqual(grantsOf(folded("create table note (id int);", "postgres"), "note"), []);
  });

  test("takes the platform's grants back as others", () => {
    const sql = "create table note (id int); revoke all on note from anon, authenticated, service_role;";
    assert.deepEqual(grantsOf(folded(sql), "note"), []);
    const defaults = "alter default privileges in schema public revoke all on tables from anon, service_role;";
    const grants = grantsOf(folded(`${defaults} create table note (id int);`), "note");
    assert.deepEqual(grants, ["authenticated all (automatic)"]);
  });

  test("takes one privilege out of a default of all", () => {
    const defaults = `
      alter default privileges in schema public grant all on tables to writer;
      alter default privileges in schema public revoke delete on tables from writer;
      create table note (id int);`;
    const grants = grantsOf(folded(defaults, "postgres"), "note");
    assert.ok(grants.includes("writer select") && !grants.includes("writer delete") && !grants.includes("writer all"));
  });

  test("keeps the policies of a table that no statement made, and forgets the stand-in when one does", () => {
    const policy = "create policy own on storage.objects for select using (true);";
    const objects = folded(policy).tables.get(keyOf("storage", "objects"));
    assert.deepEqual([objects?.policies.length, objects?.complete, objects?.origin.made], [1, false, undefined]);
    const later = folded(`${policy} create table storage.objects (id int);`).tables.get(keyOf("storage", "objects"));
    assert.deepEqual(
      later?.columns.map(({ name }) => name),
      ["id"],
    );
    const dropped = folded(`${policy} drop policy own on storage.objects;`).tables.get(keyOf("storage", "objects"));
    assert.deepEqual(dropped?.policies, []);
  });

  test("follows ALTER VIEW … SET (security_invoker)", () => {
    const made = "create table note (id int); create view notes as select * from note;";
    const invoker = (sql: string): boolean | undefined =>
      folded(made + sql).views.get(keyOf("public", "notes"))?.securityInvoker;
    assert.equal(invoker(""), false);
    assert.equal(invoker("alter view notes set (security_invoker = true);"), true);
    assert.equal(invoker("alter view notes set (security_invoker);"), true);
    assert.equal(invoker("alter view notes set (security_invoker); alter view notes reset (security_invoker);"), false);
    assert.equal(invoker("create or replace view notes with (security_invoker = on) as select * from note;"), true);
  });

  test("reads what the API serves", () => {
    const text =
      '[api]\nenabled = true # yes\nschemas = ["public", "api"]\n# auto_expose_new_tables = true\n\n[db]\nauto_expose_new_tables = true\n';
    assert.deepEqual(readApiConfig(text), { schemas: ["public", "api"], exposesNewTables: undefined });
    assert.equal(
      readApiConfig(text.replace("# auto", "auto").replace("true\n\n", "false\n\n")).exposesNewTables,
      false,
    );
    assert.deepEqual(readApiConfig("").schemas, ["public", "graphql_public"]);
    assert.deepEqual(readApiConfig("[api]\nschemas = [\n  'a',\n  'b',\n]\n").schemas, ["a", "b"]);
  });
});
