import { displayName, type Expression, type Policy, type Table } from "../schema/model.js";
import { resolve } from "../schema/reading.js";
import { expressionSpan } from "../sql/expression.js";
import type { Node } from "../sql/statement.js";
import { as, type NodeOf, walk } from "../sql/tree.js";
import { apiRoles, hasDynamic, holds, isAnonymous } from "./about-access.js";
import { leadsIndex } from "./about-cures.js";
import { asFunction, lookupsIn } from "./about-memberships.js";
import {
  changePolicy,
  covers,
  isFor,
  placeOfPart,
  policiesOf,
  predicatesOf,
  statementOf,
  type TablePolicy,
} from "./about-policies.js";
import { callersColumn, columnNamed } from "./about-predicates.js";
import { likeKeywords } from "./about-tables.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "blind-policy",
  severity: "error",
  area: "I",
  kind: "state",
  summary: "A policy reads a table that its role may not read.",
  why: "A subquery in a policy runs as the caller: without a grant every query fails (42501), and without a SELECT policy the subquery is always empty.",
  instead:
    "Look it up in a SECURITY DEFINER function, take it from the caller's token, or let the role read its own rows there.",
  silent: "it is not known what is granted, or the lookup goes through a function",
  turnOff: "when grants and policies of the tables that are looked up are made by another repository",
  bad: [
    "create table notes (id uuid primary key, email text);\ncreate index on notes (email);\nalter table notes enable row level security;\ngrant select on notes to authenticated;\ncreate policy own on notes for select to authenticated using (email = (select u.email from auth.users u where u.id = (select auth.uid())));",
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate index on docs (team_id);\nalter table docs enable row level security;\ngrant select on docs to authenticated;\ncreate policy team on docs for select to authenticated using (team_id in (select team_id from members where user_id = (select auth.uid())));",
    "-- file: supabase/migrations/20260101000000_docs.sql\nCREATE TABLE members (team_id uuid, user_id uuid, PRIMARY KEY (user_id, team_id));\nALTER TABLE members ENABLE ROW LEVEL SECURITY;\nCREATE TABLE docs (id uuid PRIMARY KEY, team_id uuid);\nCREATE INDEX ON docs (team_id);\nALTER TABLE docs ENABLE ROW LEVEL SECURITY;\nCREATE POLICY team ON docs FOR SELECT TO authenticated USING (team_id IN (SELECT team_id FROM members WHERE user_id = (SELECT auth.uid())));",
  ],
  good: [
    "-- file: supabase/migrations/20260101000000_docs.sql\ncreate table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\nalter table members enable row level security;\ncreate policy own on members for select to authenticated using (user_id = (select auth.uid()));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate index on docs (team_id);\nalter table docs enable row level security;\ncreate policy team on docs for select to authenticated using (team_id in (select team_id from members where user_id = (select auth.uid())));",
    "create table notes (id uuid primary key, email text);\nalter table notes enable row level security;\ngrant select on notes to authenticated;\ncreate function my_email() returns text language sql stable security definer set search_path = '' as $$ select u.email from auth.users u where u.id = (select auth.uid()) $$;\ncreate policy own on notes for select to authenticated using (email = (select my_email()));",
    "create table notes (id uuid primary key, team_id uuid);\nalter table notes enable row level security;\ngrant select on notes to authenticated;\ncreate policy own on notes for select to authenticated using (team_id in (select m.team_id from elsewhere m where m.user_id = (select auth.uid())));",
  ],
  *schema(scene) {
    const roles = apiRoles(scene);
    if (roles.length === 0 || hasDynamic(scene, "policies")) return;
    for (const found of policiesOf(scene)) {
      const { table, policy } = found;
      if (!table.rls.enabled && table.origin.made !== undefined) continue;
      const role =
        roles.find((one) => !isAnonymous(one) && isFor(policy, one)) ?? roles.find((one) => isFor(policy, one));
      if (role === undefined) continue;
      for (const expression of predicatesOf(policy)) {
        const blind = blindIn(scene, expression.node, role);
        if (blind === undefined) continue;
        const lookup = lookupsIn(expression, found, scene).find(({ select }) => reads(select, blind.relation));
        const name = `\`${policy.name}\` on \`${displayName(table)}\``;
        yield {
          at: placeOfPart(
            scene,
            expression,
            lookup === undefined ? { RangeVar: blind.relation } : { SubLink: lookup.link },
          ),
          message:
            blind.why === "grant"
              ? `${name} reads \`${blind.shown}\`, which \`${role}\` may not read: the queries it is asked for fail (42501).`
              : `${name} reads \`${blind.shown}\`, where no policy shows \`${role}\` a row: the lookup is always empty.`,
          fixes: () => {
            if (lookup === undefined) return [];
            const claim = blind.shown === "auth.users" ? byClaim(scene, found, expression, lookup.link) : [];
            return claim.length > 0 ? claim : asFunction(scene, found, expression, lookup);
          },
        };
        break;
      }
    }
  },
});

