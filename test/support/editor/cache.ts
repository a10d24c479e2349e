/**
 * Where programs that only development needs are kept: outside the repository, one folder per version, so that nothing
 * is installed twice. Nothing here knows what is installed.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** Tells a person what is going on, one line at a time. */
export type Say = (line: string) => void;

/** The folder under which everything installed for development lies. */
export function cacheFolder(): string {
  const given = process.env.XDG_CACHE_HOME;
  const base =
    // Empty or relative, the variable counts as not set (XDG Base Directory Specification).
    (given !== undefined && path.isAbsolute(given) ? given : undefined) ??
    (process.platform === "win32"
      ? process.env.LOCALAPPDATA
      : process.platform === "darwin"
        ? path.join(homedir(), "Library", "Caches")
        : undefined) ??
    path.join(homedir(), ".cache");
  return path.join(base, "data-orchestrator");
}

/**
 * The folder `name` of the cache; when it is missing, `fill` makes it in a folder beside it, which takes the name only
 * once it is complete: a broken installation never looks like a finished one.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const target = path.join(cacheFolder(), name);
  if (existsSync(target)) return target;
  const draft = `${target}.${process.pid}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    await fill(draft);
    if (existsSync(target)) return target;
    renameSync(draft, target);
    return target;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Runs npm in a folder; its output is shown only when it fails. */
export async function npm(folder: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const own = process.env.npm_execpath;
  const [command, first] =
    own?.endsWith(".js") === true ? [process.execPath, [own]] : [process.platform === "win32" ? "npm.cmd" : "npm", []];
  await run(command, [...first, ...args, "--no-audit", "--no-fund", "--no-update-notifier"], folder, environment);
}

/** Runs a program to its end and answers what it wrote; fails with that when it exits with anything but 0. */
export function run(
  command: string,
  args: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      shell: command.endsWith(".cmd"),
    });
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      output += data.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.slice(-4000)}`));
    });
  });
}
