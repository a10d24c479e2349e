import { memo } from "../text/memo.js";
import type { Span } from "../text/source.js";
import { findWordsHere, tokenAt, tokensOf, wordOf } from "./clause.js";
import { type Token, tokens } from "./lexer.js";
import { parseStatement } from "./parser.js";
import { plpgsqlParts } from "./plpgsql.js";
import { readSql } from "./read.js";
import type { Node, Statement } from "./statement.js";
import { as, stringOf } from "./tree.js";

/**
 * What a DO block or the quoted body of a routine runs. It knows static SQL only: what is built at run time is not there, and neither is a
 * statement that does not parse. Bodies without quotes (BEGIN ATOMIC) stand in the tree already.
 */

/** A static SQL statement inside a body. */
export interface BodyStatement {
  /** Where it begins in the text of the statement that holds the body. */
  readonly start: number;
  /** Its text is as long as what is written; what only PL/pgSQL knows (INTO and its targets) is blanked, PERFORM reads SELECT. */
  readonly statement: Statement;
  /** Whether it runs only sometimes, or its failure is caught: inside IF, CASE, a loop, a block with handlers, or behind an early RETURN. */
  readonly guarded: boolean;
}

/** The SQL statements inside a DO block or the quoted body of a function or procedure in language sql or plpgsql. */
export function bodyStatements(statement: Statement): readonly BodyStatement[] {
  return partsOf(statement).statements;
}

/**
 * The expressions that a PL/pgSQL body evaluates by itself (conditions, assigned and returned values, defaults, cursors), each as a SELECT
 * that begins where it would have to for its names to stand where they are written.
 */
export function bodyExpressions(statement: Statement): readonly BodyStatement[] {
  return partsOf(statement).expressions;
}

interface Parts {
  readonly statements: readonly BodyStatement[];
  readonly expressions: readonly BodyStatement[];
}

const partsOf: (statement: Statement) => Parts = memo((statement) => {
  const body = bodyOf(statement);
  const statements: BodyStatement[] = [];
  const expressions: BodyStatement[] = [];
  if (body === undefined) return { statements, expressions };
  const keep = (into: BodyStatement[], start: number, inner: Statement | undefined, guarded: boolean): void => {
    if (inner?.node === undefined || inner.error !== undefined) return;
    into.push({ start: body.span.start + start, statement: inner, guarded });
  };
  if (body.language === "sql") {
    for (const piece of readSql(body.text).pieces) keep(statements, piece.start, piece.statement, false);
  } else {
    for (const { start, text, guarded, expression } of plpgsqlParts(body.text))
      keep(expression === true ? expressions : statements, start, parseStatement(text), guarded);
  }
  return { statements, expressions };
});

/** The body of a DO block or a routine. */
export interface Body {
  readonly language: "sql" | "plpgsql";
  /** What stands between the quotes. */
  readonly span: Span;
  /** What PostgreSQL reads there, as long as what is written: of two quotes that mean one, one is a space. */
  readonly text: string;
}

/** The body of a DO block or a routine, when its text is what is written between its quotes. */
export function bodyOf(statement: Statement): Body | undefined {
  const block = as(statement.node, "DoStmt");
  const routine = as(statement.node, "CreateFunctionStmt");
  const options = block?.args ?? routine?.options ?? [];
  const language = stringOf(option(options, "language")) ?? "plpgsql";
  const written = option(options, "as");
  const list = as(written, "List")?.items;
  const source = stringOf(list === undefined ? written : list.length === 1 ? list[0] : undefined);
  if (source === undefined || (language !== "sql" && language !== "plpgsql")) return undefined;
  const token = block === undefined ? routineToken(statement) : blockToken(statement);
  const span = token === undefined ? undefined : insideQuotes(statement.text, token);
  if (span === undefined) return undefined;
  const quoted = statement.text.slice(span.start, span.end);
  if (quoted === source) return { language, span, text: quoted };
  return quoted.replaceAll("''", "'") === source ? { language, span, text: spread(source) } : undefined;
}

/** A text as long as with its quotes doubled. What fills up goes before a string, so that it begins where it is written, and behind it. */
function spread(source: string): string {
  let text = "";
  let upto = 0;
  for (const { kind, start, end } of tokens(source)) {
    const written = source.slice(start, end);
    const quotes = written.split("'").length - 1;
    const before = kind === "string" && written.startsWith("'") ? 1 : 0;
    text += source.slice(upto, start);
    // A comment may end with its line.
    text +=
      kind === "comment"
        ? written.replaceAll("'", "''")
        : " ".repeat(before) + written + " ".repeat(Math.max(0, quotes - before));
    upto = end;
  }
  return text + source.slice(upto);
}

function option(options: readonly Node[], name: string): Node | undefined {
  for (const node of options) {
    const element = as(node, "DefElem");
    if (element?.defname === name) return element.arg;
  }
  return undefined;
}

function blockToken(statement: Statement): Token | undefined {
  const all = tokensOf(statement);
  return all.find((token, at) => {
    const before = all[at - 1];
    return token.kind === "string" && before !== undefined && wordOf(statement, before) !== "language";
  });
}

function routineToken(statement: Statement): Token | undefined {
  for (let from = 0; ; ) {
    const word = findWordsHere(statement, ["as"], from);
    if (word === undefined) return undefined;
    const token = tokenAt(statement, word.end);
    if (token?.kind === "string") return token;
    from = word.end;
  }
}

/** What stands between the quotes of a string; strings with a prefix (E'…') spell it otherwise. */
function insideQuotes(text: string, token: Token): Span | undefined {
  const tag = /^(?:'|\$[^$]*\$)/.exec(text.slice(token.start, token.end))?.[0];
  return tag === undefined ? undefined : { start: token.start + tag.length, end: token.end - tag.length };
}
