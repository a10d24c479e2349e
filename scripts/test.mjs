// The whole test suite: `npm test`. Installs what is missing, builds, compiles, runs everything, and sums it up in one line.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "./build.mjs";
import { editor, editorTests } from "./editor.mjs";
import { root, runTool } from "./packages.mjs";

const totals = { passed: 0, failed: 0, skipped: 0 };

/** Runs one part; what it throws is one failed test. */
async function part(title, run) {
  console.log(`\n${title}`);
  const started = performance.now();
  let result;
  try {
    result = await run();
  } catch (error) {
    console.error(error);
    result = { passed: 0, failed: 1, skipped: 0 };
  }
  for (const key of Object.keys(totals)) totals[key] += result[key];
  console.log(`  ${sentence(result)} (${Math.round((performance.now() - started) / 1000)} s)`);
}

function sentence({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** The compiled tests, found by their sources: what an earlier compilation left behind is not run. */
function tests(accept) {
  return readdirSync(path.join(root, "test"), { recursive: true })
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => file.endsWith(".test.ts") && !file.startsWith("fixtures/") && !file.startsWith("vscode/"))
    .filter(accept)
    .sort()
    .map((file) => `out/test/${file.replace(/\.ts$/, ".js")}`);
}

function mocha(files) {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const file = path.join(root, "out", "totals.json");
  rmSync(file, { force: true });
  const reporter = ["--reporter", "scripts/reporter.mjs", "--reporter-option", `totals=${file}`];
  const status = runTool("mocha/bin/mocha.js", ["--ui", "tdd", "--timeout", "20000", "--exit", ...reporter, ...files], {
    NODE_OPTIONS: "--enable-source-maps",
  });
  // Without totals mocha died before its end, which counts as a failure by throwing here.
  const result = JSON.parse(readFileSync(file, "utf8"));
  return status !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
}

const started = performance.now();
const inBrowser = (file) => file.startsWith("ui/");
try {
  await build();
  mkdirSync(path.join(root, "out"), { recursive: true });
  await part("Types", () => ({
    passed: 0,
    failed: runTool("typescript/bin/tsc", ["-p", "."]) === 0 ? 0 : 1,
    skipped: 0,
  }));
  await part("Without an editor", () => mocha(tests((file) => !inBrowser(file))));
  await part("In a browser", () => mocha(tests(inBrowser)));
  await part("In VS Code", async () => {
    const { runTests } = await editor();
    const workspace = path.join(root, "test", "fixtures", "workspaces", "chat-app");
    return runTests({ extension: root, tests: await editorTests(), workspace }, (line) => console.log(`  ${line}`));
  });
} catch (error) {
  console.error(error);
  totals.failed++;
}
if (totals.passed === 0 && totals.failed === 0) totals.failed++;
console.log(`\nIn ${Math.round((performance.now() - started) / 1000)} s:\n${sentence(totals)}`);
process.exitCode = totals.failed === 0 ? 0 : 1;
