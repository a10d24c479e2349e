import { displayName, type Expression, keyOf } from "../schema/model.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node } from "../sql/statement.js";
import { as, type NodeOf, stringOf } from "../sql/tree.js";
import { unwrapped } from "./about-callers.js";
import {
  changePolicy,
  placeOfPart,
  policiesOf,
  predicatesOf,
  statementOf,
  type TablePolicy,
} from "./about-policies.js";
import { isReference, own, referenceOf, referringTo } from "./about-references.js";
import {
  type Bound,
  bind,
  hasQuery,
  keyOfSource,
  rowScope,
  type Scope,
  scopeOf,
  spanOfReference,
  walkScoped,
} from "./about-scopes.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "captured-column",
  severity: "error",
  area: "I",
  kind: "state",
  summary: "A column in a policy's subquery is written without its table and belongs to another one than it seems.",
  why: "PostgreSQL looks in the innermost query first. A column that is there by the same name is compared with itself, which is always true: the filter is gone, and any member of anything passes.",
  instead: "Write each column of a subquery with its table: `room_members.room_id = attachments.room_id`.",
  silent: "the names are written with their tables, or the columns of a table in the subquery are not all known",
  turnOff: "never as a whole: where the inner column is meant, write it with its table and nothing is found",
  bad: [
    "create table members (room_id uuid, user_id uuid, primary key (user_id, room_id));\ncreate table files (id uuid primary key, room_id uuid);\nalter table files enable row level security;\ncreate policy members_see on files for select to authenticated using (\n  exists (select 1 from members m where m.room_id = room_id and m.user_id = (select auth.uid()))\n);",
    "create table team_members (user_id uuid primary key, team uuid);\ncreate table docs (id uuid primary key, team_id uuid);\nalter table docs enable row level security;\ncreate policy team on docs to authenticated using (team_id in (select team_id from team_members where user_id = (select auth.uid())));",
    "create table rooms (id uuid primary key, name text);\ncreate table members (id uuid primary key, room_id uuid references rooms (id), user_id uuid);\ncreate index on members (room_id, user_id);\nalter table rooms enable row level security;\ncreate policy seen on rooms for select to authenticated using (exists (select from members where room_id = id and user_id = (select auth.uid())));",
  ],
  good: [
    "create table members (room_id uuid, user_id uuid, primary key (user_id, room_id));\ncreate table files (id uuid primary key, room_id uuid);\ncreate policy members_see on files for select to authenticated using (exists (select 1 from members m where m.room_id = files.room_id and m.user_id = (select auth.uid())));",
    "create table members (room uuid, user_id uuid, primary key (user_id, room));\ncreate table files (id uuid primary key, room_id uuid);\ncreate policy members_see on files for select to authenticated using (exists (select 1 from members m where m.room = room_id and m.user_id = (select auth.uid())));",
    "create table files (id uuid primary key, room_id uuid);\ncreate policy members_see on files for select to authenticated using (exists (select 1 from elsewhere m where m.room_id = room_id));",
    "create table members (room_id uuid, user_id uuid, primary key (user_id, room_id));\ncreate table files (id uuid primary key, room_id uuid);\ncreate policy members_see on files for select to authenticated using (room_id in (select room_id from members where user_id = (select auth.uid())));",
  ],
  *schema(scene) {
    for (const found of policiesOf(scene)) {
      for (const expression of predicatesOf(found.policy)) {
        for (const captured of capturedIn(expression, found, scene)) {
          yield {
            at: placeOfPart(scene, expression, { ColumnRef: captured.reference }),
            message: messageOf(captured, found),
            fixes: () => fixesOf(scene, found, expression, captured),
          };
        }
      }
    }
  },
});

/** A column that is written without its table and belongs to another one than the comparison asks for. */
interface Captured {
  readonly reference: NodeOf<"ColumnRef">;
  readonly bound: Bound;
  /** The other side of the comparison. */
  readonly other: Bound;
  /** `itself`: inside, both sides are one column; `alone`: and the row has none of that name; `outside`: the subquery's own column is that of the row; `key`: it was meant for the row's key. */
  readonly how: "itself" | "alone" | "outside" | "key";
  /** The scope in which it stands. */
  readonly scope: Scope;
  /** Names of the subquery's relations, for the message. */
  readonly inner: string;
}

function capturedIn(expression: Expression, { table }: TablePolicy, { schema }: SchemaScene): readonly Captured[] {
  if (!hasQuery(expression.node)) return [];
  const found: Captured[] = [];
  const row = rowScope(table);
  walkScoped(expression.node, row, schema, (scope) => (kind, node) => {
    if (kind === "A_Expr" && node.kind === "AEXPR_OP" && stringOf(node.name?.[0]) === "=") {
      const sides = [node.lexpr, node.rexpr] as const;
      if (scope !== row) found.push(...withinQuery(sides, scope, row));
      for (const [outer, inner] of [sides, [sides[1], sides[0]]] as const) {
        const link = as(inner, "SubLink");
        if (link?.subLinkType === "EXPR_SUBLINK") found.push(...outOfQuery(outer, link.subselect, scope, schema));
      }
    }
    if (kind === "SubLink" && node.subLinkType === "ANY_SUBLINK" && (stringOf(node.operName?.[0]) ?? "=") === "=") {
      found.push(...outOfQuery(node.testexpr, node.subselect, scope, schema));
    }
    return undefined;
  });
  return found;
}

