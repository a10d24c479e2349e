/**
 * What the rest of a project tells of a name that a history does not know: another history, a script, or the migrations that go on working
 * with it. It reads words, not statements: a hint that something is there is enough to say nothing.
 */
import type { Absent } from "./checks/check.js";
import { type File, type Folder, migrationOf } from "./project.js";

/** Whether the database is likely to have what a file's history lacks. */
export function isToldElsewhere(folder: Folder, uri: string, { kind, name, of }: Absent): boolean {
  const own = new Set([uri, ...(migrationOf(folder, uri)?.history.migrations ?? []).map((one) => one.uri)]);
  const isOwn = (file: File): boolean => own.has(file.uri);
  const naming = [...folder.files.values()].filter(
    (file) => file.kind === "sql" && file.text.includes(name) && (of === undefined || file.text.includes(of)),
  );
  if (kind === "column") return of !== undefined && isDeclaredAnyhow(naming, folder, name, of);
  const made = making(kind, name);
  if (naming.some((file) => !isOwn(file) && made.test(file.text))) return true;
  // What the history makes is not there because of the order, or of what took it away.
  if (naming.some((file) => isOwn(file) && made.test(file.text))) return false;
  const used = using(kind, name);
  return naming.some((file) => (file.uri === uri ? knowing(kind, name)?.test(file.text) : used.test(file.text)));
}

/** Whether the project makes a table more than once, and one of the times with that column: which one counted nobody can tell. */
function isDeclaredAnyhow(naming: readonly File[], { files }: Folder, column: string, table: string): boolean {
  const made = new RegExp(`\\btable\\s+(?:if\\s+not\\s+exists\\s+)?${nameIn(table)}\\s*\\(`, "gi");
  const declared = new RegExp(`(?:^|[\\s(,])"?${escaped(column)}"?\\s`, "i");
  const isDeclared = naming.some(({ text }) =>
    [...text.matchAll(made)].some(({ 0: head, index }) => declared.test(inParentheses(text, index + head.length))),
  );
  if (!isDeclared) return false;
  let times = 0;
  for (const { kind, text } of files.values())
    if (kind === "sql" && text.includes(table)) times += [...text.matchAll(made)].length;
  return times > 1;
}

/** The text up to the parenthesis that closes the one before it. */
function inParentheses(text: string, start: number): string {
  let depth = 1;
  let end = start;
  for (; end < text.length && depth > 0; end++) {
    if (text[end] === "(") depth++;
    else if (text[end] === ")") depth--;
  }
  return text.slice(start, end);
}

type Named = Exclude<Absent["kind"], "column">;

/** How SQL makes something of that name. */
function making(kind: Named, name: string): RegExp {
  const written = nameIn(name);
  switch (kind) {
    case "relation":
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

/** How SQL works with something of that name. */
function using(kind: Named, name: string): RegExp {
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
  }
}

/** How a file shows that it knows of something: it takes away what hangs on the table, or a comment speaks of the function. */
function knowing(kind: Named, name: string): RegExp | undefined {
  if (kind === "function") return new RegExp(`--[^\\n]*${nameIn(name)}\\s*\\(`, "i");
  if (kind !== "relation") return undefined;
  return new RegExp(`\\bdrop\\s+(?:policy|trigger)\\s+if\\s+exists\\b[^;]*?\\bon\\s+${nameIn(name)}`, "i");
}

/** A name as SQL writes it, with a schema or without. */
function nameIn(name: string): string {
  return `(?:(?:"[^"]+"|\\w+)\\s*\\.\\s*)?"?${escaped(name)}"?(?![\\w"])`;
}

function escaped(name: string): string {
  return name.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}
