import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { checks } from "../../server/src/core/checks/index.js";
import { allFindings, filesOf, folderOf, obeysLaws } from "../support/checks.js";

suite("every check", () => {
  for (const { name, bad, good, severity } of checks) {
    suite(name, () => {
      test("has examples of both kinds", () => assert.ok(bad.length > 0 && good.length > 0));
      for (const [at, example] of bad.entries()) {
        test(`finds bad example ${at + 1}, and its fixes obey the laws`, () => {
          const folder = folderOf(filesOf(example));
          const found = allFindings(folder).filter(({ check }) => check === name);
          assert.ok(found.length > 0, example);
          for (const finding of found) for (const fix of finding.fixes()) obeysLaws(folder, finding, fix);
        });
      }
      for (const [at, example] of good.entries()) {
        test(`is silent on good example ${at + 1}`, () => {
          const found = allFindings(folderOf(filesOf(example))).filter(({ check }) => check === name);
          assert.deepEqual(
            found.map(({ message }) => message),
            [],
          );
        });
      }
      test("has a severity", () => assert.match(severity, /^(error|warning|info|hint|off)$/));
    });
  }

  test("has a file of its name and a place in the list, in order", () => {
    const files = readdirSync("server/src/core/checks")
      .filter((file) => file.endsWith(".ts") && file !== "check.ts" && file !== "index.ts")
      .map((file) => file.replace(/\.ts$/, ""));
    const named = files.filter((file) => !file.startsWith("about-"));
    assert.deepEqual(
      checks.map(({ name }) => name),
      named.sort(),
    );
  });
});
