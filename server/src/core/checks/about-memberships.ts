/**
 * Lookups of the caller in other tables, as policies make them: what a subquery reads and asks, and how it is written as a set of values,
 * or as a function that reads past policies. Whether such a lookup is wise is for the checks to say.
 */
import { displayName, type Expression, keyOf, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { resolve } from "../schema/reading.js";
import { findWordsHere, matchingParen, tokenAt } from "../sql/clause.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, type NodeOf, nameOf, walk } from "../sql/tree.js";
import type { Span } from "../text/source.js";
import { changePolicy, predicatesOf, statementOf, type TablePolicy } from "./about-policies.js";
import { conjunctsOf } from "./about-predicates.js";
import { bind, rowScope, type Scope, type Source, scopeOf, walkScoped } from "./about-scopes.js";
import { likeKeywords } from "./about-tables.js";
import type { Fix, SchemaScene } from "./check.js";

/** A subquery of a predicate that reads something. */
export interface Lookup {
  readonly link: NodeOf<"SubLink">;
  readonly select: NodeOf<"SelectStmt">;
  readonly scope: Scope;
  /** The project's tables it reads itself. */
  readonly tables: readonly Table[];
  /** Conditions of its WHERE, all of which must hold. */
  readonly conditions: readonly Node[];
  /** It names columns of the row that the policy is about; undefined when that cannot be told. */
  readonly correlated: boolean | undefined;
}

/** The subqueries of a predicate that read something, without those inside of them. */
export function lookupsIn({ node }: Expression, { table }: TablePolicy, scene: SchemaScene): readonly Lookup[] {
  const row = rowScope(table);
  const found: Lookup[] = [];
  walk(node, (kind, link) => {
    if (kind !== "SubLink") return undefined;
    const select = as(link.subselect, "SelectStmt");
    if (select?.fromClause === undefined) return undefined;
    const scope = scopeOf(select, row, scene.schema);
    const tables = scope.sources.flatMap(({ table: one }) => (one === undefined ? [] : [one]));
    const correlated = readsRow(select, row, scene);
    found.push({ link, select, scope, tables, conditions: conjunctsOf(select.whereClause), correlated });
    return "skip";
  });
  return found;
}

function readsRow(select: NodeOf<"SelectStmt">, row: Scope, { schema }: SchemaScene): boolean | undefined {
  let reads = false;
  let unknown = false;
  const [source] = row.sources;
  walkScoped({ SelectStmt: select }, row, schema, (scope) => (kind, node) => {
    if (kind !== "ColumnRef" || scope === row) return;
    const bound = bind(node, scope);
    if (bound === undefined) unknown = true;
    else if (bound.source === source) reads = true;
  });
  return reads ? true : unknown ? undefined : false;
}

/** The tables that an expression reads, in subqueries at any depth. */
export function tablesRead(node: Node | readonly Node[] | undefined, scene: SchemaScene): readonly Table[] {
  const found = new Set<Table>();
  walk(node, (kind, relation) => {
    if (kind !== "RangeVar") return;
    const key = resolve(scene.schema, scene.schema.tables, {
      schema: relation.schemaname,
      name: relation.relname ?? "",
    });
    const table = key === undefined ? undefined : scene.schema.tables.get(key);
    if (table !== undefined) found.add(table);
  });
  return [...found];
}

/** `row in (select inner from … where …)`: what a lookup comes to when it asks for one value of the row. */
interface SetLookup {
  /** Where the lookup stands. */
  readonly span: Span;
  /** The row's value, as it is written. */
  readonly outer: string;
  readonly inner: { readonly span: Span; readonly table: Table; readonly column: string };
  readonly from: Span;
  readonly conditions: readonly Span[];
}

/** A lookup as a set of values; undefined when it is more than that. */
function setOf(statement: Statement, { link, select, scope, conditions, correlated }: Lookup): SetLookup | undefined {
  const row = scope.outer ?? scope;
  const { targetList, fromClause, whereClause, ...more } = select;
  const isPlain = Object.entries(more).every(
    ([field, value]) => /^(?:limitOption|op)$/.test(field) || value === undefined || value === false,
  );
  const span = expressionSpan(statement, { SubLink: link });
  const from = span === undefined ? undefined : fromIn(statement, link, span);
  if (!isPlain || span === undefined || from === undefined || whereClause === undefined) return undefined;
  const spans = new Map(conditions.map((one) => [one, expressionSpan(statement, one)]));
  const spell = (some: readonly Node[]): readonly Span[] => some.flatMap((one) => spans.get(one) ?? []);
  if (link.subLinkType === "ANY_SUBLINK" && correlated === false) {
    const only = targetList?.length === 1 ? as(targetList[0], "ResTarget")?.val : undefined;
    const column = bind(as(only, "ColumnRef"), scope);
    const inner = only === undefined ? undefined : expressionSpan(statement, only);
    const outer = link.testexpr === undefined ? undefined : expressionSpan(statement, link.testexpr);
    const table = column?.source.table;
    if (outer === undefined || inner === undefined || table === undefined || column === undefined) return undefined;
    const text = statement.text.slice(outer.start, outer.end);
    return {
      span,
      outer: text,
      inner: { span: inner, table, column: column.column },
      from,
      conditions: spell(conditions),
    };
  }
  if (link.subLinkType !== "EXISTS_SUBLINK" || correlated !== true) return undefined;
  const ties = conditions.filter((one) => touches(one, row, scope));
  const [tie] = ties;
  const sides = as(tie, "A_Expr");
  if (ties.length !== 1 || sides?.kind !== "AEXPR_OP" || nameOf(sides.name)?.name !== "=") return undefined;
  for (const [one, other] of [
    [sides.lexpr, sides.rexpr],
    [sides.rexpr, sides.lexpr],
  ]) {
    const [outside, inside] = [bind(as(one, "ColumnRef"), scope), bind(as(other, "ColumnRef"), scope)];
    const [outer, inner] = [one, other].map((side) =>
      side === undefined ? undefined : expressionSpan(statement, side),
    );
    const table = inside?.source.table;
    if (!isOf(row, outside?.source) || table === undefined || inside === undefined || isOf(row, inside.source))
      continue;
    if (outer === undefined || inner === undefined) continue;
    const rest = spell(conditions.filter((condition) => condition !== tie));
    if (rest.length === 0) return undefined;
    const text = statement.text.slice(outer.start, outer.end);
    return { span, outer: text, inner: { span: inner, table, column: inside.column }, from, conditions: rest };
  }
  return undefined;
}

function isOf(row: Scope, source: Source | undefined): boolean {
  return source !== undefined && row.sources.includes(source);
}

function touches(node: Node, row: Scope, scope: Scope): boolean {
  let touched = false;
  walk(node, (kind, reference) => {
    if (kind === "ColumnRef" && (isOf(row, bind(reference, scope)?.source) || bind(reference, scope) === undefined))
      touched = true;
  });
  return touched;
}

/** What stands between FROM and WHERE of a lookup. */
function fromIn(statement: Statement, { subLinkType }: NodeOf<"SubLink">, span: Span): Span | undefined {
  const start =
    subLinkType === "EXISTS_SUBLINK" ? span.start : findWordsHere(statement, ["in"], span.start, span.end)?.start;
  const open = start === undefined ? undefined : tokenAt(statement, (tokenAt(statement, start)?.end ?? start) + 0);
  const bracket = open === undefined ? undefined : statement.text[open.start] === "(" ? open : undefined;
  const close = bracket === undefined ? undefined : matchingParen(statement, bracket.start);
  if (bracket === undefined || close === undefined) return undefined;
  const from = findWordsHere(statement, ["from"], bracket.end, close);
  const where = findWordsHere(statement, ["where"], bracket.end, close);
  if (from === undefined || where === undefined) return undefined;
  return { start: from.end + 1, end: statement.text.slice(0, where.start).trimEnd().length };
}

/** The fix that asks once for the caller's values instead of once for each row. */
export function asSet(scene: SchemaScene, found: TablePolicy, expression: Expression, lookup: Lookup): readonly Fix[] {
  const statement = statementOf(scene, expression);
  const set = statement === undefined ? undefined : setOf(statement, lookup);
  if (statement === undefined || set === undefined) return [];
  const text = `${set.outer} ${likeKeywords(statement, "in")} (${queryOf(statement, set, (span) => statement.text.slice(span.start, span.end))})`;
  const title = `Ask once for the caller's \`${set.inner.column}\``;
  return changePolicy(scene, found, { title, safe: false, rewrites: [{ expression, span: set.span, text }] });
}

function queryOf(statement: Statement, set: SetLookup, written: (span: Span) => string): string {
  const words = (sql: string): string => likeKeywords(statement, sql);
  const where = set.conditions.map(written).join(words(" and "));
  return `${words("select")} ${written(set.inner.span)} ${words("from")} ${written(set.from)} ${words("where")} ${where}`;
}

/** The fix that makes a function of the lookup, which reads past policies and answers for the caller alone. */
export function asFunction(
  scene: SchemaScene,
  found: TablePolicy,
  expression: Expression,
  lookup: Lookup,
): readonly Fix[] {
  const statement = statementOf(scene, expression);
  const set = statement === undefined ? undefined : setOf(statement, lookup);
  if (statement === undefined || set === undefined) return [];
  const type = set.inner.table.columns.find(({ name }) => name === set.inner.column)?.type;
  const name = freeName(scene, set);
  const put = qualifiers(statement, lookup, scene);
  if (type === undefined || name === undefined || put === undefined || !/^[a-z][a-z ]*$/.test(type)) return [];
  const body = queryOf(statement, set, (span) => spliced(statement, span, put));
  if (body.includes("`") || body.includes("$$")) return [];
  const sql = `public.${quoteIdentifier(name)}`;
  const made = likeKeywords(
    statement,
    `create function \`${sql}\`() returns setof \`${type}\` language sql stable security definer set search_path = ''\nas $$ \`${body}\` $$`,
  );
  const words = (text: string): string => likeKeywords(statement, text);
  const call = `${words("in")} (${words("select")} ${sql}())`;
  const rewrites = [{ expression, span: set.span, text: `${set.outer} ${call}` }];
  // WITH CHECK often asks the same as USING.
  for (const other of predicatesOf(found.policy)) {
    const written = other === expression ? undefined : statementOf(scene, other);
    for (const twin of written === undefined ? [] : lookupsIn(other, found, scene)) {
      const same = written === undefined ? undefined : setOf(written, twin);
      const names = written === undefined ? undefined : qualifiers(written, twin, scene);
      if (written === undefined || same === undefined || names === undefined) continue;
      if (flat(queryOf(written, same, (span) => spliced(written, span, names))) !== flat(body)) continue;
      rewrites.push({ expression: other, span: same.span, text: `${same.outer} ${call}` });
    }
  }
  const title = `Look it up in \`${name}()\`, past the policies of \`${displayName(set.inner.table)}\``;
  const start = { ...found.place, span: { start: 0, end: 0 } };
  return changePolicy(scene, found, { title, safe: false, rewrites }).map((fix): Fix => {
    if (fix.edits !== undefined) return { ...fix, edits: [{ at: start, text: `${made};\n\n` }, ...fix.edits] };
    const migrations = (fix.migrations ?? []).map((one) => ({ ...one, statements: [made, ...one.statements] }));
    return { ...fix, safe: false, migrations };
  });
}

function flat(sql: string): string {
  return sql.toLowerCase().replace(/\s+/g, " ");
}

function freeName({ schema }: SchemaScene, { inner }: SetLookup): string | undefined {
  const names = [`my_${inner.column}s`, `my_${inner.table.name}_${inner.column}s`];
  return names.find((name) => /^[a-z_][a-z0-9_]*$/.test(name) && !schema.routines.has(keyOf("public", name)));
}

/** Where schemas have to be put before names so that an empty search path finds them; undefined when something has none to be told. */
function qualifiers(
  statement: Statement,
  { select }: Lookup,
  { schema }: SchemaScene,
): ReadonlyMap<number, string> | undefined {
  const put = new Map<number, string>();
  let unclear = select.withClause !== undefined;
  walk({ SelectStmt: select }, (kind, node) => {
    if (kind === "RangeVar" && node.schemaname === undefined) {
      const key = resolve(schema, schema.tables, { schema: undefined, name: node.relname ?? "" });
      const table = key === undefined ? undefined : schema.tables.get(key);
      if (table === undefined || node.location === undefined) unclear = true;
      else put.set(node.location, `${quoteIdentifier(table.schema)}.`);
    } else if (kind === "FuncCall") {
      const name = nameOf(node.funcname);
      const key =
        name === undefined ? undefined : resolve(schema, schema.routines, { schema: name.schema, name: name.name });
      const [routine] = key === undefined ? [] : (schema.routines.get(key) ?? []);
      if (name?.schema === undefined && routine !== undefined && node.location !== undefined)
        put.set(node.location, `${quoteIdentifier(routine.schema)}.`);
      else if (name?.schema !== undefined && !isPlatformSchema(name.schema) && routine === undefined) unclear = true;
    } else if (kind === "TypeCast") {
      const type = nameOf(node.typeName?.names);
      const own =
        type === undefined ? undefined : resolve(schema, schema.types, { schema: type.schema, name: type.name });
      if (own !== undefined && type?.schema === undefined) unclear = true;
    }
  });
  return unclear || statement.node === undefined ? undefined : put;
}

function spliced({ text }: Statement, { start, end }: Span, put: ReadonlyMap<number, string>): string {
  let from = start;
  let made = "";
  for (const [offset, what] of [...put].filter(([at]) => at >= start && at < end).sort(([a], [b]) => a - b)) {
    made += text.slice(from, offset) + what;
    from = offset;
  }
  return made + text.slice(from, end);
}
