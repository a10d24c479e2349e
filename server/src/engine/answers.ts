/** The engine's answers: pure functions of a folder, put into the words that cross to the main thread. */
import { checks } from "../core/checks/index.js";
import type { FileFix, Finding } from "../core/finding.js";
import { leftToFold, schemaOf } from "../core/folding.js";
import { formatSql } from "../core/format.js";
import { documentsOf, findings, type Run } from "../core/lint.js";
import { spanOf } from "../core/placing.js";
import { codeOf, type File, type Folder, nearestHistory, sqlOf, syncOf, wrappingIn } from "../core/project.js";
import type { Place } from "../core/schema/model.js";
import { emptySchema } from "../core/schema/platform.js";
import { lineStarts, positionAt, type Range, rangeOf } from "../core/text/lines.js";
import { memo } from "../core/text/memo.js";
import type { Span } from "../core/text/source.js";
import { viewPanel } from "../core/views/panel-view.js";
import { viewSchema } from "../core/views/schema-view.js";
import type { Question, Questions, WireFinding, WireFix } from "./messages.js";

/** The folder that is asked about, and what the checks need besides. */
export interface Desk {
  readonly folder: Folder;
  readonly run: Run;
}

type Answers = { readonly [Key in Question]: (desk: Desk, ask: Questions[Key]["ask"]) => Questions[Key]["answer"] };

const startsOf = memo((file: File) => lineStarts(file.text));

function rangeIn(folder: Folder, uri: string, span: Span): Range {
  const file = folder.files.get(uri);
  return file === undefined
    ? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }
    : rangeOf(startsOf(file), span);
}

/** Going through fewer migrations takes no time that anybody notices. */
const longHistory = 300;

/** One function per question. */
export const answers: Answers = {
  findings: ({ folder, run }, { uri, withKnown }) =>
    wireFindings(folder, findings(folder, uri, withKnown === true ? { ...run, withKnown } : run)),

  "first-findings": ({ folder, run }, { uri }) => {
    if (leftToFold(folder, uri) < longHistory) return undefined;
    const found = findings(folder, uri, { ...run, hasty: true });
    return found.length === 0 ? undefined : wireFindings(folder, found);
  },

  documents: ({ folder }) =>
    documentsOf(folder)
      .filter(({ kind }) => kind !== "settings")
      .map((file) => ({
        uri: file.uri,
        statements: file.kind === "sql" ? sqlOf(file).pieces.filter(({ kind }) => kind === "sql").length : 0,
      })),

  fixes: ({ folder, run }, { uri, wanted }) => {
    // Fixes read more of the schema than reports depend on: they are made of scenes of this very text.
    const found = findings(folder, uri, { ...run, memory: new Map() });
    const file = folder.files.get(uri);
    if (file === undefined) return [];
    return wanted.flatMap(({ check, start }, at) => {
      const finding = found.find((one) => {
        const position = positionAt(startsOf(file), one.span.start);
        return one.check === check && position.line === start.line && position.character === start.character;
      });
      if (finding === undefined) return [];
      return [
        {
          wanted: at,
          fixes: finding.fixes().map((fix) => wireFix(folder, fix)),
          suppress: suppressFix(folder, file, finding),
        },
      ];
    });
  },

  "safe-fixes": ({ folder, run }, { uri }) =>
    findings(folder, uri, { ...run, memory: new Map() }).flatMap((finding) => {
      const [fix] = finding.fixes().filter(({ safe }) => safe);
      return fix === undefined ? [] : [wireFix(folder, fix)];
    }),

  schema: ({ folder }, { path }) => {
    const history = nearestHistory(folder, path);
    return viewSchema(history === undefined ? emptySchema : schemaOf(folder, history));
  },

  panel: ({ folder, run }, { expanded }) => {
    const view = viewPanel(folder, countAt(folder, run));
    return {
      tables: view.tables,
      expanded: expanded.flatMap((id) => view.children(id) ?? []),
      histories: folder.histories.map(({ folder: path, tool, migrations }) => ({
        folder: path,
        tool,
        count: migrations.length,
        uri: migrations[0]?.uri ?? "",
      })),
      sync: [...folder.files.values()].filter(({ kind }) => kind === "sync").map(({ uri, path }) => ({ uri, path })),
    };
  },

  place: ({ folder }, { id }) => {
    const place = viewPanel(folder, () => 0).place(id);
    const span = place === undefined ? undefined : spanOf(folder, place);
    return place === undefined || span === undefined
      ? undefined
      : { uri: place.uri, range: rangeIn(folder, place.uri, span) };
  },

  hover: ({ folder, run }, { uri, offset }) => {
    const here = findings(folder, uri, run).filter(({ span }) => span.start <= offset && offset <= span.end);
    const [first] = here;
    if (first === undefined) return undefined;
    return { markdown: here.map(explain).join("\n\n---\n\n"), range: rangeIn(folder, uri, first.span) };
  },

  statement: ({ folder }, { uri, offset }) => {
    const file = folder.files.get(uri);
    if (file === undefined || file.kind === "other") return { refusal: "There is no SQL statement here." };
    if (file.kind === "sync")
      return { refusal: "PowerSync runs this query itself, row by row; PostgreSQL never plans it." };
    const piece = sqlOf(file).pieces.find(
      ({ start, end, kind }) => kind === "sql" && start <= offset && offset <= end + 1,
    );
    const statement = piece?.statement;
    if (statement === undefined) return { refusal: "There is no SQL statement here." };
    if (statement.node === undefined)
      return { refusal: `The statement does not parse: ${statement.error?.message ?? "it is too large"}.` };
    const words = statement.text.split(/\s+/, 2).join(" ").toUpperCase();
    return { sql: statement.text, kind: Object.keys(statement.node)[0] ?? "", words };
  },

  replay: ({ folder }, { path }) => {
    const history = nearestHistory(folder, path);
    const files = (history?.migrations ?? []).flatMap((migration) => {
      const file = folder.files.get(migration.uri);
      if (file === undefined) return [];
      const statements = sqlOf(file).pieces.flatMap(({ statement, section }) =>
        statement !== undefined && section === "up" ? [statement.text] : [],
      );
      const wrapping = wrappingIn(history, file);
      // A statement sent alone is wrapped by nobody.
      const transaction = wrapping === "implicit" ? statements.length > 1 : wrapping !== "none";
      return [{ uri: migration.uri, version: migration.version, statements, transaction }];
    });
    return { files, platform: folder.facts.platform };
  },

  format: ({ folder }, { uri, indent }) => {
    const file = folder.files.get(uri);
    if (file === undefined || file.kind !== "sql" || codeOf(file) !== undefined) return [];
    return formatSql(sqlOf(file), indent).map(({ span, text }) => ({
      range: rangeIn(folder, uri, span),
      newText: text,
    }));
  },

  merged: ({ folder }) => ({ uris: folder.merged === undefined ? undefined : [...folder.merged] }),

  faults: ({ folder }) =>
    folder.faults.map(({ uri, message, span }) => ({ uri, message, range: rangeIn(folder, uri, span) })),
};

