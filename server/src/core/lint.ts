/**
 * Runs the checks over a workspace folder: which check looks at which document, in what severity, and which findings a comment
 * silences. A check that fails is left out of the answer and reported as a fault of ours; the others go on.
 */
import { unknownTo } from "./baseline.js";
import type { Check, Report, SchemaScene, Severity, StatementScene } from "./checks/check.js";
import { checks } from "./checks/index.js";
import { isToldElsewhere } from "./elsewhere.js";
import type { FileFix, Finding } from "./finding.js";
import { schemaOf } from "./folding.js";
import { byName, isIgnored, levelOf } from "./levels.js";
import { goneFrom } from "./merged.js";
import { resolveFix, spanOf } from "./placing.js";
import { type File, type Folder, migrationOf, nearestHistory, sqlOf, syncOf, withFiles } from "./project.js";
import { type Memory, reportsOn, type SeenFile, scenesOf } from "./scenes.js";
import type { History } from "./schema/history.js";
import type { Schema } from "./schema/model.js";
import { silence } from "./suppressions.js";
import { applyEdits } from "./text/source.js";
import { suppressionsOf, unusedFinding } from "./unused.js";

/** A check that threw: a defect of the check, never of the user's text. */
export interface CheckFault {
  readonly check: string;
  readonly uri: string;
  readonly error: unknown;
}

/** What a run needs besides the folder: what it may remember, and where faults of checks go. */
export interface Run {
  readonly memory: Memory;
  readonly fault: (fault: CheckFault) => void;
  /** Leaves out what needs the end of a history: the checks of state, and whether a suppression silences anything. */
  readonly hasty?: true;
  /** Says again what the baseline knows. */
  readonly withKnown?: true;
}

interface Raised {
  readonly check: string;
  readonly report: Report;
}

/** The findings of one document, by position, then by check. */
export function findings(folder: Folder, uri: string, run: Run): readonly Finding[] {
  const file = folder.files.get(uri);
  if (file === undefined || isIgnored(folder, file.path)) return [];
  const raised = narrowest(raisedIn(folder, file, run)).filter(
    ({ report: { absent } }) => absent === undefined || !isToldElsewhere(folder, uri, absent),
  );
  if (raised.length === 0 && !file.text.includes("data-orchestrator:")) return [];
  const all = raised.flatMap(({ check, report }) => findingOf(folder, file, check, report) ?? []);
  const suppressions = suppressionsOf(file);
  const { kept, used } = silence(all, suppressions);
  if (run.hasty === true) return unknownTo(folder.baseline, file.path, kept);
  const unused = suppressions.flatMap(
    (suppression) => unusedFinding(folder, file, suppression, used.has(suppression)) ?? [],
  );
  const sorted = [...kept, ...unused].sort(
    (a, b) =>
      a.span.start - b.span.start || a.span.end - b.span.end || (a.check < b.check ? -1 : a.check > b.check ? 1 : 0),
  );
  return unknownTo(run.withKnown === true ? undefined : folder.baseline, file.path, sorted);
}

