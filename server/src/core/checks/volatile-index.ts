import type { IndexStmt } from "@pgsql/types";
import type { Table } from "../schema/model.js";
import { relationName, resolve } from "../schema/reading.js";
import { findWordsHere, tokenBefore } from "../sql/clause.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node } from "../sql/statement.js";
import { as } from "../sql/tree.js";
import type { Span } from "../text/source.js";
import { columnNamed, conjunctsOf } from "./about-predicates.js";
import { changing, type Unsteady } from "./about-volatility.js";
import { check, type Fix, type PlacedEdit, placeIn, type StatementScene } from "./check.js";

export default check({
  name: "volatile-index",
  severity: "error",
  area: "A",
  kind: "act",
  summary: "An index expression or predicate depends on the moment, the caller or the session.",
  why: "An index keeps what was true when a row was written, so PostgreSQL refuses anything that is not IMMUTABLE (42P17), and the migration fails.",
  instead:
    "Index the column and compare it in the query; cut a time in a fixed zone: `(created_at at time zone 'UTC')::date`.",
  silent: "whether a function is IMMUTABLE is not known, or depends on a type that is not",
  turnOff:
    "never as a whole: PostgreSQL refuses each such index; allow the line where a function of your own is mislabelled on purpose",
  bad: [
    "create table subscription (id uuid primary key, user_id uuid, status text, expires_at timestamptz);\ncreate index active on subscription (user_id) where status = 'active' and expires_at > now();",
    "create table event (id uuid primary key, created_at timestamptz);\ncreate index event_day on event ((created_at::date));",
    "create table note (id uuid primary key, owner uuid);\nCREATE INDEX own ON note (id) WHERE owner = auth.uid();",
    "create table event (id uuid primary key, created_at timestamptz);\ncreate index on event (date_trunc('day', created_at));",
  ],
  good: [
    "create table event (id uuid primary key, created_at timestamptz, day date);\ncreate index on event (((created_at at time zone 'UTC')::date));\ncreate index on event (day) where created_at > '2026-01-01';",
    "create table event (id uuid primary key, at timestamp, mail text);\ncreate index on event (date_trunc('day', at));\ncreate index on event (lower(mail)) where at is not null;",
    "create table event (id uuid primary key, mail text);\ncreate index on event (somebodys(mail));",
  ],
  visit: {
    *IndexStmt(create, scene) {
      const key = resolve(scene.before, scene.before.tables, relationName(create.relation));
      const table = key === undefined ? undefined : scene.before.tables.get(key);
      const name = create.idxname ?? "index";
      for (const node of create.indexParams ?? []) {
        const expression = as(node, "IndexElem")?.expr;
        const found = changing(expression, table, scene.before);
        if (found === undefined) continue;
        yield {
          at: placeOf(scene, found.node),
          message: `PostgreSQL refuses \`${name}\`: ${found.why}, and what an index keeps has to stay true.`,
          fixes: () => inUtc(scene, found),
        };
      }
      const found = changing(create.whereClause, table, scene.before);
      if (found === undefined) return;
      yield {
        at: placeOf(scene, found.node),
        message: `PostgreSQL refuses \`${name}\`: ${found.why}, and which rows an index holds has to stay true.`,
        fixes: () => withoutConjunct(scene, create, table),
      };
    },
  },
});

function placeOf(scene: StatementScene, node: Node) {
  return placeIn(scene, expressionSpan(scene.statement, node) ?? { start: 0, end: scene.statement.text.length });
}

/** A time that is cut in the session's zone is cut in UTC. */
function inUtc(scene: StatementScene, { time }: Unsteady): readonly Fix[] {
  const span = time === undefined ? undefined : expressionSpan(scene.statement, time);
  if (span === undefined) return [];
  const text = `(${scene.statement.text.slice(span.start, span.end)} at time zone 'UTC')`;
  return [{ title: "Cut it in UTC", safe: false, edits: [{ at: placeIn(scene, span), text }] }];
}

/** The predicate without what changes; the column that was compared joins the key, so that the query still finds its rows by it. */
function withoutConjunct(scene: StatementScene, create: IndexStmt, table: Table | undefined): readonly Fix[] {
  const { statement, before } = scene;
  const parts = conjunctsOf(create.whereClause);
  const spans = parts.map((part) => withBrackets(scene, part));
  const goes = parts.map((part) => changing(part, table, before) !== undefined);
  const word = findWordsHere(statement, ["where"], 0);
  if (spans.includes(undefined) || word === undefined) return [];
  const kept = spans.flatMap((span, at) =>
    span === undefined || goes[at] === true ? [] : [statement.text.slice(span.start, span.end)],
  );
  const and = /^[A-Z]{2}/.test(statement.text) ? " AND " : " and ";
  const start = kept.length === 0 ? (tokenBefore(statement, word.start)?.end ?? word.start) : word.end;
  const text = kept.length === 0 ? "" : ` ${kept.join(and)}`;
  const edits: PlacedEdit[] = [{ at: placeIn(scene, { start, end: statement.text.length }), text }];
  const listed = new Set((create.indexParams ?? []).map((node) => as(node, "IndexElem")?.name));
  const compared = parts.flatMap((part, at) => (goes[at] === true ? (comparedColumn(part) ?? []) : []));
  const columns = compared.filter((name) => !listed.has(name));
  const close = endOfKey(scene, create, word.start);
  if (
    columns.length > 0 &&
    close !== undefined &&
    (create.accessMethod ?? "btree") === "btree" &&
    create.unique !== true
  )
    edits.push({
      at: placeIn(scene, { start: close, end: close }),
      text: `, ${columns.map(quoteIdentifier).join(", ")}`,
    });
  const title =
    columns.length > 0
      ? `Take it out of the predicate, and index ${columns.map((name) => `\`${name}\``).join(", ")}`
      : "Take it out of the predicate";
  return [{ title, safe: false, edits }];
}

/** An expression with the brackets right around it. */
function withBrackets({ statement }: StatementScene, node: Node): Span | undefined {
  const span = expressionSpan(statement, node);
  if (span === undefined) return undefined;
  const { text } = statement;
  const open = /\(\s*$/.exec(text.slice(0, span.start));
  const close = /^\s*\)/.exec(text.slice(span.end));
  return open === null || close === null ? span : { start: open.index, end: span.end + close[0].length };
}

/** `expires_at` in `expires_at > now()`: a plain column on one side. */
function comparedColumn(node: Node): string | undefined {
  const comparison = as(node, "A_Expr");
  return columnNamed(comparison?.lexpr) ?? columnNamed(comparison?.rexpr);
}

/** Where the brackets of the key close: the last ones before WHERE, INCLUDE and the other clauses. */
function endOfKey({ statement }: StatementScene, { indexIncludingParams, options }: IndexStmt, where: number) {
  if (indexIncludingParams !== undefined || options !== undefined) return undefined;
  const token = tokenBefore(statement, where);
  return token !== undefined && statement.text[token.start] === ")" ? token.start : undefined;
}
