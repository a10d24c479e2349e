/**
 * Calls that no function answers, by name and number of arguments. A name is certain to mean nothing only where everything that could have
 * made it is known: the history from its first day, and the contents of every extension.
 */
import { bodyExpressions, bodyStatements } from "../sql/body.js";
import { type Call, callsIn } from "../sql/calls.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Statement } from "../sql/statement.js";
import { as } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { nearest } from "../text/nearest.js";
import type { Span } from "../text/source.js";
import {
  catalogFunction,
  extensionFunction,
  extensionsAlong,
  extensionsWith,
  functionsOfPlatform,
  isCatalogType,
  isExtensionType,
  isListed,
  type ListedFunction,
  listedNames,
  type Platform,
} from "./catalog.js";
import { spanOfName } from "./missing.js";
import { keyOf, type Routine, type Schema } from "./model.js";
import { isPlatformSchema } from "./platform.js";
import { remembering } from "./remembering.js";

/** A call that nothing answers. */
export interface MissingRoutine {
  readonly call: Call;
  /** Where the name's last word stands in the statement. */
  readonly span: Span;
  /** The name as it is written. */
  readonly shown: string;
  /** What functions of that name take, when there are any. */
  readonly takes: readonly string[];
  /** The extensions that bring it. */
  readonly from: readonly string[];
  /** What was most likely meant, as SQL writes it; looked for when somebody asks. */
  readonly meant: () => string | undefined;
}

/** The calls of a statement that nothing answers at that point; `schemas` are those before and after it. */
export function missingRoutines(
  statement: Statement,
  schemas: readonly Schema[],
  platform: Platform,
): readonly MissingRoutine[] {
  if (statement.masked) return [];
  return placedCalls(statement).flatMap((one) => missing(one, schemas, platform) ?? []);
}

/** The calls in a block that nothing answers when it runs, as far as they always run. */
export function missingRoutinesInBlock(
  statement: Statement,
  schemas: readonly Schema[],
  platform: Platform,
): readonly MissingRoutine[] {
  if (statement.masked || asksWhetherThere.test(statement.text)) return [];
  return bodyCalls(statement)
    .filter(({ guarded }) => !guarded)
    .flatMap((one) => missing(one, schemas, platform) ?? []);
}

/** The calls in the body of a routine that nothing answers once it runs. */
export function missingRoutinesInBody(
  statement: Statement,
  schema: Schema,
  platform: Platform,
): readonly MissingRoutine[] {
  return inBody[platform](statement, schema);
}

const inBody = { supabase: rememberedFor("supabase"), postgres: rememberedFor("postgres") };

function rememberedFor(platform: Platform): (statement: Statement, schema: Schema) => readonly MissingRoutine[] {
  return remembering((statement, schema) =>
    statement.masked || asksWhetherThere.test(statement.text)
      ? []
      : bodyCalls(statement).flatMap((one) => missing(one, [schema], platform) ?? []),
  );
}

/** A body that looks into the catalog first, or counts on the error. */
const asksWhetherThere = /\b(?:to_regproc(?:edure)?|pg_proc|pg_extension|undefined_function)\b/i;

interface Placed {
  readonly call: Call;
  readonly span: Span;
  readonly guarded: boolean;
}

const placedCalls: (statement: Statement) => readonly Placed[] = memo((statement) =>
  callsIn(statement).flatMap((call) => placed(statement, call, 0, false) ?? []),
);

const bodyCalls: (statement: Statement) => readonly Placed[] = memo((statement) =>
  [...bodyStatements(statement), ...bodyExpressions(statement)].flatMap(({ start, statement: inner, guarded }) =>
    inner.masked ? [] : callsIn(inner).flatMap((call) => placed(inner, call, start, guarded) ?? []),
  ),
);

function placed(statement: Statement, call: Call, base: number, guarded: boolean): Placed | undefined {
  const span = spanOfName(statement, { schema: call.name.schema, name: call.name.name }, call.from);
  // EXTRACT, TRIM and their kin are calls whose names are not written.
  if (span === undefined) return undefined;
  return { call, span: { start: span.start + base, end: span.end + base }, guarded };
}

