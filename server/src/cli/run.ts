import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { checks } from "../core/checks/index.js";
import { lineStarts, offsetAt } from "../core/text/lines.js";
import { applyEdits } from "../core/text/source.js";
import type { SchemaView } from "../core/views/schema-view.js";
import { makeEmbedded } from "../embedded/host.js";
import { type Engine, startEngine } from "../engine/host.js";
import type { WireFinding, WireFix } from "../engine/messages.js";
import { version } from "../version.js";
import { type Options, readOptions, UsageError } from "./options.js";
import { type Printed, report } from "./report.js";
import { type OpenFolder, openFolders } from "./workspace.js";

const help = `Usage: data-orchestrator COMMAND [OPTION…]

  lint [PATH…]      lint SQL and PowerSync YAML under PATH (default: the current folder)
  schema [PATH]     print the schema that the migrations add up to

  --from fold|replay (schema: from the statements, or from an embedded PostgreSQL that ran them)
  --format text|json|sarif|github   --config FILE   --fail-on error|warning|info|never
  --fix (lint: apply safe fixes)    --quiet         --version   --help

Exit status: 0 nothing at or above --fail-on; 1 findings; 2 wrong usage, unreadable input or a fault.
`;

/** Runs the program; answers the exit status. Findings go to standard output, faults to standard error. */
export async function run(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
    if (options.help || (options.command === "" && !options.version)) {
      process.stdout.write(help);
      return options.help ? 0 : 2;
    }
    if (options.version) {
      process.stdout.write(`${version}\n`);
      return 0;
    }
    return await perform(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`data-orchestrator: ${error.message}\n`);
    return 2;
  }
}

async function perform(options: Options): Promise<number> {
  const command = commands[options.command];
  if (command === undefined) throw new UsageError(`There is no command "${options.command}"; --help lists them.`);
  const engine = startEngine({
    patience: 120_000,
    heapMb: 4_096,
    log: (line) => process.stderr.write(`data-orchestrator: ${line}\n`),
  });
  try {
    return await command(engine, options);
  } finally {
    await engine.close();
  }
}

const commands: Readonly<Record<string, (engine: Engine, options: Options) => Promise<number>>> = { lint, schema };

async function lint(engine: Engine, options: Options): Promise<number> {
  const started = performance.now();
  const folders = await openFolders(engine, options.arguments, options.config);
  if (options.fix) await applySafeFixes(engine, folders);
  const { printed, files, statements } = await collect(engine, folders, options.format !== "github");
  for (const { troubles } of folders)
    for (const { message } of troubles) process.stderr.write(`data-orchestrator: ${message}\n`);
  process.stdout.write(
    report(options.format, printed, {
      summary: { files, statements, milliseconds: Math.round(performance.now() - started) },
      checks,
      version,
      relative,
      colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
      quiet: options.quiet,
    }),
  );
  const faults = await settingsFaults(engine, folders);
  if (faults || folders.some(({ troubles }) => troubles.length > 0)) return 2;
  return printed.some(({ finding }) => rank[finding.severity] <= rank[options.failOn]) ? 1 : 0;
}

const rank: Readonly<Record<WireFinding["severity"] | Options["failOn"], number>> = {
  never: -1,
  error: 0,
  warning: 1,
  info: 2,
  hint: 3,
};

async function collect(engine: Engine, folders: readonly OpenFolder[], withFixes: boolean) {
  const printed: Printed[] = [];
  let files = 0;
  let statements = 0;
  for (const { root, asked } of folders) {
    for (const { uri, statements: count } of await engine.ask("documents", { root })) {
      if (!asked(uri)) continue;
      files++;
      statements += count;
      const found = await engine.ask("findings", { root, uri });
      const wanted = found.map(({ check, range }) => ({ check, start: range.start }));
      const fixes = withFixes && found.length > 0 ? await engine.ask("fixes", { root, uri, wanted }) : [];
      for (const [at, finding] of found.entries()) {
        printed.push({ file: relative(uri), finding, fixes: fixes.find((one) => one.wanted === at)?.fixes ?? [] });
      }
    }
  }
  printed.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  return { printed, files, statements };
}

