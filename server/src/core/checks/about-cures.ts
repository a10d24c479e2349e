/**
 * How the cure of a state check is written: into the migration that made the thing while nobody has run it, else as a new one. It knows
 * statements and where they stand, not what they mean.
 */
import type { Index, Place, Table } from "../schema/model.js";
import { tokensOf, wordOf } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Statement } from "../sql/statement.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import type { Fix, NewMigration, SchemaScene } from "./check.js";

/** The statement at a place. */
export function statementAt(scene: SchemaScene, place: Place | undefined): Statement | undefined {
  if (place?.piece === undefined) return undefined;
  return scene.source(place.uri)?.pieces[place.piece]?.statement;
}

/** Whether a fix may add to the text at a place: it stands in the newest migration, which nobody has run, or in no history. */
export function isOpen(scene: SchemaScene, place: Place | undefined): boolean {
  return place !== undefined && (scene.history === undefined || place.uri === scene.newest?.uri);
}

/** The words of a statement that say what it makes: up to its first bracket or clause. */
export function headOf(scene: SchemaScene, place: Place): Place {
  const statement = statementAt(scene, place);
  // Inside a DO block the place is as narrow as it gets.
  if (statement === undefined || place.span.start !== 0 || place.span.end !== statement.text.length) return place;
  const tokens = tokensOf(statement);
  const stop = tokens.findIndex((token, at) => at > 1 && clauses.has(wordOf(statement, token)));
  const last = tokens[stop < 0 ? tokens.length - 1 : stop - 1];
  return last === undefined ? place : { ...place, span: { start: 0, end: last.end } };
}

const clauses: ReadonlySet<string> = new Set(["(", "as", "for", "to", "using", "with", "partition", "inherits", "of"]);

/** What a cure consists of; key words in lower case, names in backquotes. */
export interface Cure {
  readonly title: string;
  /** Words for the file name. */
  readonly slug: string;
  readonly statements: readonly string[];
  /** Indexes to be made along with it: in a file of their own where the table may be in use. */
  readonly indexes?: readonly TableColumn[];
}

/** A column that gets an index, or an expression over it. */
export interface TableColumn {
  readonly table: Table;
  readonly column: string;
  readonly expression?: string;
}

/** The fixes that a cure comes to: behind the statement at `near` when that may be edited, and as new migrations. */
export function cures(scene: SchemaScene, near: Place | undefined, cure: Cure): readonly Fix[] {
  const statement = statementAt(scene, near);
  const style = statement?.text ?? "";
  const written = (sql: string): string => likeKeywords(style, sql);
  const indexes = cure.indexes ?? [];
  const fixes: Fix[] = [];
  if (near !== undefined && statement !== undefined && isOpen(scene, near)) {
    const end = statement.text.length;
    const all = [...indexes.map((one) => indexOn(one, "")), ...cure.statements].map(written);
    fixes.push({
      title: `${cure.title} in this migration`,
      safe: false,
      edits: [{ at: { ...near, span: { start: end, end } }, text: all.map((sql) => `;\n${sql}`).join("") }],
    });
  }
  if (scene.history !== undefined) {
    const migrations: NewMigration[] = [];
    for (const one of indexes) {
      const outside = one.table.kind !== "partitioned";
      const statements = [written(indexOn(one, outside ? " concurrently" : ""))];
      migrations.push({ slug: `index_${one.table.name}_${one.column}`, statements, outsideTransaction: outside });
    }
    if (cure.statements.length > 0)
      migrations.push({ slug: cure.slug, statements: cure.statements.map(written), outsideTransaction: false });
    fixes.push({ title: `${cure.title} in a new migration`, safe: false, migrations });
  }
  return fixes;
}

function indexOn({ table, column, expression }: TableColumn, how: string): string {
  const what = expression === undefined ? quoted(column) : `\`(${expression})\``;
  return `create index${how} on \`${sqlName(table)}\` (${what})`;
}

/** A name for `Cure` texts. */
export function quoted(name: string): string {
  return `\`${quoteIdentifier(name)}\``;
}

/** Whether a lookup by a column alone can use an index of its table: one that a plain column leads and no predicate narrows. */
export function leadsIndex(table: Table, column: string): boolean {
  return table.indexes.some((index) => servesLookup(index) && index.columns[0]?.name === column);
}

/** Whether an index can find rows by the value of its first column, whatever else holds of them. */
export function servesLookup({ method, predicate }: Index): boolean {
  return predicate === undefined && (method === "btree" || method === "hash");
}
