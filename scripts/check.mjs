// Everything that must hold before a commit, apart from the tests: types, lint and format, generated files.
import { existsSync } from "node:fs";
import path from "node:path";
import { installPackages, root, runTool } from "./packages.mjs";

installPackages();
const steps = [
  ["Types", "typescript/bin/tsc", ["--noEmit", "-p", "."]],
  ["Lint and format", "@biomejs/biome/bin/biome", ["check", "--error-on-warnings", "."]],
];
if (existsSync(path.join(root, "scripts", "generate.mjs")))
  steps.push(["Generated files", "../scripts/generate.mjs", ["--check"]]);
let failed = 0;
for (const [title, script, args] of steps) {
  console.log(`${title}…`);
  if (runTool(script, args) !== 0) failed++;
}
console.log(failed === 0 ? "All is well." : `${failed} of ${steps.length} failed.`);
process.exitCode = failed === 0 ? 0 : 1;
