import { displayName, type Expression, type IndexColumn, type Policy, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { expressionSpan } from "../sql/expression.js";
import type { Node } from "../sql/statement.js";
import { as, type NodeOf, nameOf, stringOf, walk } from "../sql/tree.js";
import { hasDynamic } from "./about-access.js";
import { isCallerValue, unwrapped } from "./about-callers.js";
import { cures, servesLookup } from "./about-cures.js";
import { changePolicy, placeOfPart, policiesOf, statementOf, type TablePolicy } from "./about-policies.js";
import { bind, rowScope, type Scope, walkQueries } from "./about-scopes.js";
import { likeKeywords } from "./about-tables.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "unindexed-policy-column",
  severity: "warning",
  area: "I",
  kind: "state",
  summary: "The column that a policy compares with the caller leads no index, or is wrapped in a function or a cast.",
  why: "A policy is part of every query on its table: without an index each request reads the whole table to find the caller's rows.",
  instead: "Create an index that starts with the column, and compare the column itself.",
  silent:
    "the comparison cannot narrow the rows by itself (another side of an OR lets more through), or the columns or indexes of the table are not known",
  peers: "PGR",
  bad: [
    "create table notes (id uuid primary key, owner uuid not null);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key, owner uuid not null, created_at timestamptz);\ncreate index on notes (created_at, owner);\nalter table notes enable row level security;\ncreate policy own on notes to authenticated using ((select auth.uid()) = owner and created_at > now() - interval '1 day');",
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes (owner);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using (owner::text = (select auth.uid()::text));",
    "create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate policy team on docs for select to authenticated using (team_id in (select team_id from members where user_id = (select auth.uid())));",
  ],
  good: [
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes (owner, id);\ncreate policy own on notes for select to authenticated using (owner = (select auth.uid()));",
    "create table profiles (id uuid primary key, name text);\ncreate policy own on profiles for update to authenticated using (id = (select auth.uid()));",
    "create table notes (id uuid primary key, owner uuid not null, is_public bool);\ncreate policy seen on notes for select to authenticated using (is_public or owner = (select auth.uid()));",
    "create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate policy team on docs for select to authenticated using (exists (select from members m where m.team_id = docs.team_id and m.user_id = (select auth.uid())));",
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes ((owner::text));\ncreate policy own on notes for select to authenticated using (owner::text = (select auth.uid()::text));",
  ],
  *schema(scene) {
    if (hasDynamic(scene, "indexes")) return;
    const said = new Set<string>();
    for (const found of policiesOf(scene)) {
      const expression = found.policy.using;
      if (expression === undefined) continue;
      for (const lookup of unservedIn(expression, found, scene)) {
        const { table, column } = lookup;
        const key = `${table.schema}.${table.name}.${column}.${lookup.wrapped}`;
        if (said.has(key)) continue;
        said.add(key);
        const where = `\`${displayName(table)}\``;
        const policy = `\`${found.policy.name}\``;
        yield {
          at: placeOfPart(scene, expression, lookup.comparison),
          message: lookup.wrapped
            ? `${policy} compares a value computed from \`${table.name}.${column}\` with the caller, which no index holds: each request reads all of ${where}.`
            : `${policy} compares \`${table.name}.${column}\` with the caller, but no index starts with it: each request reads all of ${where}.`,
          fixes: () => fixesOf(scene, found, expression, lookup),
        };
      }
    }
  },
});

/** A comparison of a column with the caller that no index serves. */
interface Lookup {
  readonly table: Table;
  readonly column: string;
  readonly comparison: Node;
  /** The side of the column as it is written, and whether it is more than the column. */
  readonly side: Node;
  readonly wrapped: boolean;
}

function unservedIn(expression: Expression, { table, policy }: TablePolicy, scene: SchemaScene): readonly Lookup[] {
  const row = rowScope(table);
  const found: Lookup[] = [];
  // Changes and deletions name their rows, by the key as a rule; and rows that another policy lets through are not found by this index.
  const others = table.policies.filter(
    (other) => other.permissive && policy.permissive && reads(other) && meets(other, policy),
  );
  const alone = others.every(({ using }) => using !== undefined && unserved(using.node, row) !== undefined);
  if (reads(policy) && alone) found.push(...(unserved(expression.node, row) ?? []));
  walkQueries(expression.node, row, scene.schema, (select, scope) => {
    const conditions = conditionsOf(select);
    if (conditions.length > 0) found.push(...(narrowest(conditions, scope) ?? []));
  });
  return found;
}

function reads({ command }: Policy): boolean {
  return command === "select" || command === "all";
}

function meets(one: Policy, other: Policy): boolean {
  return one.roles.some((role) => role === "public" || other.roles.includes(role) || other.roles.includes("public"));
}

/** WHERE and the conditions of inner joins. */
function conditionsOf(select: NodeOf<"SelectStmt">): readonly Node[] {
  const conditions = select.whereClause === undefined ? [] : [select.whereClause];
  walk(select.fromClause, (kind, node) => {
    if (kind === "RangeSubselect") return "skip";
    if (kind === "JoinExpr" && node.jointype === "JOIN_INNER" && node.quals !== undefined) conditions.push(node.quals);
    return undefined;
  });
  return conditions;
}

/**
 * The comparisons without which an index could find the rows: none when one serves already; undefined when the condition does not narrow
 * the rows by a value, so that no index would help.
 */
function unserved(node: Node, scope: Scope): readonly Lookup[] | undefined {
  const logic = as(node, "BoolExpr");
  if (logic?.boolop === "AND_EXPR") return narrowest(logic.args ?? [], scope);
  if (logic?.boolop === "OR_EXPR") {
    const sides = (logic.args ?? []).map((side) => unserved(side, scope));
    return sides.includes(undefined) ? undefined : sides.flatMap((side) => side ?? []);
  }
  return comparison(node, scope);
}

