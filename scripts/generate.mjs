// Writes what follows from the checks and the settings: `npm run generate`; with `--check` it only says what is not fresh, as a test does.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isMain, root, runTool } from "./packages.mjs";

/** The generated files as they are now to be: path and text. Works on what `tsc` compiled. */
export async function generated() {
  const compiled = (file) => import(path.join(root, "out/server/src/core", file));
  const { checks } = await compiled("checks/index.js");
  const { areas, peersOf } = await compiled("checks/check.js");
  const { settingsTable, levels } = await compiled("settings.js");
  const examples = await import(path.join(root, "out/test/support/checks.js"));
  const verdicts = JSON.parse(readFileSync(path.join(root, "test/precision/verdicts.json"), "utf8"));
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  return [
    { file: "docs/checks.md", text: page(checks, areas, (check) => section(check, peersOf(check), examples)) },
    { file: "docs/precision.md", text: precision(checks, verdicts) },
    {
      file: "docs/data-orchestrator.schema.json",
      text: `${JSON.stringify(schema(checks, settingsTable, levels), undefined, 2)}\n`,
    },
    { file: "README.md", text: between(readme, "checks", table(checks, areas)) },
  ];
}

function page(checks, areas, section) {
  const parts = [
    "# Checks",
    "",
    `Every check there is, ${checks.length} of them. This page is generated from the checks themselves, and the text that a fix gives by applying it.`,
    "",
    "A *safe* fix changes no behaviour and may be applied in bulk; an *offered* one is applied one at a time, after a look at it. An applied",
    "migration is never edited: its cure is a new migration. How often the checks are right is in [precision.md](precision.md), who else finds",
    "what in [peers.md](peers.md).",
    "",
  ];
  for (const [area, title] of Object.entries(areas)) {
    const own = checks.filter((check) => check.area === area);
    if (own.length > 0) parts.push(`## ${title}`, "", ...own.flatMap(section));
  }
  return `${parts.join("\n").trimEnd()}\n`;
}

const kinds = {
  act: "what running the statement does, in migrations that are not known to be applied",
  state: "the schema at the end of the history",
  text: "what is written, wherever it stands",
};

function section(check, peers, examples) {
  return [
    `### ${check.name}`,
    "",
    `${check.summary}`,
    "",
    `*Severity:* ${check.severity}. *Judges* ${kinds[check.kind]}.`,
    "",
    `**Why.** ${check.why}`,
    "",
    `**Instead.** ${check.instead}`,
    "",
    ...(check.silent === undefined ? [] : [`**Silent when** ${check.silent}.`, ""]),
    `**Turn it off** ${check.turnOff}.`,
    "",
    ...(peers.length === 0 ? [] : [`**Known to** ${peers.join(", ")}.`, ""]),
    "Found in:",
    "",
    ...code(check.bad[0]),
    "Not in:",
    "",
    ...code(check.good[0]),
    ...fixes(check, examples),
  ];
}

