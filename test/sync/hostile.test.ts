import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { allFindings, folderOf } from "../support/checks.js";

/** A generator of numbers below a limit, the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

suite("hostile sync configurations", () => {
  test("no check throws on a mutated file, and every place lies inside it", function () {
    this.timeout(60_000);
    const folder = "test/fixtures/workspaces/";
    const texts = ["chat-app", "clean", "seed"].map((name) =>
      readFileSync(`${folder}${name}/powersync/sync-config.yaml`, "utf8"),
    );
    const sql = "create table messages (id uuid primary key, owner uuid references auth.users (id), room_id uuid);\n";
    const shreds = [
      "\n",
      "  ",
      "\t",
      ": ",
      "- ",
      "'",
      '"',
      "|",
      ">-",
      "{",
      "}",
      "[",
      "]",
      "&a ",
      "*a",
      "#",
      "SELECT",
      "\0",
      "é",
      "😀",
      "\r\n",
      "(",
      ")",
      "--",
      "$$",
      "streams:",
      "bucket_definitions:\n",
      "config:",
    ];
    const next = numbers(2026);
    let found = 0;
    for (let round = 0; round < 400; round++) {
      let text = texts[next(texts.length)] ?? "";
      for (let edits = 1 + next(4); edits > 0; edits--) {
        const start = next(text.length + 1);
        const end = Math.min(text.length, start + (next(3) === 0 ? next(40) : 0));
        text = text.slice(0, start) + (shreds[next(shreds.length)] ?? "") + text.slice(end);
      }
      const files = [
        { path: "supabase/migrations/1_a.sql", text: sql },
        { path: "powersync/sync-config.yaml", text },
      ];
      for (const finding of allFindings(folderOf(files))) {
        if (!finding.uri.endsWith(".yaml")) continue;
        found++;
        const { start, end } = finding.span;
        assert.ok(
          start >= 0 && start <= end && end <= text.length,
          `${finding.check} ${start}-${end} in ${JSON.stringify(text)}`,
        );
        for (const fix of finding.fixes()) {
          for (const { span } of fix.edits.flatMap(({ edits }) => edits)) {
            assert.ok(span.start >= 0 && span.start <= span.end && span.end <= text.length, fix.title);
          }
        }
      }
    }
    assert.ok(found > 400, `only ${found} findings: the mutations do not reach the checks`);
  });
});