/** Applies safe fixes until none is left or nothing changes; a fix can uncover another. */
async function applySafeFixes(engine: Engine, folders: readonly OpenFolder[]): Promise<void> {
  for (const { root, folder, asked } of folders) {
    for (const { uri } of await engine.ask("documents", { root })) {
      if (!asked(uri)) continue;
      for (let round = 0; round < 10; round++) {
        const fixes = await engine.ask("safe-fixes", { root, uri });
        const file = fileURLToPath(uri);
        const before = fixes.length === 0 ? "" : await readFile(file, "utf8");
        const after = fixes.length === 0 ? before : withFixes(before, fixes, uri);
        if (after === before) break;
        await writeFile(file, after);
        for (const { creates } of fixes) for (const { uri, text } of creates) await create(uri, text);
        const shown = path.relative(folder, file).split(path.sep).join("/");
        engine.change({ do: "files", root, texts: [{ uri, path: shown, text: after }], gone: [] });
      }
    }
  }
}

/** The text with those fixes that do not touch each other. */
function withFixes(text: string, fixes: readonly WireFix[], uri: string): string {
  const starts = lineStarts(text);
  const taken: { start: number; end: number }[] = [];
  const edits = fixes.flatMap((fix) => {
    const own = fix.edits
      .filter((edit) => edit.uri === uri)
      .map(({ range, newText }) => ({
        span: { start: offsetAt(starts, text, range.start), end: offsetAt(starts, text, range.end) },
        text: newText,
      }));
    if (own.some(({ span }) => taken.some((other) => span.start <= other.end && other.start <= span.end))) return [];
    taken.push(...own.map(({ span }) => span));
    return own;
  });
  return applyEdits(text, edits);
}

async function create(uri: string, text: string): Promise<void> {
  const file = fileURLToPath(uri);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text, { flag: "wx" });
}

async function settingsFaults(engine: Engine, folders: readonly OpenFolder[]): Promise<boolean> {
  let any = false;
  for (const { root } of folders) {
    const found = await engine.ask("settings-faults", { root });
    for (const { message, range } of found?.faults ?? []) {
      any = true;
      process.stderr.write(
        `data-orchestrator: ${relative(found?.uri ?? "")}:${range.start.line + 1}:${range.start.character + 1}: ${message}\n`,
      );
    }
  }
  return any;
}

async function schema(engine: Engine, options: Options): Promise<number> {
  const folders = await openFolders(engine, options.arguments, options.config);
  for (const { troubles } of folders)
    for (const { message } of troubles) process.stderr.write(`data-orchestrator: ${message}\n`);
  const [first] = folders;
  if (first === undefined) return 2;
  const asked =
    options.arguments[0] === undefined ? "" : path.relative(first.folder, path.resolve(options.arguments[0]));
  const inside = asked.split(path.sep).join("/");
  const view =
    options.from === "replay"
      ? await replayed(engine, first.root, inside)
      : await engine.ask("schema", { root: first.root, path: inside });
  if (options.format === "json") process.stdout.write(`${JSON.stringify(view, undefined, 2)}\n`);
  else if (options.format !== "text") throw new UsageError(`schema prints text or json, not ${options.format}.`);
  else process.stdout.write(schemaText(view));
  return folders.some(({ troubles }) => troubles.length > 0) ? 2 : 0;
}

/** The schema read out of the embedded database after a replay; what it refused goes to standard error. */
async function replayed(engine: Engine, root: string, inside: string): Promise<SchemaView> {
  const embedded = makeEmbedded((line) => process.stderr.write(`data-orchestrator: ${line}\n`));
  try {
    const { files, platform } = await engine.ask("replay", { root, path: inside });
    const replay = await embedded.replay({ platform, files });
    if (!replay.ok) throw new Error(replay.reason);
    for (const { uri, message } of replay.errors)
      process.stderr.write(`data-orchestrator: ${relative(uri)}: ${message}\n`);
    const answer = await embedded.catalog();
    if (!answer.ok) throw new Error(answer.reason);
    return { version: 1, ...(answer.catalog as Omit<SchemaView, "version">) };
  } finally {
    embedded.close();
  }
}

function schemaText({ tables, views, functions }: SchemaView): string {
  const lines = tables.flatMap((table) => [
    `${table.schema}.${table.name}  ${table.rls.enabled ? `row level security, ${table.rls.policies.length} policies` : "no row level security"}`,
    ...table.columns.map(({ name, type, notNull }) => `  ${name}  ${type}${notNull ? " not null" : ""}`),
  ]);
  return `${[...lines, "", `${tables.length} tables, ${views.length} views, ${functions.length} functions`].join("\n")}\n`;
}

function relative(uri: string): string {
  return path.relative(process.cwd(), fileURLToPath(uri)).split(path.sep).join("/");
}
