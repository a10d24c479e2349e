import { displayName, type Table } from "../schema/model.js";
import { hasDynamic } from "./about-access.js";
import { leadsIndex } from "./about-cures.js";
import { unserved } from "./about-lookups.js";
import { asFunction, asSet, type Lookup, lookupsIn } from "./about-memberships.js";
import { covers, placeOfPart, policiesOf } from "./about-policies.js";
import { callersColumn, conjunctsOf, namesTheColumn } from "./about-predicates.js";
import { rowScope } from "./about-scopes.js";
import { check } from "./check.js";

export default check({
  name: "costly-membership",
  severity: "warning",
  area: "I",
  kind: "state",
  summary: "A policy looks up the caller's membership again for each row, or by way of another table's policies.",
  why: "A subquery that names a column of the row runs once for each row that a query looks at; one that reads a table with policies answers to those too.",
  instead:
    "Ask once for all that the caller belongs to: `team_id in (select team_id from members where user_id = (select auth.uid()))`, best in a SECURITY DEFINER function.",
  silent: "the policy is not for reading, the lookup goes through a function, or the names in it cannot be resolved",
  turnOff: "when the tables behind policies stay so small that a lookup per row costs nothing",
  bad: [
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate index on docs (team_id);\nalter table docs enable row level security;\ncreate policy team on docs for select to authenticated using (exists (select 1 from members m where m.team_id = docs.team_id and m.user_id = (select auth.uid())));",
    "CREATE TABLE members (team_id uuid, user_id uuid, status text, PRIMARY KEY (user_id, team_id));\nALTER TABLE members ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own ON members FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));\nCREATE TABLE docs (id uuid PRIMARY KEY, team_id uuid);\nCREATE INDEX ON docs (team_id);\nALTER TABLE docs ENABLE ROW LEVEL SECURITY;\nCREATE POLICY team ON docs FOR SELECT TO authenticated USING (team_id IN (SELECT team_id FROM members WHERE user_id = (SELECT auth.uid()) AND status = 'active'));",
    "create table members (team_id uuid, user_id uuid, role text, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, team_id uuid);\nalter table docs enable row level security;\ncreate policy team on docs to authenticated using ((select role from members m where m.team_id = docs.team_id and m.user_id = (select auth.uid())) = 'admin');",
  ],
  good: [
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate index on docs (team_id);\nalter table docs enable row level security;\ncreate policy team on docs for select to authenticated using (team_id in (select team_id from members where user_id = (select auth.uid())));",
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, team_id uuid);\nalter table docs enable row level security;\ncreate policy team on docs for insert to authenticated with check (exists (select 1 from members m where m.team_id = docs.team_id and m.user_id = (select auth.uid())));",
    "create table docs (id uuid primary key, team_id uuid);\nalter table docs enable row level security;\ncreate policy team on docs for select to authenticated using (exists (select 1 from elsewhere m where m.team_id = docs.team_id and m.user_id = (select auth.uid())));",
  ],
  *schema(scene) {
    if (hasDynamic(scene, "policies")) return;
    for (const found of policiesOf(scene)) {
      const { table, policy } = found;
      const { using } = policy;
      if (using === undefined || !covers(policy, "select") || !table.rls.enabled) continue;
      // Where an index finds the rows already, the lookup runs for few of them.
      if (unserved(using.node, rowScope(table))?.length === 0) continue;
      for (const lookup of lookupsIn(using, found, scene)) {
        const [read] = lookup.tables;
        // What is found by its own policies running again is not slow but broken.
        if (read === undefined || lookup.tables.includes(table)) continue;
        const name = `\`${policy.name}\``;
        const [rows, members] = [`\`${displayName(table)}\``, `\`${displayName(read)}\``];
        const at = placeOfPart(scene, using, { SubLink: lookup.link });
        if (lookup.correlated === true && asksForCaller(lookup)) {
          yield {
            at,
            message: `${name} looks into ${members} again for each row of ${rows} that a query looks at.`,
            // One entry of an index for each row is little, though still more than one for all.
            ...(isFoundByIndex(lookup) && { severity: "info" as const }),
            fixes: () => {
              // A set that is read through policies would be the next thing to say.
              if (lookup.tables.some(isGuarded)) return asFunction(scene, found, using, lookup);
              return isCheapAsSet(lookup) ? asSet(scene, found, using, lookup) : [];
            },
          };
          break;
        }
        const guarded = lookup.tables.find(isGuarded);
        if (
          lookup.correlated === false &&
          lookup.link.subLinkType === "ANY_SUBLINK" &&
          guarded !== undefined &&
          asksForCaller(lookup)
        ) {
          yield {
            at,
            message: `${name} reads \`${displayName(guarded)}\` through its own policies: each query of ${rows} answers to both.`,
            severity: "hint",
            fixes: () => asFunction(scene, found, using, lookup),
          };
          break;
        }
      }
    }
  },
});

/** Its conditions say which rows belong to the caller. */
function asksForCaller({ conditions }: Lookup): boolean {
  return conditions.some((one) => callersColumn(one) !== undefined);
}

/** An index begins with the caller and the other column that the lookup compares, in any order. */
function isFoundByIndex({ tables, conditions }: Lookup): boolean {
  const [table, ...joined] = tables;
  const caller = conditions.flatMap((one) => callersColumn(one) ?? [])[0];
  const named = (column: string | undefined): boolean =>
    column !== undefined && conditions.some((one) => namesTheColumn(one, column));
  return (
    table !== undefined &&
    joined.length === 0 &&
    table.indexes.some(
      ({ columns: [one, other], predicate }) =>
        predicate === undefined && [one?.name, other?.name].includes(caller) && named(one?.name) && named(other?.name),
    )
  );
}

/** The set of the caller's rows is found by an index. */
function isCheapAsSet({ tables, conditions }: Lookup): boolean {
  const columns = conditions.flatMap((one) => conjunctsOf(one)).flatMap((one) => callersColumn(one) ?? []);
  return columns.some((column) => tables.some((table) => leadsIndex(table, column)));
}

function isGuarded({ rls, policies, origin }: Table): boolean {
  return origin.made !== undefined && rls.enabled && policies.some((policy) => covers(policy, "select"));
}
