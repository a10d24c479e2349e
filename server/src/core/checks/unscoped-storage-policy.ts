import type { Policy } from "../schema/model.js";
import { relationName } from "../schema/reading.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteLiteral } from "../sql/quote.js";
import type { SqlFile } from "../sql/statement.js";
import { as, constantOf, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { callerCall } from "./about-callers.js";
import { headOf } from "./about-cures.js";
import {
  changePolicy,
  covers,
  policiesOf,
  predicatesOf,
  type Rewrite,
  statementOf,
  type TablePolicy,
} from "./about-policies.js";
import { callersColumn, conjunctsOf, namesTheColumn } from "./about-predicates.js";
import { likeKeywords } from "./about-tables.js";
import { verdict } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "unscoped-storage-policy",
  severity: "warning",
  area: "J",
  kind: "state",
  summary: "A policy for stored files names no bucket, or lets everybody list a public one.",
  why: "All buckets share one table, so a policy that names none is for the files of every bucket, those made tomorrow included. Files of a public bucket are served without a policy; one for reading only lets people list them.",
  instead: "Compare `bucket_id` with the bucket that is meant; drop the SELECT policy of a public bucket.",
  silent:
    "the policy is restrictive, lets nobody through, asks for the owner of a file that is there, or leaves the decision to a function that gets the row",
  turnOff: "when the project has one bucket and will have no other",
  peers: "SPL PGR",
  bad: [
    "create policy own on storage.objects to authenticated using (owner_id = (select auth.uid()::text));",
    "insert into storage.buckets (id, name) values ('files', 'files');\nCREATE POLICY \"people upload\" ON storage.objects FOR INSERT TO authenticated WITH CHECK ((storage.foldername(name))[1] = (SELECT auth.uid()::text));",
    "insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);\ncreate policy \"avatars are public\" on storage.objects for select to anon, authenticated using (bucket_id = 'avatars');",
  ],
  good: [
    "create policy own on storage.objects for delete to authenticated using (owner_id = (select auth.uid()::text));",
    "create policy own on storage.objects for select to authenticated using (bucket_id = 'files' and owner_id = (select auth.uid()::text));",
    "create policy strict on storage.objects as restrictive for delete to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');",
    "insert into storage.buckets (id, name, public) values ('files', 'files', false);\ncreate policy \"signed-in people read\" on storage.objects for select to authenticated using (bucket_id = 'files');",
    "create policy decided on storage.objects for select to authenticated using (may_read(id));",
  ],
  *schema(scene) {
    if (scene.facts.platform !== "supabase") return;
    for (const found of policiesOf(scene)) {
      const { table, policy, place } = found;
      if (table.schema !== "storage" || table.name !== "objects" || !policy.permissive) continue;
      if (policy.roles.every((role) => role === "service_role") || isClosed(found)) continue;
      const name = `\`${policy.name}\``;
      if (
        predicatesOf(policy).every(({ node }) => !namesTheColumn(node, "bucket_id")) &&
        !asksFunction(policy) &&
        !isOwn(policy)
      ) {
        yield {
          at: headOf(scene, place),
          message: `${name} names no bucket: it is for the files of every bucket, those made later too.`,
          fixes: () => fixesOf(scene, found),
        };
        continue;
      }
      const bucket = onlyBucket(policy);
      if (bucket !== undefined && covers(policy, "select") && bucketsOf(scene).get(bucket) === true) {
        yield {
          at: headOf(scene, place),
          message: `${name} lets people list every file of \`${bucket}\`: the bucket is public, so reading a file whose name is known needs no policy.`,
        };
      }
    }
  },
});

function isClosed({ policy, table }: TablePolicy): boolean {
  return (["nobody", "stranger", "owner"] as const).every((person) =>
    predicatesOf(policy).some(({ node }) => verdict(node, person, table) === false),
  );
}

/** Whoever put a file somewhere may have it back, whatever bucket it is in; where they put it is another question. */
function isOwn({ command, using }: Policy): boolean {
  const asksOwner = conjunctsOf(using?.node).some((one) => /^owner(?:_id)?$/.test(callersColumn(one) ?? ""));
  return asksOwner && (command === "select" || command === "delete" || command === "update");
}

