/** What git tells of a folder: which files are on the default branch, and which of them read otherwise there. It only reads, and any failure means that git does not tell. */
import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

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
  const git = async (...args: readonly string[]): Promise<string | undefined> => {
    try {
      // Hooks and configured helpers of the repository are not to be run by a reader.
      const options = { cwd: folder, timeout: 10_000, maxBuffer: 64 * 1024 * 1024, windowsHide: true };
      return (await run("git", ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", ...args], options))
        .stdout;
    } catch {
      // No git, no repository, no such branch: nothing is known.
      return undefined;
    }
  };
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
    const rewritten: { uri: string; text: string }[] = [];
    for (const name of changed.length > mostRewritten ? [] : changed) {
      const text = await git("show", "--no-textconv", `${base}:./${name}`);
      if (text !== undefined) rewritten.push({ uri: uriOf(name), text });
    }
    return { uris: names.map(uriOf), rewritten };
  }
  return undefined;
}
