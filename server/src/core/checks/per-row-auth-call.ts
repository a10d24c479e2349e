import { displayName } from "../schema/model.js";
import type { Node } from "../sql/statement.js";
import { walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { callerCall, namesColumn } from "./about-callers.js";
import { changePolicy, inSubquery, placeOfPart, policiesOf, predicatesOf } from "./about-policies.js";
import { check } from "./check.js";

export default check({
  name: "per-row-auth-call",
  severity: "warning",
  area: "I",
  kind: "state",
  summary:
    "A policy calls `auth.uid()`, `auth.jwt()`, `auth.role()`, `auth.email()` or `current_setting()` outside a scalar subquery.",
  why: "PostgreSQL runs the call once for each row it looks at; inside `(select …)` it runs once for the whole statement, which is an order of magnitude faster on a large table.",
  instead: "Write `(select auth.uid())`.",
  silent: "the call stands inside `(select …)` without FROM, or depends on the row",
  turnOff: "when no query ever looks at more than a few rows of a table with policies",
  peers: "PLS SPL PGR RG",
  bad: [
    "create table notes (id uuid primary key, owner uuid not null);\ncreate index on notes (owner);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using (auth.uid() = owner);",
    "CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL);\nCREATE INDEX ON notes (owner);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own ON notes FOR UPDATE TO authenticated USING (owner = auth.uid()) WITH CHECK (owner = auth.uid() AND auth.jwt() ->> 'aal' = 'aal2');",
    "create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));\ncreate table docs (id uuid primary key, team_id uuid);\ncreate policy team on docs using (team_id in (select team_id from members where user_id = auth.uid()));",
    "create table orders (id int primary key, tenant uuid);\ncreate index on orders (tenant);\nalter table orders enable row level security;\ncreate policy tenant on orders using (tenant = current_setting('app.tenant')::uuid);",
    "create table notes (id uuid primary key, owner uuid not null);\ncreate policy add on notes for insert to authenticated with check (auth.uid() = owner);",
    "create policy own on storage.objects for select to authenticated using (owner_id = auth.uid()::text);",
  ],
  good: [
    "create table notes (id uuid primary key, owner uuid not null);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using ((select auth.uid()) = owner);",
    "create table notes (id uuid primary key, owner uuid not null);\ncreate policy own on notes using (auth.uid() = owner);\nalter policy own on notes using ((select auth.uid()) = owner);",
    "create table notes (id uuid primary key, kind text);\ncreate policy kind on notes using (kind = (select auth.jwt() ->> 'kind'));",
  ],
  *schema(scene) {
    for (const found of policiesOf(scene)) {
      const { table, policy } = found;
      const calls = predicatesOf(policy).flatMap((expression) =>
        callsPerRow(expression.node).map(({ node, name }) => ({ expression, node, name })),
      );
      const [first] = calls;
      if (first === undefined) continue;
      const inserts = policy.command === "insert";
      const name = `\`${displayName(table)}\``;
      const rows = inserts ? `row that is inserted into ${name}` : `row that a query of ${name} looks at`;
      yield {
        at: placeOfPart(scene, first.expression, first.node),
        message: `\`${first.name}()\` runs again for each ${rows}.`,
        ...(inserts && { severity: "hint" as const }),
        related: calls
          .slice(1)
          .map(({ expression, node }) => ({ at: placeOfPart(scene, expression, node), message: "and here" })),
        fixes: () => {
          const rewrites = calls.flatMap(({ expression, node }) => inSubquery(scene, expression, node) ?? []);
          if (rewrites.length < calls.length) return [];
          return changePolicy(scene, found, { title: "Run it once, in `(select …)`", safe: true, rewrites });
        },
      };
    }
  },
});

interface Call {
  readonly node: Node;
  readonly name: string;
}

const callsPerRow: (root: Node) => readonly Call[] = memo((root) => {
  const found: Call[] = [];
  walk(root, (kind, node) => {
    // What stands in a subquery of its own is computed once, unless it depends on the row.
    if (kind === "SelectStmt" && node.fromClause === undefined && !namesColumn({ SelectStmt: node })) return "skip";
    if (kind === "RangeFunction") return "skip";
    const name = kind === "FuncCall" ? callerCall(node) : undefined;
    if (kind === "FuncCall" && name !== undefined && !namesColumn(node.args))
      found.push({ node: { FuncCall: node }, name });
    return undefined;
  });
  return found;
});
