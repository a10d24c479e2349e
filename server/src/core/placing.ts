/** From what a check says to documents: places become spans, fixes become edits and new files in the notation of the tool. */
import type { Fix, NewMigration } from "./checks/check.js";
import type { FileFix } from "./finding.js";
import { schemaOf } from "./folding.js";
import { codeOf, type File, type Folder, migrationOf, nearestHistory, sqlOf } from "./project.js";
import type { History, Tool } from "./schema/history.js";
import type { Place } from "./schema/model.js";
import { relationName, resolve } from "./schema/reading.js";
import { tokens } from "./sql/lexer.js";
import { parseStatement } from "./sql/parser.js";
import { quoteIdentifier } from "./sql/quote.js";
import type { Statement } from "./sql/statement.js";
import { walk } from "./sql/tree.js";
import type { Edit, Span } from "./text/source.js";

/** Where a place lies in its document; undefined when the document is gone. */
export function spanOf(folder: Folder, place: Place): Span | undefined {
  if (place.piece === undefined) return place.span;
  const file = folder.files.get(place.uri);
  const piece = file === undefined ? undefined : sqlOf(file).pieces[place.piece];
  if (piece === undefined) return undefined;
  return { start: piece.start + place.span.start, end: piece.start + place.span.end };
}

/** A fix down to files; undefined when it would edit an applied migration or has nowhere to go. */
export function resolveFix(folder: Folder, file: File, fix: Fix): FileFix | undefined {
  const byUri = new Map<string, Edit[]>();
  for (const { at, text } of fix.edits ?? []) {
    const span = spanOf(folder, at);
    if (span === undefined || migrationOf(folder, at.uri)?.migration.state === "applied") return undefined;
    const edited = folder.files.get(at.uri);
    if (!fitsCode(edited, span, text)) return undefined;
    byUri.set(at.uri, [...(byUri.get(at.uri) ?? []), { span, text: withEndingsOf(edited, text) }]);
  }
  for (const at of fix.takesOut ?? []) {
    const span = spanOf(folder, at);
    const text = folder.files.get(at.uri)?.text;
    if (span === undefined || text === undefined || migrationOf(folder, at.uri)?.migration.state === "applied")
      return undefined;
    byUri.set(at.uri, [...(byUri.get(at.uri) ?? []), { span: wholeOf(text, span), text: "" }]);
  }
  const history = migrationOf(folder, file.uri)?.history ?? nearestHistory(folder, file.path);
  if (namesStandIn(file, fix)) return undefined;
  if (history !== undefined && comesTooLate(folder, history, file, fix.migrations ?? [])) return undefined;
  const creates = newFiles(folder, history, fix.migrations ?? []);
  if (creates === undefined) return undefined;
  const list = creates.length > 0 ? listOf(history) : undefined;
  return {
    title: list === undefined ? fix.title : `${fix.title} (to be entered in ${list})`,
    safe: fix.safe,
    edits: [...byUri].map(([uri, edits]) => ({ uri, edits })),
    creates,
  };
}

