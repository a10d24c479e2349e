import type { SqlFile } from "./statement.js";

/** A SQL text, read statement by statement; what is broken costs as little of the rest as possible. */
export function readSql(text: string): SqlFile {
  throw new Error(text);
}

/** The file after an edit; `text` is the text after it. The same as `readSql(text)`, but only the surroundings of the edit are read again. */
export function editSql(
  file: SqlFile,
  text: string,
  change: { readonly start: number; readonly removed: number; readonly added: number },
): SqlFile {
  throw new Error(text + file.text + change.start);
}
