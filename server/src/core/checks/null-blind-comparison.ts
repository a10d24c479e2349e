import type { A_Expr, SelectStmt, SubLink } from "@pgsql/types";
import type { Schema } from "../schema/model.js";
import { indexAt, tokensOf, wordOf } from "../sql/clause.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, constantOf, stringOf, walk } from "../sql/tree.js";
import type { Span } from "../text/source.js";
import { type Part, partsOf, within } from "./about-bodies.js";
import { conjunctsOf } from "./about-predicates.js";
import { bind, scopeOf } from "./about-scopes.js";
import { likeKeywords } from "./about-tables.js";
import { check, type Fix, placeIn, type StatementScene } from "./check.js";

export default check({
  name: "null-blind-comparison",
  severity: "warning",
  area: "K",
  kind: "text",
  summary: "A comparison with NULL by `=` or `<>`, or a NOT IN over a subquery that may give NULL.",
  why: "A comparison with NULL is never true. One NULL among the values makes NOT IN true for no row at all.",
  instead: "Write IS NULL or IS NOT NULL, and NOT EXISTS in the place of NOT IN.",
  silent: "assignments, and subqueries whose column is NOT NULL or kept from NULL by a condition",
  turnOff: "when `transform_null_equals` is on for every session, or generated SQL compares with NULL by intention",
  bad: [
    "create table post (id uuid primary key, deleted_at timestamptz);\nalter table post enable row level security;\nupdate post set deleted_at = now() where deleted_at = null;",
    "create table post (id uuid primary key, parent_id uuid);\nalter table post enable row level security;\ncreate index on post (parent_id);\ndelete from post where id not in (select parent_id from post);",
    "create table post (id uuid primary key, title text);\nalter table post enable row level security;\ncreate function titled(wanted text) returns boolean language plpgsql as $$ begin if wanted <> null then return true; end if; return false; end $$;",
  ],
  good: [
    "create table post (id uuid primary key, title text, parent_id uuid);\nalter table post enable row level security;\ncreate index on post (parent_id);\nupdate post set title = null where title is null;\ndelete from post where id not in (select parent_id from post where parent_id is not null) or id not in (select id from post) or title is distinct from null;",
  ],
  *statement(scene) {
    // Most statements compare nothing with anything.
    if (!/\bnull\b|\bnot\b/i.test(scene.statement.text)) return;
    for (const part of partsOf(scene.statement)) {
      if (part.statement.masked) continue;
      for (const { span, message, edit } of blindIn(part.statement, scene.after)) {
        yield {
          at: placeIn(scene, within(part, span)),
          message,
          fixes: () => (edit === undefined ? [] : fixed(scene, part, edit)),
        };
      }
    }
  },
});

interface Blind {
  readonly span: Span;
  readonly message: string;
  readonly edit: { readonly title: string; readonly span: Span; readonly text: string } | undefined;
}

function fixed(scene: StatementScene, part: Part, { title, span, text }: NonNullable<Blind["edit"]>): readonly Fix[] {
  return [{ title, safe: false, edits: [{ at: placeIn(scene, within(part, span)), text }] }];
}

function blindIn(statement: Statement, schema: Schema): readonly Blind[] {
  const found: Blind[] = [];
  walk(statement.node, (kind, node) => {
    if (kind === "A_Expr") found.push(...comparison(statement, node));
    else if (kind === "BoolExpr" && node.boolop === "NOT_EXPR") {
      const link = as(node.args?.[0], "SubLink");
      if (link?.subLinkType === "ANY_SUBLINK" && link.operName === undefined)
        found.push(...exclusion(statement, link, schema));
    } else if (kind === "CreateFunctionStmt" && node.sql_body === undefined) return "skip";
    return undefined;
  });
  return found;
}

function comparison(statement: Statement, node: A_Expr): readonly Blind[] {
  const operator = stringOf(node.name?.[0]) ?? "";
  const left = isNull(node.lexpr);
  const right = isNull(node.rexpr);
  const whole = (): Span | undefined => expressionSpan(statement, { A_Expr: node });
  if (node.kind === "AEXPR_OP" && left !== right && comparing.has(operator)) {
    const span = whole();
    if (span === undefined) return [];
    const value = left ? node.rexpr : node.lexpr;
    // What takes no operand on its left is no comparison.
    if (value === undefined) return [];
    return [
      {
        span,
        message: `\`${operator} null\` is never true: a comparison with NULL gives NULL, whatever the other side is.`,
        edit: left || (operator !== "=" && operator !== "<>") ? undefined : isTest(statement, node, operator),
      },
    ];
  }
  const values = as(node.rexpr, "List")?.items ?? [];
  if (node.kind === "AEXPR_IN" && operator === "<>" && values.some(isNull)) {
    const span = whole();
    if (span !== undefined)
      return [{ span, message: "This NOT IN is true for no row: one of its values is NULL.", edit: undefined }];
  }
  return [];
}

