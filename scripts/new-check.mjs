// Writes a check, its test and its line in the list: `npm run new-check -- blocking-index`.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./packages.mjs";

const [name] = process.argv.slice(2);
if (name === undefined || !/^[a-z]+(-[a-z]+)+$/.test(name)) {
  console.error("Name the check by what it finds, in kebab-case: npm run new-check -- blocking-index");
  process.exit(2);
}
const check = path.join(root, "server/src/core/checks", `${name}.ts`);
if (existsSync(check)) {
  console.error(`${path.relative(root, check)} is there already.`);
  process.exit(2);
}

writeFileSync(
  check,
  `import { check, wholeStatement } from "./check.js";

export default check({
  name: "${name}",
  severity: "warning",
  area: "K",
  kind: "act",
  summary: "What is found, in one sentence.",
  why: "What it costs.",
  instead: "What to do about it.",
  turnOff: "when a project is better off without it",
  bad: ["select 1;"],
  good: ["select 2;"],
  visit: {
    *SelectStmt(_select, scene) {
      yield { at: wholeStatement(scene), message: "Names the user's object and says the effect." };
    },
  },
});
`,
);
writeFileSync(
  path.join(root, "test/checks", `${name}.test.ts`),
  `import { check } from "../support/checks.js";

suite("${name}", () => {
  test("says where", () =>
    check(
      \`\\
select 1;
-- <^^^^ ${name}\`,
      "${name}",
    ));
});
`,
);
const list = path.join(root, "server/src/core/checks/index.ts");
const camel = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const names = [...readFileSync(list, "utf8").matchAll(/from "\.\/([a-z-]+)\.js"/g)]
  .map(([, one]) => one)
  .filter((one) => one !== "check");
const all = [...names, name].sort();
const variable = (one) => one.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const imports = [...all, "check"]
  .sort()
  .map((one) =>
    one === "check" ? 'import type { Check } from "./check.js";' : `import ${variable(one)} from "./${one}.js";`,
  );
writeFileSync(
  list,
  `${imports.join("\n")}

/** Every check there is, by name. A check that is not listed here does not exist. */
export const checks: readonly Check[] = [
${all.map((one) => `  ${variable(one)},`).join("\n")}
];
`,
);
console.log(
  `${path.relative(root, check)}, its test, and \`${camel}\` in the list. Both its examples fail until it is written; then: npm run generate`,
);
