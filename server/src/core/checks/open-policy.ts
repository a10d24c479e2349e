import { displayName, type Expression } from "../schema/model.js";
import { ownerColumns } from "../schema/owner.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteIdentifier } from "../sql/quote.js";
import { apiRoles, hasDynamic } from "./about-access.js";
import { asksOfCaller, namesColumn } from "./about-callers.js";
import { headOf, leadsIndex } from "./about-cures.js";
import { type Leak, leakOf } from "./about-leaks.js";
import { changePolicy, policiesOf, type Rewrite, statementOf, type TablePolicy } from "./about-policies.js";
import { likeKeywords } from "./about-tables.js";
import { verdict } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "open-policy",
  severity: "warning",
  area: "I",
  kind: "state",
  summary:
    "A policy lets strangers write any row, or lets people who have not signed in read a table whose rows belong to somebody.",
  why: "A policy without TO is for everybody, and a test that is always true, or the wrong way round, is none: strangers read or change what is not theirs.",
  instead:
    "Compare the owner with the caller, and say with TO who the policy is for; what is meant for everybody says `to anon, authenticated`.",
  silent:
    "the predicate cannot be decided without the data, the role has no grant, or a read policy spells out `to anon`",
  turnOff: "when the whole database is public by intention, such as one of open data that only the server writes",
  peers: "PLS SPL PGR RG RT",
  bad: [
    '-- file: supabase/migrations/20260101000000_profiles.sql\ncreate table profiles (id uuid primary key references auth.users (id), name text, deleted_at timestamptz);\nalter table profiles enable row level security;\ncreate policy "public profiles" on profiles for select using (deleted_at is null);\ncreate policy own on profiles for update to authenticated using ((select auth.uid()) = id) with check ((select auth.uid()) = id);',
    "create table notes (id uuid primary key, owner uuid not null references auth.users (id));\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy edit on notes for update to authenticated using (true);",
    "create table notes (id uuid primary key, owner uuid not null references auth.users (id));\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy remove on notes for delete to authenticated using (owner <> (select auth.uid()));",
    "CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL REFERENCES auth.users (id), archived boolean);\nCREATE INDEX ON notes (owner);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nGRANT ALL ON notes TO anon, authenticated;\nCREATE POLICY everything ON notes FOR ALL USING ((SELECT auth.role()) = 'authenticated');",
    "create table notes (id uuid primary key, owner uuid not null references auth.users (id));\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy add on notes for insert to authenticated with check ((select auth.uid()) is not null);",
  ],
  good: [
    'create table profiles (id uuid primary key references auth.users (id), name text);\nalter table profiles enable row level security;\ngrant select on profiles to anon, authenticated;\ncreate policy "public profiles" on profiles for select to anon, authenticated using (true);',
    "create table countries (code text primary key);\nalter table countries enable row level security;\ngrant select on countries to anon;\ncreate policy seen on countries for select using (true);",
    "create table notes (id uuid primary key, owner uuid not null references auth.users (id), is_public boolean not null default false);\ncreate index on notes (owner);\nalter table notes enable row level security;\ngrant all on notes to anon, authenticated;\ncreate policy seen on notes for select using (is_public or owner = (select auth.uid()));\ncreate policy edit on notes for update using (owner = (select auth.uid()));",
    "create table feedback (id uuid primary key, body text);\nalter table feedback enable row level security;\ngrant insert on feedback to anon;\ncreate policy add on feedback for insert to anon with check (true);",
    "create table notes (id uuid primary key, owner uuid not null references auth.users (id));\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy backend on notes using ((select auth.role()) = 'service_role');\ncreate policy worker on notes to service_role using (true);",
    "create table notes (id uuid primary key, team uuid, owner uuid references auth.users (id));\ncreate index on notes (team);\nalter table notes enable row level security;\ngrant all on notes to authenticated;\ncreate policy all_see on notes to authenticated using (true);\ncreate policy own_team on notes as restrictive to authenticated using (team = ((select auth.jwt()) ->> 'team')::uuid);",
  ],
  *schema(scene) {
    if (apiRoles(scene).length === 0 || hasDynamic(scene, "policies")) return;
    for (const found of policiesOf(scene)) {
      const leak = leakOf(scene, found);
      if (leak === undefined) continue;
      yield {
        at: headOf(scene, found.place),
        message: messageOf(leak, found),
        severity: leak.severity,
        fixes: () => fixesOf(scene, found, leak),
      };
    }
  },
});

