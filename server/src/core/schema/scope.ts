/** What the names in an expression may mean: the relations of the query around it, of the queries around that, and variables. */
import type { ColumnRef } from "@pgsql/types";
import { stringOf } from "../sql/tree.js";
import { noteColumn, partOfName, type Reading, systemColumns } from "./missing.js";
import type { Columns } from "./relations.js";
import { tie } from "./ties.js";

/** One relation of a FROM clause, under the name by which the query knows it. */
export interface Source {
  readonly alias: string;
  /** The schema, when it is written and no alias hides it. */
  readonly schema: string | undefined;
  /** What it is called in messages. */
  readonly shown: string;
  readonly columns: Columns;
}

/** The relations of a query, and of the queries around it. */
export interface Scope {
  readonly sources: readonly Source[];
  /** Names of the query's own results, where they may be used. */
  readonly outputs?: readonly string[];
  readonly outer: Scope | undefined;
}

/** What surrounds a query: the results of WITH by name, the queries around it, and how deep it lies. */
export interface Around {
  readonly withs: ReadonlyMap<string, Columns>;
  readonly outer: Scope | undefined;
  readonly depth: number;
}

/** Around a statement there is nothing. */
export const alone: Around = { withs: new Map(), outer: undefined, depth: 0 };

/** A scope in which nothing has a name. */
export const nowhere: Scope = { sources: [], outer: undefined };

/** Notes what is missing behind a reference to a column. */
export function readColumn(reading: Reading, ref: ColumnRef, scope: Scope): void {
  const fields = ref.fields ?? [];
  const names = fields.map(stringOf);
  const star = fields.at(-1) !== undefined && "A_Star" in (fields.at(-1) ?? {});
  if (names.slice(0, star ? -1 : undefined).some((name) => name === undefined)) return;
  const [first, second, third] = names as readonly (string | undefined)[];
  const location = ref.location ?? 0;
  if (first === undefined) return;
  if (fields.length === 1) readBare(reading, first, location, scope);
  else if (fields.length === 2) {
    const source = findSource(scope, first);
    if (source !== undefined) readQualified(reading, source, second, location, 1);
    else noteSource(reading, first, location, scope);
  } else if (fields.length === 3) {
    const source = sourcesIn(scope).find(({ schema, alias }) => schema === first && alias === second);
    if (source !== undefined) readQualified(reading, source, third, location, 2);
  }
}

/** Columns under the names that an alias gives; it may name only the first of them. */
export function renamed(columns: Columns, names: readonly string[] | undefined): Columns {
  if (names === undefined || names.length === 0) return columns;
  return columns === undefined ? undefined : [...names, ...columns.slice(names.length)];
}

/** All relations in sight, the innermost first. */
export function sourcesIn(scope: Scope): readonly Source[] {
  const all: Source[] = [];
  for (let here: Scope | undefined = scope; here !== undefined; here = here.outer) all.push(...here.sources);
  return all;
}

function findSource(scope: Scope, alias: string): Source | undefined {
  return sourcesIn(scope).find((source) => source.alias === alias);
}

function readBare(reading: Reading, name: string, location: number, scope: Scope): void {
  if (reading.variables.has(name) || scope.outputs?.includes(name)) return;
  const sources = sourcesIn(scope);
  if (sources.some(({ columns, alias }) => columns === undefined || alias === name || columns.includes(name))) return;
  if (sources.length > 0 && systemColumns.has(name)) return;
  const span = partOfName(reading.statement, location, 0);
  if (span === undefined) return;
  const among = sources.flatMap(({ columns }) => columns ?? []);
  noteColumn(reading, name, span, sources.length === 1 ? sources[0]?.shown : undefined, among);
}

function readQualified(
  reading: Reading,
  source: Source,
  name: string | undefined,
  location: number,
  part: number,
): void {
  if (name === undefined || source.columns === undefined || source.columns.includes(name) || systemColumns.has(name))
    return;
  // `t.f` may also be a call of f with a row of t, and `t` a variable that is a record.
  if (reading.variables.has(source.alias) || isRoutine(reading, name)) return;
  const span = partOfName(reading.statement, location, part);
  if (span !== undefined) noteColumn(reading, name, span, source.shown, source.columns);
}

/** A qualifier that no relation in sight has; in a body it may be a record, a label or a routine's name. */
function noteSource(reading: Reading, name: string, location: number, scope: Scope): void {
  if (reading.variables.size > 0) return;
  const span = partOfName(reading.statement, location, 0);
  const known = sourcesIn(scope);
  if (span === undefined || known.length === 0 || reading.found.some((one) => one.span.start === span.start)) return;
  // What is written behind a schema that is spelled out is beyond this.
  if (known.some(({ schema }) => schema === name)) return;
  noteAlias(
    reading,
    name,
    span,
    known.map(({ alias }) => alias),
  );
}

function noteAlias(
  reading: Reading,
  name: string,
  span: { readonly start: number; readonly end: number },
  among: readonly string[],
): void {
  const before = reading.found.length;
  noteColumn(reading, name, span, undefined, among);
  const noted = reading.found[before];
  if (noted !== undefined) reading.found[before] = { ...noted, kind: "table", inQuery: true };
}

function isRoutine(reading: Reading, name: string): boolean {
  return reading.schemas.some((schema) => schema.routines.tiedTo(tie.named(name)).length > 0);
}
