import { displayName, type Policy, type Schema, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { nameOf, relationName, resolve } from "../schema/reading.js";
import type { Node } from "../sql/statement.js";
import { as, stringOf, walk } from "../sql/tree.js";
import { headOf } from "./about-cures.js";
import { covers } from "./about-policies.js";
import { conjunctsOf } from "./about-predicates.js";
import { acts, refuses } from "./about-verdicts.js";
import { check, type FileScene, type Report, type SchemaScene, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "weakened-rls",
  severity: "error",
  area: "H",
  kind: "act",
  summary: "A migration switches row level security off, or widens what policies allow.",
  why: "What was refused yesterday is allowed as soon as the migration has run: a leak that looks like a line of clean-up.",
  instead: "Make the policy again, as narrow as it was, in the same file; or say in a comment why more is allowed.",
  silent: "the table is made in the same file, or the file ends as narrow as it began",
  turnOff: "when another review decides about access, and each widening is signed off there",
  peers: "SD PGR RG RT",
  bad: [
    "-- file: supabase/migrations/20270101000000_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\nalter table notes enable row level security;\n-- file: supabase/migrations/20270102000000_debug.sql\nalter table notes disable row level security;",
    "-- file: supabase/migrations/20270101000000_notes.sql\ncreate table notes (id uuid primary key, team text);\nalter table notes enable row level security;\ngrant select on notes to authenticated;\ncreate policy see on notes for select to authenticated using (team is not null);\ncreate policy strict on notes as restrictive to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');\n-- file: supabase/migrations/20270102000000_clean.sql\ndrop policy strict on notes;",
    "-- file: supabase/migrations/20270101000000_notes.sql\nCREATE TABLE notes (id uuid PRIMARY KEY, kind text, deleted boolean);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nGRANT SELECT ON notes TO authenticated;\nCREATE POLICY see ON notes FOR SELECT TO authenticated USING (kind = 'a' AND NOT deleted);\n-- file: supabase/migrations/20270102000000_more.sql\nALTER POLICY see ON notes USING (NOT deleted);",
  ],
  good: [
    "create table notes (id uuid primary key, owner uuid);\nalter table notes enable row level security;\nalter table notes disable row level security;",
    "-- file: supabase/migrations/20270101000000_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\nalter table notes enable row level security;\ncreate policy see on notes for select to authenticated using (owner is not null);\n-- file: supabase/migrations/20270102000000_again.sql\ndrop policy see on notes;\ncreate policy see on notes for select to authenticated using (owner is not null and id is not null);",
    "-- file: supabase/migrations/20270101000000_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\nalter table notes enable row level security;\n-- file: supabase/migrations/20270102000000_load.sql\nalter table notes disable row level security;\nupdate notes set owner = id where owner is null;\nalter table notes enable row level security;",
  ],
  *file(file) {
    const end = file.statements.at(-1)?.after;
    if (file.migration === undefined || end === undefined) return;
    const said = new Set<string>();
    for (const scene of [...file.statements].reverse()) {
      for (const report of weakenedBy(scene, file, end, said)) yield report;
    }
  },
  *schema(scene) {
    for (const table of scene.schema.tables.values()) {
      const { rls, origin } = table;
      if (rls.enabled || rls.place === undefined || origin.made === undefined || origin.made.uri === rls.place.uri)
        continue;
      const migration = scene.history?.migrations.find(({ uri }) => uri === rls.place?.uri);
      if (migration === undefined || migration.state === "applied" || !wasEnabled(scene, table)) continue;
      yield {
        at: headOf(scene, rls.place),
        message: `Row level security of \`${displayName(table)}\` is off from here on: whoever has a grant sees and changes all of its rows.`,
      };
    }
  },
});

function* weakenedBy(scene: StatementScene, file: FileScene, end: Schema, said: Set<string>): Iterable<Report> {
  const { node } = scene.statement;
  for (const { relation, policy } of policiesTouched(node)) {
    const [before, after] = tableBoth(file, end, relation);
    const was = before?.policies.find(({ name }) => name === policy);
    const is = after?.policies.find(({ name }) => name === policy);
    if (before === undefined || after === undefined || was === undefined || !before.rls.enabled) continue;
    if (!isFirst(said, before, policy)) continue;
    const name = `\`${policy}\` on \`${displayName(before)}\``;
    if (is === undefined) {
      const left = after.policies.some(
        (one) => !one.permissive && acts.every((act) => !covers(was, act) || covers(one, act)),
      );
      if (!was.permissive && !left)
        yield {
          at: wholeStatement(scene),
          message: `Nothing takes the place of the restrictive policy ${name}: what it refused is allowed from here on.`,
        };
      continue;
    }
    const how = widened(was, is, after);
    if (how !== undefined)
      yield { at: wholeStatement(scene), message: `${name} ${how} from here on.`, severity: "warning" };
  }
}

