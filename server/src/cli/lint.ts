import { writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Baseline, baselineFile, baselineOf, unknownTo, writeBaseline } from "../core/baseline.js";
import { checks } from "../core/checks/index.js";
import type { Engine } from "../engine/host.js";
import type { WireFinding } from "../engine/messages.js";
import { filesAt } from "../store/git.js";
import { version } from "../version.js";
import { applySafeFixes } from "./fix.js";
import { type Options, UsageError } from "./options.js";
import { type Printed, report } from "./report.js";
import { type OpenFolder, openFolders, relative } from "./workspace.js";

/** `lint`: prints what is found, after applying safe fixes or writing a baseline where that is asked for. */
export async function lint(engine: Engine, options: Options): Promise<number> {
  const started = performance.now();
  const folders = await openFolders(engine, options.arguments, options.config);
  if (options.fix) await applySafeFixes(engine, folders);
  if (options.writeBaseline) return rememberAll(engine, folders);
  const known = new Map<string, Baseline>();
  if (options.since !== undefined)
    for (const open of folders) known.set(open.root, await foundAt(engine, open, options.since));
  const { printed, files, statements } = await collect(engine, folders, options.format !== "github", known);
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
  const faults = await tellFaults(engine, folders);
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

async function collect(
  engine: Engine,
  folders: readonly OpenFolder[],
  withFixes: boolean,
  known: ReadonlyMap<string, Baseline>,
) {
  const printed: Printed[] = [];
  let files = 0;
  let statements = 0;
  for (const { root, asked } of folders) {
    for (const { uri, statements: count } of await engine.ask("documents", { root })) {
      if (!asked(uri)) continue;
      files++;
      statements += count;
      const found = unknownTo(known.get(root), pathIn(root, uri), await engine.ask("findings", { root, uri }));
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

/** Writes a baseline into each folder; what is found from then on is new. */
async function rememberAll(engine: Engine, folders: readonly OpenFolder[]): Promise<number> {
  for (const { root, folder } of folders) {
    const baseline = await everythingIn(engine, root);
    const file = path.join(folder, baselineFile);
    await writeFile(file, writeBaseline(baseline));
    let count = 0;
    for (const counts of baseline.values()) for (const one of counts.values()) count += one;
    process.stdout.write(
      `${relative(pathToFileURL(file).href)}: ${count} findings in ${baseline.size} files are known.\n`,
    );
  }
  return 0;
}

/** What a folder had at a revision, as a baseline: what is not in it came since. */
async function foundAt(engine: Engine, { folder, root }: OpenFolder, revision: string): Promise<Baseline> {
  const then = await filesAt(folder, revision);
  if (then === undefined) throw new UsageError(`git knows no revision "${revision}" of ${folder}.`);
  // The same files under other names: their findings differ in nothing but that.
  const before = `since:///${encodeURIComponent(revision)}/${encodeURIComponent(root)}`;
  const texts = then.map(({ path, text }) => ({ uri: `${before}/${path}`, path, text }));
  engine.change({ do: "open-folder", root: before, runsCode: false });
  engine.change({ do: "files", root: before, texts, gone: [] });
  const { uris } = await engine.ask("merged", { root });
  const moved = uris?.map((uri) => `${before}/${pathIn(root, uri)}`);
  engine.change({ do: "merged", root: before, uris: moved, rewritten: [] });
  return everythingIn(engine, before);
}

async function everythingIn(engine: Engine, root: string): Promise<Baseline> {
  const found: [string, readonly WireFinding[]][] = [];
  for (const { uri } of await engine.ask("documents", { root }))
    found.push([pathIn(root, uri), await engine.ask("findings", { root, uri, withKnown: true })]);
  return baselineOf(found);
}

function pathIn(root: string, uri: string): string {
  return decodeURIComponent(uri.slice(root.length + 1));
}

async function tellFaults(engine: Engine, folders: readonly OpenFolder[]): Promise<boolean> {
  let any = false;
  for (const { root } of folders) {
    for (const { uri, message, range } of await engine.ask("faults", { root })) {
      any = true;
      const { line, character } = range.start;
      process.stderr.write(`data-orchestrator: ${relative(uri)}:${line + 1}:${character + 1}: ${message}\n`);
    }
  }
  return any;
}