function missing({ call, span }: Placed, schemas: readonly Schema[], platform: Platform): MissingRoutine | undefined {
  const { schema: namespace, name } = call.name;
  const [schema] = schemas;
  if (schema === undefined || schemas.some((one) => isAnswered(one, call, platform))) return undefined;
  if (!schemas.some(({ beginning }) => beginning === "whole")) return undefined;
  if (!schemas.every((one) => isCertain(one, namespace))) return undefined;
  const shown = namespace === undefined ? name : `${namespace}.${name}`;
  const takes = schemas.flatMap((one) => counts(one, call, platform));
  const from = takes.length > 0 ? [] : extensionsWith("functions", name);
  // Where no migration creates an extension, somebody else does: it takes more than the rights of most.
  if (from.length > 0 && platform === "postgres" && !schemas.some(({ extensions }) => extensions.some(() => true)))
    return undefined;
  const meant = (): string | undefined =>
    takes.length > 0 || from.length > 0 ? undefined : nearestRoutine(schemas, call, platform);
  // Of what the platform adds in its own schemas some day nothing is known but the names of today.
  if (namespace !== undefined && namespace !== "extensions" && isPlatformSchema(namespace)) {
    if (takes.length > 0 || from.length > 0 || meant() === undefined) return undefined;
  }
  return { call, span, shown, takes: [...new Set(takes)], from, meant };
}

function isAnswered(schema: Schema, call: Call, platform: Platform): boolean {
  const { schema: namespace, name } = call.name;
  // Most calls are of PostgreSQL's own functions, whatever the schema has.
  if ((namespace === undefined || namespace === "pg_catalog") && takesAll(catalogFunction(name), call)) return true;
  if (routinesNamed(schema, call).some((routine) => isTaken(routine, call))) return true;
  if (namespace !== undefined && functionsOfPlatform(namespace)?.has(name) === true) return true;
  if (listedNamed(schema, call, platform).some((one) => takesAll(one, call))) return true;
  return call.kind === "call" && (isCast(schema, call, platform) || isField(schema, call));
}

function takesAll(listed: ListedFunction | undefined, { kind, spread, count }: Call): boolean {
  return listed !== undefined && (kind !== "call" || spread || count === undefined || listed.takes(count));
}

/** The functions of the history by that name; without a schema those of any, as a search path may be set elsewhere. */
function routinesNamed(schema: Schema, { name: { schema: namespace, name } }: Call): readonly Routine[] {
  if (namespace !== undefined) return schema.routines.get(keyOf(namespace, name)) ?? [];
  const inPath = schema.searchPath.flatMap((one) => schema.routines.get(keyOf(one, name)) ?? []);
  if (inPath.length > 0) return inPath;
  return schema.namespaces.entries().flatMap(([one]) => schema.routines.get(keyOf(one, name)) ?? []);
}

/** The functions of PostgreSQL and of extensions by that name. */
function listedNamed(schema: Schema, { name: { schema: namespace, name } }: Call, platform: Platform) {
  const found: ListedFunction[] = [];
  const add = (one: ListedFunction | undefined): void => {
    if (one !== undefined) found.push(one);
  };
  if (namespace === undefined || namespace === "pg_catalog") add(catalogFunction(name));
  if (namespace !== "pg_catalog")
    for (const extension of extensionsIn(schema, platform)) add(extensionFunction(extension, name));
  return found;
}

function extensionsIn(schema: Schema, platform: Platform): ReadonlySet<string> {
  return extensionsAlong(
    schema.extensions.entries().map(([name]) => name),
    platform,
  );
}