function narrowest(conditions: readonly Node[], scope: Scope): readonly Lookup[] | undefined {
  const ways = conditions.flatMap((one) => {
    const way = unserved(one, scope);
    return way === undefined ? [] : [way];
  });
  return ways.sort((a, b) => a.length - b.length)[0];
}

function comparison(node: Node, scope: Scope): readonly Lookup[] | undefined {
  const operation = as(node, "A_Expr");
  if (operation?.kind !== "AEXPR_OP" || stringOf(operation.name?.[0]) !== "=") return undefined;
  for (const [side, value] of [
    [operation.lexpr, operation.rexpr],
    [operation.rexpr, operation.lexpr],
  ] as const) {
    const reference = columnWithin(side);
    const bound = bind(reference?.column, scope);
    const table = bound?.source.table;
    if (
      side === undefined ||
      value === undefined ||
      reference === undefined ||
      bound === undefined ||
      table === undefined
    )
      continue;
    // A value of the same relation does not narrow it.
    const opposite = columnWithin(value);
    if (opposite !== undefined && bind(opposite.column, scope)?.source === bound.source) continue;
    if (!scope.sources.includes(bound.source) || !isKnown(table)) continue;
    const type = table.columns.find(({ name }) => name === bound.column)?.type ?? "";
    const wrapped = reference.wrapped && !isSameText(side, type);
    if (isServed(table, bound.column, wrapped ? side : undefined)) return [];
    if (isCallerValue(value)) return [{ table, column: bound.column, comparison: node, side, wrapped }];
  }
  return undefined;
}

/** Its columns and indexes are all known, and it is the project's. */
function isKnown(table: Table): boolean {
  return (
    table.complete && table.origin.made !== undefined && table.kind !== "foreign" && !isPlatformSchema(table.schema)
  );
}

/** The one column in an expression of casts and functions. */
function columnWithin(
  node: Node | undefined,
): { readonly column: NodeOf<"ColumnRef">; readonly wrapped: boolean } | undefined {
  const plain = as(node, "ColumnRef");
  if (plain !== undefined) return { column: plain, wrapped: false };
  const call = as(node, "FuncCall");
  const inside = as(node, "TypeCast")?.arg ?? (call?.args?.length === 1 ? call.args[0] : undefined);
  const column = inside === undefined ? undefined : columnWithin(inside)?.column;
  return column === undefined ? undefined : { column, wrapped: true };
}

/** A cast from varchar to text is none for an index. */
function isSameText(side: Node, type: string): boolean {
  const cast = as(side, "TypeCast");
  const name = nameOf(cast?.typeName?.names)?.name;
  return (
    as(cast?.arg, "ColumnRef") !== undefined &&
    (name === "text" || name === "varchar") &&
    /^(?:text|character varying)/.test(type)
  );
}

function isServed(table: Table, column: string, expression: Node | undefined): boolean {
  return table.indexes.some((index) => {
    const [first] = index.columns;
    if (first === undefined || !servesLookup(index)) return false;
    return expression === undefined ? first.name === column : isSame(first, expression);
  });
}

function isSame({ expression }: IndexColumn, node: Node): boolean {
  return expression !== undefined && shape(expression.node) === shape(node);
}

/** An expression without its places, and with columns by their last name. */
function shape(node: Node): string {
  return JSON.stringify(node, (key, value: unknown) => {
    if (/^(?:location|list_start|list_end)$/.test(key)) return undefined;
    return key === "fields" && Array.isArray(value) ? value.slice(-1) : value;
  });
}

function fixesOf(scene: SchemaScene, found: TablePolicy, expression: Expression, lookup: Lookup): readonly Fix[] {
  const { table, column, wrapped } = lookup;
  const title = `Create an index on ${table.name} (${column})`;
  const near = table.origin.made;
  if (!wrapped) return cures(scene, near, { title, slug: "", statements: [], indexes: [{ table, column }] });
  return unwrap(scene, found, expression, lookup);
}

/** `owner::text = auth.uid()::text` says the same as `owner = auth.uid()`, which an index on the column serves. */
function unwrap(scene: SchemaScene, found: TablePolicy, expression: Expression, lookup: Lookup): readonly Fix[] {
  const { table, column, comparison: node, side } = lookup;
  const statement = statementOf(scene, expression);
  const operation = as(node, "A_Expr");
  const value = operation?.lexpr === side ? operation.rexpr : operation?.lexpr;
  const call = as(unwrapped(value), "FuncCall");
  const cast = as(as(side, "TypeCast")?.arg, "ColumnRef");
  const span = statement === undefined ? undefined : expressionSpan(statement, node);
  const columnSpan =
    statement === undefined || cast === undefined ? undefined : expressionSpan(statement, { ColumnRef: cast });
  const isUuid = table.columns.find(({ name }) => name === column)?.type === "uuid";
  const isUid = nameOf(call?.funcname)?.schema === "auth" && nameOf(call?.funcname)?.name === "uid";
  if (statement === undefined || span === undefined || columnSpan === undefined || !isUuid || !isUid) return [];
  if (!isServed(table, column, undefined)) return [];
  const written = statement.text.slice(columnSpan.start, columnSpan.end);
  const text = `${written} = (${likeKeywords(statement, "select")} auth.uid())`;
  return changePolicy(scene, found, {
    title: `Compare \`${column}\` itself`,
    safe: false,
    rewrites: [{ expression, span, text }],
  });
}