/** `m.room_id = room_id` where both are the subquery's; `m.room_id = id` where `id` is not the room's. */
function withinQuery(sides: readonly (Node | undefined)[], scope: Scope, row: Scope): readonly Captured[] {
  const references = sides.map((side) => as(unwrapped(side), "ColumnRef"));
  const bounds = references.map((reference) => bind(reference, scope));
  const [one, other] = bounds;
  if (one === undefined || other === undefined || one.source !== other.source) return [];
  if (!scope.sources.includes(one.source) || (one.qualified && other.qualified)) return [];
  const [rowSource] = row.sources;
  if (rowSource === undefined) return [];
  const at = (bound: Bound): NodeOf<"ColumnRef"> => references[bounds.indexOf(bound)] ?? {};
  const inner = one.source.alias;
  if (one.column === other.column) {
    // Of two bare names the second is the one that people mean for the row.
    const meant = other.qualified ? one : other;
    const how = rowSource.columns?.includes(one.column) === true ? "itself" : "alone";
    return [{ reference: at(meant), bound: meant, other: meant === one ? other : one, how, scope, inner }];
  }
  for (const [key, meant] of [
    [one, other],
    [other, one],
  ] as const) {
    if (meant.qualified || rowSource.columns?.includes(meant.column) !== true) continue;
    const rowKey = keyOfSource(rowSource);
    const meantsParent = referenceOf(meant);
    const asKey = meantsParent === undefined && isReference(referenceOf(key), rowKey, meant.column);
    const asParent = isReference(meantsParent, rowKey, key.column) && one.source.table === rowSource.table;
    if (asKey || asParent) return [{ reference: at(meant), bound: meant, other: key, how: "key", scope, inner }];
  }
  return [];
}

/** `team_id in (select team_id from team_members …)` where `team_members` has no such column. */
function outOfQuery(
  tested: Node | undefined,
  query: Node | undefined,
  scope: Scope,
  schema: SchemaScene["schema"],
): readonly Captured[] {
  const select = as(query, "SelectStmt");
  const outside = bind(as(unwrapped(tested), "ColumnRef"), scope);
  if (select?.fromClause === undefined || select.targetList?.length !== 1 || outside === undefined) return [];
  const inside = scopeOf(select, scope, schema);
  const reference = as(unwrapped(as(select.targetList[0], "ResTarget")?.val), "ColumnRef");
  const bound = bind(reference, inside);
  if (reference === undefined || bound === undefined || bound.qualified) return [];
  if (bound.source !== outside.source || bound.column !== outside.column) return [];
  return [
    {
      reference,
      bound,
      other: outside,
      how: "outside",
      scope: inside,
      inner: inside.sources.map(({ alias }) => alias).join("`, `"),
    },
  ];
}

function messageOf({ bound, how, inner }: Captured, { table, policy }: TablePolicy): string {
  const { column } = bound;
  const row = `\`${displayName(table)}.${column}\``;
  switch (how) {
    case "itself":
      return `\`${column}\` is the column of \`${inner}\` here, not ${row}: it is compared with itself, so \`${policy.name}\` lets every row through.`;
    case "alone":
      return `\`${column}\` is the column of \`${inner}\` on both sides: it is compared with itself, so \`${policy.name}\` lets every row through.`;
    case "outside":
      return `\`${inner}\` has no column \`${column}\`, so this is ${row}: it is compared with itself, and \`${policy.name}\` lets every row through.`;
    case "key":
      return `\`${column}\` is the column of \`${inner}\` here, not ${row}, so \`${policy.name}\` compares two columns of one table and never looks at the row.`;
  }
}

function fixesOf(scene: SchemaScene, found: TablePolicy, expression: Expression, captured: Captured): readonly Fix[] {
  const statement = statementOf(scene, expression);
  const span = statement === undefined ? undefined : spanOfReference(statement, captured.reference);
  const text = span === undefined ? undefined : meantBy(captured, found);
  if (span === undefined || text === undefined) return [];
  return changePolicy(scene, found, {
    title: `Write \`${text}\``,
    safe: false,
    rewrites: [{ expression, span, text }],
  });
}

/** The name that was meant; undefined where nobody but the writer knows. */
function meantBy({ bound, other, how, scope: inside }: Captured, { table }: TablePolicy): string | undefined {
  const written = (alias: string, column: string): string => `${quoteIdentifier(alias)}.${quoteIdentifier(column)}`;
  if (how === "outside") {
    // The one column of the subquery's tables that leads where the tested column leads, or to the row itself.
    const target = referenceOf(bound) ?? own(bound);
    const meant = inside.sources.flatMap(({ alias, table: one }) =>
      referringTo(one, target).map((column) => written(alias, column)),
    );
    return meant.length === 1 ? meant[0] : undefined;
  }
  // A row whose table is named again inside cannot be named there.
  if (hides(inside, table.name)) return undefined;
  if (how !== "alone") return written(table.name, bound.column);
  const target = referenceOf(other);
  if (target === undefined) return undefined;
  const [column, more] = target.table === keyOf(table.schema, table.name) ? target.columns : referringTo(table, target);
  return column === undefined || more !== undefined ? undefined : written(table.name, column);
}

function hides(scope: Scope, name: string): boolean {
  for (let at: Scope = scope; at.outer !== undefined; at = at.outer) {
    if (at.sources.some(({ alias }) => alias === name)) return true;
  }
  return false;
}
