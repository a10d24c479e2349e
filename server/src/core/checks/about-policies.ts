/**
 * Which policies there are to judge, and how one is rewritten: in place while nobody has run its migration, else by ALTER POLICY. What a
 * predicate means is not its business.
 */
import type { Command, Expression, Place, Policy, Schema, Table } from "../schema/model.js";
import { ownerColumns } from "../schema/owner.js";
import { isPlatformSchema } from "../schema/platform.js";
import { tokensOf, wordOf } from "../sql/clause.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, stringOf, walk } from "../sql/tree.js";
import type { Span } from "../text/source.js";
import { asksOfCaller, isCallerValue, unwrapped } from "./about-callers.js";
import { isOpen, statementAt } from "./about-cures.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import type { Fix, SchemaScene } from "./check.js";

/** A policy and the table it is on. */
export interface TablePolicy {
  readonly table: Table;
  readonly policy: Policy;
  /** The statement that made it or changed it last. */
  readonly place: Place;
}

/** The project's policies, those on the platform's tables for files and broadcasts included. */
export function* policiesOf(scene: SchemaScene): Iterable<TablePolicy> {
  for (const table of scene.schema.tables.values()) {
    const name = `${table.schema}.${table.name}`;
    if (isPlatformSchema(table.schema) && name !== "storage.objects" && name !== "realtime.messages") continue;
    for (const policy of table.policies) {
      const place = policy.origin.changed ?? policy.origin.made;
      if (place !== undefined) yield { table, policy, place };
    }
  }
}

/** Whether a policy is for a role, by name or because it is for all. */
export function isFor({ roles }: Policy, role: string): boolean {
  return roles.includes(role) || roles.includes("public");
}

/** Whether a policy is about what a command does. */
export function covers({ command }: Policy, act: Exclude<Command, "all">): boolean {
  return command === "all" || command === act;
}

/** The predicates of a policy. */
export function predicatesOf({ using, check }: Policy): readonly Expression[] {
  return [using, check].flatMap((expression) => expression ?? []);
}

/** The statement an expression stands in; undefined inside a DO block, where the offsets of its tree are those of the body's statement. */
export function statementOf(scene: SchemaScene, { place }: Expression): Statement | undefined {
  const statement = statementAt(scene, place);
  const { node } = statement ?? {};
  return node !== undefined && ("CreatePolicyStmt" in node || "AlterPolicyStmt" in node) ? statement : undefined;
}

/** Where a part of an expression stands; the whole expression when that cannot be told. */
export function placeOfPart(scene: SchemaScene, expression: Expression, part: Node): Place {
  const statement = statementOf(scene, expression);
  const span = statement === undefined ? undefined : expressionSpan(statement, part);
  return span === undefined ? expression.place : { ...expression.place, span };
}

/** A stretch of a predicate and what takes its place. */
export interface Rewrite {
  readonly expression: Expression;
  /** Within the statement of the expression. */
  readonly span: Span;
  readonly text: string;
}

/** A call inside `(select …)`, so that it runs once for a statement and not for each row. */
export function inSubquery(scene: SchemaScene, expression: Expression, call: Node): Rewrite | undefined {
  const statement = statementOf(scene, expression);
  const span = statement === undefined ? undefined : expressionSpan(statement, call);
  if (statement === undefined || span === undefined) return undefined;
  const text = statement.text.slice(span.start, span.end);
  return { expression, span, text: `(${likeKeywords(statement, "select")} ${text})` };
}

/** How a policy is to change: parts of its predicates, or the roles it is for. */
export interface PolicyChange {
  readonly title: string;
  readonly safe: boolean;
  readonly rewrites: readonly Rewrite[];
  readonly roles?: readonly string[];
}

/** The fixes that a change comes to. */
export function changePolicy(scene: SchemaScene, changed: TablePolicy, change: PolicyChange): readonly Fix[] {
  const { rewrites, roles, title, safe } = change;
  const places = [
    ...rewrites.map(({ expression }) => expression.place),
    ...(roles === undefined ? [] : [changed.place]),
  ];
  if (rewrites.some(({ expression }) => statementOf(scene, expression) === undefined)) return [];
  const states = places.map(({ uri }) => scene.history?.migrations.find((one) => one.uri === uri)?.state);
  const edits = [...rewrites.map(({ expression, span, text }) => ({ at: { ...expression.place, span }, text }))];
  const role = roles === undefined ? undefined : roleEdit(scene, changed, roles);
  const isWhole = roles === undefined || role !== undefined;
  const fixes: Fix[] = [];
  if (isWhole && !states.includes("applied"))
    fixes.push({ title, safe, edits: role === undefined ? edits : [...edits, role] });
  // Where nothing tells whether the migration has run, a new one is the other way.
  const isThere = changed.table.origin.made !== undefined || isPlatformSchema(changed.table.schema);
  if (scene.history !== undefined && (fixes.length === 0 || (states.includes("unknown") && isThere))) {
    fixes.push({
      title: `${title} in a new migration`,
      safe: safe && fixes.length === 0,
      migrations: [
        {
          slug: `${changed.table.name}_policy`,
          statements: [alterPolicy(scene, changed, change)],
          outsideTransaction: false,
        },
      ],
    });
  }
  return fixes;
}

