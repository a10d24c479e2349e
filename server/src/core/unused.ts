/** The suppressions of a document, and those among them that silence nothing. */

import type { FileFix, Finding } from "./finding.js";
import { byName, checkNames, levelOf } from "./levels.js";
import { type File, type Folder, migrationOf, sqlOf } from "./project.js";
import { type Suppression, suppressionsIn } from "./suppressions.js";
import type { Span } from "./text/source.js";

/** The suppressions of a document. */
export function suppressionsOf(file: File): readonly Suppression[] {
  if (file.kind === "other" || !file.text.includes("data-orchestrator:")) return [];
  if (file.kind === "sql") {
    return suppressionsIn(file.text, "--", () => sqlOf(file).pieces.filter(({ kind }) => kind === "sql"));
  }
  return suppressionsIn(file.text, "#", () => lineUnits(file.text));
}

/** In YAML a comment covers the node that starts on the next line: that line and what is indented deeper. */
function lineUnits(text: string): readonly Span[] {
  const lines: { start: number; end: number; indent: number }[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    if (line.trim() !== "" && !line.trimStart().startsWith("#"))
      lines.push({ start, end, indent: line.length - line.trimStart().length });
    start = end + 1;
  }
  return lines.map((line, at) => {
    let end = line.end;
    for (const below of lines.slice(at + 1)) {
      if (below.indent <= line.indent) break;
      end = below.end;
    }
    return { start: line.start, end };
  });
}

export function unusedFinding(
  folder: Folder,
  file: File,
  suppression: Suppression,
  used: boolean,
): Finding | undefined {
  const check = byName.get("unused-suppression");
  if (check === undefined || levelOf(folder, file.path, check) === "off") return undefined;
  const unknown = suppression.checks.filter((name) => !checkNames.has(name));
  const message =
    suppression.checks.length === 0
      ? "This comment names no check, so it silences nothing."
      : unknown.length > 0
        ? `There is no check named \`${unknown.join("`, `")}\`, so this comment silences nothing.`
        : suppression.reason === ""
          ? "This comment gives no reason (`because …`), so it silences nothing."
          : used || couldNotRun(folder, file, suppression)
            ? undefined
            : `No finding of \`${suppression.checks.join("`, `")}\` stands here, so this comment would hide the next one.`;
  if (message === undefined) return undefined;
  const level = levelOf(folder, file.path, check);
  const fix: FileFix = {
    title: "Remove the comment",
    safe: true,
    edits: [{ uri: file.uri, edits: [{ span: wholeLine(file.text, suppression.span), text: "" }] }],
    creates: [],
  };
  return {
    check: check.name,
    severity: level === "off" ? "warning" : level,
    message,
    uri: file.uri,
    span: suppression.span,
    related: [],
    fixes: () => [fix],
    unnecessary: true,
  };
}

/** A check that is off, or whose act is not judged here, might have something to silence. */
function couldNotRun(folder: Folder, file: File, suppression: Suppression): boolean {
  return suppression.checks.some((name) => {
    const check = byName.get(name);
    if (check === undefined) return false;
    const migration = migrationOf(folder, file.uri)?.migration;
    const judged = migration === undefined ? folder.histories.length === 0 : migration.state !== "applied";
    return levelOf(folder, file.path, check) === "off" || (check.kind === "act" && !judged);
  });
}

/** The whole line when nothing else stands on it, its line end included. */
function wholeLine(text: string, span: Span): Span {
  const start = text.lastIndexOf("\n", span.start - 1) + 1;
  const newline = text.indexOf("\n", span.end);
  const end = newline < 0 ? text.length : newline;
  const alone = text.slice(start, span.start).trim() === "" && text.slice(span.end, end).trim() === "";
  if (alone) return { start, end: newline < 0 ? end : end + 1 };
  const before = text.slice(start, span.start);
  return { start: span.start - (before.length - before.trimEnd().length), end: span.end };
}
