import { memo } from "../text/memo.js";
import type { Span } from "../text/source.js";
import { findWordsHere, tokenAt, tokensOf, wordOf } from "./clause.js";
import type { Token } from "./lexer.js";
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
export const bodyStatements: (statement: Statement) => readonly BodyStatement[] = memo((statement) => {
  const body = bodyOf(statement);
  if (body === undefined) return [];
  const text = statement.text.slice(body.span.start, body.span.end);
  const found: BodyStatement[] = [];
  const keep = (start: number, inner: Statement | undefined, guarded: boolean): void => {
    if (inner?.node === undefined || inner.error !== undefined) return;
    found.push({ start: body.span.start + start, statement: inner, guarded });
  };
  if (body.language === "sql") for (const piece of readSql(text).pieces) keep(piece.start, piece.statement, false);
  else for (const part of plpgsqlParts(text)) keep(part.start, parseStatement(part.text), part.guarded);
  return found;
});

/** The body of a DO block or a routine. */
export interface Body {
  readonly language: "sql" | "plpgsql";
  /** What stands between the quotes. */
  readonly span: Span;
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
  return span !== undefined && statement.text.slice(span.start, span.end) === source ? { language, span } : undefined;
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
