// How often the checks are right on real projects: `npm run precision -- FOLDER…` lints each folder as a project, counts by check, and takes
// a sample of each check for somebody to judge. Verdicts are kept in test/precision/verdicts.json; docs/precision.md is made of them.
//
//   --sample N         findings per check (default 10), the same ones every time
//   --check NAME       this check only
//   --unjudged         leaves out what has a verdict
//   --worksheet FILE   writes the sample as JSON, with the text around each finding and an empty verdict and reason
//   --record FILE      takes over the verdicts of a worksheet
//
// A finding is known by its check, the hash of its file and its message. Verdicts: true, false, debatable.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { root } from "./packages.mjs";

const run = promisify(execFile);
const verdictsFile = path.join(root, "test/precision/verdicts.json");

/** The findings of a project with the text around them. */
async function findingsIn(folder) {
  const program = path.join(root, "dist/cli.cjs");
  const args = [program, "lint", "--format", "json", "--fail-on", "never"];
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 1 << 30 }).catch((error) => error);
  const texts = new Map();
  const textOf = (file) => {
    if (!texts.has(file)) texts.set(file, readFileSync(path.join(folder, file), "utf8"));
    return texts.get(file);
  };
  return JSON.parse(stdout).findings.map(({ check, severity, message, file, range, related, fixes }) => {
    const text = textOf(file);
    const lines = text.split("\n");
    const first = Math.max(0, range.start.line - 3);
    const last = Math.min(lines.length, Math.max(range.end.line + 1, range.start.line + 8), range.start.line + 25);
    return {
      check,
      severity,
      file: hash(text),
      message,
      project: path.basename(folder),
      place: `${path.join(folder, file)}:${range.start.line + 1}`,
      related: related.map((one) => `${path.join(folder, one.file)}:${one.range.start.line + 1} ${one.message}`),
      fix: fixes[0]?.title ?? "",
      excerpt: lines.slice(first, last).map((line) => line.slice(0, 240)),
    };
  });
}

function hash(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

const keyOf = ({ check, file, message }) => `${check} ${file} ${message}`;

function readVerdicts() {
  return JSON.parse(readFileSync(verdictsFile, "utf8"));
}

/** The sample of a check: the order is that of a hash, which nobody chose. */
function sampleOf(findings, size) {
  return [...findings].sort((a, b) => (hash(keyOf(a)) < hash(keyOf(b)) ? -1 : 1)).slice(0, size);
}

function record(file) {
  const known = new Map(readVerdicts().map((one) => [keyOf(one), one]));
  let taken = 0;
  for (const { check, file: of, message, verdict, reason } of JSON.parse(readFileSync(file, "utf8"))) {
    if (!["true", "false", "debatable"].includes(verdict) || !reason) continue;
    known.set(keyOf({ check, file: of, message }), { check, file: of, message, verdict, reason });
    taken++;
  }
  const sorted = [...known.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  writeFileSync(verdictsFile, `[\n${sorted.map((one) => `  ${JSON.stringify(one)}`).join(",\n")}\n]\n`);
  console.log(`${taken} verdicts taken over; ${sorted.length} in all. Run npm run generate.`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sample: { type: "string", default: "10" },
      check: { type: "string" },
      unjudged: { type: "boolean" },
      worksheet: { type: "string" },
      record: { type: "string" },
    },
  });
  if (values.record !== undefined) {
    record(values.record);
    return;
  }
  if (positionals.length === 0) throw new Error("Name the folders of the projects to lint.");
  const all = [];
  for (const folder of positionals) all.push(...(await findingsIn(path.resolve(folder))));
  const verdicts = new Map(readVerdicts().map((one) => [keyOf(one), one]));
  const byCheck = new Map();
  for (const one of all) byCheck.set(one.check, [...(byCheck.get(one.check) ?? []), one]);
  const samples = [];
  const rows = [["check", "severity", "found", "projects", "judged", "true", "debatable", "false"]];
  for (const [check, found] of [...byCheck].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (values.check !== undefined && check !== values.check) continue;
    const judged = [...verdicts.values()].filter((one) => one.check === check);
    const count = (verdict) => judged.filter((one) => one.verdict === verdict).length;
    const severities = [...new Set(found.map(({ severity }) => severity))].join(", ");
    const projects = new Set(found.map(({ project }) => project)).size;
    rows.push([
      check,
      severities,
      found.length,
      projects,
      judged.length,
      count("true"),
      count("debatable"),
      count("false"),
    ]);
    const sample = sampleOf(found, Number(values.sample));
    samples.push(...(values.unjudged ? sample.filter((one) => !verdicts.has(keyOf(one))) : sample));
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => String(cell).padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    );
  if (values.worksheet === undefined) {
    for (const { check, place, message, excerpt } of samples)
      console.log(`\n${check}  ${place}\n${message}\n${excerpt.map((line) => `    ${line}`).join("\n")}`);
    return;
  }
  const sheet = samples.map((one) => ({
    ...one,
    verdict: verdicts.get(keyOf(one))?.verdict ?? "",
    reason: verdicts.get(keyOf(one))?.reason ?? "",
  }));
  writeFileSync(values.worksheet, `${JSON.stringify(sheet, undefined, 1)}\n`);
  console.log(`\n${sheet.length} findings to judge in ${values.worksheet}`);
}

await main();
