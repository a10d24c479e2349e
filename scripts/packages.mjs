// Installs the packages of this repository when they are missing or older than the lock file. Imports nothing of them.
import { spawnSync } from "node:child_process";
import { existsSync, statSync, utimesSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Installs what package-lock.json asks for, unless it is there. */
export function installPackages() {
  const [major] = process.versions.node.split(".");
  if (Number(major) < 20) throw new Error(`Node 20 or newer is needed, this is ${process.version}`);
  const lock = path.join(root, "package-lock.json");
  const installed = path.join(root, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log("Installing packages…");
  npm(["install", "--no-audit", "--no-fund"]);
  const now = new Date();
  utimesSync(installed, now, now);
}

/** Runs npm in the repository, its output shown; throws when it fails. */
export function npm(args) {
  const own = process.env.npm_execpath;
  const result = own?.endsWith(".js")
    ? spawnSync(process.execPath, [own, ...args], { cwd: root, stdio: "inherit" })
    : spawnSync("npm", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`npm ${args.join(" ")} ended with ${result.status}`);
}

/** Runs a program of an installed package (its script under node_modules) and answers its exit status. */
export function runTool(script, args, environment = {}) {
  const { status, error } = spawnSync(process.execPath, [path.join(root, "node_modules", script), ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}

/** Whether a script was started by itself rather than imported. */
export function isMain(url) {
  return process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(url);
}
