import assert from "node:assert/strict";
import { type Embedded, makeEmbedded } from "../../server/src/embedded/host.js";
import type { ReplayFile } from "../../server/src/embedded/messages.js";

function file(version: string, ...statements: readonly string[]): ReplayFile {
  return { uri: `file:///${version}.sql`, version, statements, transaction: true };
}

suite("the embedded database", function () {
  this.timeout(120_000);
  let embedded: Embedded;
  setup(() => {
    embedded = makeEmbedded(() => undefined);
  });
  teardown(() => embedded.close());

  test("replays a history, names what it refuses, and goes on behind it", async () => {
    const files = [
      file(
        "1",
        "begin",
        "create table a (id int primary key)",
        "create table b (a_id int references nothing (id))",
        "create table c (id int)",
        "commit",
      ),
      file("2", "create index concurrently on a (id)", "select * from c"),
    ];
    const replay = await embedded.replay({ platform: "postgres", files });
    assert.ok(replay.ok);
    assert.deepEqual(
      replay.errors.map(({ uri, statement, code }) => [uri, statement, code]),
      [["file:///1.sql", 2, "42P01"]],
    );
    const answer = await embedded.catalog();
    assert.ok(answer.ok);
    assert.deepEqual(
      answer.catalog.tables.map((table) => (table as { readonly name: string }).name),
      ["a", "c"],
    );
  });

  test("runs only what was added, and starts anew when something before it changed", async () => {
    const first = file("1", "create table a (id int)");
    assert.ok((await embedded.replay({ platform: "postgres", files: [first] })).ok);
    const more = await embedded.replay({ platform: "postgres", files: [first, file("2", "create table b (id int)")] });
    assert.ok(more.ok && more.errors.length === 0, "replaying the first file again would fail: its table is there");
    const other = await embedded.replay({ platform: "postgres", files: [file("1", "create table other (id int)")] });
    assert.ok(other.ok && other.errors.length === 0);
    const answer = await embedded.catalog();
    assert.ok(answer.ok);
    assert.equal(answer.catalog.tables.length, 1);
  });

  test("plans a statement without running it, parameters and writes included", async () => {
    const rows = file("1", "create table a (id int primary key, n int)", "insert into a values (1, 1)");
    const request = { platform: "postgres", files: [rows] } as const;
    const find = await embedded.explain(request, "select n from a where id = $1");
    assert.ok(find.ok && JSON.stringify(find.plan).includes("a_pkey"));
    assert.ok((await embedded.explain(request, "delete from a")).ok);
    const count = await embedded.replay({
      platform: "postgres",
      files: [
        rows,
        file("2", "do $$ begin if (select count(*) from a) <> 1 then raise 'the row is gone'; end if; end $$"),
      ],
    });
    assert.ok(count.ok);
    assert.deepEqual(count.errors, []);
  });

  test("says in PostgreSQL's words why there is no plan", async () => {
    const answer = await embedded.explain({ platform: "postgres", files: [] }, "select * from nothing");
    assert.deepEqual(answer, { ok: false, reason: 'PostgreSQL says: relation "nothing" does not exist.' });
  });

  test("answers each of two questions at once by its own migrations", async () => {
    const one = { platform: "postgres", files: [file("1", "create table one (id int)")] } as const;
    const two = { platform: "postgres", files: [file("1", "create table two (id int)")] } as const;
    const answers = await Promise.all([
      embedded.explain(one, "select id from one"),
      embedded.explain(two, "select id from two"),
    ]);
    assert.deepEqual(
      answers.map(({ ok }) => ok),
      [true, true],
    );
  });

  test("comes back after it was stopped", async () => {
    await embedded.replay({ platform: "postgres", files: [] });
    embedded.close();
    const answer = await embedded.replay({ platform: "postgres", files: [file("1", "create table a (id int)")] });
    assert.ok(answer.ok);
  });
});
