// Writes what follows from the checks and the settings: `npm run generate`; with `--check` it only says what is not fresh, as a test does.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isMain, root, runTool } from "./packages.mjs";

/** The generated files as they are now to be: path and text. Works on what `tsc` compiled. */
export async function generated() {
  const compiled = (file) => path.join(root, "out/server/src/core", file);
  const { checks } = await import(compiled("checks/index.js"));
  const { areas } = await import(compiled("checks/check.js"));
  const { settingsTable, levels } = await import(compiled("settings.js"));
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  return [
    { file: "docs/checks.md", text: page(checks, areas) },
    {
      file: "docs/data-orchestrator.schema.json",
      text: `${JSON.stringify(schema(checks, settingsTable, levels), undefined, 2)}\n`,
    },
    { file: "README.md", text: between(readme, "checks", table(checks, areas)) },
  ];
}

function page(checks, areas) {
  const parts = [
    "# Checks",
    "",
    `Every check there is, ${checks.length} of them. This page is generated from the checks themselves.`,
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

function section(check) {
  const language = check.sync === undefined || check.visit !== undefined ? "sql" : "yaml";
  const example = (text) => [
    `\`\`\`${/^# file|^\w+:/m.test(text) && !/^-- file/m.test(text) ? "yaml" : language}`,
    text.trimEnd(),
    "```",
    "",
  ];
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
    ...(check.peers === undefined ? [] : [`**Known to** ${check.peers}.`, ""]),
    "Found in:",
    "",
    ...example(check.bad[0]),
    "Not in:",
    "",
    ...example(check.good[0]),
  ];
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
