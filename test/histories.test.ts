import assert from "node:assert/strict";
import { type Applied, findHistories, wrappingOf } from "../server/src/core/histories.js";

const root = "file:///project";

function found(files: Readonly<Record<string, string>>, applied: Applied = undefined) {
  const listed = Object.entries(files).map(([path, text]) => ({ uri: `${root}/${path}`, path, text: () => text }));
  return findHistories(root, listed, [], applied);
}

/** Tool, folder and the migrations' paths below it, in order. */
function briefly(files: Readonly<Record<string, string>>) {
  return found(files).map(({ tool, folder, migrations }) => [
    tool,
    folder,
    ...migrations.map(({ path }) => path.slice(folder.length + 1)),
  ]);
}

suite("histories", () => {
  test("knows Supabase's folder, and leaves seeds and tests out", () =>
    assert.deepEqual(
      briefly({
        "supabase/migrations/20260102000000_b.sql": "",
        "supabase/migrations/20260101000000_a.sql": "",
        "supabase/migrations/notes.sql": "",
        "supabase/seed.sql": "",
        "supabase/tests/1_x.sql": "",
      }),
      [["supabase", "supabase/migrations", "20260101000000_a.sql", "20260102000000_b.sql"]],
    ));

  test("knows Prisma's and Diesel's folders of folders", () => {
    assert.deepEqual(
      briefly({ "prisma/migrations/20260102_b/migration.sql": "", "prisma/migrations/20260101_a/migration.sql": "" }),
      [["prisma", "prisma/migrations", "20260101_a/migration.sql", "20260102_b/migration.sql"]],
    );
    assert.deepEqual(briefly({ "migrations/2026-01-01_a/up.sql": "", "migrations/2026-01-01_a/down.sql": "" }), [
      ["diesel", "migrations", "2026-01-01_a/up.sql"],
    ]);
  });

  test("knows Drizzle by its journal", () =>
    assert.deepEqual(
      briefly({ "drizzle/0000_a.sql": "", "drizzle/0001_b.sql": "", "drizzle/meta/_journal.json": "" }),
      [["drizzle", "drizzle", "0000_a.sql", "0001_b.sql"]],
    ));

  test("runs Drizzle's files in the order of the journal, and those it does not list last", () => {
    const files = {
      "drizzle/0000_a.sql": "",
      "drizzle/0001_b.sql": "",
      "drizzle/0002_c.sql": "",
      "drizzle/0003_d.sql": "",
    };
    const journal =
      '{ "entries": [{ "idx": 0, "tag": "0002_c" }, { "idx": 1, "tag": "0000_a" }, { "idx": 2, "tag": "0003_d" }] }';
    const order = (text: string) => briefly({ ...files, "drizzle/meta/_journal.json": text })[0]?.slice(2);
    assert.deepEqual(order(journal), ["0002_c.sql", "0000_a.sql", "0003_d.sql", "0001_b.sql"]);
    assert.deepEqual(order("<<<<<<< HEAD"), ["0000_a.sql", "0001_b.sql", "0002_c.sql", "0003_d.sql"]);
  });

  test("knows Knex by code that is numbered and changes by `up`", () => {
    const code = "exports.up = (knex) => knex.raw('select 1');";
    assert.deepEqual(briefly({ "migrations/20260101000000_b.js": code, "migrations/20260101000001_a.ts": code }), [
      ["knex", "migrations", "20260101000000_b.js", "20260101000001_a.ts"],
    ]);
    assert.deepEqual(
      briefly({ "migrations/20260101000000_b.js": "module.exports = { up: (queryInterface) => {} };" }),
      [],
    );
  });

  test("tells goose from dbmate by what stands in the first file", () => {
    assert.deepEqual(briefly({ "db/migrations/1_a.sql": "-- +goose Up\nselect 1;" }), [
      ["goose", "db/migrations", "1_a.sql"],
    ]);
    assert.deepEqual(briefly({ "db/migrations/1_a.sql": "-- migrate:up\nselect 1;" }), [
      ["dbmate", "db/migrations", "1_a.sql"],
    ]);
  });

  test("runs sqitch's changes in the order of the plan", () =>
    assert.deepEqual(
      briefly({
        "sqitch.plan": "%project=x\n\nusers 2026-01-01T00:00:00Z a <a@b>\nrooms [users] 2026-01-01T00:00:00Z a <a@b>\n",
        "deploy/rooms.sql": "",
        "deploy/users.sql": "",
        "revert/users.sql": "",
      }),
      [["sqitch", "deploy", "users.sql", "rooms.sql"]],
    ));

  test("reads a reworked change of sqitch first under the name of its tag", () =>
    assert.deepEqual(
      briefly({
        "sqitch.plan":
          "%project=x\n\nusers 2026-01-01T00:00:00Z a <a@b>\n@v1 2026-01-01T00:00:00Z a <a@b>\nrooms 2026-01-02T00:00:00Z a <a@b>\nusers [users@v1] 2026-01-03T00:00:00Z a <a@b>\n",
        "deploy/rooms.sql": "",
        "deploy/users.sql": "",
        "deploy/users@v1.sql": "",
      }),
      [["sqitch", "deploy", "users@v1.sql", "rooms.sql", "users.sql"]],
    ));

  test("sorts Flyway's versions as numbers, and leaves undo scripts out", () =>
    assert.deepEqual(
      briefly({ "sql/V10__c.sql": "", "sql/V2__b.sql": "", "sql/V1.1__a.sql": "", "sql/U2__b.sql": "" }),
      [["flyway", "sql", "V1.1__a.sql", "V2__b.sql", "V10__c.sql"]],
    ));

  test("runs Flyway's repeatable migrations after all others, numbers in their names or not", () =>
    assert.deepEqual(briefly({ "sql/R__1_views.sql": "", "sql/V2__b.sql": "", "sql/V1_5__a.sql": "" }), [
      ["flyway", "sql", "V1_5__a.sql", "V2__b.sql", "R__1_views.sql"],
    ]));

  test("takes a plain folder of numbered files, in the order of the numbers, without what undoes them", () =>
    assert.deepEqual(
      briefly({
        "migrations/10_c.sql": "",
        "migrations/9_b.sql": "",
        "migrations/1_a.up.sql": "",
        "migrations/1_a.down.sql": "",
      }),
      [["plain", "migrations", "1_a.up.sql", "9_b.sql", "10_c.sql"]],
    ));

  test("takes no folder of scripts, of tests or of sizes for a history", () => {
    assert.deepEqual(briefly({ "queries/a.sql": "", "queries/b.sql": "" }), []);
    assert.deepEqual(briefly({ "tests/1_a.sql": "", "tests/2_b.sql": "" }), []);
    assert.deepEqual(briefly({ "big/100.sql": "", "big/1000.sql": "" }), []);
  });

  test("takes the folders of the configuration in place of what it would find", () => {
    const listed = ["a/1_x.sql", "supabase/migrations/1_y.sql"].map((path) => ({
      uri: `${root}/${path}`,
      path,
      text: () => "",
    }));
    const histories = findHistories(root, listed, [{ folder: "a", tool: "goose" }], undefined);
    assert.deepEqual(
      histories.map(({ tool, folder }) => [tool, folder]),
      [["goose", "a"]],
    );
  });

  test("knows applied from pending where git tells, and neither where nothing does", () => {
    const files = { "supabase/migrations/1_a.sql": "", "supabase/migrations/2_b.sql": "" };
    const states = (applied: Applied) => found(files, applied)[0]?.migrations.map(({ state }) => state);
    assert.deepEqual(states(new Set([`${root}/supabase/migrations/1_a.sql`])), ["applied", "pending"]);
    assert.deepEqual(states(undefined), ["unknown", "unknown"]);
  });

  test("knows how each tool wraps a file", () => {
    assert.equal(wrappingOf("goose", "-- +goose Up"), "file");
    assert.equal(wrappingOf("goose", "-- +goose NO TRANSACTION\n-- +goose Up"), "none");
    assert.equal(wrappingOf("dbmate", "-- migrate:up transaction:false"), "none");
    assert.equal(wrappingOf("supabase", ""), "implicit");
    assert.equal(wrappingOf("plain", ""), "unknown");
    assert.equal(wrappingOf("flyway", "create table a ();"), "file");
    assert.equal(
      wrappingOf("flyway", "create index concurrently on a (b); -- x\nDROP INDEX CONCURRENTLY c;\n"),
      "none",
    );
    assert.equal(wrappingOf("flyway", "create index concurrently on a (b); create table a ();"), "file");
  });
});
