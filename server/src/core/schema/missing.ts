/**
 * Names in a statement that mean nothing at that point: the record of them, and how a name is looked up, marked and remembered. What a
 * statement consists of is told by the files beside it (`query.ts`, `definitions.ts`).
 */
import { indexAt, nameIn, tokensOf } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Statement } from "../sql/statement.js";
import { nearest } from "../text/nearest.js";
import type { Span } from "../text/source.js";
import type { Schema } from "./model.js";
import {
  type Columns,
  isMissing,
  nearestRelation,
  type Relation,
  relationNamed,
  type WrittenName,
} from "./relations.js";

/** A name that is certain to mean nothing. */
export interface MissingName {
  readonly kind: "table" | "column";
  readonly name: string;
  readonly schema: string | undefined;
  /** Where the name's last word stands in the statement. */
  readonly span: Span;
  /** The one relation that lacks the column; undefined when several could have it. */
  readonly of: string | undefined;
  /** What was most likely meant, as SQL writes it; looked for when somebody asks. */
  readonly meant: () => string | undefined;
  /** Present when the name stands before a dot and only the relations of the query count. */
  readonly inQuery?: true;
}

/** One statement being read. */
export interface Reading {
  readonly statement: Statement;
  /** Where names are looked for: in the schema before the statement, and after it what it makes itself. */
  readonly schemas: readonly Schema[];
  /** Names that mean variables or arguments here. */
  readonly variables: ReadonlySet<string>;
  readonly found: MissingName[];
}

/** The relation a statement names; one that is missing is noted, and like one that nobody knows has any column. */
export function lookUp(reading: Reading, written: WrittenName, location: number | undefined): Relation {
  const relations = reading.schemas.flatMap((schema) => relationNamed(schema, written) ?? []);
  const [first] = relations;
  const shown = first?.shown ?? written.name;
  if (first !== undefined) return { shown, columns: union(relations.map(({ columns }) => columns)) };
  const whole = reading.schemas.some(({ beginning }) => beginning === "whole");
  if (whole && reading.schemas.every((schema) => isMissing(schema, written))) noteTable(reading, written, location);
  return { shown, columns: undefined };
}

/** Whether a tool puts something else in the place of a quoted name: `"{{ table }}"` parses as it stands. */
function isTemplate(name: string): boolean {
  return /\{\{|\$\{|<%|%\(|^:/.test(name);
}

/** A statement of which so much is wrong says it no louder with more. */
const most = 20;

function noteTable(reading: Reading, written: WrittenName, location: number | undefined): void {
  const { found, schemas } = reading;
  if (found.length >= most || isTemplate(written.name) || isTemplate(written.schema ?? "")) return;
  // The same name once a statement.
  if (found.some((one) => one.kind === "table" && one.name === written.name && one.schema === written.schema)) return;
  const span = spanOfName(reading.statement, written, location);
  const [schema] = schemas;
  if (span === undefined || schema === undefined) return;
  found.push({ kind: "table", ...written, span, of: undefined, meant: () => nearestRelation(schema, written) });
}

/** Notes a column that is missing; `among` is what could have been meant. */
export function noteColumn(
  reading: Reading,
  name: string,
  span: Span,
  of: string | undefined,
  among: readonly string[],
): void {
  const { found } = reading;
  if (found.length >= most || isTemplate(name)) return;
  if (found.some((one) => one.kind === "column" && one.span.start === span.start)) return;
  const meant = (): string | undefined => {
    const near = nearest(name, among);
    return near === undefined ? undefined : quoteIdentifier(near);
  };
  found.push({ kind: "column", name, schema: undefined, span, of, meant });
}

/** Notes a column that a relation lacks, wherever the name stands next behind an offset. */
export function requireColumn(
  reading: Reading,
  relation: Relation,
  name: string | undefined,
  from: number,
  upto?: number,
): void {
  if (name === undefined || relation.columns === undefined || relation.columns.includes(name)) return;
  if (systemColumns.has(name)) return;
  const span = wordNamed(reading.statement, name, from);
  if (span === undefined || (upto !== undefined && span.start >= upto)) return;
  noteColumn(reading, name, span, relation.shown, relation.columns);
}

/** The columns that every table has; `oid` stands for those of the catalog. */
export const systemColumns: ReadonlySet<string> = new Set(["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"]);

function union(all: readonly Columns[]): Columns {
  const names: string[] = [];
  for (const columns of all) {
    if (columns === undefined) return undefined;
    for (const name of columns) if (!names.includes(name)) names.push(name);
  }
  return names;
}

/** Where the last word of a qualified name stands, from its place on. */
export function spanOfName(statement: Statement, written: WrittenName, location = 0): Span | undefined {
  const all = tokensOf(statement);
  for (let at = indexAt(statement, Math.max(0, location)); at < all.length; at++) {
    const token = all[at];
    if (token === undefined || nameIn(statement, token) !== (written.schema ?? written.name)) continue;
    const last = written.schema === undefined ? token : all[at + 2];
    if (last !== undefined && nameIn(statement, last) === written.name) return { start: last.start, end: last.end };
  }
  return undefined;
}

/** Where a name stands, from an offset on. */
export function wordNamed(statement: Statement, name: string, from: number): Span | undefined {
  const all = tokensOf(statement);
  for (let at = indexAt(statement, Math.max(0, from)); at < all.length; at++) {
    const token = all[at];
    if (token !== undefined && token.start >= from && nameIn(statement, token) === name)
      return { start: token.start, end: token.end };
  }
  return undefined;
}

/** The nth word of a dotted name that starts at a place. */
export function partOfName(statement: Statement, location: number, part: number): Span | undefined {
  const token = tokensOf(statement)[indexAt(statement, Math.max(0, location)) + 2 * part];
  return token === undefined ? undefined : { start: token.start, end: token.end };
}
