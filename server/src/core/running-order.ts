/** In which order a tool runs the files of its folder, and under which versions it knows them. */
import type { Tool } from "./schema/history.js";
import { folderOf, join, nameOf } from "./text/paths.js";

/** A file as the discovery sees it. */
export interface ListedFile {
  readonly uri: string;
  /** Relative to the workspace folder, with forward slashes. */
  readonly path: string;
  /** Read only where a mark inside decides (goose, dbmate, sqitch.plan). */
  readonly text: () => string;
}

/** The migrations of a folder in the order in which they run. */
export function order(
  tool: Tool,
  members: readonly ListedFile[],
  files: readonly ListedFile[],
  folder: string,
): readonly ListedFile[] {
  if (tool === "sqitch") {
    const named = planOf(folder, new Set(files.map(({ path }) => path)));
    const plan = files.find(({ path }) => path === named)?.text() ?? "";
    const changes = changesIn(plan);
    const position = (file: ListedFile): number => {
      const at = changes.indexOf(file.path.slice(folder.length + 1).replace(/\.sql$/, ""));
      return at < 0 ? changes.length : at;
    };
    return [...members].sort((a, b) => position(a) - position(b));
  }
  if (tool === "drizzle")
    return inJournal(
      members,
      files.find(({ path }) => path === join(folder, "meta/_journal.json")),
    );
  const parts = members.map((file) => ({ file, key: sortKey(file.path, folder, tool) }));
  return parts.sort((a, b) => compare(a.key, b.key) || (a.file.path < b.file.path ? -1 : 1)).map(({ file }) => file);
}

/** Drizzle runs what its journal lists, in that order; files that it does not list come last, by name. */
function inJournal(members: readonly ListedFile[], journal: ListedFile | undefined): readonly ListedFile[] {
  let tags: readonly string[] = [];
  try {
    const { entries } = JSON.parse(journal?.text() ?? "{}") as { readonly entries?: readonly { tag?: unknown }[] };
    tags = (entries ?? []).map(({ tag }) => String(tag));
  } catch {
    // A journal in the middle of a merge: the names are in order too.
  }
  const position = ({ path }: ListedFile): number => {
    const at = tags.indexOf(nameOf(path).replace(/\.sql$/, ""));
    return at < 0 ? tags.length : at;
  };
  return [...members].sort((a, b) => position(a) - position(b) || (a.path < b.path ? -1 : 1));
}

/** The scripts of a plan in their order. A change that is reworked later keeps its first script under the name of the tag between. */
function changesIn(plan: string): readonly string[] {
  const changes: string[] = [];
  const untagged = new Map<string, number>();
  const tagged = new Map<string, { readonly at: number; readonly tag: string }>();
  for (const line of plan.split(/\r?\n/)) {
    const [word = ""] = line.split(/[\s[]/, 1);
    if (word.startsWith("@")) {
      for (const [change, at] of untagged) tagged.set(change, { at, tag: word });
      untagged.clear();
    } else if (/^\w/.test(word)) {
      const before = tagged.get(word);
      if (before !== undefined) changes[before.at] = word + before.tag;
      untagged.set(word, changes.length);
      changes.push(word);
    }
  }
  return changes;
}

/** Tools that sort by name compare text; those that sort by number compare the numbers in the version. What has no number comes last. */
function sortKey(path: string, folder: string, tool: Tool): readonly (number | string)[] {
  if (tool === "supabase" || tool === "prisma" || tool === "drizzle" || tool === "dbmate" || tool === "diesel")
    return [versionOf(path, folder, tool)];
  const name = nameIn(path, folder);
  const numbers = /^[vV]?\d+(?:[._]\d+)*/.exec(name)?.[0].match(/\d+/g);
  return numbers === null || numbers === undefined ? [name] : numbers.map(Number);
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at] ?? -1, b[at] ?? -1];
    if (left === right) continue;
    if (typeof left === typeof right) return left < right ? -1 : 1;
    return typeof left === "number" ? -1 : 1;
  }
  return 0;
}

/** What stands before the description: a timestamp, a number, or Flyway's `V1_2`; the whole name where there is no number. */
export function versionOf(path: string, folder: string, tool: Tool): string {
  const name = nameIn(path, folder);
  const form =
    tool === "flyway"
      ? /^V\d+(?:[._]\d+)*(?=__)/i
      : tool === "diesel"
        ? /^\d+(?:-\d+)*(?=_|$)/
        : /^[vV]?\d+(?:\.\d+)*(?!\d)/;
  return form.exec(name)?.[0] ?? name;
}

/** A migration's own name: that of its file, or of its folder where the tool gives each one. */
function nameIn(path: string, folder: string): string {
  const [first = ""] = path.slice(folder === "" ? 0 : folder.length + 1).split("/");
  return first.replace(/\.(?:sql|[cm]?[jt]s)$/, "");
}

/** The plan beside a deploy folder: `sqitch.plan`, or another name with that ending, as tools on sqitch's layout have it. */
export function planOf(folder: string, names: ReadonlySet<string>): string | undefined {
  const above = folderOf(folder);
  if (names.has(join(above, "sqitch.plan"))) return join(above, "sqitch.plan");
  return [...names].find((name) => name.endsWith(".plan") && folderOf(name) === above);
}
