/** Which checks there are, and how severe each is at which path. */
import type { Check } from "./checks/check.js";
import { checks } from "./checks/index.js";
import type { Folder } from "./project.js";
import { type Level, matches } from "./settings.js";

export const byName: ReadonlyMap<string, Check> = new Map(checks.map((check) => [check.name, check]));

/** The names of all checks. */
export const checkNames: ReadonlySet<string> = new Set(byName.keys());

export function isIgnored(folder: Folder, path: string): boolean {
  return folder.settings.ignore.some((pattern) => matches(path, pattern));
}

export function levelOf(folder: Folder, path: string, check: Check): Level {
  let level: Level = folder.settings.checks[check.name] ?? check.severity;
  for (const entry of folder.settings.paths) {
    const configured = entry.checks[check.name];
    if (configured !== undefined && entry.files.some((pattern) => matches(path, pattern))) level = configured;
  }
  return level;
}