/** Functions that are neither the platform's nor PostgreSQL's may look at the bucket themselves. */
function asksFunction(policy: Policy): boolean {
  let asks = false;
  for (const { node } of predicatesOf(policy)) {
    walk(node, (kind, call) => {
      if (kind !== "FuncCall" || callerCall(call) !== undefined) return;
      const names = call.funcname?.map((word) => as(word, "String")?.sval) ?? [];
      if (names[0] !== "storage" && names[0] !== "pg_catalog" && !plain.has(names.at(-1) ?? "")) asks = true;
    });
  }
  return asks;
}

const plain: ReadonlySet<string> = new Set(
  "lower upper split_part left right length regexp_match regexp_replace starts_with substring position now coalesce string_to_array array_length octet_length".split(
    " ",
  ),
);

/** The bucket when that is all a policy asks for. */
function onlyBucket({ using }: Policy): string | undefined {
  const [only, ...more] = conjunctsOf(using?.node);
  const operation = as(only, "A_Expr");
  if (more.length > 0 || operation?.kind !== "AEXPR_OP" || !namesTheColumn(operation.lexpr, "bucket_id"))
    return undefined;
  const value = constantOf(as(operation.rexpr, "TypeCast")?.arg ?? operation.rexpr);
  return typeof value === "string" ? value : undefined;
}

/** The buckets that the migrations make, and whether they are public; a bucket that is changed later is not known. */
function bucketsOf(scene: SchemaScene): ReadonlyMap<string, boolean> {
  const uris = new Set((scene.history?.migrations ?? []).map(({ uri }) => uri));
  for (const { place } of policiesOf(scene)) uris.add(place.uri);
  const all = new Map<string, boolean>();
  for (const uri of uris) {
    const file = scene.source(uri);
    for (const [bucket, open] of file === undefined ? [] : bucketsIn(file))
      all.set(bucket, open && (all.get(bucket) ?? true));
  }
  return all;
}

const bucketsIn: (file: SqlFile) => readonly (readonly [string, boolean])[] = memo((file) =>
  file.pieces.flatMap(({ statement, section }) => {
    const insert = as(statement?.node, "InsertStmt");
    const update = as(statement?.node, "UpdateStmt");
    if (section === "down") return [];
    const isBuckets = (relation: Parameters<typeof relationName>[0]): boolean => {
      const { schema, name } = relationName(relation);
      return schema === "storage" && name === "buckets";
    };
    // After an UPDATE nobody can tell which ones are public.
    if (update !== undefined && isBuckets(update.relation)) {
      const where = as(update.whereClause, "A_Expr");
      const id = constantOf(where?.rexpr);
      return typeof id === "string" ? [[id, false] as const] : [];
    }
    if (insert === undefined || !isBuckets(insert.relation)) return [];
    const columns = (insert.cols ?? []).map((node) => as(node, "ResTarget")?.name);
    const rows = as(insert.selectStmt, "SelectStmt")?.valuesLists ?? [];
    return rows.flatMap((row): readonly (readonly [string, boolean])[] => {
      const values = (as(row, "List")?.items ?? []).map((item) => constantOf(as(item, "TypeCast")?.arg ?? item));
      const id = values[columns.indexOf("id")];
      const open = values[columns.indexOf("public")];
      return typeof id === "string" ? [[id, open === true]] : [];
    });
  }),
);

/** The one bucket there is, asked for beside what is asked for already. */
function fixesOf(scene: SchemaScene, found: TablePolicy): readonly Fix[] {
  const [bucket, ...others] = bucketsOf(scene).keys();
  if (bucket === undefined || others.length > 0) return [];
  const rewrites = predicatesOf(found.policy).flatMap((expression): readonly Rewrite[] => {
    const statement = statementOf(scene, expression);
    const span = statement === undefined ? undefined : expressionSpan(statement, expression.node);
    if (statement === undefined || span === undefined) return [];
    const written = statement.text.slice(span.start, span.end);
    const kept = as(expression.node, "BoolExpr")?.boolop === "OR_EXPR" ? `(${written})` : written;
    return [
      { expression, span, text: `bucket_id = ${quoteLiteral(bucket)} ${likeKeywords(statement, "and")} ${kept}` },
    ];
  });
  if (rewrites.length !== predicatesOf(found.policy).length) return [];
  return changePolicy(scene, found, { title: `Ask for the bucket \`${bucket}\``, safe: false, rewrites });
}
