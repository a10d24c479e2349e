import assert from "node:assert/strict";
import { startEngine } from "../../server/src/engine/host.js";

const root = "file:///project";
const text = (path: string, content: string) => ({ uri: `${root}/${path}`, path, text: content });

suite("the engine's host", function () {
  this.timeout(60_000);

  test("puts a new thread in the place of one that does not answer, and tells it what the old one knew", async () => {
    const lines: string[] = [];
    const engine = startEngine({ log: (line) => lines.push(line), patience: 2_000 });
    try {
      engine.change({ do: "open-folder", root, runsCode: false });
      const large = Array.from(
        { length: 60_000 },
        (_, at) => `create table t${at} (id int primary key, a text, b text default 'x${at}');`,
      ).join("\n");
      engine.change({ do: "files", root, texts: [text("large.sql", large), text("small.sql", "selec 1;")], gone: [] });
      await assert.rejects(engine.ask("findings", { root, uri: `${root}/large.sql` }), /did not answer/);
      const found = await engine.ask("findings", { root, uri: `${root}/small.sql` });
      assert.deepEqual(
        found.map(({ check }) => check),
        ["syntax-error"],
      );
      assert.equal(lines.filter((line) => line.includes("new one takes its place")).length, 1);
    } finally {
      await engine.close();
    }
  });

  test("follows edits as the editor makes them", async () => {
    const engine = startEngine({ log: () => undefined });
    try {
      const uri = `${root}/a.sql`;
      engine.change({ do: "open-folder", root, runsCode: false });
      engine.change({ do: "files", root, texts: [text("a.sql", "select 1;\nselec 2;\n")], gone: [] });
      assert.equal((await engine.ask("findings", { root, uri })).length, 1);
      engine.change({ do: "edit", root, uri, start: 15, removed: 0, added: "t" });
      assert.deepEqual(await engine.ask("findings", { root, uri }), []);
    } finally {
      await engine.close();
    }
  });
});
