import { displayName } from "../schema/model.js";
import { tokenAt, tokenBefore } from "../sql/clause.js";
import { expressionSpan } from "../sql/expression.js";
import type { Node } from "../sql/statement.js";
import { as, constantOf, type NodeOf, nameOf, stringOf, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { callerCall, unwrapped } from "./about-callers.js";
import { changePolicy, placeOfPart, policiesOf, predicatesOf, statementOf } from "./about-policies.js";
import { check } from "./check.js";

export default check({
  name: "unstable-identity",
  severity: "info",
  area: "I",
  kind: "state",
  summary:
    "A policy knows the caller by an e-mail address, a literal id, the database role, or a setting that may be unset.",
  why: "People change their address, and who takes it over takes the rows; the database role is the same for all callers of the API; an unset setting makes each query fail.",
  instead: "Compare ids with `auth.uid()`; read settings with `current_setting(name, true)`.",
  silent: "on plain PostgreSQL, where people may log in with roles of their own",
  turnOff: "when addresses are verified and can never change hands, as with the accounts of one company",
  peers: "PGR",
  bad: [
    "create table notes (id uuid primary key, email text);\ncreate index on notes (email);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using (email = (select auth.email()));",
    "CREATE TABLE notes (id uuid PRIMARY KEY, email text);\nCREATE INDEX ON notes (email);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own ON notes FOR SELECT TO authenticated USING (email = (SELECT auth.jwt() ->> 'email'));",
    "create table notes (id uuid primary key);\nalter table notes enable row level security;\ncreate policy boss on notes for select to authenticated using ((select auth.uid()) = '5a9f4c1e-4d1b-4b0e-9b58-6f1d7a9f2f10');",
    "create table notes (id uuid primary key, login text);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using (login = current_user);",
    "create table notes (id uuid primary key, tenant uuid);\ncreate index on notes (tenant);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using (tenant = (select current_setting('app.tenant')::uuid));",
  ],
  good: [
    "create table notes (id uuid primary key, owner uuid);\ncreate index on notes (owner);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using (owner = (select auth.uid()));",
    "create table notes (id uuid primary key, tenant uuid);\ncreate index on notes (tenant);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using (tenant = (select current_setting('app.tenant', true)::uuid));",
    "-- file: migrations/1_notes.sql\ncreate table notes (id uuid primary key, login text);\nalter table notes enable row level security;\ncreate policy own on notes using (login = current_user);",
    "create table notes (id uuid primary key, email text);\nalter table notes enable row level security;\ncreate policy confirmed on notes for select to authenticated using ((select auth.jwt() ->> 'email') is not null);",
  ],
  *schema(scene) {
    for (const found of policiesOf(scene)) {
      for (const expression of predicatesOf(found.policy)) {
        const [sign] = signsIn(expression.node).filter(
          ({ how }) => how === "setting" || scene.facts.platform === "supabase",
        );
        if (sign === undefined) continue;
        const name = `\`${found.policy.name}\` on \`${displayName(found.table)}\``;
        yield {
          at: placeOfPart(scene, expression, sign.node),
          message: `${name} ${words[sign.how](sign.what)}`,
          fixes: () => {
            const statement = statementOf(scene, expression);
            const span = statement === undefined ? undefined : expressionSpan(statement, sign.node);
            const close = statement === undefined || span === undefined ? undefined : tokenBefore(statement, span.end);
            if (sign.how !== "setting" || statement === undefined || close === undefined) return [];
            if (statement.text[close.start] !== ")" || tokenAt(statement, close.start) === undefined) return [];
            const at = { start: close.start, end: close.start };
            return changePolicy(scene, found, {
              title: "Read an unset setting as NULL",
              safe: false,
              rewrites: [{ expression, span: at, text: ", true" }],
            });
          },
        };
        break;
      }
    }
  },
});

type How = "email" | "literal" | "role" | "setting";

const words: Readonly<Record<How, (what: string) => string>> = {
  email: () => "knows the caller by an e-mail address: whoever takes the address over takes the rows.",
  literal: (what) =>
    `lets in one person, \`${what}\`: another database, or the person's next account, is not that one.`,
  role: (what) => `asks for \`${what}\`, which is the role of the API for every caller.`,
  setting: (what) => `reads \`${what}\`, and fails where the setting was never made.`,
};

/** What a caller is known by. */
interface Sign {
  readonly node: Node;
  readonly how: How;
  readonly what: string;
}

const signsIn: (root: Node) => readonly Sign[] = memo((root) => {
  const found: Sign[] = [];
  walk(root, (kind, node) => {
    if (kind === "A_Expr") {
      const sign = comparisonSign(node);
      if (sign !== undefined) found.push(sign);
    } else if (kind === "FuncCall" && callerCall(node) === "current_setting") {
      const setting = stringOf(as(node.args?.[0], "TypeCast")?.arg ?? node.args?.[0]);
      // The API makes its own settings for each request.
      if (node.args?.length === 1 && setting?.includes(".") === true && !/^(?:request|role)\b/.test(setting))
        found.push({ node: { FuncCall: node }, how: "setting", what: setting });
    }
  });
  return found;
});

function comparisonSign(node: NodeOf<"A_Expr">): Sign | undefined {
  const isEqual = node.kind === "AEXPR_OP" && stringOf(node.name?.[0]) === "=";
  const isLike = node.kind === "AEXPR_LIKE" || node.kind === "AEXPR_ILIKE";
  if (!isEqual && !isLike && node.kind !== "AEXPR_IN") return undefined;
  for (const [one, other] of [
    [node.lexpr, node.rexpr],
    [node.rexpr, node.lexpr],
  ]) {
    const side = unwrapped(one);
    if (isEmail(side)) return { node: { A_Expr: node }, how: "email", what: "" };
    const call = as(side, "FuncCall");
    if (call !== undefined && callerCall(call) === "auth.uid") {
      const values = as(other, "List")?.items ?? [other];
      const ids = values.map((value) => constantOf(as(value, "TypeCast")?.arg ?? value));
      if (ids.length > 0 && ids.every((id) => typeof id === "string"))
        return { node: { A_Expr: node }, how: "literal", what: String(ids[0]) };
    }
    const value = as(side, "SQLValueFunction");
    // A comparison with a literal role asks which role it is; with a column, who the caller is.
    if (isEqual && value !== undefined && as(unwrapped(other), "ColumnRef") !== undefined) {
      const role = /^SVFOP_(CURRENT_USER|SESSION_USER|USER|CURRENT_ROLE)$/.exec(value.op ?? "")?.[1];
      if (role !== undefined) return { node: { A_Expr: node }, how: "role", what: role.toLowerCase() };
    }
  }
  return undefined;
}

function isEmail(node: Node | undefined): boolean {
  const call = as(node, "FuncCall");
  if (call !== undefined) {
    const name = nameOf(call.funcname);
    if (name?.name === "lower" && call.args?.length === 1) return isEmail(unwrapped(call.args[0]));
    return callerCall(call) === "auth.email";
  }
  const claim = as(node, "A_Expr");
  if (claim === undefined || stringOf(claim.name?.[0]) !== "->>") return false;
  const jwt = as(unwrapped(claim.lexpr), "FuncCall");
  return jwt !== undefined && callerCall(jwt) === "auth.jwt" && stringOf(claim.rexpr) === "email";
}
