import assert from "node:assert/strict";
import { sqlInKnex } from "../../server/src/core/code/knex.js";
import { schemaOf } from "../../server/src/core/folding.js";
import { findings } from "../../server/src/core/lint.js";
import { folderOf, strictRun } from "../support/checks.js";

const first =
  'exports.up = (knex) => knex.raw(`\n  create table room (id uuid primary key)\n`);\nexports.down = (knex) => knex.raw("drop table room");\n';

suite("SQL in Knex migrations", () => {
  const sqlOf = (code: string) => {
    const { text, complete } = sqlInKnex(code);
    assert.equal(text.length, code.length);
    return { sql: text.replace(/\s+/g, " ").trim(), complete };
  };

  test("what up hands to raw is read where it stands", () => {
    assert.deepEqual(sqlOf(first), { sql: "create table room (id uuid primary key) ;", complete: true });
    const { text } = sqlInKnex(first);
    assert.equal(text.indexOf("create table"), first.indexOf("create table"));
  });

  const written: Readonly<Record<string, string>> = {
    "an exported function": "export async function up(knex: Knex): Promise<void> { await knex.raw('select 1'); }",
    "a constant": "export const up = async (k) => { await k.raw('select 1'); }",
    "an object": "module.exports = { up: function (knex) { return knex.raw('select 1') }, down() {} }",
    "a method": "module.exports = { async up(knex) { await knex.schema.raw('select 1') } }",
    "a transaction":
      "exports.up = (knex) => knex.transaction(async (trx) => { await trx.raw('select 1'); await trx('room').insert({}); });",
  };
  for (const [form, code] of Object.entries(written)) {
    test(`${form} is read`, () => assert.deepEqual(sqlOf(code), { sql: "select 1;", complete: true }));
  }

  const partial: Readonly<Record<string, string>> = {
    "the schema builder": "exports.up = (knex) => knex.schema.createTable('room', (t) => t.uuid('id'));",
    "a value put in": `exports.up = (knex) => knex.raw(\`create table \${name} (id int)\`);`,
    "an escape": "exports.up = (knex) => knex.raw('select \\'a\\'');",
    bindings: "exports.up = (knex) => knex.raw('drop table ??', ['room']);",
    "a helper": "exports.up = (knex) => addTimestamps(knex);",
    "no up": "exports.down = (knex) => knex.raw('select 1');",
    "no code": "exports.up = (knex => {",
  };
  for (const [form, code] of Object.entries(partial)) {
    test(`${form} is known to be missing`, () => assert.deepEqual(sqlOf(code), { sql: "", complete: false }));
  }

  const path = (name: string) => `migrations/${name}`;
  const found = (files: readonly { readonly path: string; readonly text: string }[], name: string) => {
    const folder = folderOf(files);
    const uri = `file:///project/${path(name)}`;
    const text = folder.files.get(uri)?.text ?? "";
    return {
      folder,
      list: findings(folder, uri, strictRun()).map(
        ({ check, span }) => `${check}: ${text.slice(span.start, span.end)}`,
      ),
    };
  };
  const second =
    "exports.up = async (knex) => {\n  await knex.raw(`create table message (id uuid primary key, room_id uuid references room (id))`);\n};\n";

  test("the migrations make a history, and findings stand in the code", () => {
    const files = [
      { path: path("20260101000000_room.js"), text: first },
      { path: path("20260102000000_message.js"), text: second },
    ];
    const { folder, list } = found(files, "20260102000000_message.js");
    assert.equal(folder.histories[0]?.tool, "knex");
    assert.deepEqual(list, ["unindexed-foreign-key: references room (id)"]);
  });

  test("where the schema builder is at work too, nobody says what is missing", () => {
    const files = [
      { path: path("20260101000000_room.js"), text: first },
      { path: path("20260102000000_message.js"), text: second },
      {
        path: path("20260103000000_index.js"),
        text: "exports.up = (knex) => knex.schema.alterTable('message', (t) => t.index('room_id'));\n",
      },
    ];
    const { folder, list } = found(files, "20260102000000_message.js");
    assert.deepEqual(list, []);
    const [history] = folder.histories;
    assert.ok(history !== undefined);
    assert.equal(schemaOf(folder, history).tables.values().length, 2);
  });

  test("a fix stays within the literal, and a new migration is code too", () => {
    const folder = folderOf([
      { path: path("20260101000000_room.js"), text: first },
      { path: path("20260102000000_message.js"), text: second },
    ]);
    const uri = `file:///project/${path("20260102000000_message.js")}`;
    const [finding] = findings(folder, uri, strictRun());
    const fixes = finding?.fixes() ?? [];
    const [edit] = fixes.flatMap(({ edits }) => edits.flatMap((one) => one.edits));
    assert.ok(edit !== undefined);
    const fixed = second.slice(0, edit.span.start) + edit.text + second.slice(edit.span.end);
    assert.match(fixed, /references room \(id\)\);\ncreate index on message \(room_id\)`\);/);
    // Knex wraps every file in a transaction: there is no way to say CONCURRENTLY.
    assert.ok(fixes.every(({ creates }) => creates.length === 0));
  });
});
