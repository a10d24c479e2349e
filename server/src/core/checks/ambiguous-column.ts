import type { RangeVar } from "@pgsql/types";
import { wordNamed } from "../schema/missing.js";
import type { Schema } from "../schema/model.js";
import { remembering } from "../schema/remembering.js";
import { bodyExpressions, bodyOf, bodyStatements } from "../sql/body.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, type NodeOf, stringOf, walk } from "../sql/tree.js";
import type { Span } from "../text/source.js";
import { within } from "./about-bodies.js";
import { definitionOf, renameInBody } from "./about-names.js";
import { bind, type Scope, scopeOf, spanOfReference, walkScoped } from "./about-scopes.js";
import { check } from "./check.js";

export default check({
  name: "ambiguous-column",
  severity: "error",
  area: "K",
  kind: "state",
  summary:
    "A query in a PL/pgSQL function uses a bare name that is a column and also an argument or output of the function.",
  why: "PL/pgSQL refuses to choose: the function is made, and fails with 42702 each time the query runs.",
  instead: "Write the table's name or alias before the column, or give the argument a name of its own.",
  silent: "`#variable_conflict`, and names in queries over relations whose columns are not known",
  turnOff: "when the server sets `plpgsql.variable_conflict` for every session, which no file of the project shows",
  peers: "PLS",
  bad: [
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function newest() returns table (id uuid, headline text) language plpgsql stable as $$ begin return query select id, title from post; end $$;",
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function retitle(id uuid, title text) returns void language plpgsql as $$ begin update post set title = retitle.title where post.id = retitle.id and title is null; end $$;",
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function keep(out id uuid) language plpgsql as $$ begin insert into post as p values (gen_random_uuid()) on conflict (id) do nothing; end $$;",
  ],
  good: [
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function newest() returns table (id uuid, headline text) language plpgsql stable as $$ begin return query select p.id, p.title from post p; id := null; end $$;",
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function newest() returns table (id uuid) language plpgsql stable as $$\n#variable_conflict use_column\nbegin return query select id from post; end $$;\ncreate function wanted(id uuid) returns setof post language sql stable as $$ select * from post where id = $1 $$;",
  ],
  *schema(scene) {
    for (const routine of scene.schema.routines.values().flat()) {
      if (routine.language !== "plpgsql" || routine.settings.has("plpgsql.variable_conflict")) continue;
      const definition = definitionOf(scene, routine);
      if (definition === undefined) continue;
      const { statement, place } = definition;
      for (const { name, table, qualified, span } of ambiguousIn(statement, scene.schema)) {
        const at = { ...place, span };
        yield {
          at,
          message: `\`${name}\` may mean the column of \`${table}\` or what \`${routine.name}\` takes or returns by that name, so the function fails here.`,
          fixes: () =>
            qualified === undefined
              ? []
              : renameInBody(scene, { name: { span, meant: () => qualified }, routine, statement, at }),
        };
      }
    }
  },
});

interface Ambiguous {
  readonly name: string;
  readonly table: string;
  /** The column with what stands before it, where that may be written. */
  readonly qualified: string | undefined;
  readonly span: Span;
}

const ambiguousIn: (statement: Statement, schema: Schema) => readonly Ambiguous[] = remembering((statement, schema) => {
  const found: Ambiguous[] = [];
  const create = as(statement.node, "CreateFunctionStmt");
  const names = new Set((create?.parameters ?? []).flatMap((node) => as(node, "FunctionParameter")?.name ?? []));
  if (names.size === 0 || statement.masked || /#\s*variable_conflict\s+use_/i.test(bodyOf(statement)?.text ?? ""))
    return found;
  for (const { start, statement: inner } of [...bodyStatements(statement), ...bodyExpressions(statement)]) {
    const keep = (one: Ambiguous): void => {
      found.push({ ...one, span: within({ start }, one.span) });
    };
    readStatement(inner, names, schema, keep);
  }
  return found;
});

type Keep = (one: Ambiguous) => void;

function readStatement(statement: Statement, names: ReadonlySet<string>, schema: Schema, keep: Keep): void {
  const visit = (scope: Scope) => (kind: string, node: unknown) => {
    if (kind === "ColumnRef") readColumn(statement, node as NodeOf<"ColumnRef">, scope, names, keep);
    return undefined;
  };
  const { node } = statement;
  const insert = as(node, "InsertStmt");
  const update = as(node, "UpdateStmt");
  const remove = as(node, "DeleteStmt");
  const nowhere: Scope = { outer: undefined, sources: [] };
  const over = (relation: RangeVar | undefined, more: readonly Node[] | undefined): Scope =>
    relation === undefined
      ? nowhere
      : scopeOf({ fromClause: [{ RangeVar: relation }, ...(more ?? [])] }, nowhere, schema);
  const read = (nodes: readonly (Node | undefined)[], scope: Scope): void =>
    walkScoped(
      nodes.filter((one) => one !== undefined),
      scope,
      schema,
      visit,
    );
  // A name that a WITH gives hides a table, and what it gives is not told here.
  if ([insert, update, remove].some((one) => one?.withClause !== undefined)) return;
  if (update !== undefined) {
    const values = (update.targetList ?? []).map((one) => as(one, "ResTarget")?.val);
    read(
      [...values, update.whereClause, ...(update.returningClause?.exprs ?? [])],
      over(update.relation, update.fromClause),
    );
  } else if (remove !== undefined) {
    read([remove.whereClause, ...(remove.returningClause?.exprs ?? [])], over(remove.relation, remove.usingClause));
  } else if (insert !== undefined) {
    read([insert.selectStmt], nowhere);
    const target = over(insert.relation, []);
    read(insert.returningClause?.exprs ?? [], target);
    readConflict(statement, insert, target, names, keep);
  } else if (as(node, "SelectStmt") !== undefined) read([node], nowhere);
}

function readColumn(
  statement: Statement,
  reference: NodeOf<"ColumnRef">,
  scope: Scope,
  names: ReadonlySet<string>,
  keep: Keep,
): void {
  const [field, ...more] = reference.fields ?? [];
  const name = stringOf(field);
  if (name === undefined || more.length > 0 || !names.has(name)) return;
  const bound = bind(reference, scope);
  // What a query around it has is in sight only where the query is lateral.
  if (bound === undefined || !scope.sources.includes(bound.source)) return;
  const span = spanOfReference(statement, reference);
  const { alias, table } = bound.source;
  if (span === undefined) return;
  keep({ name, table: table?.name ?? alias, qualified: `${quoteIdentifier(alias)}.${quoteIdentifier(name)}`, span });
}

/** The columns of ON CONFLICT are expressions too, though no table may stand before them. */
function readConflict(
  statement: Statement,
  { onConflictClause: clause }: NodeOf<"InsertStmt">,
  { sources }: Scope,
  names: ReadonlySet<string>,
  keep: Keep,
): void {
  const [target] = sources;
  walk(clause?.infer?.indexElems, (kind, element) => {
    if (kind !== "IndexElem" || element.name === undefined || !names.has(element.name)) return;
    if (target?.columns?.includes(element.name) !== true) return;
    const span = wordNamed(statement, element.name, clause?.infer?.location ?? clause?.location ?? 0);
    if (span !== undefined)
      keep({ name: element.name, table: target.table?.name ?? target.alias, qualified: undefined, span });
  });
}
