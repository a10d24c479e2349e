import { keyOf, type Schema, type Table } from "../schema/model.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { CompilerMessage } from "../sync/compiler.js";
import type { SyncDocument } from "../sync/document.js";
import { layoutFaults } from "../sync/keys.js";
import { tableUses } from "../sync/streams.js";
import { nearest } from "../text/nearest.js";
import type { Span } from "../text/source.js";
import { check, type Fix, type Report, type SyncScene } from "./check.js";

export default check({
  name: "invalid-sync-config",
  severity: "error",
  area: "N",
  kind: "text",
  summary:
    "A sync configuration is no YAML, is laid out wrongly, or holds what PowerSync's compiler rejects or warns of.",
  why: "The deploy fails, or rows and columns are missing on devices.",
  instead: "Write what PowerSync's dialect has, and the names that the migrations make.",
  silent: "PowerSync's compiler is absent: YAML and layout are still checked",
  turnOff: "when the configuration is a template that another step completes before it is deployed",
  peers: "PSY",
  bad: [
    "# file: powersync/sync-config.yaml\nstreams:\n  notes:\n    query: SELECT * FROM notes\n   priority: 1\n",
    "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    auto_subscribe: true\n",
    "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  auto_subscribe: true\n",
    "# file: powersync/sync-config.yaml\nbucket_definitions:\n  notes:\n    data: SELECT * FROM notes\n",
  ],
  good: [
    "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE owner_id = auth.user_id()\n",
    "# file: powersync/sync-config.yaml\nconfig: { edition: 3 }\nstreams: {}\n",
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner_id uuid not null);\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT id, owner_id FROM notes WHERE owner_id = auth.user_id()\n",
  ],
  *sync(scene) {
    const { document, uri } = scene;
    const at = (span: Span) => ({ uri, piece: undefined, span });
    for (const { message, span } of document.faults) yield { at: at(span), message: `This is no YAML: ${message}.` };
    const layout = layoutFaults(document);
    const shapes = layout.filter(({ kind }) => kind === "shape");
    for (const { message, span } of shapes) yield { at: at(span), message };
    // What follows from a fault of the file as a whole would only be repeated in the compiler's words.
    if (document.faults.length > 0 || (document.kind !== "streams" && document.kind !== "buckets")) return;
    const known = layout.map((fault) => (fault.kind === "shape" ? definitionAround(fault.span, document) : fault.span));
    for (const said of scene.compiled) {
      if (known.some((span) => touches(span, said.span)) || saidElsewhere.test(said.message)) continue;
      yield {
        at: at(said.span),
        message: inWords(said, document.text),
        severity: saidOfParameters.test(said.message) ? "hint" : said.severity,
        ...absence(said, document.text),
        fixes: () => nearestName(said, scene),
      };
    }
  },
});

/** `missing-sync-id` says it for both dialects. */
const saidElsewhere = /^Query must return an "id" column/;

/** What clients may choose is often meant for them to choose; rows that belong to somebody are `unfiltered-stream`'s. */
const saidOfParameters = /unauthenticated parameter/;

/** A table that no migration makes may be made by a script beside the configuration. */
function absence({ message, span }: CompilerMessage, text: string): Pick<Report, "absent"> {
  const name = /(\w+)"?\s*$/.exec(text.slice(span.start, span.end))?.[1];
  return /^This table could not be found/.test(message) && name !== undefined
    ? { absent: { kind: "relation", name } }
    : {};
}

/** A stream or bucket definition that is laid out wrongly somewhere is not compiled as it is meant. */
function definitionAround(span: Span, { definitions }: SyncDocument): Span {
  const wholes = definitions.map((one) => ({ start: one.span.start, end: one.value?.span.end ?? one.span.end }));
  return wholes.find(({ start, end }) => start <= span.start && span.end <= end) ?? span;
}

function touches(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end;
}

function inWords({ message, severity, span }: CompilerMessage, text: string): string {
  const written = text.slice(span.start, span.end).trim();
  const short = written !== "" && written.length <= 60 && !written.includes("\n");
  // Its parser draws the text and lists all that could stand there instead.
  const unexpected = /\bUnexpected (?:\w+ token: )?([^\n]+?)\. Instead, I was expecting/.exec(message)?.[1];
  const words = unexpected === undefined ? message.trim().replace(/\.?$/, ".") : `a syntax error at ${unexpected}.`;
  return `PowerSync ${severity === "error" ? "refuses" : "warns of"} ${short ? `\`${written}\`` : "this"}: ${words}`;
}

/** The compiler names what it cannot find by its place: the nearest table, or column of the tables of the same query. */
function nearestName({ message, span }: CompilerMessage, { document, schema, uri }: SyncScene): readonly Fix[] {
  if (schema === undefined) return [];
  const written = document.text.slice(span.start, span.end);
  const word = /^"?(?:\w+"?\."?)*(\w+)"?$/.exec(written)?.[1];
  if (word === undefined) return [];
  const query = document.definitions
    .flatMap((definition) => definition.queries)
    .find((one) => one.span.start <= span.start && span.end <= one.span.end);
  if (query === undefined || !query.exact) return [];
  const isColumn = /\bcolumn\b/i.test(message);
  const candidates = isColumn ? columnsOf(document, schema, query.span) : tablesOf(schema);
  const meant = candidates.includes(word) ? undefined : nearest(word, candidates);
  if (meant === undefined) return [];
  const start = span.start + written.lastIndexOf(word);
  const quoted = written.endsWith('"');
  const place = { start: quoted ? start - 1 : start, end: start + word.length + (quoted ? 1 : 0) };
  const text = quoteIdentifier(meant);
  return [
    { title: `Change to \`${meant}\``, safe: false, edits: [{ at: { uri, piece: undefined, span: place }, text }] },
  ];
}

function columnsOf(document: SyncDocument, schema: Schema, query: Span): readonly string[] {
  const tables = tableUses(document)
    .filter(({ span }) => query.start <= span.start && span.end <= query.end)
    .map((use) => schema.tables.get(keyOf(use.schema ?? "public", use.name)));
  return tables
    .filter((table): table is Table => table !== undefined)
    .flatMap((table) => table.columns.map(({ name }) => name));
}

function tablesOf(schema: Schema): readonly string[] {
  return schema.tables.values().flatMap((table) => (table.schema === "public" ? table.name : []));
}
