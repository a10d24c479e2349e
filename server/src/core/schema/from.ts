/** What a FROM clause brings in: tables, results of WITH, queries, functions, and joins of all these. */
import type { Alias, JoinExpr, RangeFunction, RangeSubselect, RangeVar } from "@pgsql/types";
import { findWords } from "../sql/clause.js";
import type { Node } from "../sql/statement.js";
import { as, nameOf, stringOf } from "../sql/tree.js";
import { lookUp, type Reading, requireColumn } from "./missing.js";
import { relationName } from "./reading.js";
import { type Columns, relationNamed } from "./relations.js";
import { type Around, renamed, type Scope, type Source } from "./scope.js";
import { tie } from "./ties.js";

/** Reads a FROM clause into `sources`, which `scope` shares: what stands further left is in sight of what may look there. */
export function readFrom(
  reading: Reading,
  readers: Readers,
  items: readonly Node[] | undefined,
  sources: Source[],
  scope: Scope,
  around: Around,
): void {
  const conditions: Node[] = [];
  for (const item of items ?? []) readItem({ reading, readers, sources, scope, around, conditions }, item, 0);
  readers.expression(reading, conditions, scope, around);
}

/** What reads the queries and expressions inside a FROM clause. */
export interface Readers {
  readonly query: (reading: Reading, node: Node | undefined, around: Around) => Columns;
  readonly expression: (
    reading: Reading,
    node: Node | readonly Node[] | undefined,
    scope: Scope,
    around: Around,
  ) => void;
}

interface From {
  readonly reading: Reading;
  readonly readers: Readers;
  readonly sources: Source[];
  readonly scope: Scope;
  readonly around: Around;
  /** The conditions of joins, to be read when all relations are in. */
  readonly conditions: Node[];
}

/** A table in a FROM clause or under change; a name without schema may mean a result of WITH. */
export function sourceOf(reading: Reading, range: RangeVar, withs: ReadonlyMap<string, Columns>): Source {
  const written = relationName(range);
  const alias = range.alias?.aliasname;
  const result = written.schema === undefined && withs.has(written.name);
  const relation = result
    ? { shown: written.name, columns: withs.get(written.name) }
    : lookUp(reading, written, range.location);
  return {
    alias: alias ?? written.name,
    schema: alias === undefined ? written.schema : undefined,
    shown: relation.shown,
    columns: renamed(relation.columns, namesIn(range.alias)),
  };
}

function readItem(from: From, item: Node, depth: number): void {
  const { reading, readers, sources, scope, around } = from;
  if ("RangeVar" in item) sources.push(sourceOf(reading, item.RangeVar, around.withs));
  else if ("RangeSubselect" in item) sources.push(subselect(from, item.RangeSubselect));
  else if ("RangeFunction" in item) sources.push(functionSource(from, item.RangeFunction));
  else if ("JoinExpr" in item && depth < 500) join(from, item.JoinExpr, depth);
  else if ("RangeTableSample" in item && item.RangeTableSample.relation !== undefined) {
    readItem(from, item.RangeTableSample.relation, depth + 1);
    readers.expression(reading, item.RangeTableSample.args, scope, around);
  } else {
    // XMLTABLE, JSON_TABLE and what comes later: any name may come out.
    const alias = as(item, "RangeTableFunc")?.alias ?? as(item, "JsonTable")?.alias;
    sources.push({ alias: alias?.aliasname ?? "", schema: undefined, shown: "", columns: undefined });
  }
}

function subselect({ reading, readers, scope, around }: From, { subquery, alias, lateral }: RangeSubselect): Source {
  const outer = lateral === true ? scope : around.outer;
  const columns = readers.query(reading, subquery, { ...around, outer, depth: around.depth + 1 });
  const name = alias?.aliasname ?? "";
  return { alias: name, schema: undefined, shown: name, columns: renamed(columns, namesIn(alias)) };
}

