/** Paths within a workspace folder: forward slashes, no slash at either end. */

/** The folder of a path; empty for one that lies in no folder. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at < 0 ? "" : path.slice(0, at);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The path of a name in a folder. */
export function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
