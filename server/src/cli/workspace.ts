/** From paths on the command line to folders in the engine. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Engine } from "../engine/host.js";
import { concerns, passedOver, readFolder, readText, reasonOf, type Trouble } from "../store/files.js";
import { mergedFiles } from "../store/git.js";
import { UsageError } from "./options.js";

/** A folder that the engine has, and which of its documents were asked for. */
export interface OpenFolder {
  /** Path of the folder. */
  readonly folder: string;
  readonly root: string;
  readonly asked: (uri: string) => boolean;
  readonly troubles: readonly Trouble[];
}

/** Opens what the paths name; without paths, the current folder. A path that is not there is wrong usage. */
export async function openFolders(
  engine: Engine,
  paths: readonly string[],
  config: string | undefined,
): Promise<readonly OpenFolder[]> {
  const wanted = (paths.length === 0 ? ["."] : paths).map((given) => {
    const full = path.resolve(given);
    try {
      return { full, isFolder: statSync(full).isDirectory() };
    } catch (error) {
      throw new UsageError(`${given} cannot be read: ${reasonOf(error)}.`);
    }
  });
  const byRoot = new Map<string, string[]>();
  for (const { full, isFolder } of wanted) {
    const root = rootOf(full, isFolder, paths.length === 0);
    byRoot.set(root, [...(byRoot.get(root) ?? []), full]);
  }
  const opened: OpenFolder[] = [];
  for (const [folder, asked] of byRoot) opened.push(await open(engine, folder, asked, config));
  return opened;
}

async function open(
  engine: Engine,
  folder: string,
  asked: readonly string[],
  config: string | undefined,
): Promise<OpenFolder> {
  const root = pathToFileURL(folder).href;
  engine.change({ do: "open-folder", root, runsCode: true });
  const read = new Set<string>();
  const [troubles, merged] = await Promise.all([
    readFolder(folder, (texts) => {
      for (const { uri } of texts) read.add(uri);
      engine.change({ do: "files", root, texts, gone: [], more: true });
    }),
    mergedFiles(folder),
  ]);
  const extra: { uri: string; path: string; text: string }[] = [];
  const more: Trouble[] = [];
  for (const file of asked) {
    const relative = path.relative(folder, file);
    // A file that is named is read, whatever folder it lies in.
    if (relative === "" || statSync(file).isDirectory() || read.has(pathToFileURL(file).href)) continue;
    if (!concerns(file)) throw new UsageError(`${relative} is neither SQL nor YAML, and no migration.`);
    const outcome = readText(folder, relative);
    if ("message" in outcome) {
      if (!troubles.some(({ path }) => path === outcome.path)) more.push(outcome);
    } else extra.push(outcome);
  }
  if (config !== undefined) extra.push(configured(folder, config));
  engine.change({ do: "files", root, texts: extra, gone: [] });
  engine.change({ do: "merged", root, uris: merged?.uris, rewritten: merged?.rewritten ?? [] });
  const prefixes = asked.map((file) => pathToFileURL(file).href);
  const covers = (uri: string): boolean =>
    prefixes.some((prefix) => uri === prefix || uri.startsWith(`${prefix.replace(/\/$/, "")}/`));
  const here = troubles.filter(({ path: name }) => covers(pathToFileURL(path.join(folder, name)).href));
  return { folder, root, asked: covers, troubles: [...here, ...more] };
}

function configured(folder: string, config: string): { uri: string; path: string; text: string } {
  const file = path.resolve(config);
  const outcome = readText(path.dirname(file), path.basename(file));
  if ("message" in outcome) throw new UsageError(outcome.message);
  // It stands in for the folder's own configuration.
  return {
    uri: pathToFileURL(path.join(folder, "data-orchestrator.yaml")).href,
    path: "data-orchestrator.yaml",
    text: outcome.text,
  };
}

const markers = ["data-orchestrator.yaml", "supabase", ".git", "package.json", "powersync", "prisma"];

/** The workspace that a path belongs to: the nearest folder above it that looks like a project, else the path itself. */
function rootOf(full: string, isFolder: boolean, whole: boolean): string {
  if (whole) return full;
  const start = isFolder ? full : path.dirname(full);
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (markers.some((marker) => existsSync(path.join(folder, marker)))) return folder;
    // Read from above, what lies in here would be passed over.
    if (passedOver.has(path.basename(folder))) break;
    if (folder === path.dirname(folder)) break;
  }
  return /^(.*[._-])?(migrations?|migrate|deploy)$/i.test(path.basename(start)) ? path.dirname(start) : start;
}

/** A document's path as it is printed: relative to the working folder, with forward slashes. */
export function relative(uri: string): string {
  return path.relative(process.cwd(), fileURLToPath(uri)).split(path.sep).join("/");
}
