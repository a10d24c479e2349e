/**
 * Tests of checks speak in annotated texts. A text may hold several files, each under a line `-- file: PATH` (or `# file: PATH`);
 * without one it is a migration, or a sync configuration when it looks like YAML. Under `-- merged: PATH` stands what git has of a file on
 * the default branch. Below a line with a finding stands a comment of the
 * language that marks it: `-- ^^^ name`, or `-- <^^ name` when the finding starts too far left for the carets. A finding of several lines is
 * marked on its first. What is not marked must not be found.
 */
import "./parser.js";
import assert from "node:assert/strict";
import type { Severity } from "../../server/src/core/checks/check.js";
import type { FileFix, Finding } from "../../server/src/core/finding.js";
import { checkNames } from "../../server/src/core/levels.js";
import { documentsOf, findings, type Run } from "../../server/src/core/lint.js";
import { emptyFolder, type Folder, withFiles, withMerged } from "../../server/src/core/project.js";
import { lineStarts, positionAt } from "../../server/src/core/text/lines.js";
import { applyEdits } from "../../server/src/core/text/source.js";
import { loadCompiler } from "../../server/src/sync-engine/compile.js";

const { compile } = await loadCompiler([]);

const root = "file:///project";
const defaultMigration = "supabase/migrations/20270101000000_example.sql";
const defaultSync = "powersync/sync-config.yaml";

interface NamedText {
  readonly path: string;
  readonly text: string;
  /** It is not there, but on the default branch. */
  readonly merged?: true;
}