function wireFindings(folder: Folder, found: readonly Finding[]): readonly WireFinding[] {
  return found.map(({ check, severity, message, uri, span, related, unnecessary }) => ({
    check,
    severity,
    message,
    range: rangeIn(folder, uri, span),
    related: related.map((place) => ({
      uri: place.uri,
      range: rangeIn(folder, place.uri, place.span),
      message: place.message,
    })),
    unnecessary,
  }));
}

function wireFix(folder: Folder, { title, safe, edits, creates }: FileFix): WireFix {
  return {
    title,
    safe,
    edits: edits.flatMap(({ uri, edits }) =>
      edits.map(({ span, text }) => ({ uri, range: rangeIn(folder, uri, span), newText: text })),
    ),
    creates,
  };
}

/** The fix that silences a finding; the reason is a placeholder for the person to fill in. */
function suppressFix(folder: Folder, file: File, finding: Finding): WireFix | undefined {
  if (finding.check === "unused-suppression" || file.kind === "settings") return undefined;
  const comment = `${file.kind === "sql" ? "--" : "#"} data-orchestrator: allow ${finding.check} because REASON\n`;
  const start = file.kind === "sql" ? statementAt(file, finding.span.start) : nodeAt(file, finding.span.start);
  const lineStart = lineAt(file.text, start);
  const literals = codeOf(file)?.literals;
  // In code a comment of SQL can stand in the SQL only, on a line of its own.
  if (
    literals !== undefined &&
    !literals.some((literal) => literal.quote === "`" && literal.start < lineStart && start <= literal.end)
  )
    return undefined;
  const before = file.text.slice(lineStart, start);
  // Above a line the comment covers the first statement in it; another one gets a line of its own.
  const isFirst = file.kind !== "sql" || before.trim() === "";
  const at = isFirst ? lineStart : start;
  return {
    title: `Allow \`${finding.check}\` here, with a reason`,
    safe: false,
    edits: [
      {
        uri: file.uri,
        range: rangeIn(folder, file.uri, { start: at, end: at }),
        newText: isFirst ? `${/^[ \t]*/.exec(before)?.[0] ?? ""}${comment}` : `\n${comment}`,
      },
    ],
    creates: [],
  };
}

function statementAt(file: File, offset: number): number {
  return sqlOf(file).pieces.find(({ start, end }) => start <= offset && offset <= end)?.start ?? offset;
}

/** Where the YAML node around a place begins: inside a scalar of several lines a comment would be a part of the text. */
function nodeAt(file: File, offset: number): number {
  const query = syncOf(file)
    .definitions.flatMap(({ queries }) => queries)
    .find(({ span }) => span.start <= offset && offset <= span.end);
  const { text } = file;
  const start = query?.span.start ?? offset;
  const head = text.slice(0, lineAt(text, start)).trimEnd();
  const opener = lineAt(head, head.length);
  const isBlock = query !== undefined && /(?:^|[\s:-])[|>][-+\d]*(?:\s+#.*)?$/.test(head.slice(opener));
  return isBlock ? head.length : start;
}

function lineAt(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Counts findings in the statement that made an object. */
function countAt(folder: Folder, run: Run): (place: Place) => number {
  const spans = new Map<string, readonly Span[]>();
  return (place) => {
    const span = spanOf(folder, place);
    if (span === undefined) return 0;
    let found = spans.get(place.uri);
    if (found === undefined) {
      found = findings(folder, place.uri, run).map((finding) => finding.span);
      spans.set(place.uri, found);
    }
    return found.filter(({ start }) => start >= span.start && start <= span.end).length;
  };
}

function explain({ check: name, message }: Finding): string {
  const check = checks.find((one) => one.name === name);
  if (check === undefined) return message;
  return [`**${name}**: ${message}`, check.why, `*Instead:* ${check.instead}`].join("\n\n");
}
