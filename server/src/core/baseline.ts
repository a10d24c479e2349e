/**
 * What was found before and is left for later: an old project starts in silence and sees what is new. A finding is known by its document,
 * its check and its message, which names what it is about; where it stands does not matter.
 */
import type { Finding } from "./finding.js";

/** How often each finding is known, by path and by check and message. */
export type Baseline = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Its file, in the workspace folder. */
export const baselineFile = "data-orchestrator-baseline.json";

type Known = Pick<Finding, "check" | "message">;

/** The baseline that knows these findings, by the path of their document. */
export function baselineOf(found: Iterable<readonly [path: string, findings: readonly Known[]]>): Baseline {
  const baseline = new Map<string, Map<string, number>>();
  for (const [path, findings] of found) {
    const counts = new Map<string, number>();
    for (const finding of findings) counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1);
    if (counts.size > 0) baseline.set(path, counts);
  }
  return baseline;
}

/** The findings of a document that the baseline does not know; of equal ones the first are the known ones. */
export function unknownTo<Found extends Known>(
  baseline: Baseline | undefined,
  path: string,
  findings: readonly Found[],
): readonly Found[] {
  const known = baseline?.get(path);
  if (known === undefined) return findings;
  const left = new Map(known);
  return findings.filter((finding) => {
    const count = left.get(keyOf(finding)) ?? 0;
    left.set(keyOf(finding), count - 1);
    return count <= 0;
  });
}

/** As a file, sorted, so that it changes only where findings do. */
export function writeBaseline(baseline: Baseline): string {
  const sorted = <Value>(entries: Iterable<readonly [string, Value]>): [string, Value][] =>
    [...entries].map(([key, value]): [string, Value] => [key, value]).sort(([a], [b]) => (a < b ? -1 : 1));
  const findings = Object.fromEntries(
    sorted(baseline).map(([path, counts]) => [path, Object.fromEntries(sorted(counts))]),
  );
  return `${JSON.stringify({ version: 1, findings }, undefined, 2)}\n`;
}

/** Reads the file; the answer to one that is none is a sentence about it. */
export function readBaseline(text: string): Baseline | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `${baselineFile} is no JSON: ${error instanceof Error ? error.message : String(error)}.`;
  }
  const { version, findings } = (value ?? {}) as { readonly version?: unknown; readonly findings?: unknown };
  if (version !== 1 || !isRecord(findings))
    return `${baselineFile} is no baseline of version 1; write it anew with \`lint --write-baseline\`.`;
  const baseline = new Map<string, Map<string, number>>();
  for (const [path, counts] of Object.entries(findings)) {
    if (!isRecord(counts) || !Object.values(counts).every((count) => Number.isInteger(count)))
      return `${baselineFile} has something else than counts under ${JSON.stringify(path)}.`;
    baseline.set(path, new Map(Object.entries(counts as Record<string, number>)));
  }
  return baseline;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keyOf({ check, message }: Known): string {
  return `${check}: ${message}`;
}
