import { displayName, type Policy, type Table } from "../schema/model.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node } from "../sql/statement.js";
import { as, walk } from "../sql/tree.js";
import { apiRoles, hasDynamic, holdsColumn, isAnonymous } from "./about-access.js";
import { callerCall, unwrapped } from "./about-callers.js";
import { headOf } from "./about-cures.js";
import { leakOf } from "./about-leaks.js";
import { changePolicy, covers, isFor, policiesOf, statementOf, type TablePolicy } from "./about-policies.js";
import { callersColumn, conjunctsOf, namesTheColumn } from "./about-predicates.js";
import { isGuardedByTrigger } from "./about-routines.js";
import { likeKeywords } from "./about-tables.js";
import { verdict } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "forgeable-owner",
  severity: "error",
  area: "I",
  kind: "state",
  summary: "WITH CHECK leaves the column free that says whose a row is.",
  why: "USING asks about the row as it was, WITH CHECK about the row as it will be: what the latter leaves free, users write as they like, in the name of others.",
  instead: "Compare the owner with the caller in WITH CHECK too.",
  silent:
    "an UPDATE policy has no WITH CHECK (then USING counts), a trigger or the column grants keep the column, administrators are asked for, or the row would vanish from every SELECT policy",
  turnOff: "when all writes go through a server that sets the owner itself and the policies only guard reads",
  peers: "PGR RG RT",
  bad: [
    "create table notes (id uuid primary key, owner uuid not null, body text);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy see on notes for select to authenticated using (true);\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid())) with check (true);",
    "-- file: supabase/migrations/20260101000000_notes.sql\nCREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL, body text);\nCREATE INDEX ON notes (owner);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY see ON notes FOR SELECT TO authenticated USING (true);\nCREATE POLICY edit ON notes FOR UPDATE TO authenticated USING (owner = (SELECT auth.uid())) WITH CHECK (length(body) < 1000 OR body IS NULL);",
    "create table members (room_id uuid, user_id uuid, primary key (user_id, room_id));\ncreate table messages (id uuid primary key, room_id uuid, author uuid not null, body text);\ncreate index on messages (room_id);\ncreate index on messages (author);\nalter table messages enable row level security;\ngrant all on messages to authenticated;\ncreate policy see on messages for select to authenticated using (room_id in (select room_id from members where user_id = (select auth.uid())));\ncreate policy write on messages for insert to authenticated with check (room_id in (select room_id from members where user_id = (select auth.uid())));\ncreate policy edit on messages for update to authenticated using (author = (select auth.uid()));",
  ],
  good: [
    "create table notes (id uuid primary key, owner uuid not null, body text);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy see on notes for select to authenticated using (true);\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key, owner uuid not null, body text);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant select, update (body) on notes to authenticated;\ncreate policy see on notes for select to authenticated using (true);\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid())) with check (true);",
    "create table notes (id uuid primary key, owner uuid not null, body text);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy see on notes for select to authenticated using (owner = (select auth.uid()));\ncreate policy edit on notes for update to authenticated using (owner = (select auth.uid())) with check (true);",
    "create table tasks (id uuid primary key, author uuid not null, assignee uuid);\ncreate index on tasks (author);\ncreate index on tasks (assignee);\nalter table tasks enable row level security;\ngrant all on tasks to authenticated;\ncreate policy see on tasks for select to authenticated using (assignee = (select auth.uid()) or author = (select auth.uid()));\ncreate policy add on tasks for insert to authenticated with check (author = (select auth.uid()));",
  ],
  *schema(scene) {
    const roles = apiRoles(scene).filter((role) => !isAnonymous(role));
    if (roles.length === 0 || hasDynamic(scene, "policies")) return;
    for (const found of policiesOf(scene)) {
      const { table, policy, place } = found;
      const role = roles.find((one) => isFor(policy, one));
      const after = policy.check;
      if (!policy.permissive || role === undefined || after === undefined || !table.rls.enabled) continue;
      if (table.origin.made === undefined) continue;
      const act = policy.command === "insert" ? "insert" : "update";
      const owner = act === "insert" ? authorOf(table, policy) : givenAway(table, policy, role);
      if (owner === undefined || !isPlain(after.node) || holdsColumn(scene, table, role, act, owner) !== "yes")
        continue;
      if (isGuardedByTrigger(scene, table, act, owner) || leakOf(scene, found) !== undefined) continue;
      if (
        table.policies.some((other) => !other.permissive && namesTheColumn((other.check ?? other.using)?.node, owner))
      )
        continue;
      const name = `\`${displayName(table)}.${owner}\``;
      yield {
        at: headOf(scene, place),
        message:
          act === "insert"
            ? `\`${policy.name}\` leaves ${name} free: \`${role}\` may add rows in the name of others.`
            : `\`${policy.name}\` asks for ${name} before the change, but not after it: whoever has a row may put it in another's name.`,
        fixes: () => fixesOf(scene, found, owner),
      };
    }
  },
});