/** The fixes that take policies away: their statements while nobody has run them, else DROP POLICY. */
export function dropPolicies(scene: SchemaScene, dropped: readonly TablePolicy[], title: string): readonly Fix[] {
  const fixes: Fix[] = [];
  if (dropped.every((one) => isOwnStatement(scene, one)))
    fixes.push({ title, safe: false, takesOut: dropped.map(({ place }) => place) });
  if (scene.history !== undefined) {
    const statements = dropped.map((one) => dropOf(scene, one));
    const slug = `drop_${dropped[0]?.table.name ?? ""}_policy`;
    const migrations = [{ slug, statements, outsideTransaction: false }];
    fixes.push({ title: `${title} in a new migration`, safe: false, migrations });
  }
  return fixes;
}

/** Whether a policy comes from one statement that may still be edited. */
export function isOwnStatement(scene: SchemaScene, { policy, place }: TablePolicy): boolean {
  const { node } = statementAt(scene, place) ?? {};
  return (
    policy.origin.changed === undefined && isOpen(scene, place) && node !== undefined && "CreatePolicyStmt" in node
  );
}

/** DROP POLICY, in the words of the statement that made it. */
export function dropOf(scene: SchemaScene, { table, policy, place }: TablePolicy): string {
  const style = statementAt(scene, place)?.text ?? "";
  return likeKeywords(style, `drop policy \`${quoteIdentifier(policy.name)}\` on \`${sqlName(table)}\``);
}

function alterPolicy(
  scene: SchemaScene,
  { table, policy, place }: TablePolicy,
  { rewrites, roles }: PolicyChange,
): string {
  const style = statementAt(scene, place)?.text ?? "";
  const words = (sql: string): string => likeKeywords(style, sql);
  const parts = [`${words("alter policy")} ${quoteIdentifier(policy.name)} ${words("on")} ${sqlName(table)}`];
  if (roles !== undefined) parts.push(`${words("to")} ${roles.map(quoteIdentifier).join(", ")}`);
  for (const [clause, expression] of [
    ["using", policy.using],
    ["with check", policy.check],
  ] as const) {
    if (expression === undefined || !rewrites.some((one) => one.expression === expression)) continue;
    parts.push(`${words(clause)} (${rewritten(expression, rewrites)})`);
  }
  return parts.join(" ");
}

/** The text of a predicate after the rewrites that concern it. */
function rewritten(expression: Expression, rewrites: readonly Rewrite[]): string {
  const own = rewrites.filter((one) => one.expression === expression).sort((a, b) => b.span.start - a.span.start);
  return own.reduce((text, { span, text: put }) => {
    const start = span.start - expression.place.span.start;
    return text.slice(0, start) + put + text.slice(start + span.end - span.start);
  }, expression.text);
}

/** TO behind what a CREATE POLICY without one says of its table and command. */
function roleEdit(scene: SchemaScene, { policy, place }: TablePolicy, roles: readonly string[]) {
  const statement = statementAt(scene, place);
  const { node } = statement ?? {};
  if (statement === undefined || node === undefined || !("CreatePolicyStmt" in node)) return undefined;
  if (policy.roles.length !== 1 || policy.roles[0] !== "public") return undefined;
  const at = beforeClauses(statement);
  if (at === undefined) return undefined;
  const text = `${likeKeywords(statement, " to ")}${roles.map(quoteIdentifier).join(", ")}`;
  return { at: { ...place, span: { start: at, end: at } }, text };
}

/** The end of the last word before USING or WITH CHECK, when no TO stands there. */
function beforeClauses(statement: Statement): number | undefined {
  const tokens = tokensOf(statement);
  const words = tokens.map((token) => wordOf(statement, token));
  const stop = words.findIndex(
    (word, at) => at > 3 && (word === "using" || (word === "with" && words[at + 1] === "check")),
  );
  if (stop < 0 || words.slice(4, stop).includes("to")) return undefined;
  return tokens[stop - 1]?.end;
}

/** The owner's columns, and those that policies compare with what the caller belongs to. */
export function ownersOf(table: Table, schema: Schema): readonly string[] {
  const found = new Set(ownerColumns(table, schema));
  for (const { using, check: after } of table.policies) {
    for (const expression of [using, after]) {
      walk(expression?.node, (kind, node) => {
        if (kind === "SelectStmt") return "skip";
        const sides =
          kind === "SubLink" && node.subLinkType === "ANY_SUBLINK" && asksOfCaller(node.subselect)
            ? [node.testexpr]
            : kind === "A_Expr" && stringOf(node.name?.[0]) === "=" && [node.lexpr, node.rexpr].some(isCallerValue)
              ? [node.lexpr, node.rexpr]
              : [];
        for (const side of sides) {
          const column = stringOf(as(unwrapped(side), "ColumnRef")?.fields?.at(-1));
          if (column !== undefined && table.columns.some(({ name }) => name === column)) found.add(column);
        }
        return undefined;
      });
    }
  }
  return [...found];
}
