/**
 * Finds the migration histories of a workspace in the list of its files: by the folder's name, by the names in it and by the
 * marks that tools leave. A folder that nothing marks is no history.
 */
import { isKnex } from "./code/knex.js";
import { type ListedFile, order, planOf, versionOf } from "./running-order.js";
import type { History, Migration, Tool, Wrapping } from "./schema/history.js";
import type { MigrationFolder } from "./settings.js";
import { folderOf, join, nameOf } from "./text/paths.js";

/** What is known of the files' being applied: merged URIs, `all`, or undefined when nothing tells. */
export type Applied = ReadonlySet<string> | "all" | "none" | undefined;

/** The histories of one workspace folder, by folder name; configured folders take the place of found ones. */
export function findHistories(
  root: string,
  files: readonly ListedFile[],
  configured: readonly MigrationFolder[],
  applied: Applied,
): readonly History[] {
  const byFolder = new Map<string, ListedFile[]>();
  const names = new Set(files.map(({ path }) => path));
  for (const file of files) {
    const folder = folderOf(file.path);
    const members = byFolder.get(folder);
    if (members === undefined) byFolder.set(folder, [file]);
    else members.push(file);
  }
  const found =
    configured.length > 0
      ? configured.map(({ folder, tool }) => ({ folder, tool: tool ?? toolOf(folder, byFolder, names) ?? "plain" }))
      : findFolders(byFolder, names);
  return found
    .map(({ folder, tool }) => {
      const members = order(tool, membersOf(folder, tool, files), files, folder);
      const migrations = members.map((file) => migrationOf(file, folder, tool, applied));
      return { folder, root, tool, migrations };
    })
    .filter(({ migrations }) => migrations.length > 0)
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** How a history's tool runs a file of that text. */
export function wrappingOf(tool: Tool, text: string): Wrapping {
  switch (tool) {
    case "goose":
      return /^--\s*\+goose\s+NO\s+TRANSACTION/im.test(text) ? "none" : "file";
    case "dbmate":
      return /^--\s*migrate:up\s+.*transaction:\s*false/im.test(text) ? "none" : "file";
    case "supabase":
    case "prisma":
    case "plain":
      // Sent as one query: PostgreSQL wraps several statements, and runs a single one by itself.
      return tool === "plain" ? "unknown" : "implicit";
    case "flyway":
      // It looks into the file, and leaves the transaction out when nothing in it may run in one.
      return runsApart(text) ? "none" : "file";
    case "drizzle":
    case "knex":
    case "diesel":
      return "file";
    case "sqitch":
      return "none";
  }
}

/** Whether every statement is of the kind that PostgreSQL refuses in a transaction. */
function runsApart(text: string): boolean {
  if (!/\b(?:concurrently|vacuum|alter\s+system)\b/i.test(text)) return false;
  const statements = text
    .replace(/--.*$|\/\*[\s\S]*?\*\//gm, "")
    .split(";")
    .filter((statement) => statement.trim() !== "");
  return statements.every((statement) =>
    /^\s*(?:(?:create|drop|reindex)\b[^']*\bconcurrently\b|vacuum\b|alter\s+system\b)/i.test(statement),
  );
}

function findFolders(byFolder: ReadonlyMap<string, readonly ListedFile[]>, names: ReadonlySet<string>) {
  const found = new Map<string, Tool>();
  const seen = new Set<string>();
  for (const folder of byFolder.keys()) {
    // Prisma and Diesel keep each migration in a folder of its own, sqitch whole trees of them.
    for (let candidate = folder; ; candidate = folderOf(candidate)) {
      if (!seen.has(candidate)) {
        seen.add(candidate);
        const tool = toolOf(candidate, byFolder, names);
        if (tool !== undefined) found.set(candidate, tool);
      }
      if (candidate === "") break;
    }
  }
  return [...found].map(([folder, tool]) => ({ folder, tool }));
}

const numbered = /^[vV]?\d+(?:[._-].*)?\.sql$/;
const undone = /(?:^|[._-])(?:down|undo|rollback|revert)\.sql$|^U\d[\d._]*__/i;
const outside = /(?:^|\/)(?:node_modules|\.git|dist|build|out|vendor|tests?|__tests__|fixtures|seeds?|down)(?:\/|$)/i;

function toolOf(
  folder: string,
  byFolder: ReadonlyMap<string, readonly ListedFile[]>,
  names: ReadonlySet<string>,
): Tool | undefined {
  if (/(?:^|\/)(?:node_modules|\.git)(?:\/|$)/.test(folder)) return undefined;
  const inFolder = byFolder.get(folder) ?? [];
  const own = inFolder.filter(({ path }) => path.endsWith(".sql"));
  const base = nameOf(folder);
  if (areInCode(inFolder)) return "knex";
  if (/(?:^|\/)supabase\/migrations$/.test(folder) && own.some(({ path }) => numbered.test(nameOf(path))))
    return "supabase";
  if (base === "deploy" && planOf(folder, names) !== undefined) return "sqitch";
  if (own.length === 0) return nestedTool(folder, byFolder, base);
  if (names.has(join(folder, "meta/_journal.json"))) return "drizzle";
  if (own.some(({ path }) => /^V\d[\d._]*__.+\.sql$/.test(nameOf(path)))) return "flyway";
  const forward = own.filter(({ path }) => !undone.test(nameOf(path)));
  const migrationFolder = /^(?:.*[._-])?(?:migrations?|migrate)$/i.test(base);
  if (!migrationFolder && !areNumbered(forward.map(({ path }) => nameOf(path)))) return undefined;
  if (outside.test(folder) && !migrationFolder) return undefined;
  const first = forward[0]?.text() ?? "";
  if (/^--\s*\+goose\s+Up/im.test(first)) return "goose";
  if (/^--\s*migrate:up/im.test(first)) return "dbmate";
  return forward.length > 0 ? "plain" : undefined;
}

/** Whether what is numbered in a folder is code for Knex. */
function areInCode(files: readonly ListedFile[]): boolean {
  const numbered = files.filter(({ path }) => inCode.test(nameOf(path)));
  return numbered.length > 0 && numbered.every((file) => isKnex(file.text()));
}

const inCode = /^\d{8,}.*\.[cm]?[jt]s$/;

/** All begin with a number; names that are nothing but a number count only when they are of one width, as people pad them. */
function areNumbered(names: readonly string[]): boolean {
  if (!names.every((name) => numbered.test(name))) return false;
  return !names.every((name) => /^\d+\.sql$/.test(name)) || new Set(names.map(({ length }) => length)).size === 1;
}

function nestedTool(
  folder: string,
  byFolder: ReadonlyMap<string, readonly ListedFile[]>,
  base: string,
): Tool | undefined {
  if (!/migrations?$/i.test(base)) return undefined;
  for (const [nested, files] of byFolder) {
    if (folderOf(nested) !== folder) continue;
    if (files.some(({ path }) => nameOf(path) === "migration.sql")) return "prisma";
    if (files.some(({ path }) => nameOf(path) === "up.sql")) return "diesel";
  }
  return undefined;
}

function membersOf(folder: string, tool: Tool, files: readonly ListedFile[]): readonly ListedFile[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  return files.filter(({ path }) => {
    if (!path.startsWith(prefix)) return false;
    const rest = path.slice(prefix.length);
    if (tool === "knex" && inCode.test(rest)) return true;
    if (!path.endsWith(".sql")) return false;
    if (tool === "prisma") return /^[^/]+\/migration\.sql$/.test(rest);
    if (tool === "diesel") return /^[^/]+\/up\.sql$/.test(rest);
    if (tool === "sqitch") return true;
    if (rest.includes("/") || undone.test(rest)) return false;
    return tool !== "supabase" || numbered.test(rest);
  });
}

function migrationOf(file: ListedFile, folder: string, tool: Tool, applied: Applied): Migration {
  const state =
    applied === undefined
      ? "unknown"
      : applied === "all"
        ? "applied"
        : applied === "none"
          ? "pending"
          : applied.has(file.uri)
            ? "applied"
            : "pending";
  return {
    uri: file.uri,
    path: file.path,
    version: tool === "sqitch" ? nameOf(file.path) : versionOf(file.path, folder, tool),
    state,
  };
}