/** Every document that can have findings, in the order of their paths. */
export function documentsOf(folder: Folder): readonly File[] {
  return [...folder.files.values()]
    .filter(({ kind, path }) => kind !== "other" && kind !== "baseline" && !isIgnored(folder, path))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function raisedIn(folder: Folder, file: File, run: Run): readonly Raised[] {
  switch (file.kind) {
    case "sql":
      return raisedInSql(folder, file, run);
    case "sync":
      return raisedInSync(folder, file, run);
    default:
      return [];
  }
}

function raisedInSql(folder: Folder, file: File, run: Run): readonly Raised[] {
  const seenFile = scenesOf(folder, file, run.memory);
  const enabled = checks.filter(
    (check) => levelOf(folder, file.path, check) !== "off" && judges(check, folder, seenFile, file),
  );
  const names = new Set(enabled.map(({ name }) => name));
  const raised: Raised[] = [];
  for (const seen of seenFile.seen) {
    for (const one of reportsOn(seen, (scene) => reportsAt(scene, run))) if (names.has(one.check)) raised.push(one);
  }
  for (const check of enabled) {
    if (check.file !== undefined) collect(raised, check, file.uri, run, () => check.file?.(seenFile.scene) ?? []);
  }
  const known = run.hasty === true ? undefined : migrationOf(folder, file.uri);
  const alone = known === undefined && folder.histories.length === 0;
  if (known !== undefined) raised.push(...(schemaReports(folder, known.history, run).get(file.uri) ?? []));
  else if (alone) raised.push(...(reportsOf(folder, seenFile.end, undefined, seenFile, run).get(file.uri) ?? []));
  return raised.filter(({ check }) => {
    const definition = byName.get(check);
    return definition !== undefined && levelOf(folder, file.path, definition) !== "off";
  });
}

type Visit = (node: unknown, scene: StatementScene) => Iterable<Report>;

/** The checks that look at a kind of statement. */
const visitors: ReadonlyMap<string, readonly { readonly check: Check; readonly visit: Visit }[]> = (() => {
  const byKind = new Map<string, { check: Check; visit: Visit }[]>();
  for (const check of checks) {
    for (const [kind, visit] of Object.entries(check.visit ?? {})) {
      byKind.set(kind, [...(byKind.get(kind) ?? []), { check, visit: visit as Visit }]);
    }
  }
  return byKind;
})();

const watchers = checks.filter((check) => check.statement !== undefined);

/** No report: most statements raise none, and need no list of their own. */
const none: readonly Raised[] = [];

/** What the checks say of one statement. */
function reportsAt(scene: StatementScene, run: Run): readonly Raised[] {
  const raised: Raised[] = [];
  const { uri } = scene.file;
  for (const kind in scene.statement.node) {
    for (const { check, visit } of visitors.get(kind) ?? []) {
      collect(raised, check, uri, run, () =>
        visit((scene.statement.node as unknown as Record<string, unknown>)[kind], scene),
      );
    }
  }
  for (const check of watchers) collect(raised, check, uri, run, () => check.statement?.(scene) ?? []);
  return raised.length === 0 ? none : raised;
}

/** Folders of scripts that no forward migration runs. */
const asides =
  /(?:^|\/)(?:seeds?|tests?|__tests__|spec|examples?|revert|verify|down|rollback)(?:\/|\.sql$)|(?:^|[._-])(?:down|undo|rollback|revert)\.sql$/i;

/** Acts are judged in migrations that are not known to be applied, and in a script where there is no history at all. */
function judges(check: Check, folder: Folder, { scene }: SeenFile, file: File): boolean {
  if (check.kind !== "act") return true;
  if (scene.migration !== undefined) return scene.migration.state !== "applied";
  return folder.histories.length === 0 && !asides.test(file.path);
}

function collect(into: Raised[], check: Check, uri: string, run: Run, reports: () => Iterable<Report>): void {
  try {
    for (const report of reports()) into.push({ check: check.name, report });
  } catch (error) {
    run.fault({ check: check.name, uri, error });
  }
}

const remembered = new WeakMap<
  Schema,
  { readonly key: readonly unknown[]; readonly reports: ReadonlyMap<string, readonly Raised[]> }
>();

/** What the state checks say of the schema at the end of a history, by document. */
function schemaReports(folder: Folder, history: History, run: Run): ReadonlyMap<string, readonly Raised[]> {
  // Of a schema that is known in parts only, nobody can say what it lacks.
  return history.partial === true ? new Map() : reportsOf(folder, schemaOf(folder, history), history, undefined, run);
}

function reportsOf(
  folder: Folder,
  schema: Schema,
  history: History | undefined,
  alone: SeenFile | undefined,
  run: Run,
): ReadonlyMap<string, readonly Raised[]> {
  const sync = [...folder.files.values()].filter(({ kind }) => kind === "sync").map(syncOf);
  const key = [folder.facts, history, folder.rewritten, ...sync];
  const known = remembered.get(schema);
  if (known !== undefined && known.key.length === key.length && known.key.every((part, at) => part === key[at]))
    return known.reports;
  const last = history?.migrations.at(-1);
  const scene: SchemaScene = {
    facts: folder.facts,
    schema,
    history,
    source: (uri) => (uri === alone?.scene.uri ? alone.scene.sql : sqlAt(folder, uri)),
    newest: last === undefined || last.state === "applied" ? undefined : last,
    gone: history === undefined ? [] : goneFrom(folder, history),
    sync,
  };
  const raised: Raised[] = [];
  for (const check of checks) {
    if (check.schema !== undefined) collect(raised, check, folder.root, run, () => check.schema?.(scene) ?? []);
  }
  const reports = new Map<string, Raised[]>();
  for (const one of raised) {
    const list = reports.get(one.report.at.uri);
    if (list === undefined) reports.set(one.report.at.uri, [one]);
    else list.push(one);
  }
  remembered.set(schema, { key, reports });
  return reports;
}

function sqlAt(folder: Folder, uri: string) {
  const file = folder.files.get(uri);
  return file === undefined ? undefined : sqlOf(file);
}

function raisedInSync(folder: Folder, file: File, run: Run): readonly Raised[] {
  const history = nearestHistory(folder, file.path);
  const schema = history === undefined ? undefined : schemaOf(folder, history);
  const document = syncOf(file);
  const scene = {
    facts: folder.facts,
    uri: file.uri,
    document,
    schema,
    history,
    compiled: folder.compile?.(document.source, schema) ?? [],
  };
  const raised: Raised[] = [];
  for (const check of checks) {
    if (check.sync === undefined || levelOf(folder, file.path, check) === "off") continue;
    collect(raised, check, file.uri, run, () => check.sync?.(scene) ?? []);
  }
  return raised;
}

function findingOf(folder: Folder, file: File, name: string, report: Report): Finding | undefined {
  const check = byName.get(name);
  const span = spanOf(folder, report.at);
  if (check === undefined || span === undefined) return undefined;
  const level = levelOf(folder, file.path, check);
  if (level === "off") return undefined;
  // A severity that the user sets is the user's; otherwise the report may know better than the default.
  const severity: Severity = level === check.severity ? (report.severity ?? level) : level;
  return {
    check: name,
    severity,
    message: report.message,
    uri: report.at.uri,
    span,
    related: (report.related ?? []).flatMap(({ at, message }) => {
      const place = spanOf(folder, at);
      return place === undefined ? [] : [{ uri: at.uri, span: place, message }];
    }),
    fixes: () =>
      (report.fixes?.() ?? []).flatMap((fix) => {
        const resolved = resolveFix(folder, file, fix);
        return resolved === undefined ? [] : [limited(folder, resolved)];
      }),
    unnecessary: report.unnecessary === true,
  };
}

/** A fix whose new migrations do not wait for locks without limit: they are judged as others are, and what is wanted of them is done. */
function limited(folder: Folder, fix: FileFix): FileFix {
  if (fix.creates.length === 0) return fix;
  const path = (uri: string): string => decodeURIComponent(uri.slice(folder.root.length + 1));
  const after = withFiles(
    folder,
    fix.creates.map(({ uri, text }) => ({ uri, path: path(uri), text })),
  );
  const run: Run = { memory: new Map(), fault: () => undefined, hasty: true };
  const creates = fix.creates.map(({ uri, text }) => {
    // What must not run in a transaction stands alone.
    if (/\bconcurrently\b/i.test(text)) return { uri, text };
    const wait = findings(after, uri, run).find(({ check }) => check === "unlimited-lock-wait");
    const edits = wait?.fixes()[0]?.edits.flatMap((one) => (one.uri === uri ? one.edits : [])) ?? [];
    return { uri, text: applyEdits(text, edits) };
  });
  return { ...fix, creates };
}

/** One cause, one finding: where the first of a pair speaks of a statement, the second is silent. */
const narrower: readonly (readonly [narrow: string, wide: string])[] = [
  ["borrowed-syntax", "syntax-error"],
  // These come with a cure.
  ["table-without-rls", "weakened-rls"],
  ["dormant-policy", "weakened-rls"],
];

function narrowest(all: readonly Raised[]): readonly Raised[] {
  return narrower.reduce<readonly Raised[]>((left, [narrow, wide]) => {
    const spoken = new Set(left.flatMap(({ check, report }) => (check === narrow ? [standing(report)] : [])));
    return spoken.size === 0
      ? left
      : left.filter(({ check, report }) => check !== wide || !spoken.has(standing(report)));
  }, all);
}

function standing({ at: { uri, piece, span } }: Report): string {
  return piece === undefined ? `${uri} ${span.start}` : `${uri}#${piece}`;
}