function join(from: From, expression: JoinExpr, depth: number): void {
  const { reading, sources } = from;
  const before = sources.length;
  if (expression.larg !== undefined) readItem(from, expression.larg, depth + 1);
  const middle = sources.length;
  if (expression.rarg !== undefined) readItem(from, expression.rarg, depth + 1);
  if (expression.quals !== undefined) from.conditions.push(expression.quals);
  const sides = [sources.slice(before, middle), sources.slice(middle)];
  if (expression.usingClause !== undefined) {
    const using = findWords(reading.statement, ["using"], placeIn(expression.rarg));
    for (const node of expression.usingClause) {
      for (const side of sides) {
        if (using === undefined || side.length === 0 || side.some(({ columns }) => columns === undefined)) continue;
        const columns = side.flatMap((source) => source.columns ?? []);
        requireColumn(reading, { shown: side[0]?.shown ?? "", columns }, stringOf(node), using.end);
      }
    }
  }
  const columns = sources.slice(before).some((source) => source.columns === undefined)
    ? undefined
    : sources.slice(before).flatMap((source) => source.columns ?? []);
  for (const alias of [expression.alias, expression.join_using_alias]) {
    if (alias?.aliasname === undefined) continue;
    // An alias may give all of its columns other names; which of them a name means is left open.
    const own = namesIn(alias) === undefined ? columns : undefined;
    sources.push({ alias: alias.aliasname, schema: undefined, shown: alias.aliasname, columns: own });
  }
}

function placeIn(item: Node | undefined): number {
  return as(item, "RangeVar")?.location ?? 0;
}

/** A function in FROM: the columns are those it declares, those of the type it returns, or one of its own name. */
function functionSource({ reading, readers, scope, around }: From, range: RangeFunction): Source {
  const calls = (range.functions ?? []).map((node) => as(node, "List")?.items ?? []);
  readers.expression(
    reading,
    calls.flatMap(([call]) => (call === undefined ? [] : [call])),
    scope,
    around,
  );
  const [only] = calls;
  const name = nameOf(as(only?.[0], "FuncCall")?.funcname);
  const alias = range.alias?.aliasname ?? name?.name ?? "";
  const lists = [range.coldeflist, as(only?.[1], "List")?.items].flatMap((list) => list ?? []);
  const declared = lists.flatMap((node) => as(node, "ColumnDef")?.colname ?? []);
  let columns: Columns;
  if (calls.length !== 1) columns = undefined;
  else if (declared.length > 0) columns = declared;
  else if (name !== undefined) columns = resultOf(reading, { schema: name.schema, name: name.name }, alias);
  const ordinality = range.ordinality === true && columns !== undefined ? [...columns, "ordinality"] : columns;
  return { alias, schema: undefined, shown: alias, columns: renamed(ordinality, namesIn(range.alias)) };
}

function resultOf(
  { schemas }: Reading,
  written: { readonly schema: string | undefined; readonly name: string },
  alias: string,
): Columns {
  const [schema] = schemas;
  if (schema === undefined) return undefined;
  const overloads = schema.routines
    .with(tie.named(written.name))
    .flat()
    .filter((routine) => (written.schema ?? routine.schema) === routine.schema);
  const [routine] = overloads;
  if (routine === undefined) {
    const own = written.schema === undefined || written.schema === "pg_catalog" ? builtIn.get(written.name) : undefined;
    return own === undefined ? undefined : [...own, alias];
  }
  if (overloads.length > 1) return undefined;
  const out = routine.arguments.filter(({ mode }) => mode === "out" || mode === "inout" || mode === "table");
  if (out.length > 0) return out.some((one) => one.name === undefined) ? undefined : out.map((one) => one.name ?? "");
  const [type = "", namespace] = (routine.returns ?? "").split(".").reverse();
  if (scalar.test(routine.returns ?? "")) return [alias];
  return relationNamed(schema, { schema: namespace, name: type })?.columns;
}

const scalar =
  /^(?:uuid|text|boolean|smallint|integer|bigint|numeric|real|double precision|date|jsonb?|timestamp with(?:out)? time zone|character varying)$/;

/** Functions of PostgreSQL that are used in FROM, and the columns they declare. */
const builtIn: ReadonlyMap<string, readonly string[]> = new Map([
  ["generate_series", []],
  ["generate_subscripts", []],
  ["regexp_matches", []],
  ["regexp_split_to_table", []],
  ["string_to_table", []],
  ["jsonb_array_elements", ["value"]],
  ["jsonb_array_elements_text", ["value"]],
  ["json_array_elements", ["value"]],
  ["json_array_elements_text", ["value"]],
  ["jsonb_object_keys", []],
  ["json_object_keys", []],
  ["jsonb_each", ["key", "value"]],
  ["jsonb_each_text", ["key", "value"]],
  ["json_each", ["key", "value"]],
  ["json_each_text", ["key", "value"]],
]);

function namesIn(alias: Alias | undefined): readonly string[] | undefined {
  return alias?.colnames?.map((node) => stringOf(node) ?? "");
}
