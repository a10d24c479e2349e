import { displayName, type Expression, type Policy } from "../schema/model.js";
import { expressionSpan } from "../sql/expression.js";
import { as, nameOf } from "../sql/tree.js";
import { hasDynamic } from "./about-access.js";
import { unwrapped } from "./about-callers.js";
import { cures } from "./about-cures.js";
import { conditionsOf, isServed, type Lookup, narrowest, unserved } from "./about-lookups.js";
import { changePolicy, placeOfPart, policiesOf, statementOf, type TablePolicy } from "./about-policies.js";
import { hasQuery, rowScope, walkQueries } from "./about-scopes.js";
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
  turnOff: "when indexes are chosen from the statistics of the live database alone, not from the schema",
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

function unservedIn(expression: Expression, { table, policy }: TablePolicy, scene: SchemaScene): readonly Lookup[] {
  const row = rowScope(table);
  const found: Lookup[] = [];
  // Changes and deletions name their rows, by the key as a rule; and rows that another policy lets through are not found by this index.
  const others = table.policies.filter(
    (other) => other.permissive && policy.permissive && reads(other) && meets(other, policy),
  );
  const alone = others.every(({ using }) => using !== undefined && unserved(using.node, row) !== undefined);
  if (reads(policy) && alone) found.push(...(unserved(expression.node, row) ?? []));
  if (!hasQuery(expression.node)) return found;
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

function fixesOf(scene: SchemaScene, found: TablePolicy, expression: Expression, lookup: Lookup): readonly Fix[] {
  const { table, column, wrapped } = lookup;
  const near = table.origin.made;
  if (!wrapped) {
    const title = `Create an index on ${table.name} (${column})`;
    return cures(scene, near, { title, slug: "", statements: [], indexes: [{ table, column }] });
  }
  const plain = unwrap(scene, found, expression, lookup);
  const text = steadyText(scene, expression, lookup);
  if (plain.length > 0 || text === undefined) return plain;
  const title = `Create an index on ${table.name} (${text})`;
  return cures(scene, near, { title, slug: "", statements: [], indexes: [{ table, column, expression: text }] });
}

/** The column's side as an index can hold it: what is computed there must never change, as with letters or a cast to text. */
function steadyText(scene: SchemaScene, expression: Expression, { table, column, side }: Lookup): string | undefined {
  const statement = statementOf(scene, expression);
  const span = statement === undefined ? undefined : expressionSpan(statement, side);
  const type = table.columns.find(({ name }) => name === column)?.type ?? "";
  const cast = as(side, "TypeCast");
  const call = as(side, "FuncCall");
  const [argument] = call?.args ?? [];
  const isCast = as(cast?.arg, "ColumnRef") !== undefined && nameOf(cast?.typeName?.names)?.name === "text";
  const isLetters =
    /^(?:lower|upper)$/.test(nameOf(call?.funcname)?.name ?? "") && as(argument, "ColumnRef") !== undefined;
  if (statement === undefined || span === undefined || !/^(?:uuid|text|character varying|integer|bigint)/.test(type))
    return undefined;
  const text = statement.text.slice(span.start, span.end);
  return (isCast || isLetters) && !text.includes(".") ? text : undefined;
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
