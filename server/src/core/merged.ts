/** What of the default branch is changed or gone here. It knows texts and names; what a change means is the checks' business. */
import type { Folder } from "./project.js";
import type { History } from "./schema/history.js";

/** The text that a migration has on the default branch, where that is another one. */
export function mergedText(folder: Folder, uri: string): string | undefined {
  return folder.settings.applied === "git" ? folder.rewritten.get(uri) : undefined;
}

/** The paths of a history's migrations that are on the default branch and gone here. */
export function goneFrom(folder: Folder, history: History): readonly string[] {
  if (folder.settings.applied !== "git") return [];
  const prefix = `${history.root}/${history.folder === "" ? "" : `${history.folder}/`}`;
  return [...folder.rewritten.keys()]
    .filter((uri) => uri.startsWith(prefix) && !folder.files.has(uri) && isForward(uri.slice(prefix.length)))
    .map((uri) => decodeURIComponent(uri.slice(history.root.length + 1)));
}

/** Whether a file of a history's folder is one that is run forwards. */
function isForward(name: string): boolean {
  return !/(?:^|[._/-])(?:down|undo|rollback|revert)\.sql$|^[RU]__/i.test(name);
}
