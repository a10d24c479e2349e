/** What git tells of a folder: which files are on the default branch. It only reads, and any failure means that git does not tell. */
import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** URIs of the files below `folder` that stand on the default branch; undefined when there is no repository or no such branch. */
export async function mergedFiles(folder: string): Promise<readonly string[] | undefined> {
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
    if (listed !== undefined) {
      return listed.split("\0").flatMap((name) => (name === "" ? [] : [pathToFileURL(path.join(folder, name)).href]));
    }
  }
  return undefined;
}