const comparing: ReadonlySet<string> = new Set(["=", "<>", "<", ">", "<=", ">="]);

function isNull(node: Node | undefined): boolean {
  const cast = as(node, "TypeCast");
  return constantOf(cast === undefined ? node : cast.arg) === null;
}

/** `IS [NOT] NULL` in the place of the operator and the NULL behind it. */
function isTest(statement: Statement, node: A_Expr, operator: string): Blind["edit"] {
  if (as(node.rexpr, "A_Const") === undefined) return undefined;
  const at = indexAt(statement, node.location ?? 0);
  const [sign, word] = tokensOf(statement).slice(at, at + 2);
  if (sign === undefined || word === undefined || wordOf(statement, word) !== "null") return undefined;
  const upper = statement.text.slice(word.start, word.end) === "NULL";
  const text = operator === "=" ? "is null" : "is not null";
  const before = /\s/.test(statement.text.charAt(sign.start - 1)) ? "" : " ";
  return {
    title: `Write \`${text}\``,
    span: { start: sign.start, end: word.end },
    text: before + (upper ? text.toUpperCase() : text),
  };
}

/** NOT IN over a query whose only column may be NULL. */
function exclusion(statement: Statement, link: SubLink, schema: Schema): readonly Blind[] {
  const select = as(link.subselect, "SelectStmt");
  const column = select === undefined ? undefined : nullable(select, schema);
  const span = expressionSpan(statement, { SubLink: link });
  if (select === undefined || column === undefined || span === undefined) return [];
  return [
    {
      span,
      message: `One row without \`${column.shown}\` makes this NOT IN true for no row at all.`,
      edit: withCondition(statement, select, span, column.sql),
    },
  ];
}

/** The column of a query, when it is one of a table, may be NULL there and no condition keeps NULL out. */
function nullable(select: SelectStmt, schema: Schema): { readonly shown: string; readonly sql: string } | undefined {
  const [target, ...others] = select.targetList ?? [];
  const reference = as(as(target, "ResTarget")?.val, "ColumnRef");
  if (reference === undefined || others.length > 0 || select.larg !== undefined) return undefined;
  // Outer joins apart, a condition on the column that can be true only for a value keeps NULL out.
  const bound = bind(reference, scopeOf(select, { outer: undefined, sources: [] }, schema));
  const column = bound?.source.table?.columns.find(({ name }) => name === bound.column);
  if (bound === undefined || column === undefined || column.notNull || column.generated !== undefined) return undefined;
  const conditions = [...conjunctsOf(select.whereClause), ...joinConditions(select)];
  if (conditions.some((condition) => names(condition, bound.column) && isStrict(condition))) return undefined;
  const words = (reference.fields ?? []).flatMap((field) => stringOf(field) ?? []);
  return { shown: `${bound.source.table?.name}.${bound.column}`, sql: words.map(quoteIdentifier).join(".") };
}

function joinConditions(select: SelectStmt): readonly Node[] {
  const found: Node[] = [];
  walk(select.fromClause, (kind, node) => {
    if (kind === "JoinExpr" && node.quals !== undefined) found.push(...conjunctsOf(node.quals));
  });
  return found;
}

function names(condition: Node, column: string): boolean {
  let found = false;
  walk(condition, (kind, node) => {
    if (kind === "ColumnRef" && stringOf(node.fields?.at(-1)) === column) found = true;
  });
  return found;
}

/** Whether a condition on a column is not known to let NULL through. */
function isStrict(condition: Node): boolean {
  return as(condition, "NullTest")?.nulltesttype !== "IS_NULL";
}

/** The subquery with one more condition at its end. */
function withCondition(statement: Statement, select: SelectStmt, span: Span, column: string): Blind["edit"] {
  const { whereClause, groupClause, havingClause, sortClause, limitCount, limitOffset, fromClause } = select;
  if ([groupClause, havingClause, sortClause, limitCount, limitOffset].some((clause) => clause !== undefined))
    return undefined;
  if (fromClause === undefined || as(whereClause, "BoolExpr")?.boolop === "OR_EXPR") return undefined;
  const end = span.end - 1;
  if (statement.text.charAt(end) !== ")") return undefined;
  const text = likeKeywords(
    statement,
    whereClause === undefined ? ` where \`${column}\` is not null` : ` and \`${column}\` is not null`,
  );
  return { title: `Leave out rows without \`${column}\``, span: { start: end, end }, text };
}
