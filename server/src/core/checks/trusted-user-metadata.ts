import { displayName, type Expression, type Routine } from "../schema/model.js";
import { expressionSpan } from "../sql/expression.js";
import type { Node } from "../sql/statement.js";
import { as, stringOf, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { headOf } from "./about-cures.js";
import {
  changePolicy,
  placeOfPart,
  policiesOf,
  predicatesOf,
  type Rewrite,
  statementOf,
  type TablePolicy,
} from "./about-policies.js";
import { readBody, routinesIn } from "./about-routines.js";
import { check, type SchemaScene } from "./check.js";

export default check({
  name: "trusted-user-metadata",
  severity: "error",
  area: "I",
  kind: "state",
  summary: "A policy decides by `user_metadata`, which every user may write.",
  why: "Users change their own `user_metadata` with one call of the client library: whoever wants to be an administrator says so.",
  instead: "Keep in `app_metadata` what access depends on: only the server writes it.",
  silent: "the metadata is only shown, not asked about in a policy or in a function that a policy calls",
  turnOff: "never as a whole: even in a prototype everybody who signs up may make themselves an administrator",
  peers: "PLS SPL PGR RG",
  bad: [
    "create table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ncreate policy admins on notes for select to authenticated using ((select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');",
    "CREATE TABLE notes (id uuid PRIMARY KEY, team text);\nCREATE INDEX ON notes (team);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE POLICY team ON notes FOR SELECT TO authenticated USING (team = (SELECT auth.jwt() #>> '{user_metadata,team}'));",
    "create function is_admin() returns boolean language sql stable as $$ select auth.jwt() -> 'user_metadata' ->> 'role' = 'admin' $$;\ncreate table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ncreate policy admins on notes for delete to authenticated using ((select is_admin()));",
  ],
  good: [
    "create table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ncreate policy admins on notes for select to authenticated using ((select auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');",
    "create function my_name() returns text language sql stable as $$ select auth.jwt() -> 'user_metadata' ->> 'name' $$;\ncreate table notes (id uuid primary key, body text);",
    "create table notes (id uuid primary key, user_metadata jsonb, owner uuid);\nalter table notes enable row level security;\ncreate policy seen on notes for select to authenticated using (user_metadata is not null);",
  ],
  *schema(scene) {
    const asked = new Map<Routine, readonly TablePolicy[]>();
    for (const found of policiesOf(scene)) {
      for (const expression of predicatesOf(found.policy)) {
        const name = `\`${found.policy.name}\` on \`${displayName(found.table)}\``;
        const [first, ...others] = trustedIn(expression.node);
        if (first !== undefined) {
          yield {
            at: placeOfPart(scene, expression, first),
            message: `${name} believes \`user_metadata\`, which every user may change: they let themselves in.`,
            fixes: () => {
              const rewrites = [first, ...others].flatMap((one) => rewriteOf(scene, expression, one) ?? []);
              const title = "Ask `app_metadata`, which only the server writes";
              return changePolicy(scene, found, { title, safe: false, rewrites });
            },
          };
          break;
        }
        for (const routine of routinesIn(expression.node, scene.schema)) {
          const asking = asked.get(routine) ?? [];
          if (asking.at(-1) !== found) asked.set(routine, [...asking, found]);
        }
      }
    }
    for (const [routine, [first, ...others]] of asked) {
      const body = readBody(scene, routine);
      const place = routine.body;
      if (first === undefined || body === undefined || place === undefined || !writtenTrust.test(body.text)) continue;
      const more = others.length === 0 ? "decides" : `and ${others.length} more policies decide`;
      yield {
        at: headOf(scene, place),
        message: `\`${displayName(routine)}()\` believes \`user_metadata\`, which every user may change, and by it \`${first.policy.name}\` on \`${displayName(first.table)}\` ${more}: they let themselves in.`,
        related: [first, ...others].map((one) => ({ at: headOf(scene, one.place), message: "a policy that asks it" })),
      };
    }
  },
});

/** The same in the text of a function, whose expressions are not all statements. */
const writtenTrust = /(?:->>?\s*'user_metadata'|#>>?\s*'\{\s*user_metadata\b|\braw_user_meta_data\b)/i;

/** The keys and paths that lead into what the users write themselves, and the column where it is kept. */
const trustedIn: (node: Node) => readonly Node[] = memo((node) => {
  const found: Node[] = [];
  walk(node, (kind, inner) => {
    if (kind === "ColumnRef" && stringOf(inner.fields?.at(-1)) === "raw_user_meta_data")
      found.push({ ColumnRef: inner });
    if (kind !== "A_Expr" || !/^(?:->>?|#>>?)$/.test(stringOf(inner.name?.[0]) ?? "")) return;
    const key = stringOf(as(inner.rexpr, "TypeCast")?.arg ?? inner.rexpr);
    if (inner.rexpr !== undefined && /^(?:user_metadata|\{\s*user_metadata\s*[,}].*)$/.test(key ?? ""))
      found.push(inner.rexpr);
  });
  return found;
});

function rewriteOf(scene: SchemaScene, expression: Expression, node: Node): Rewrite | undefined {
  const statement = statementOf(scene, expression);
  const span = statement === undefined ? undefined : expressionSpan(statement, node);
  if (statement === undefined || span === undefined) return undefined;
  const text = statement.text.slice(span.start, span.end);
  return {
    expression,
    span,
    text: text.replace("raw_user_meta_data", "raw_app_meta_data").replace("user_metadata", "app_metadata"),
  };
}
