// Who finds what: `npm run peers` runs other linters over the example of every check of SQL and writes docs/peers.md. None of the
// tools gets a database.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { peersInstalled, programs } from "./bench/peers.mjs";
import { build } from "./build.mjs";
import { root, runTool } from "./packages.mjs";

await build();
if (runTool("typescript/bin/tsc", ["-p", "."]) !== 0) throw new Error("The sources do not compile.");
const compiled = (file) => import(pathToFileURL(path.join(root, "out/server/src/core", file)).href);
const { checks } = await compiled("checks/index.js");
const { areas } = await compiled("checks/check.js");
const { filesOf } = await import(pathToFileURL(path.join(root, "out/test/support/checks.js")).href);
const { squawk, pls, pgfence } = programs(await peersInstalled());

const tools = {
  "Data Orchestrator": (folder) => {
    const args = [path.join(root, "dist/cli.cjs"), "lint", "--format", "json", "--fail-on", "never"];
    return JSON.parse(output(folder, [process.execPath, ...args])).findings.map(({ check }) => check);
  },
  Squawk: (folder, files) =>
    JSON.parse(output(folder, [squawk, "--reporter", "json", ...files])).map(({ rule_name: rule }) => rule),
  "Postgres Language Server": (folder) =>
    [...output(folder, [pls, "check", "."]).matchAll(/ lint\/\w+\/(\w+) /g)].map(([, rule]) => rule),
  pgfence: (folder, files) => {
    const args = ["analyze", "--format", "sql", "--output", "json", "--min-pg-version", "15", ...files];
    // On what it cannot read it says nothing on standard output.
    const { results } = JSON.parse(output(folder, [process.execPath, pgfence, ...args]) || '{ "results": [] }');
    return results.flatMap(({ checks: found }) => found.map(({ ruleId }) => ruleId));
  },
};

const cases = checks.filter(
  ({ area, visit, statement, file, schema }) => "ABCDEFGHIJ".includes(area) && (visit ?? statement ?? file ?? schema),
);
/** Rules that want something of every statement: a timeout, or that it can be run twice. */
const everywhere = /timeout|robust/i;

const scratch = mkdtempSync(path.join(tmpdir(), "data-orchestrator-peers-"));
const spoken = cases.map(({ name, bad, good }) => ({
  name,
  bad: rulesOn(bad[0], `${name}-bad`),
  good: rulesOn(good[0], `${name}-good`),
}));
rmSync(scratch, { recursive: true, force: true });
writeFileSync(path.join(root, "docs/peers.md"), page());

/** What each tool says of an example, whose files may be several; those of the default branch are committed first. */
function rulesOn(example, name) {
  const folder = path.join(scratch, name);
  mkdirSync(folder);
  const files = filesOf(example);
  const merged = files.filter((file) => file.merged === true);
  const here = files.filter((file) => file.merged !== true);
  if (merged.length > 0) {
    write(folder, merged);
    const git = (...args) => output(folder, ["git", "-c", "user.name=a", "-c", "user.email=a@b", ...args]);
    git("init", "-q", "-b", "main");
    git("add", ".");
    git("commit", "-q", "-m", "merged");
    for (const { path: file } of merged) rmSync(path.join(folder, file));
  }
  const linter = { enabled: true, rules: { recommended: true, all: true } };
  const options = { db: { disableConnection: true }, linter };
  write(folder, [...here, { path: "postgres-language-server.jsonc", text: JSON.stringify(options) }]);
  const sql = here.map((file) => file.path).filter((file) => file.endsWith(".sql"));
  return Object.fromEntries(Object.entries(tools).map(([tool, rules]) => [tool, new Set(rules(folder, sql))]));
}

function write(folder, files) {
  for (const file of files) {
    mkdirSync(path.dirname(path.join(folder, file.path)), { recursive: true });
    writeFileSync(path.join(folder, file.path), file.text);
  }
}

function output(folder, [command, ...args]) {
  const { stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  return `${stdout}${command === pls ? stderr : ""}`;
}

function page() {
  const names = Object.keys(tools);
  const cells = spoken.map(({ name, bad, good }) =>
    names.map((tool) => {
      const rules =
        tool === names[0]
          ? [...bad[tool]].filter((rule) => rule === name)
          : [...bad[tool]].filter((rule) => !everywhere.test(rule));
      return rules.sort().map((rule) => ({ rule, alsoOnGood: good[tool].has(rule) }));
    }),
  );
  const count = (column, accept) => cells.filter((row) => row[column].length > 0 && accept(row[column])).length;
  const shown = (found, column) => {
    if (found.length === 0) return "–";
    if (column === 0) return "yes";
    return found.map(({ rule, alsoOnGood }) => `\`${rule}\`${alsoOnGood ? "†" : ""}`).join(" ");
  };
  const head = [`| case | ${names.join(" | ")} |`, `|---|${names.map(() => "---|").join("")}`];
  return [
    "# Who finds what",
    "",
    "The example of every check of SQL, given to four linters as files, without a database: `npm run peers` writes this page. It shows the",
    "rules that speak on the bad example, whatever they say of it, but for those that want a timeout or an IF EXISTS of every",
    "statement. † marks a rule that speaks on the good example too. The examples are ours, so the page says what",
    "the others leave to us, not what they find that we do not.",
    "",
    `| of ${spoken.length} cases | ${names.join(" | ")} |`,
    `|---|${names.map(() => "---:|").join("")}`,
    `| say something of the bad example | ${names.map((_, column) => count(column, () => true)).join(" | ")} |`,
    `| and nothing of the kind of the good one | ${names.map((_, column) => count(column, (found) => found.some(({ alsoOnGood }) => !alsoOnGood))).join(" | ")} |`,
    "",
    ...Object.entries(areas).flatMap(([area, title]) => {
      const own = cases.flatMap((one, at) => (one.area === area ? [at] : []));
      const lines = own.map(
        (at) => `| [\`${cases[at].name}\`](checks.md#${cases[at].name}) | ${cells[at].map(shown).join(" | ")} |`,
      );
      return lines.length === 0 ? [] : [`## ${title}`, "", ...head, ...lines, ""];
    }),
  ].join("\n");
}
