/**
 * Comments that say which finding is meant to be: `-- data-orchestrator: allow CHECK because REASON`, and `allow-file` for a whole
 * file. Checks know nothing of them.
 */
import type { Finding } from "./finding.js";
import type { Span } from "./text/source.js";

/** One such comment. */
export interface Suppression {
  /** From the comment's mark to the end of its words. */
  readonly span: Span;
  readonly checks: readonly string[];
  readonly reason: string;
  /** The stretch of text in which it silences; the whole text for `allow-file`. */
  readonly covers: Span;
}

const mark = "data-orchestrator:";
const words = /^data-orchestrator:\s*(allow-file|allow)\b[ \t]*(.*?)[ \t]*(?:\*\/)?$/;

/**
 * The suppressions of a text. `units` are the statements or nodes a comment on the line above, or on the same line, may cover, in
 * order; `comment` is the language's mark for a comment line.
 */
export function suppressionsIn(
  text: string,
  comment: "--" | "#" | "//",
  units: () => readonly Span[],
): readonly Suppression[] {
  const found: Suppression[] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    const lineStart = text.lastIndexOf("\n", at) + 1;
    const before = text.slice(lineStart, at);
    const opened = before.lastIndexOf(comment);
    if (opened < 0 || before.slice(opened + comment.length).trim() !== "") continue;
    const newline = text.indexOf("\n", at);
    const lineEnd = newline < 0 ? text.length : newline;
    const line = text.slice(at, lineEnd).trimEnd();
    const [, scope, rest = ""] = words.exec(line) ?? [];
    const because = /^(.*?)\s*\bbecause\b\s*(.*)$/.exec(rest);
    const names = because?.[1] ?? rest;
    found.push({
      span: { start: lineStart + opened, end: at + line.length },
      checks: names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
      reason: because?.[2]?.trim() ?? "",
      covers:
        scope === "allow-file"
          ? { start: 0, end: text.length }
          : covered(text, lineStart, lineEnd, before, opened, units()),
    });
  }
  return found;
}

/** The unit that starts on the same line, else the next one below, with no other text than comments between. */
function covered(
  text: string,
  lineStart: number,
  lineEnd: number,
  before: string,
  opened: number,
  units: readonly Span[],
): Span {
  if (before.slice(0, opened).trim() !== "") {
    // Behind code: the innermost unit that has text on this line before the comment.
    const inLine = units.filter((unit) => unit.start < lineStart + opened && unit.end > lineStart);
    const last = inLine.at(-1);
    return last === undefined
      ? { start: lineStart, end: lineEnd }
      : { start: Math.min(last.start, lineStart), end: Math.max(last.end, lineEnd) };
  }
  const inside = units.find((unit) => unit.start < lineStart && unit.end > lineEnd);
  const next = units.find((unit) => unit.start >= lineEnd);
  if (inside !== undefined && (next === undefined || inside.end > next.start)) {
    // Within a statement: the lines below it up to the end of that statement.
    return { start: lineEnd, end: inside.end };
  }
  return next === undefined ? { start: lineEnd, end: text.length } : next;
}

/** The findings that no suppression silences, and the suppressions that silence something. */
export function silence(
  findings: readonly Finding[],
  suppressions: readonly Suppression[],
): { readonly kept: readonly Finding[]; readonly used: ReadonlySet<Suppression> } {
  if (suppressions.length === 0) return { kept: findings, used: new Set() };
  const used = new Set<Suppression>();
  const kept = findings.filter((finding) => {
    const silencing = suppressions.filter(
      ({ checks, reason, covers }) =>
        reason !== "" &&
        checks.includes(finding.check) &&
        finding.span.start >= covers.start &&
        finding.span.start <= covers.end,
    );
    for (const suppression of silencing) used.add(suppression);
    return silencing.length === 0;
  });
  return { kept, used };
}
