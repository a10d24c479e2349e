/**
 * What git tells of a folder: which files are on the default branch, which of them read otherwise there, and what stood in them
 * at a revision. It only reads, and any failure means that git does not tell.
 */
import { execFile, spawn } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { concerns, isPassedOver } from "./files.js";

const run = promisify(execFile);

/** What stands on the default branch. */
export interface Merged {
  readonly uris: readonly string[];
  /** The SQL files that were there when the work at hand was begun and are changed or gone since, with their text of then. */
  readonly rewritten: readonly { readonly uri: string; readonly text: string }[];
}

/** More than these are not changes of single migrations. */
const mostRewritten = 100;

/** The files below `folder` that stand on the default branch; undefined when there is no repository or no such branch. */
export async function mergedFiles(folder: string): Promise<Merged | undefined> {
  const git = (...args: readonly string[]): Promise<string | undefined> => ask(folder, args);
  const head = (await git("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"))?.trim();
  for (const branch of [head, "refs/heads/main", "refs/heads/master"]) {
    if (branch === undefined || branch === "") continue;
    const listed = await git("ls-tree", "-r", "-z", "--name-only", branch, "--", ".");
    if (listed === undefined) continue;
    const uriOf = (name: string): string => pathToFileURL(path.join(folder, name)).href;
    const names = listed.split("\0").filter((name) => name !== "");
    // What others merged meanwhile is no change of this work.
    const base = (await git("merge-base", "HEAD", branch))?.trim();
    const changes =
      base === undefined
        ? undefined
        : await git(
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--diff-filter=MD",
            "--relative",
            base,
            "--",
            "*.sql",
          );
    const changed = (changes ?? "").split("\0").filter((name) => name !== "");
    const few = changed.length > mostRewritten ? [] : changed;
    const texts = base === undefined || few.length === 0 ? undefined : await blobsOf(folder, base, few);
    return {
      uris: names.map(uriOf),
      rewritten: few.flatMap((name, at) => (texts?.[at] === undefined ? [] : { uri: uriOf(name), text: texts[at] })),
    };
  }
  return undefined;
}

/** The texts below `folder` that concern us, as they stood at a revision; undefined when git does not know it. */
export async function filesAt(
  folder: string,
  revision: string,
): Promise<readonly { readonly path: string; readonly text: string }[] | undefined> {
  // What begins with a dash would be an option.
  const commit = (
    await ask(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`])
  )?.trim();
  if (commit === undefined || commit === "") return undefined;
  const listed = await ask(folder, ["ls-tree", "-r", "-z", "--name-only", commit, "--", "."]);
  if (listed === undefined) return undefined;
  const names = listed
    .split("\0")
    .filter((name) => name !== "" && !/\n/.test(name) && !isPassedOver(name) && concerns(name));
  const blobs = await blobsOf(folder, commit, names);
  return blobs === undefined
    ? undefined
    : names.flatMap((path, at) => (blobs[at] === undefined ? [] : { path, text: blobs[at] }));
}

/** The contents of files at a commit, by one process for all; a name that is no file has none. Filters of the repository are not run. */
function blobsOf(
  folder: string,
  commit: string,
  names: readonly string[],
): Promise<readonly (string | undefined)[] | undefined> {
  return new Promise((resolve) => {
    const child = spawn("git", [...careful, "cat-file", "--batch"], {
      cwd: folder,
      stdio: ["pipe", "pipe", "ignore"],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    child.on("error", () => resolve(undefined));
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("close", () => {
      const bytes = Buffer.concat(chunks);
      let at = 0;
      resolve(
        names.map(() => {
          const lineEnd = bytes.indexOf(10, at);
          if (lineEnd < 0) return undefined;
          const [, size] = / blob (\d+)$/.exec(bytes.toString("utf8", at, lineEnd)) ?? [];
          at = lineEnd + 1;
          if (size === undefined) return undefined;
          const start = at;
          // A line feed stands behind each.
          at += Number(size) + 1;
          return bytes.toString("utf8", start, at - 1);
        }),
      );
    });
    // A pipe that git closed is told by what it did not answer.
    child.stdin.on("error", () => undefined);
    child.stdin.end(names.map((name) => `${commit}:./${name}\n`).join(""));
  });
}

/** Hooks and configured helpers of the repository are not to be run by a reader. */
const careful = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];

async function ask(folder: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const options = { cwd: folder, timeout: 10_000, maxBuffer: 64 * 1024 * 1024, windowsHide: true };
    return (await run("git", [...careful, ...args], options)).stdout;
  } catch {
    // No git, no repository, no such branch: nothing is known.
    return undefined;
  }
}