/** The owner that an UPDATE asks for before the change only; none when the changed row would be out of sight, which PostgreSQL refuses. */
function givenAway(table: Table, { using, check: after }: Policy, role: string): string | undefined {
  const owner = conjunctsOf(using?.node).flatMap((one) => callersColumn(one) ?? [])[0];
  if (owner === undefined || namesTheColumn(after?.node, owner)) return undefined;
  const readers = table.policies.filter((one) => one.permissive && covers(one, "select") && isFor(one, role));
  const sees = (one: Policy): boolean => !conjunctsOf(one.using?.node).some((part) => callersColumn(part) === owner);
  return readers.some(sees) ? owner : undefined;
}

/** The column by which the rows' writers may change or delete them, when an INSERT policy asks for none of that kind. */
function authorOf(table: Table, { check: after }: Policy): string | undefined {
  const owners = new Set<string>();
  for (const one of table.policies) {
    if (one.permissive && (one.command === "update" || one.command === "delete"))
      for (const owner of conjunctsOf(one.using?.node).flatMap((part) => callersColumn(part) ?? [])) owners.add(owner);
  }
  const isNamed = table.columns.some(({ name }) => {
    let compared = false;
    walk(after?.node, (kind, node) => {
      if (kind === "SelectStmt") return "skip";
      if (kind === "A_Expr" && callersColumn({ A_Expr: node }) === name) compared = true;
      return undefined;
    });
    return compared;
  });
  const [owner] = [...owners].filter((one) => !namesTheColumn(after?.node, one));
  return isNamed ? undefined : owner;
}

/** Nothing in it may stand for an administrator: no claim, no role, no function that answers yes or no. */
function isPlain(node: Node): boolean {
  const isAnswer = (part: Node): boolean => as(unwrapped(part), "FuncCall") !== undefined;
  let plain = true;
  const parts = conjunctsOf(node).flatMap((part) => {
    const logic = as(part, "BoolExpr");
    return logic === undefined ? [part] : (logic.args ?? []);
  });
  walk(node, (kind, inner) => {
    if (
      kind === "FuncCall" &&
      ["auth.jwt", "auth.role", "auth.email", "current_setting"].includes(callerCall(inner) ?? "")
    )
      plain = false;
    // A lookup that asks for more than who the caller is asks for what they may do.
    if (
      kind === "ColumnRef" &&
      inner.fields?.some((field) => /role|admin|permission|owner_of/i.test(as(field, "String")?.sval ?? ""))
    )
      plain = false;
    if (kind === "SQLValueFunction") plain = false;
  });
  return plain && !parts.some(isAnswer);
}

function fixesOf(scene: SchemaScene, found: TablePolicy, owner: string): readonly Fix[] {
  const expression = found.policy.check;
  const statement = expression === undefined ? undefined : statementOf(scene, expression);
  const span =
    statement === undefined || expression === undefined ? undefined : expressionSpan(statement, expression.node);
  if (scene.facts.platform !== "supabase" || expression === undefined || statement === undefined || span === undefined)
    return [];
  const words = (sql: string): string => likeKeywords(statement, sql);
  const test = `${quoteIdentifier(owner)} = (${words("select")} auth.uid())`;
  const written = statement.text.slice(span.start, span.end);
  const isOr = as(expression.node, "BoolExpr")?.boolop === "OR_EXPR";
  const kept = isOr ? `(${written})` : written;
  const text = verdict(expression.node, "nobody", found.table) === true ? test : `${kept} ${words("and")} ${test}`;
  const title = `Ask for \`${owner}\` in WITH CHECK`;
  return changePolicy(scene, found, { title, safe: false, rewrites: [{ expression, span, text }] });
}