/** Some statement has enabled it: switching off what was never on weakens nothing. */
function wasEnabled({ history, source }: SchemaScene, { name }: Table): boolean {
  return (history?.migrations ?? []).some(({ uri }) =>
    source(uri)?.pieces.some(({ statement }) => {
      const alter = as(statement?.node, "AlterTableStmt");
      return (
        alter?.relation?.relname === name &&
        alter.cmds?.some((one) => as(one, "AlterTableCmd")?.subtype === "AT_EnableRowSecurity") === true
      );
    }),
  );
}

function isFirst(said: Set<string>, { schema, name }: Table, policy: string): boolean {
  const key = `${schema}.${name}.${policy}`;
  if (said.has(key)) return false;
  said.add(key);
  return true;
}

interface Written {
  readonly schema: string | undefined;
  readonly name: string;
}

/** The table at both ends of a file; undefined before when the file or the platform makes it. */
function tableBoth(file: FileScene, end: Schema, written: Written): readonly [Table | undefined, Table | undefined] {
  const find = (schema: Schema): Table | undefined => {
    const key = resolve(schema, schema.tables, written);
    return key === undefined ? undefined : schema.tables.get(key);
  };
  const before = find(file.start);
  const isOurs = before !== undefined && (before.origin.made !== undefined || isPlatformSchema(before.schema));
  return isOurs ? [before, find(end)] : [undefined, undefined];
}

/** The policies that a statement drops, makes or changes. */
function policiesTouched(node: Node | undefined): readonly { readonly relation: Written; readonly policy: string }[] {
  const one = as(node, "AlterPolicyStmt") ?? as(node, "CreatePolicyStmt");
  if (one !== undefined) return [{ relation: relationName(one.table), policy: one.policy_name ?? "" }];
  const drop = as(node, "DropStmt");
  if (drop?.removeType !== "OBJECT_POLICY") return [];
  return (drop.objects ?? []).flatMap((object) => {
    const items = as(object, "List")?.items ?? [];
    return items.length < 2 ? [] : [{ relation: nameOf(items.slice(0, -1)), policy: stringOf(items.at(-1)) ?? "" }];
  });
}

/** In which way a policy lets in more than it did; only what is certain. */
function widened(was: Policy, is: Policy, table: Table): string | undefined {
  if (was.permissive !== is.permissive) return was.permissive ? undefined : "is no longer restrictive";
  const everybody = ["public", "anon"];
  const isOpen =
    is.roles.some((role) => everybody.includes(role)) && !was.roles.some((role) => everybody.includes(role));
  const deciding = is.command === "insert" ? is.check : is.using;
  // A test that refuses them anyway widens nothing, and what a function says of nobody cannot be told.
  const isPlain = deciding === undefined || (!refuses(deciding.node, "nobody", table) && !calls(deciding.node));
  if (is.permissive && isOpen && isPlain) return "is for people who have not signed in too";
  for (const clause of ["using", "check"] as const) {
    const [before, after] = [conditions(was[clause]?.node), conditions(is[clause]?.node)];
    if (after.length === 0 || after.length >= before.length) continue;
    if (after.every((one) => before.includes(one)))
      return `asks for less (${before.length - after.length} of its ${before.length} conditions ${before.length - after.length === 1 ? "is" : "are"} gone)`;
  }
  return undefined;
}

function calls(node: Node): boolean {
  let calls = false;
  walk(node, (kind, _call) => {
    if (kind === "FuncCall") calls = true;
  });
  return calls;
}

/** The conditions that must all hold, as texts that do not depend on where they stand. */
function conditions(node: Node | undefined): readonly string[] {
  return conjunctsOf(node).map((one) =>
    JSON.stringify(one, (key, value: unknown) => (key === "location" ? undefined : value)),
  );
}
