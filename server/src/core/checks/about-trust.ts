/**
 * What policies believe of the caller: the value of a row of their own, and that there is such a row at all. It does not know who may write
 * these rows.
 */
import type { Expression, Table } from "../schema/model.js";
import { leadsToUser } from "../schema/owner.js";
import { resolve } from "../schema/reading.js";
import type { Node } from "../sql/statement.js";
import { as, constantOf, type NodeOf, stringOf, walk } from "../sql/tree.js";
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
        walk(node, (kind, select) => {
          if (kind !== "SelectStmt") return;
          found.push(...trustsOf(scene, by, select));
        });
      }
    }
  }
  return found;
}

/** The predicate and the bodies of the functions it calls. */
function nodesBehind(scene: SchemaScene, { node }: Expression): readonly Node[] {
  return [node, ...routinesBehind(scene, node).flatMap((routine) => readBody(scene, routine)?.nodes ?? [])];
}

function trustsOf(scene: SchemaScene, by: TablePolicy, select: NodeOf<"SelectStmt">): readonly Trust[] {
  const { fromClause, whereClause, targetList } = select;
  const relation = fromClause?.length === 1 ? as(fromClause[0], "RangeVar") : undefined;
  if (relation === undefined) return [];
  const name = { schema: relation.schemaname, name: relation.relname ?? "" };
  const key = resolve(scene.schema, scene.schema.tables, name);
  const table = key === undefined ? undefined : scene.schema.tables.get(key);
  const conditions = conjunctsOf(whereClause);
  const caller = conditions.flatMap((one) => callersColumn(one) ?? [])[0];
  if (table === undefined || caller === undefined) return [];
  const only = targetList?.length === 1 ? columnNamed(as(targetList[0], "ResTarget")?.val) : undefined;
  const asked = [
    ...conditions.flatMap((one) => powerIn(one) ?? []),
    ...(only !== undefined && power.test(only) ? [only] : []),
  ];
  const roles = asked.map((column): Trust => ({ kind: "role", table, caller, column, by }));
  const tied = conditions.flatMap((one) => tieOf(one, table, caller) ?? []);
  const target = only !== undefined && only !== caller && !power.test(only) ? [only] : [];
  const members = [...target, ...tied].filter((column) => table !== by.table && isOfThings(scene, table, column));
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

/** `m.team_id = docs.team_id`: the column of the table that is looked into. */
function tieOf(node: Node, table: Table, caller: string): string | undefined {
  const operation = as(node, "A_Expr");
  if (operation?.kind !== "AEXPR_OP" || stringOf(operation.name?.[0]) !== "=") return undefined;
  const sides = [columnNamed(operation.lexpr), columnNamed(operation.rexpr)];
  if (sides.includes(undefined)) return undefined;
  return sides.find((side) => side !== undefined && side !== caller && table.columns.some(({ name }) => name === side));
}

/** The column leads to what people belong to, not to people: following somebody is not joining something. */
function isOfThings({ schema }: SchemaScene, table: Table, column: string): boolean {
  const constraint = table.constraints.find(
    ({ columns, references }) => references !== undefined && columns[0] === column,
  );
  return constraint !== undefined && !leadsToUser(constraint, schema);
}