function code(text) {
  const language = /^(?:# file: .*\n)?[\w-]+:(?:\s|$)/m.test(text.split(/^-- file/m, 1)[0]) ? "yaml" : "sql";
  return [`\`\`\`${language}`, text.trimEnd(), "```", ""];
}

/** What the fixes of the first example that has some are called, and what comes out of the first of them. */
function fixes({ name, bad }, { filesOf, folderOf, allFindings, applyFix }) {
  for (const [at, example] of bad.entries()) {
    const folder = folderOf(filesOf(example));
    const found = allFindings(folder).filter(({ check }) => check === name);
    const all = found.map((finding) => finding.fixes()).find((list) => list.length > 0);
    if (all === undefined) continue;
    const list = all.map(({ title, safe }) => `- ${title} (${safe ? "safe" : "offered"})`);
    const after = [...applyFix(folder, all[0]).files.values()].filter((file) => folder.files.get(file.uri) !== file);
    return [
      ...(at === 0 ? ["**Fixes.**", ""] : ["**Fixes**, here of another example:", "", ...code(example)]),
      ...list,
      "",
      all.length > 1 ? "The first one gives:" : "It gives:",
      "",
      ...after
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .flatMap((file) => code(`${heading(file)}${file.text.trim() === "" ? leftEmpty(file) : file.text}`)),
    ];
  }
  return ["**Fixes.** None: what to do instead is for somebody to decide.", ""];
}

const comment = ({ path }) => (path.endsWith(".sql") ? "--" : "#");
const heading = (file) => `${comment(file)} file: ${file.path}\n`;
const leftEmpty = (file) => `${comment(file)} (nothing is left here)\n`;

const targets = { error: 98, warning: 90, info: 80 };

function precision(checks, verdicts) {
  const rows = checks.flatMap(({ name, severity }) => {
    const own = verdicts.filter(({ check }) => check === name);
    const count = (verdict) => own.filter((one) => one.verdict === verdict).length;
    if (own.length === 0) return [];
    const share = Math.floor((100 * count("true")) / own.length);
    const target = targets[severity];
    const shown = target !== undefined && share < target ? `**${share} %**` : `${share} %`;
    return [
      `| [\`${name}\`](checks.md#${name}) | ${severity} | ${own.length} | ${count("true")} | ${count("debatable")} | ${count("false")} | ${shown} |`,
    ];
  });
  const unproven = checks.filter(({ name }) => !verdicts.some(({ check }) => check === name));
  const all = (verdict) => verdicts.filter((one) => one.verdict === verdict).length;
  return `${[
    "# How often the checks are right",
    "",
    "Public projects with Supabase, Prisma and Go migrations, and the SQL of npm packages, were linted as they are; of what each check found, a",
    "sample that nobody chose was read in its project and judged: *true* when the message holds and matters as its severity says, *false* when it",
    "does not hold or would rightly annoy, *debatable* when a reasonable reader may disagree. `npm run precision` takes the samples, the",
    "verdicts with their reasons stand in `test/precision/verdicts.json`, and this page is generated from them.",
    "",
    "Targets: of all that is judged, debatable findings counted against the check, at least 98 % true for an error, 90 % for a warning, 80 % for",
    "an info; a hint has none. A share below its target is set in bold.",
    "",
    `In all ${verdicts.length} findings were judged: ${all("true")} true, ${all("debatable")} debatable, ${all("false")} false.`,
    "",
    "| check | severity | judged | true | debatable | false | true in % |",
    "|---|---|---:|---:|---:|---:|---:|",
    ...rows,
    "",
    "## Unproven on real text",
    "",
    unproven.length === 0
      ? "Every check found something there that was judged."
      : "These checks found nothing there that was judged; only their own tests speak for them:",
    "",
    unproven.map(({ name }) => `[\`${name}\`](checks.md#${name})`).join(", "),
  ]
    .join("\n")
    .trimEnd()}\n`;
}

function table(checks, areas) {
  const rows = checks.map(
    ({ name, severity, area, summary }) =>
      `| [\`${name}\`](docs/checks.md#${name}) | ${severity} | ${areas[area]} | ${summary} |`,
  );
  return ["| check | severity | area | finds |", "|---|---|---|---|", ...rows].join("\n");
}

function schema(checks, settings, levels) {
  const severities = Object.fromEntries(
    checks.map(({ name, summary }) => [name, { enum: levels, description: summary }]),
  );
  const named = { type: "object", additionalProperties: false, properties: severities };
  const properties = Object.fromEntries(
    settings.map(({ key, description, schema }) => [key, { description, ...schema }]),
  );
  properties.checks = { ...properties.checks, ...named };
  properties.paths.items.properties.checks = named;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Data Orchestrator",
    type: "object",
    additionalProperties: false,
    properties,
  };
}

/** The text with what stands between the marks of that name replaced. */
function between(text, name, inside) {
  const [start, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`README.md has no marks for ${name}.`);
  return `${text.slice(0, from + start.length)}\n${inside}\n${text.slice(to)}`;
}

if (isMain(import.meta.url)) {
  const only = process.argv.includes("--check");
  runTool("typescript/bin/tsc", ["-p", "."]);
  for (const { file, text } of await generated()) {
    if (readFileSync(path.join(root, file), { encoding: "utf8", flag: "a+" }) === text) continue;
    console.log(only ? `${file} is not fresh: run npm run generate` : file);
    if (only) process.exitCode = 1;
    else writeFileSync(path.join(root, file), text);
  }
}