/** The files of an annotated text, markers and all. */
export function filesOf(text: string): readonly NamedText[] {
  const parts = text.split(/^(?:--|#) ((?:file|merged): .+)\n/m);
  const first = parts[0] ?? "";
  const files: NamedText[] = [];
  if (first.trim() !== "")
    files.push({ path: /^\s*(?:#[^\n]*\n\s*)*[\w-]+:/.test(first) ? defaultSync : defaultMigration, text: first });
  for (let at = 1; at + 1 < parts.length; at += 2) {
    const [kind, path = ""] = (parts[at] ?? "").split(": ");
    files.push({ path, text: parts[at + 1] ?? "", ...(kind === "merged" && { merged: true as const }) });
  }
  return files;
}

/** A workspace folder of these files. */
export function folderOf(files: readonly NamedText[]): Folder {
  const placed = files.map((file) => ({ ...file, uri: `${root}/${file.path}` }));
  const here = placed.filter(({ merged }) => merged !== true);
  const folder = withFiles(
    emptyFolder(root, checkNames, compile),
    here.map(({ uri, path, text }) => ({ uri, path, text })),
  );
  const merged = placed.filter((file) => file.merged === true);
  const rewritten = merged.filter(({ uri, text }) => here.find((file) => file.uri === uri)?.text !== text);
  return merged.length === 0
    ? folder
    : withMerged(folder, new Set(merged.map(({ uri }) => uri)), new Map(rewritten.map(({ uri, text }) => [uri, text])));
}

/** A run in which a check that throws is a failed test. */
export function strictRun(): Run {
  return {
    memory: new Map(),
    fault: ({ error }) => {
      throw error;
    },
  };
}

/** All findings of a folder. */
export function allFindings(folder: Folder): readonly Finding[] {
  const run = strictRun();
  return documentsOf(folder).flatMap(({ uri }) => findings(folder, uri, run));
}

/** Fails unless exactly the marked findings are found; `only` looks at one check and passes over the others. */
export function check(annotated: string, only?: string): void {
  const files = filesOf(annotated).map((file) => ({ ...file, text: unmarked(file.text) }));
  const folder = folderOf(files);
  const found = allFindings(folder).filter((finding) => only === undefined || finding.check === only);
  const several = files.length > 1 || /^(?:--|#) (?:file|merged): /m.test(annotated);
  const actual = files
    .map(({ path, text, merged }) => {
      if (merged === true) return `-- merged: ${path}\n${text}`;
      const here = found.filter(({ uri }) => uri === `${root}/${path}`);
      const comment = /\.ya?ml$/.test(path) ? "#" : "--";
      return `${several ? `${comment} file: ${path}\n` : ""}${marked(text, here, comment)}`;
    })
    .join("");
  assert.equal(actual, annotated);
}

/** Fails unless the first fix of the first finding of `before` (of the check `name` when given) turns it into `after` and obeys the laws of fixes. */
export function checkFix(before: string, after: string, name?: string, title?: string): void {
  const files = filesOf(before);
  const folder = folderOf(files);
  const finding = allFindings(folder).find(({ check }) => name === undefined || check === name);
  assert.ok(finding !== undefined, "nothing is found");
  const fix = finding.fixes().find((one) => title === undefined || one.title === title);
  assert.ok(fix !== undefined, `${finding.check} has no such fix`);
  const fixed = applyFix(folder, fix);
  assert.equal(render([...fixed.files.values()], /^(?:--|#) file: /m.test(after)), after);
  obeysLaws(folder, finding, fix);
}

/** The laws: a fix fits, what comes out parses, and the finding is gone without a new error, warning, or finding as severe as it was. */
export function obeysLaws(folder: Folder, finding: Finding, fix: FileFix): void {
  const label = `${finding.check}: ${fix.title}`;
  const fixed = applyFix(folder, fix);
  const count = (all: readonly Finding[], name: string): number => all.filter((one) => one.check === name).length;
  const [old, left] = [allFindings(folder), allFindings(fixed)];
  assert.ok(
    count(left, "syntax-error") <= count(old, "syntax-error"),
    `${label}: the result does not parse\n${shown(fixed)}`,
  );
  assert.ok(
    count(left, finding.check) < count(old, finding.check),
    `${label}: the finding is still there\n${shown(fixed)}`,
  );
  for (const one of left) {
    // Nothing as bad as what went may come, and no warning in any case.
    const bar = Math.max(ranks.indexOf(finding.severity), ranks.indexOf("warning"));
    if (ranks.indexOf(one.severity) > bar || leftOver.has(one.check)) continue;
    assert.ok(
      count(left, one.check) <= count(old, one.check),
      `${label}: brings a new ${one.check}: ${one.message}\n${shown(fixed)}`,
    );
  }
}

/** That a policy which does nothing was all a table had is seen when it is gone. */
const leftOver: ReadonlySet<string> = new Set(["policyless-table"]);

const ranks: readonly Severity[] = ["error", "warning", "info", "hint"];

/** The folder after a fix. */
export function applyFix(folder: Folder, fix: FileFix): Folder {
  const texts: { uri: string; path: string; text: string }[] = [];
  for (const { uri, edits } of fix.edits) {
    const file = folder.files.get(uri);
    assert.ok(file !== undefined, `the fix edits ${uri}, which is not there`);
    for (const { span } of edits)
      assert.ok(span.start >= 0 && span.start <= span.end && span.end <= file.text.length, "an edit lies outside");
    texts.push({ uri, path: file.path, text: applyEdits(file.text, edits) });
  }
  for (const { uri, text } of fix.creates) {
    assert.ok(!folder.files.has(uri), `the fix creates ${uri}, which is there`);
    texts.push({ uri, path: decodeURIComponent(uri.slice(root.length + 1)), text });
  }
  return withFiles(folder, texts);
}

function render(files: readonly NamedText[], named: boolean): string {
  if (!named) return files.map(({ text }) => text).join("");
  const comment = (path: string): string => (/\.ya?ml$/.test(path) ? "#" : "--");
  return [...files]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, text }) => `${comment(path)} file: ${path}\n${text}`)
    .join("");
}

function shown(folder: Folder): string {
  return render([...folder.files.values()], true);
}

const marker = /^[ \t]*(?:--|#)[ \t]*<?\^*[ \t]+[a-z][a-z-]*$/;

function isMarker(line: string): boolean {
  return marker.test(line) && /[<^]/.test(line);
}

function unmarked(text: string): string {
  return text
    .split("\n")
    .filter((line) => !isMarker(line))
    .join("\n");
}

function marked(text: string, found: readonly Finding[], comment: string): string {
  const starts = lineStarts(text);
  const lines = text.split("\n");
  const below = new Map<number, string[]>();
  for (const { span, check } of found) {
    const start = positionAt(starts, span.start);
    const end = positionAt(starts, span.end);
    const last = end.line === start.line ? end.character : (lines[start.line] ?? "").length;
    const list = below.get(start.line) ?? [];
    const mark =
      start.character <= comment.length
        ? `${comment} <${"^".repeat(Math.max(0, last - comment.length - 2))}`
        : comment + " ".repeat(start.character - comment.length) + "^".repeat(Math.max(1, last - start.character));
    list.push(`${mark} ${check}`);
    below.set(start.line, list);
  }
  return lines.flatMap((line, at) => [line, ...(below.get(at) ?? [])]).join("\n");
}
