/**
 * What the rest of a project tells of a name that a history does not know: another history, a script, or the migrations that go on working
 * with it. It reads words, not statements: a hint that something is there is enough to say nothing.
 */
import type { Absent } from "./checks/check.js";
import { type File, type Folder, migrationOf } from "./project.js";

/**
 * Whether the database is likely to have what a file's history lacks: SQL outside of the history makes it, or nothing of the history does
 * and another file works with it all the same.
 */
export function isToldElsewhere(folder: Folder, uri: string, { kind, name }: Absent): boolean {
  const own = new Set((migrationOf(folder, uri)?.history.migrations ?? []).map((migration) => migration.uri));
  const others = [...folder.files.values()].filter(
    (file) => file.kind === "sql" && file.uri !== uri && file.text.includes(name),
  );
  const made = making(kind, name);
  if (others.some((file) => !own.has(file.uri) && made.test(file.text))) return true;
  const used = using(kind, name);
  if (used === undefined || !others.some(({ text }) => used.test(text))) return false;
  const here = folder.files.get(uri);
  return ![here, ...others].some((file) => file !== undefined && isMadeIn(file, made, own, uri));
}

function isMadeIn(file: File, made: RegExp, own: ReadonlySet<string>, uri: string): boolean {
  return (file.uri === uri || own.has(file.uri)) && made.test(file.text);
}

/** How SQL makes something of that name; of a column, its table. */
function making(kind: Absent["kind"], name: string): RegExp {
  const written = nameIn(name);
  switch (kind) {
    case "relation":
    case "column":
      return new RegExp(
        `\\b(?:(?:table|view)\\s+(?:if\\s+not\\s+exists\\s+)?${written}\\s*(?:\\(|as\\b|with\\b|partition\\b)|rename\\s+to\\s+${written})`,
        "i",
      );
    case "function":
      return new RegExp(`\\b(?:function|procedure|aggregate)\\s+${written}\\s*\\(`, "i");
    case "type":
      return new RegExp(`\\b(?:type|domain)\\s+${written}\\s+as\\b`, "i");
  }
}

/** How SQL works with something of that name; every table has columns that others are called like. */
function using(kind: Absent["kind"], name: string): RegExp | undefined {
  const written = nameIn(name);
  switch (kind) {
    case "relation":
      return new RegExp(
        `\\b(?:from|join|into|update|on|table|references|only)\\s+(?:if\\s+exists\\s+)?${written}`,
        "i",
      );
    case "function":
      return new RegExp(`(?<!\\bfunction\\s+(?:if\\s+exists\\s+)?)(?<![\\w.])${written}\\s*\\(`, "i");
    case "type":
      return new RegExp(`(?:::\\s*|\\btype\\s+)${written}`, "i");
    case "column":
      return undefined;
  }
}

/** A name as SQL writes it, with a schema or without. */
function nameIn(name: string): string {
  return `(?:(?:"[^"]+"|\\w+)\\s*\\.\\s*)?"?${name.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&")}"?(?![\\w"])`;
}