/** Whether a function takes the arguments of a call. */
function isTaken(routine: Routine, { kind, count, named, spread }: Call): boolean {
  if (kind === "trigger") return routine.arguments.every(({ mode }) => mode === "out" || mode === "table");
  if (count === undefined || spread || routine.kind === "aggregate") return true;
  const goIn = routine.arguments.filter(({ mode }) => mode !== "out" && mode !== "table");
  // A list of types may or may not tell of results, and CALL gives results a place.
  if (kind === "reference") return count === goIn.length || count === routine.arguments.length;
  if (routine.kind === "procedure" && count === routine.arguments.length) return true;
  const plain = count - named.length;
  const variadic = goIn.at(-1)?.mode === "variadic";
  if (count > goIn.length && !variadic) return false;
  const rest = goIn.slice(plain);
  return (
    named.every((name) => rest.some((argument) => argument.name === name)) &&
    rest.every((argument) => argument.hasDefault || (argument.name !== undefined && named.includes(argument.name)))
  );
}

/** `date(x)`: a type's name with one argument is a cast; a range's with two or three makes one. */
function isCast(schema: Schema, { name: { name }, count }: Call, platform: Platform): boolean {
  if (schema.types.some((type) => type.name === name)) return true;
  if (count !== 1) return false;
  return isCatalogType(name) || [...extensionsIn(schema, platform)].some((one) => isExtensionType(one, name));
}

/** `name(row)` is `row.name`. */
function isField(schema: Schema, { name: { schema: namespace, name }, count, node }: Call): boolean {
  if (count !== 1 || namespace !== undefined || as(node?.args?.[0], "ColumnRef") === undefined) return false;
  return schema.tables.some(({ columns }) => columns.some((column) => column.name === name));
}

/** Whether the history tells of every function that could be in a schema. */
function isCertain(schema: Schema, namespace: string | undefined): boolean {
  if (schema.unreadNames > 0 || schema.beginning === "late") return false;
  if (!schema.extensions.entries().every(([name]) => isListed(name))) return false;
  const known = (name: string): boolean =>
    name === "pg_catalog" || name === "extensions" || schema.namespaces.has(name);
  if (namespace === undefined) return schema.searchPath.every(known);
  return known(namespace) || functionsOfPlatform(namespace) !== undefined;
}

/** How many arguments the functions of that name take. */
function counts(schema: Schema, call: Call, platform: Platform): readonly string[] {
  const own = routinesNamed(schema, call).map((routine) => {
    const goIn = routine.arguments.filter(({ mode }) => mode !== "out" && mode !== "table");
    const least = goIn.filter(({ hasDefault }) => !hasDefault).length;
    return goIn.at(-1)?.mode === "variadic"
      ? `${least} or more`
      : least === goIn.length
        ? `${least}`
        : `${least} to ${goIn.length}`;
  });
  return [...own, ...listedNamed(schema, call, platform).flatMap((one) => one.counts)];
}

function nearestRoutine(schemas: readonly Schema[], call: Call, platform: Platform): string | undefined {
  const { schema: namespace, name } = call.name;
  const names = new Set<string>();
  for (const schema of schemas) {
    for (const overloads of schema.routines.unordered()) {
      const first = overloads.find((routine) => isTaken(routine, call));
      if (
        first !== undefined &&
        (namespace === undefined ? schema.searchPath.includes(first.schema) : namespace === first.schema)
      )
        names.add(first.name);
    }
  }
  const own = nearest(name, names);
  if (own !== undefined) return quoteIdentifier(own);
  if (namespace !== undefined) {
    const near = nearest(name, functionsOfPlatform(namespace) ?? []);
    return near === undefined ? undefined : quoteIdentifier(near);
  }
  if (call.kind === "reference") return undefined;
  const [schema] = schemas;
  const along = schema === undefined ? [] : [...extensionsIn(schema, platform)];
  const listed = new Set(["pg_catalog", ...along].flatMap((one) => [...listedNames(one, "functions")]));
  const count = call.count ?? 0;
  const fitting = [...listed].filter((one) =>
    ["pg_catalog", ...along].some((from) => extensionFunction(from, one)?.takes(count) === true),
  );
  return nearest(name, fitting);
}
