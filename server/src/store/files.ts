/**
 * Reading a workspace folder from the disk. What cannot be read is a trouble with one sentence, and the rest goes on. Nothing here
 * knows what the texts mean, but for which names are worth reading.
 */
import { type Dirent, readFileSync, statSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** A text of the folder. */
export interface ReadText {
  readonly uri: string;
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A file or folder that could not be read, and why, in one sentence that names it. */
export interface Trouble {
  readonly path: string;
  readonly message: string;
}

/** Folders that hold other people's or generated files: they are read only when they are asked for by name. */
export const passedOver: ReadonlySet<string> = new Set([
  "node_modules",
  ".git",
  ".hg",
  ".svn",
  ".next",
  ".expo",
  ".turbo",
  ".venv",
  "dist",
  "build",
  "out",
  "coverage",
  "vendor",
  "target",
  "Pods",
]);

/** Whether a path relative to a workspace folder leads through a folder that is passed over. */
export function isPassedOver(relative: string): boolean {
  return relative
    .split(/[\\/]/)
    .slice(0, -1)
    .some((name) => passedOver.has(name));
}

/** Larger files are not read: no migration that people edit is that large. */
export const largestBytes = 16 * 1024 * 1024;

/** Whether a file may concern us, by its path. */
export function concerns(file: string): boolean {
  const name = path.basename(file);
  if (/\.(sql|ya?ml)$/i.test(name) || name.endsWith(".plan")) return true;
  if (name === "_journal.json" || name === "config.toml" || name === "data-orchestrator-baseline.json") return true;
  // Migrations that are written in code.
  return /(?:^|[\\/])[^\\/]*migrations?[\\/]\d{8,}[^\\/]*\.[cm]?[jt]s$/i.test(file);
}

/** How many files are read before others get their turn. */
const handful = 50;

/**
 * Reads everything in a folder that concerns us and hands it over a few files at a time, in the order of their names; resolves to what
 * could not be read. Small files are read faster one after the other than side by side.
 */
export async function readFolder(
  root: string,
  take: (texts: readonly ReadText[]) => void,
): Promise<readonly Trouble[]> {
  const troubles: Trouble[] = [];
  const names: string[] = [];
  await list(root, "", new Set(), names, troubles);
  names.sort();
  for (let at = 0; at < names.length; at += handful) {
    const texts: ReadText[] = [];
    for (const name of names.slice(at, at + handful)) {
      const outcome = readText(root, name);
      if ("message" in outcome) troubles.push(outcome);
      else texts.push(outcome);
    }
    take(texts);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return troubles.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Reads one file of a folder, by its path relative to it. */
export function readText(root: string, relative: string): ReadText | Trouble {
  const file = path.join(root, relative);
  const shown = relative.split(path.sep).join("/");
  try {
    const { size } = statSync(file);
    if (size > largestBytes) {
      return {
        path: shown,
        message: `${shown} is not read: it has ${Math.round(size / 1048576)} MB, and ${largestBytes / 1048576} MB are the most.`,
      };
    }
    const bytes = readFileSync(file);
    const text = decode(bytes);
    if (text === undefined)
      return { path: shown, message: `${shown} is not read: it is not UTF-8 (byte ${firstBadByte(bytes)}).` };
    return { uri: pathToFileURL(file).href, path: shown, text };
  } catch (error) {
    return { path: shown, message: `${shown} cannot be read: ${reasonOf(error)}.` };
  }
}

/** Why the file system refused, in words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ELOOP":
      return "its symbolic links lead in a circle";
    case "EISDIR":
      return "it is a folder";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

async function list(
  root: string,
  relative: string,
  seen: Set<string>,
  names: string[],
  troubles: Trouble[],
): Promise<void> {
  const folder = path.join(root, relative);
  let entries: readonly Dirent[];
  try {
    // A link back to a folder above would be walked for ever.
    const real = await realpath(folder);
    if (seen.has(real)) return;
    seen.add(real);
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    troubles.push({
      path: relative,
      message: `${relative === "" ? root : relative} cannot be read: ${reasonOf(error)}.`,
    });
    return;
  }
  for (const entry of entries) {
    const name = path.join(relative, entry.name);
    let kind = entry.isDirectory() ? "folder" : entry.isFile() ? "file" : undefined;
    if (entry.isSymbolicLink()) {
      if (!concerns(name) && path.extname(entry.name) !== "") continue;
      try {
        const target = await stat(path.join(root, name));
        kind = target.isDirectory() ? "folder" : target.isFile() ? "file" : undefined;
      } catch (error) {
        if (concerns(name)) troubles.push({ path: name, message: `${name} cannot be read: ${reasonOf(error)}.` });
        continue;
      }
    }
    if (kind === "folder" && !passedOver.has(entry.name)) await list(root, name, seen, names, troubles);
    else if (kind === "file" && concerns(name)) names.push(name);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    // Not UTF-8: the caller says so.
    return undefined;
  }
}

/** Offset of the first byte that cannot stand in UTF-8. */
function firstBadByte(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  // A prefix of valid UTF-8 is valid but for a cut last character, which `stream` forgives.
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isUtf8(bytes.subarray(0, middle), true)) low = middle;
    else high = middle - 1;
  }
  while (low > 0 && !isUtf8(bytes.subarray(0, low), false)) low--;
  return low;
}

function isUtf8(bytes: Uint8Array, stream: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream });
    return true;
  } catch {
    // The decoder's way of saying no.
    return false;
  }
}
