/** Findings in the four formats of the command line. */
import type { Log, Result } from "sarif";
import type { Check, Severity } from "../core/checks/check.js";
import type { WireFinding, WireFix } from "../engine/messages.js";
import type { Format } from "./options.js";

/** A finding as it is printed: `file` is relative to the working folder. */
export interface Printed {
  readonly file: string;
  readonly finding: WireFinding;
  readonly fixes: readonly WireFix[];
}

export interface Summary {
  readonly files: number;
  readonly statements: number;
  readonly milliseconds: number;
}

/** What a report is made of besides the findings. */
export interface ReportContext {
  readonly summary: Summary;
  readonly checks: readonly Check[];
  readonly version: string;
  readonly relative: (uri: string) => string;
  readonly colour: boolean;
  readonly quiet: boolean;
}

/** The whole report, ending in a newline; empty where there is nothing to say. */
export function report(format: Format, printed: readonly Printed[], context: ReportContext): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(asJson(printed, context), undefined, 2)}\n`;
    case "sarif":
      return `${JSON.stringify(asSarif(printed, context), undefined, 2)}\n`;
    case "github":
      return printed.map(asAnnotation).join("");
    case "text":
      return asText(printed, context);
  }
}

function asText(printed: readonly Printed[], { summary, colour, quiet }: ReportContext): string {
  const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const colours: Record<Severity, string> = { error: "31", warning: "33", info: "36", hint: "2" };
  const lines = printed.flatMap(({ file, finding, fixes }) => {
    const { line, character } = finding.range.start;
    const severity = paint(colours[finding.severity], finding.severity);
    const fix = fixes.length === 0 ? [] : [`    ${paint("2", `fix: ${fixes[0]?.title}`)}`];
    return [
      `${file}:${line + 1}:${character + 1}  ${severity}  ${finding.message}  ${paint("2", finding.check)}`,
      ...fix,
    ];
  });
  if (quiet) return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
  const counted = counts(printed);
  const total = `${summary.files} files, ${summary.statements} statements: ${counted.error} errors, ${counted.warning} warnings, ${counted.info} notes, ${counted.hint} hints (${summary.milliseconds} ms)`;
  const byCheck = countsByCheck(printed).map(
    ({ check, severity, count }) => `${String(count).padStart(6)}  ${check} (${severity})`,
  );
  const parts = [...lines, ...(lines.length === 0 ? [] : [""]), ...(byCheck.length < 2 ? [] : [...byCheck, ""]), total];
  return `${parts.join("\n")}\n`;
}

function counts(printed: readonly Printed[]): Record<Severity, number> {
  const found: Record<Severity, number> = { error: 0, warning: 0, info: 0, hint: 0 };
  for (const { finding } of printed) found[finding.severity]++;
  return found;
}

/** The checks that found something, the most severe first, then the most frequent. */
function countsByCheck(printed: readonly Printed[]) {
  const order: readonly Severity[] = ["error", "warning", "info", "hint"];
  const found = new Map<string, { readonly check: string; severity: Severity; count: number }>();
  for (const { finding } of printed) {
    const known = found.get(finding.check);
    if (known === undefined) found.set(finding.check, { check: finding.check, severity: finding.severity, count: 1 });
    else {
      known.count++;
      if (order.indexOf(finding.severity) < order.indexOf(known.severity)) known.severity = finding.severity;
    }
  }
  return [...found.values()].sort(
    (a, b) =>
      order.indexOf(a.severity) - order.indexOf(b.severity) || b.count - a.count || (a.check < b.check ? -1 : 1),
  );
}

function asJson(printed: readonly Printed[], { summary, relative }: ReportContext) {
  const { files, statements, milliseconds } = summary;
  return {
    version: 1,
    findings: printed.map(({ file, finding, fixes }) => ({
      check: finding.check,
      severity: finding.severity,
      message: finding.message,
      file,
      range: finding.range,
      related: finding.related.map(({ uri, range, message }) => ({ file: relative(uri), range, message })),
      fixes: fixes.map(({ title, safe, edits, creates }) => ({
        title,
        safe,
        edits: edits.map(({ uri, range, newText }) => ({ file: relative(uri), range, newText })),
        creates: creates.map(({ uri, text }) => ({ file: relative(uri), text })),
      })),
      docs: `docs/checks.md#${finding.check}`,
    })),
    summary: {
      files,
      statements,
      ...counts(printed),
      milliseconds,
      checks: Object.fromEntries(countsByCheck(printed).map(({ check, count }) => [check, count])),
    },
  };
}

const sarifLevels: Record<Severity, Result.level> = { error: "error", warning: "warning", info: "note", hint: "none" };

/** SARIF 2.1.0; its regions count lines and columns from 1, in UTF-16 units. */
function asSarif(printed: readonly Printed[], { checks, version, relative }: ReportContext): Log {
  const region = ({ start, end }: WireFinding["range"]) => ({
    startLine: start.line + 1,
    startColumn: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  });
  const location = (uri: string, range: WireFinding["range"]) => ({
    physicalLocation: {
      artifactLocation: { uri: uri.split("/").map(encodeURIComponent).join("/") },
      region: region(range),
    },
  });
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        columnKind: "utf16CodeUnits",
        tool: {
          driver: {
            name: "data-orchestrator",
            semanticVersion: version,
            rules: checks.map(({ name, summary, why, instead, severity }) => ({
              id: name,
              shortDescription: { text: summary },
              fullDescription: { text: why },
              help: { text: instead },
              defaultConfiguration: severity === "off" ? { enabled: false } : { level: sarifLevels[severity] },
            })),
          },
        },
        results: printed.map(({ file, finding }) => ({
          ruleId: finding.check,
          ruleIndex: checks.findIndex(({ name }) => name === finding.check),
          level: sarifLevels[finding.severity],
          message: { text: finding.message },
          locations: [location(file, finding.range)],
          relatedLocations: finding.related.map(({ uri, range, message }, id) => ({
            id,
            ...location(relative(uri), range),
            message: { text: message },
          })),
        })),
      },
    ],
  };
}

function asAnnotation({ file, finding }: Printed): string {
  const level = finding.severity === "error" ? "error" : finding.severity === "warning" ? "warning" : "notice";
  const { start, end } = finding.range;
  const place = `file=${property(file)},line=${start.line + 1},endLine=${end.line + 1},col=${start.character + 1}`;
  return `::${level} ${place},title=${property(finding.check)}::${data(finding.message)}\n`;
}

/** GitHub's escapes for the message of a workflow command, and for its properties. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