function messageOf({ who, acts, owners, inverted }: Leak, { table, policy }: TablePolicy): string {
  const name = `\`${displayName(table)}\``;
  const people = who === "nobody" ? "anyone, without signing in," : "every signed-in user";
  const all = policy.command === "all" && acts.length > 1;
  const deeds = all ? "read and change" : acts.map((act) => (act === "select" ? "read" : act)).join(" and ");
  const [owner] = owners;
  const whose = owner === undefined ? "" : `, though \`${owner}\` says whose each row is`;
  if (inverted)
    return `\`${policy.name}\` lets ${people} ${deeds} the rows of others in ${name}, and not their own: its test is the wrong way round.`;
  const inserts = acts.length === 1 && acts[0] === "insert";
  // Whoever inserts a team makes its key up: that is nobody's name.
  const isKey = table.constraints.some(
    ({ kind, columns }) => kind === "primary key" && columns.length === 1 && columns[0] === owner,
  );
  if (inserts && isKey) return `\`${policy.name}\` lets ${people} insert any row into ${name}.`;
  const rows = inserts ? `rows into ${name} in anybody's name` : `rows of ${name}`;
  return `\`${policy.name}\` lets ${people} ${deeds} ${rows}${whose}.`;
}

function fixesOf(scene: SchemaScene, found: TablePolicy, leak: Leak): readonly Fix[] {
  const { acts, inverted } = leak;
  if (acts.includes("select") && !inverted) {
    return [
      ...changePolicy(scene, found, {
        title: "Let only signed-in users read",
        safe: false,
        rewrites: [],
        roles: ["authenticated"],
      }),
      ...changePolicy(scene, found, {
        title: "Say that everybody may read",
        safe: false,
        rewrites: [],
        roles: ["anon", "authenticated"],
      }),
    ];
  }
  const { table, policy } = found;
  // A tenant is not compared with the caller's own id, and a lookup without an index would be the next finding.
  const owner = ownerColumns(table, scene.schema).find(
    (column) => leadsIndex(table, column) || (policy.command !== "select" && policy.command !== "all"),
  );
  if (owner === undefined || scene.facts.platform !== "supabase") return [];
  const rewrites: Rewrite[] = [];
  for (const expression of [policy.using, policy.check]) {
    const letsIn = (["nobody", "stranger"] as const).some((who) => verdict(expression?.node, who, table) === true);
    if (expression === undefined || !letsIn) continue;
    const rewrite = ownerTest(scene, expression, owner);
    if (rewrite === undefined) return [];
    rewrites.push(rewrite);
  }
  return rewrites.length === 0
    ? []
    : changePolicy(scene, found, { title: `Ask for \`${owner}\``, safe: false, rewrites });
}

/** The test for the owner, in the place of one that asks nothing of the row, or of the wrong one. */
function ownerTest(scene: SchemaScene, expression: Expression, owner: string): Rewrite | undefined {
  const statement = statementOf(scene, expression);
  const span = statement === undefined ? undefined : expressionSpan(statement, expression.node);
  if (statement === undefined || span === undefined) return undefined;
  const words = (sql: string): string => likeKeywords(statement, sql);
  const test = `${quoteIdentifier(owner)} = (${words("select")} auth.uid())`;
  const isKept = namesColumn(expression.node) && !asksOfCaller(expression.node);
  return {
    expression,
    span,
    text: isKept ? `${test} ${words("and")} (${statement.text.slice(span.start, span.end)})` : test,
  };
}
