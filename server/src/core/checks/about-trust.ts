/**
 * What policies believe of the caller: the value of a row of their own, and that there is such a row at all. It does not know who may write
 * these rows.
 */
import type { Expression, Table } from "../schema/model.js";
import { leadsToUser } from "../schema/owner.js";
import { resolve } from "../schema/reading.js";
import type { Node } from "../sql/statement.js";
import { as, constantOf, type NodeOf, stringOf, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { policiesOf, predicatesOf, type TablePolicy } from "./about-policies.js";
import { callersColumn, columnNamed, conjunctsOf } from "./about-predicates.js";
import { readBody, routinesBehind } from "./about-routines.js";
import type { SchemaScene } from "./check.js";

/** A policy that lets in whoever has a row of their own in a table, with a certain value, or for the thing that is asked for. */
export interface Trust {
  readonly kind: "role" | "membership";
  readonly table: Table;
  /** The column that is compared with the caller. */
  readonly caller: string;
  /** The column that is believed. */
  readonly column: string;
  readonly by: TablePolicy;
}

/** What the project's policies believe, themselves or by the functions they ask. */
export function trustsIn(scene: SchemaScene): readonly Trust[] {
  const found: Trust[] = [];
  const seen = new Map<Node, Set<Table>>();
  for (const by of policiesOf(scene)) {
    if (!by.policy.permissive) continue;
    for (const expression of predicatesOf(by.policy)) {
      for (const node of nodesBehind(scene, expression)) {
        // One policy that believes a function speaks for all that do.
        const tables = seen.get(node) ?? new Set<Table>();
        if (tables.has(by.table)) continue;
        seen.set(node, tables.add(by.table));
        for (const belief of beliefsIn(node)) found.push(...trustsOf(scene, by, belief));
      }
    }
  }
  return found;
}

/** The predicate and the bodies of the functions it calls. */
function nodesBehind(scene: SchemaScene, { node }: Expression): readonly Node[] {
  return [node, ...routinesBehind(scene, node).flatMap((routine) => readBody(scene, routine)?.nodes ?? [])];
}

/** What one query asks of the caller's own rows, as it is written. */
interface Belief {
  readonly relation: { readonly schema: string | undefined; readonly name: string };
  readonly caller: string;
  /** Columns that say what somebody may do. */
  readonly powers: readonly string[];
  /** Columns that it answers with, or compares with others: it depends on the tables which of them are of this one. */
  readonly target: string | undefined;
  readonly ties: readonly (readonly string[])[];
}

const beliefsIn: (node: Node) => readonly Belief[] = memo((node) => {
  const found: Belief[] = [];
  walk(node, (kind, select) => {
    const belief = kind === "SelectStmt" ? beliefOf(select) : undefined;
    if (belief !== undefined) found.push(belief);
  });
  return found;
});

function beliefOf({ fromClause, whereClause, targetList }: NodeOf<"SelectStmt">): Belief | undefined {
  const from = fromClause?.length === 1 ? as(fromClause[0], "RangeVar") : undefined;
  const conditions = conjunctsOf(whereClause);
  const caller = conditions.flatMap((one) => callersColumn(one) ?? [])[0];
  if (from === undefined || caller === undefined) return undefined;
  const only = targetList?.length === 1 ? columnNamed(as(targetList[0], "ResTarget")?.val) : undefined;
  const isPower = only !== undefined && power.test(only);
  return {
    relation: { schema: from.schemaname, name: from.relname ?? "" },
    caller,
    powers: [...conditions.flatMap((one) => powerIn(one) ?? []), ...(isPower ? [only] : [])],
    target: isPower || only === caller ? undefined : only,
    ties: conditions.flatMap((one) => tieIn(one)),
  };
}

function trustsOf(scene: SchemaScene, by: TablePolicy, belief: Belief): readonly Trust[] {
  const { relation, caller, powers, target, ties } = belief;
  const key = resolve(scene.schema, scene.schema.tables, relation);
  const table = key === undefined ? undefined : scene.schema.tables.get(key);
  if (table === undefined) return [];
  const roles = powers.map((column): Trust => ({ kind: "role", table, caller, column, by }));
  const tied = ties.flatMap(
    (sides) => sides.find((side) => side !== caller && table.columns.some(({ name }) => name === side)) ?? [],
  );
  const members = [...(target === undefined ? [] : [target]), ...tied].filter(
    (column) => table !== by.table && isOfThings(scene, table, column),
  );
  return [...roles, ...members.map((column): Trust => ({ kind: "membership", table, caller, column, by }))];
}

const power =
  /^(?:(?:user_|member_|app_|account_|team_|org_)?roles?|is_(?:\w+_)?(?:admin|owner|staff|moderator|superuser)|admin|superuser|permissions?|access_level|(?:subscription_)?(?:plan|tier))$/;

/** `role = 'admin'`, `role in ('admin', 'owner')`, `is_admin`: the column. */
function powerIn(node: Node): string | undefined {
  const operation = as(node, "A_Expr");
  const truth = as(node, "BooleanTest");
  const list = as(operation?.rexpr, "List")?.items ?? [operation?.rexpr];
  const isTest =
    (operation?.kind === "AEXPR_OP" || operation?.kind === "AEXPR_IN") &&
    stringOf(operation.name?.[0]) === "=" &&
    list.every((item) => constantOf(as(item, "TypeCast")?.arg ?? item) !== undefined);
  const column = columnNamed(
    isTest
      ? operation?.lexpr
      : truth?.booltesttype === "IS_TRUE"
        ? truth.arg
        : operation === undefined
          ? node
          : undefined,
  );
  return column !== undefined && power.test(column) ? column : undefined;
}

/** `m.team_id = docs.team_id`: the columns on both sides. */
function tieIn(node: Node): readonly (readonly string[])[] {
  const operation = as(node, "A_Expr");
  if (operation?.kind !== "AEXPR_OP" || stringOf(operation.name?.[0]) !== "=") return [];
  const sides = [operation.lexpr, operation.rexpr].flatMap((side) => columnNamed(side) ?? []);
  return sides.length === 2 ? [sides] : [];
}

/** The column leads to what people belong to, not to people: following somebody is not joining something. */
function isOfThings({ schema }: SchemaScene, table: Table, column: string): boolean {
  const constraint = table.constraints.find(
    ({ columns, references }) => references !== undefined && columns[0] === column,
  );
  return constraint !== undefined && !leadsToUser(constraint, schema);
}
