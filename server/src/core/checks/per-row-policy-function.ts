import { displayName, type Expression, type Routine } from "../schema/model.js";
import { resolve } from "../schema/reading.js";
import type { Node } from "../sql/statement.js";
import { type NodeOf, nameOf, walk } from "../sql/tree.js";
import { hasDynamic } from "./about-access.js";
import { namesColumn } from "./about-callers.js";
import { unserved } from "./about-lookups.js";
import { changePolicy, inSubquery, placeOfPart, policiesOf, predicatesOf } from "./about-policies.js";
import { readBody, writesRows } from "./about-routines.js";
import { rowScope } from "./about-scopes.js";
import { check, type SchemaScene } from "./check.js";

export default check({
  name: "per-row-policy-function",
  severity: "warning",
  area: "I",
  kind: "state",
  summary: "A policy calls a function of the project again for each row.",
  why: "A function that looks something up takes a query of its own: on 100,000 rows that is 100,000 queries, seconds to minutes for one request.",
  instead:
    "Write `(select is_admin())`, which runs once; where the function takes a column, let it answer with a set: `team_id in (select my_teams())`.",
  silent:
    "the call stands inside `(select …)`, an index finds the rows already, or the body cannot be read or looks nothing up",
  turnOff: "when the functions only read settings of the session and never a table, though their bodies do not show it",
  bad: [
    "create table admins (user_id uuid primary key);\ncreate function is_admin() returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.admins where user_id = (select auth.uid())) $$;\ncreate table notes (id uuid primary key);\nalter table notes enable row level security;\ncreate policy admins on notes for select to authenticated using (is_admin());",
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\nCREATE FUNCTION is_member(team uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$ SELECT EXISTS (SELECT 1 FROM public.members m WHERE m.team_id = team AND m.user_id = (SELECT auth.uid())) $$;\nCREATE TABLE docs (id uuid PRIMARY KEY, team_id uuid);\nALTER TABLE docs ENABLE ROW LEVEL SECURITY;\nCREATE POLICY team ON docs FOR SELECT TO authenticated USING (is_member(team_id));",
    "create table admins (user_id uuid primary key, role text);\ncreate function has_role(wanted text) returns boolean language plpgsql stable security definer set search_path = '' as $$ begin return exists (select 1 from public.admins a where a.user_id = (select auth.uid()) and a.role = wanted); end $$;\ncreate table notes (id uuid primary key);\nalter table notes enable row level security;\ncreate policy admins on notes to authenticated using (public.has_role('admin')) with check (public.has_role('admin'));",
  ],
  good: [
    "create table admins (user_id uuid primary key);\ncreate function is_admin() returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.admins where user_id = (select auth.uid())) $$;\ncreate table notes (id uuid primary key);\nalter table notes enable row level security;\ncreate policy admins on notes for select to authenticated using ((select is_admin()));",
    "create function is_short(body text) returns boolean language sql immutable as $$ select length(body) < 100 $$;\ncreate table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ncreate policy short on notes for select to authenticated using (is_short(body));",
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate function my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$ select team_id from public.members where user_id = (select auth.uid()) $$;\ncreate table docs (id uuid primary key, team_id uuid);\nalter table docs enable row level security;\ncreate policy team on docs for select to authenticated using (team_id in (select my_teams()));",
    "create table notes (id uuid primary key);\nalter table notes enable row level security;\ncreate policy admins on notes for select to authenticated using (elsewhere.is_admin());",
  ],
  *schema(scene) {
    if (hasDynamic(scene, "policies")) return;
    for (const found of policiesOf(scene)) {
      const { table, policy } = found;
      // Whoever inserts, updates or deletes does so to few rows.
      if ((policy.command !== "all" && policy.command !== "select") || !table.rls.enabled) continue;
      const calls = predicatesOf(policy).flatMap((expression) => callsIn(expression, scene));
      const [first] = calls.filter(({ expression }) => expression === policy.using);
      // Where an index finds the rows already, it runs for few of them.
      if (first === undefined || unserved(first.expression.node, rowScope(table))?.length === 0) continue;
      const name = `\`${displayName(first.routine)}()\``;
      const rows = `row of \`${displayName(table)}\` that a query looks at`;
      yield {
        at: placeOfPart(scene, first.expression, first.node),
        message: first.ofRow
          ? `\`${policy.name}\` calls ${name} with a column, so its lookup runs again for each ${rows}.`
          : `\`${policy.name}\` calls ${name} outside of a subquery: its lookup runs again for each ${rows}.`,
        fixes: () => {
          const steady = calls.filter(({ ofRow }) => !ofRow);
          const rewrites = steady.flatMap((call) => inSubquery(scene, call.expression, call.node) ?? []);
          if (first.ofRow || rewrites.length < calls.length) return [];
          const safe = steady.every(({ routine }) => routine.volatility !== "volatile");
          return changePolicy(scene, found, { title: "Run it once, in `(select …)`", safe, rewrites });
        },
      };
    }
  },
});

interface Call {
  readonly expression: Expression;
  readonly node: Node;
  readonly routine: Routine;
  /** It gets a column of the row. */
  readonly ofRow: boolean;
}

function callsIn(expression: Expression, scene: SchemaScene): readonly Call[] {
  const found: Call[] = [];
  walk(expression.node, (kind, node) => {
    // A subquery without a column of the row is computed once; what one with FROM reads is another matter.
    if (kind === "SelectStmt" && (node.fromClause !== undefined || !namesColumn({ SelectStmt: node }))) return "skip";
    if (kind !== "FuncCall") return undefined;
    const routine = routineOf(node, scene);
    if (routine === undefined || !looksUp(scene, routine)) return undefined;
    found.push({ expression, node: { FuncCall: node }, routine, ofRow: namesColumn(node.args) });
    return "skip";
  });
  return found;
}

/** The project's function behind a call, when there is one of that name and number of arguments. */
function routineOf(call: NodeOf<"FuncCall">, { schema }: SchemaScene): Routine | undefined {
  const name = nameOf(call.funcname);
  const key =
    name === undefined ? undefined : resolve(schema, schema.routines, { schema: name.schema, name: name.name });
  const routines = (key === undefined ? [] : (schema.routines.get(key) ?? [])).filter(
    ({ kind, returnsSet, arguments: list }) =>
      kind === "function" && !returnsSet && takes(list, call.args?.length ?? 0),
  );
  return routines.length === 1 ? routines[0] : undefined;
}

function takes(list: Routine["arguments"], count: number): boolean {
  const inputs = list.filter(({ mode }) => mode !== "out" && mode !== "table");
  return count <= inputs.length && count >= inputs.filter(({ hasDefault }) => !hasDefault).length;
}

/** It reads tables, and PostgreSQL cannot fold it into the query around it. */
function looksUp(scene: SchemaScene, routine: Routine): boolean {
  const body = readBody(scene, routine);
  if (body === undefined || body.dynamic || routine.volatility === "immutable") return false;
  // What PL/pgSQL returns or assigns is no statement of its own, so the words decide.
  const reads = /\b(?:from|join)\s+["a-z_]/i.test(body.text);
  return reads && !writesRows(body);
}
