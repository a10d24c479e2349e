import { displayName } from "../schema/model.js";
import { as, constantOf, stringOf } from "../sql/tree.js";
import { hasDynamic } from "./about-access.js";
import { isCallerValue } from "./about-callers.js";
import { headOf } from "./about-cures.js";
import { type Lookup, lookupsIn } from "./about-memberships.js";
import { ownersOf, policiesOf } from "./about-policies.js";
import { callersColumn, columnNamed, conjunctsOf, livesBy } from "./about-predicates.js";
import { check } from "./check.js";

export default check({
  name: "rowless-policy",
  severity: "warning",
  area: "I",
  kind: "state",
  summary: "A policy asks whether the caller belongs to something, and never which row it is about.",
  why: "Whoever is a member of anything passes for all rows: the test says who the caller is, not whose the row is.",
  instead: "Compare a column of the row with what the caller belongs to.",
  silent: "the test asks for a role or a claim, the policy is restrictive, or nothing says whose the rows are",
  turnOff: "when one organization owns the whole database, so that every member may see every row",
  peers: "PGR",
  bad: [
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, team_id uuid, author uuid references auth.users (id) on delete cascade);\ncreate index on docs (author);\nalter table docs enable row level security;\ngrant all on docs to authenticated;\ncreate policy team on docs for select to authenticated using (exists (select 1 from members m where m.user_id = (select auth.uid())));",
    "CREATE TABLE members (team_id uuid, user_id uuid, status text, PRIMARY KEY (user_id, team_id));\nCREATE TABLE docs (id uuid PRIMARY KEY, team_id uuid);\nCREATE INDEX ON docs (team_id);\nALTER TABLE docs ENABLE ROW LEVEL SECURITY;\nGRANT ALL ON docs TO authenticated;\nCREATE POLICY team ON docs FOR SELECT TO authenticated USING (team_id IN (SELECT team_id FROM members WHERE user_id = (SELECT auth.uid())));\nCREATE POLICY remove ON docs FOR DELETE TO authenticated USING ((SELECT auth.uid()) IN (SELECT user_id FROM members WHERE status = 'active'));",
  ],
  good: [
    "create table members (team_id uuid, user_id uuid, role text, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, author uuid references auth.users (id) on delete cascade);\ncreate index on docs (author);\nalter table docs enable row level security;\ngrant all on docs to authenticated;\ncreate policy admins on docs for select to authenticated using (exists (select 1 from members m where m.user_id = (select auth.uid()) and m.role = 'admin'));",
    "create table admins (user_id uuid primary key);\ncreate table docs (id uuid primary key, author uuid references auth.users (id) on delete cascade);\ncreate index on docs (author);\nalter table docs enable row level security;\ngrant all on docs to authenticated;\ncreate policy admins on docs for select to authenticated using (exists (select 1 from admins where user_id = (select auth.uid())));",
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate index on docs (team_id);\nalter table docs enable row level security;\ngrant all on docs to authenticated;\ncreate policy team on docs for select to authenticated using (team_id in (select team_id from members where user_id = (select auth.uid())));",
  ],
  *schema(scene) {
    if (hasDynamic(scene, "policies")) return;
    for (const found of policiesOf(scene)) {
      const { table, policy, place } = found;
      if (!policy.permissive || table.origin.made === undefined || !table.rls.enabled) continue;
      const expression = policy.command === "insert" ? policy.check : policy.using;
      const conditions = conjunctsOf(expression?.node);
      const [only] = conditions;
      if (expression === undefined || only === undefined || conditions.length !== 1) continue;
      const [lookup, ...more] = lookupsIn(expression, found, scene);
      if (lookup === undefined || more.length > 0 || as(only, "SubLink") !== lookup.link) continue;
      const members = lookup.tables[0];
      if (lookup.correlated !== false || members === undefined || !asksOnlyForMembership(lookup)) continue;
      const owners = ownersOf({ ...table, policies: table.policies.filter((one) => one !== policy) }, scene.schema);
      if (owners.length === 0 || !isMembership(lookup)) continue;
      const verb = policy.command === "select" ? "read" : policy.command === "all" ? "read and change" : policy.command;
      yield {
        at: headOf(scene, place),
        message: `\`${policy.name}\` names no column of \`${displayName(table)}\`: whoever is in \`${displayName(members)}\` at all may ${verb} every row, though \`${owners[0]}\` says whose each one is.`,
      };
    }
  },
});

/** It asks whether the caller is in there, live or active, and nothing else. */
function asksOnlyForMembership({ link, conditions, select }: Lookup): boolean {
  const byValue = link.subLinkType === "ANY_SUBLINK" && select.targetList?.length === 1 && isCallerValue(link.testexpr);
  if (link.subLinkType !== "EXISTS_SUBLINK" && !byValue) return false;
  const rest = conditions.filter((one) => callersColumn(one) === undefined && livesBy(one) === undefined);
  const asks = conditions.some((one) => callersColumn(one) !== undefined) || byValue;
  return asks && rest.every((one) => isActive(one));
}

/** `status = 'active'`: it tells members from former ones, not who may do more. */
function isActive(node: Parameters<typeof as>[0]): boolean {
  const operation = as(node, "A_Expr");
  const value = constantOf(operation?.rexpr);
  const column = columnNamed(operation?.lexpr);
  if (operation?.kind !== "AEXPR_OP" || stringOf(operation.name?.[0]) !== "=" || column === undefined) return false;
  return value === true
    ? /active|accepted|confirmed/.test(column)
    : /^(?:active|accepted|confirmed|member)$/i.test(String(value));
}

/** One person may be in the table several times, once for each thing they belong to: a list of administrators is none. */
function isMembership({ tables, conditions, select }: Lookup): boolean {
  const [table] = tables;
  if (table === undefined || tables.length !== 1) return false;
  const target = select.targetList?.length === 1 ? as(select.targetList[0], "ResTarget")?.val : undefined;
  const caller = conditions.flatMap((one) => callersColumn(one) ?? [])[0] ?? columnNamed(target);
  const isUnique = table.constraints.some(
    ({ kind, columns }) =>
      (kind === "primary key" || kind === "unique") && columns.length === 1 && columns[0] === caller,
  );
  const others = table.constraints.some(
    ({ kind, columns, references }) =>
      (kind !== "foreign key" && columns.length > 1 && columns.includes(caller ?? "")) ||
      (references !== undefined && columns[0] !== caller),
  );
  return !isUnique && others;
}