interface Blind {
  readonly relation: NodeOf<"RangeVar">;
  readonly shown: string;
  readonly why: "grant" | "policy";
}

/** The first table that a role is kept from, among those that an expression reads itself. */
function blindIn(scene: SchemaScene, node: Node, role: string): Blind | undefined {
  const named = new Set<string>();
  let found: Blind | undefined;
  walk(node, (kind, inner) => {
    if (kind === "CommonTableExpr") named.add(inner.ctename ?? "");
    if (kind !== "RangeVar" || found !== undefined) return;
    const name = { schema: inner.schemaname, name: inner.relname ?? "" };
    if (scene.facts.platform === "supabase" && (name.schema === "auth" || name.schema === "vault")) {
      found = { relation: inner, shown: `${name.schema}.${name.name}`, why: "grant" };
      return;
    }
    const key = resolve(scene.schema, scene.schema.tables, name);
    const table = key === undefined ? undefined : scene.schema.tables.get(key);
    if (table === undefined || table.origin.made === undefined || (name.schema === undefined && named.has(name.name)))
      return;
    if (holds(scene, table, role, "select") === "no")
      found = { relation: inner, shown: displayName(table), why: "grant" };
    else if (isHidden(table, role)) found = { relation: inner, shown: displayName(table), why: "policy" };
  });
  return found;
}

function isHidden({ rls, policies, kind }: Table, role: string): boolean {
  const shows = (policy: Policy): boolean => policy.permissive && covers(policy, "select") && isFor(policy, role);
  return rls.enabled && kind !== "foreign" && !policies.some(shows);
}

function reads(select: NodeOf<"SelectStmt">, relation: NodeOf<"RangeVar">): boolean {
  let found = false;
  walk({ SelectStmt: select }, (kind, inner) => {
    if (kind === "RangeVar" && inner === relation) found = true;
  });
  return found;
}

/** The caller's own address stands in the token. */
function byClaim(
  scene: SchemaScene,
  found: TablePolicy,
  expression: Expression,
  link: NodeOf<"SubLink">,
): readonly Fix[] {
  const select = as(link.subselect, "SelectStmt");
  const [target, ...more] = select?.targetList ?? [];
  const isOwn = callersColumn(select?.whereClause) === "id" && select?.fromClause?.length === 1;
  const isAddress = columnNamed(as(target, "ResTarget")?.val) === "email" && more.length === 0;
  const statement = statementOf(scene, expression);
  const span = statement === undefined ? undefined : expressionSpan(statement, { SubLink: link });
  if (!isOwn || !isAddress || link.subLinkType !== "EXPR_SUBLINK" || statement === undefined || span === undefined)
    return [];
  // A comparison that no index serves would be the next finding.
  let isServed = true;
  walk(expression.node, (kind, node) => {
    if (kind !== "A_Expr") return;
    const column = columnNamed(
      as(node.rexpr, "SubLink") === link ? node.lexpr : as(node.lexpr, "SubLink") === link ? node.rexpr : undefined,
    );
    if (column !== undefined && !leadsIndex(found.table, column)) isServed = false;
  });
  if (!isServed) return [];
  const text = `(${likeKeywords(statement, "select")} auth.jwt() ->> 'email')`;
  const title = "Take the address from the caller's token";
  return changePolicy(scene, found, { title, safe: false, rewrites: [{ expression, span, text }] });
}