/** Whether SQL may be put into the literal of a migration that is written in code without a word of escaping. */
function fitsCode(file: File | undefined, { start }: Span, sql: string): boolean {
  const code = file === undefined ? undefined : codeOf(file);
  if (code === undefined) return true;
  const quote = code.literals.find((literal) => literal.start <= start && start <= literal.end)?.quote;
  return quote === "`" ? !/[`\\]|\$\{/.test(sql) : quote !== undefined && !sql.includes(quote) && !/[\\\n]/.test(sql);
}

/** Whether a fix would write a name that only stands in the tree for a placeholder: nobody can run that. */
function namesStandIn(file: File, { edits = [], migrations = [] }: Fix): boolean {
  if (file.kind !== "sql" || !sqlOf(file).pieces.some(({ statement }) => statement?.masked === true)) return false;
  const written = [...edits.map(({ text }) => text), ...migrations.flatMap(({ statements }) => statements)];
  const known = new Set(file.text.match(standIn));
  return written.some((text) => text.match(standIn)?.some((word) => !known.has(word)) === true);
}

const standIn = /(?<![\p{L}\p{N}_$])_[\p{L}\p{N}_$]*/gu;

/** A text with the line ends of a file, which it goes into or stands beside. */
function withEndingsOf(file: File | undefined, text: string): string {
  return file?.text.includes("\r\n") === true ? text.replace(/\r?\n/g, "\r\n") : text;
}

/** Whether a new migration would speak of a table or column that is there behind this file and gone at the end of the history. */
function comesTooLate(folder: Folder, history: History, file: File, migrations: readonly NewMigration[]): boolean {
  const at = history.migrations.findIndex(({ uri }) => uri === file.uri);
  const next = history.migrations[at + 1];
  if (at < 0 || next === undefined || migrations.length === 0) return false;
  const [here, end] = [schemaOf(folder, history, next.uri), schemaOf(folder, history)];
  return migrations
    .flatMap(({ statements }) => statements)
    .some((text) => {
      const statement = parseStatement(text);
      let gone = false;
      walk(statement.node, (kind, node) => {
        if (kind !== "RangeVar") return;
        const key = resolve(here, here.tables, relationName(node));
        const table = key === undefined ? undefined : here.tables.get(key);
        if (key === undefined || table === undefined) return;
        const left = end.tables.get(key)?.columns.map(({ name }) => name);
        const lost = table.columns.filter(({ name }) => left?.includes(name) !== true);
        gone ||= left === undefined || lost.some(({ name }) => mentions(statement, name));
      });
      return gone;
    });
}

function mentions({ text }: Statement, name: string): boolean {
  return tokens(text).some(({ start, end }) => {
    const word = text.slice(start, end);
    return word === quoteIdentifier(name) || word.toLowerCase() === name;
  });
}

/** A statement with its semicolon; with its lines when nothing else stands on them. */
function wholeOf(text: string, span: Span): Span {
  const semicolon = /^\s*;/.exec(text.slice(span.end, span.end + 200))?.[0].length ?? 0;
  const end = span.end + semicolon;
  const lineStart = text.lastIndexOf("\n", span.start - 1) + 1;
  const newline = text.indexOf("\n", end);
  const lineEnd = newline < 0 ? text.length : newline;
  const alone = text.slice(lineStart, span.start).trim() === "" && text.slice(end, lineEnd).trim() === "";
  return alone ? { start: lineStart, end: newline < 0 ? lineEnd : newline + 1 } : { start: span.start, end };
}

function newFiles(
  folder: Folder,
  history: History | undefined,
  migrations: readonly NewMigration[],
): FileFix["creates"] | undefined {
  if (migrations.length === 0) return [];
  if (history === undefined) return undefined;
  if (alwaysWraps.has(history.tool) && migrations.some(({ outsideTransaction }) => outsideTransaction))
    return undefined;
  // Flyway's repeatable migrations come last and have no version; where another tool's last one has none, nothing sorts behind it.
  const numbered = history.migrations.filter(({ version }) => /^[vV]?\d/.test(version));
  const last = history.tool === "flyway" ? numbered.at(-1) : history.migrations.at(-1);
  if (history.tool !== "sqitch" && (last === undefined || !numbered.includes(last))) return undefined;
  let newest = last?.version ?? "";
  const ending = /\.[cm]?[jt]s$/.exec(last?.path ?? "")?.[0];
  return migrations.map(({ slug, statements, outsideTransaction }) => {
    newest = successor(newest);
    const path = pathOf(history, newest, slug).replace(/\.sql$/, ending ?? ".sql");
    const sql = statements.map((statement) => `${statement};\n`).join("\n");
    const text = ending === undefined ? inNotation(history.tool, sql, outsideTransaction) : inCode(ending, sql);
    return {
      uri: `${folder.root}/${path.split("/").map(encodeURIComponent).join("/")}`,
      text: withEndingsOf(folder.files.get(last?.uri ?? ""), text),
    };
  });
}

/** Tools that run every file in a transaction and have no notation for one that must not be. */
const alwaysWraps: ReadonlySet<Tool> = new Set(["drizzle", "knex", "diesel"]);

/** The list in which a tool looks up what to run; a file alone does nothing there. */
function listOf(history: History | undefined): string | undefined {
  if (history?.tool === "drizzle") return "meta/_journal.json";
  return history?.tool === "sqitch" ? "sqitch.plan" : undefined;
}

/** The path of a migration, as the history's tool wants it. */
function pathOf(history: History, version: string, slug: string): string {
  const name = slug
    .replace(/[^a-z0-9]+/gi, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 60)
    .toLowerCase();
  const folder = history.folder === "" ? "" : `${history.folder}/`;
  switch (history.tool) {
    case "prisma":
      return `${folder}${version}_${name}/migration.sql`;
    case "diesel":
      return `${folder}${version}_${name}/up.sql`;
    case "flyway":
      return `${folder}${version}__${name}.sql`;
    case "sqitch":
      return `${folder}${name}.sql`;
    default:
      return `${folder}${version}_${name}.sql`;
  }
}

/** The next version: a timestamp goes one second on (and stays a time), a number one up, a dotted version one in its last part. */
function successor(version: string): string {
  const [, head = "", digits = "0"] = /^(.*?)(\d+)$/.exec(version) ?? [];
  if (head === "" && digits.length === 14) {
    const [year, month, day, hour, minute, second] = [4, 6, 8, 10, 12, 14].map((end, at) =>
      Number(digits.slice(at === 0 ? 0 : end - 2, end)),
    );
    const next = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, (second ?? 0) + 1));
    if (!Number.isNaN(next.getTime())) return next.toISOString().replace(/\D/g, "").slice(0, 14);
  }
  return head + String(BigInt(digits) + 1n).padStart(digits.length, "0");
}

/** A Knex migration that runs this SQL. */
function inCode(ending: string, sql: string): string {
  const literal = `\`\n${sql.replace(/[\\`]|\$\{/g, "\\$&")}\``;
  if (ending.endsWith("ts"))
    return `import type { Knex } from "knex";\n\nexport async function up(knex: Knex): Promise<void> {\n  await knex.raw(${literal});\n}\n\nexport async function down(): Promise<void> {}\n`;
  if (ending === ".mjs")
    return `export async function up(knex) {\n  await knex.raw(${literal});\n}\n\nexport async function down() {}\n`;
  return `exports.up = async (knex) => {\n  await knex.raw(${literal});\n};\n\nexports.down = async () => {};\n`;
}

function inNotation(tool: Tool, sql: string, outside: boolean): string {
  switch (tool) {
    case "goose":
      return `${outside ? "-- +goose NO TRANSACTION\n" : ""}-- +goose Up\n${sql}\n-- +goose Down\n`;
    case "dbmate":
      return `-- migrate:up${outside ? " transaction:false" : ""}\n${sql}\n-- migrate:down\n`;
    default:
      return sql;
  }
}
