import { memo } from "../text/memo.js";
import type { Span } from "../text/source.js";
import { type Token, tokens } from "./lexer.js";
import type { Statement } from "./statement.js";

/**
 * Places in a statement for which the tree has only a start, or nothing. It knows tokens, brackets and commas, not what they mean. All
 * offsets are offsets into the statement's text; comments are passed over everywhere.
 */

/** The tokens of a statement without its comments. */
export const tokensOf: (statement: Statement) => readonly Token[] = memo((statement) =>
  tokens(statement.text).filter((token) => token.kind !== "comment"),
);

/** The text of a token: a bare word in lower case, everything else as written. */
export function wordOf(statement: Statement, token: Token): string {
  const text = statement.text.slice(token.start, token.end);
  return token.kind === "word" ? text.toLowerCase() : text;
}

/** The name that a bare or quoted word spells; undefined for any other token. */
export function nameIn(statement: Statement, token: Token): string | undefined {
  const text = statement.text.slice(token.start, token.end);
  if (token.kind === "word") return text.toLowerCase();
  if (token.kind !== "quoted" || !text.startsWith('"')) return undefined;
  return text.slice(1, -1).replaceAll('""', '"');
}

/** The index in `tokensOf` of the token at an offset or, between tokens, of the next one; the number of tokens when none follows. */
export function indexAt(statement: Statement, offset: number): number {
  const all = tokensOf(statement);
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The token at an offset or, between tokens, the next one. */
export function tokenAt(statement: Statement, offset: number): Token | undefined {
  return tokensOf(statement)[indexAt(statement, offset)];
}

/** The last token that ends at or before an offset. */
export function tokenBefore(statement: Statement, offset: number): Token | undefined {
  const at = indexAt(statement, offset);
  const all = tokensOf(statement);
  return all[at]?.end === offset ? all[at] : all[at - 1];
}

/** The text of the first token that begins at or behind an offset; a bare word in lower case. */
export function wordAfter(statement: Statement, offset: number): string | undefined {
  const all = tokensOf(statement);
  let at = indexAt(statement, offset);
  if ((all[at]?.start ?? offset) < offset) at++;
  const token = all[at];
  return token === undefined ? undefined : wordOf(statement, token);
}

/**
 * From a place to the end of its clause: up to the next comma or closing bracket at the depth of the place, or to the end of the statement.
 * The tree's place of a column, constraint or command is where its clause starts.
 */
export function clauseAt(statement: Statement, offset: number): Span {
  const all = tokensOf(statement);
  let end = offset;
  let depth = 0;
  for (let at = indexAt(statement, offset); at < all.length; at++) {
    const token = all[at];
    if (token === undefined) break;
    if (token.kind === "punctuation") {
      const unit = statement.text.charAt(token.start);
      if (unit === "(" || unit === "[") depth++;
      else if (unit === ")" || unit === "]") depth--;
      if (depth < 0 || (depth === 0 && unit === ",")) break;
    }
    end = token.end;
  }
  return { start: offset, end };
}

/**
 * The first place, from an offset on, where words stand one behind the other at any depth. They are given in lower case; symbols count
 * too, and a quoted name never matches: `["add", "column"]`, `["not", "null"]`, `[")"]`.
 */
export function findWords(
  statement: Statement,
  words: readonly string[],
  from = 0,
  upto = statement.text.length,
): Span | undefined {
  const all = tokensOf(statement);
  for (let at = indexAt(statement, from); at + words.length <= all.length; at++) {
    const first = all[at];
    const last = all[at + words.length - 1];
    if (first === undefined || last === undefined || last.end > upto) return undefined;
    if (first.start >= from && words.every((word, ahead) => isWord(statement, all[at + ahead], word))) {
      return { start: first.start, end: last.end };
    }
  }
  return undefined;
}

/** The same as `findWords`, but only at the depth of `from`: what stands inside brackets is passed over, and a closing bracket ends it. */
export function findWordsHere(
  statement: Statement,
  words: readonly string[],
  from = 0,
  upto = statement.text.length,
): Span | undefined {
  const all = tokensOf(statement);
  let depth = 0;
  for (let at = indexAt(statement, from); at < all.length; at++) {
    const first = all[at];
    const last = all[at + words.length - 1];
    if (first === undefined || last === undefined || last.end > upto) return undefined;
    if (depth === 0 && first.start >= from && words.every((word, ahead) => isWord(statement, all[at + ahead], word))) {
      return { start: first.start, end: last.end };
    }
    depth += bracket(statement, first);
    if (depth < 0) return undefined;
  }
  return undefined;
}

/** Where the bracket that opens at `offset` closes: the offset of the closing one. */
export function matchingParen(statement: Statement, offset: number): number | undefined {
  const all = tokensOf(statement);
  let depth = 0;
  for (let at = indexAt(statement, offset); at < all.length; at++) {
    const token = all[at];
    if (token === undefined) break;
    depth += bracket(statement, token);
    if (depth === 0) return token.start > offset ? token.start : undefined;
  }
  return undefined;
}

/** The stretches between the commas of the brackets that open at `offset`, from first to last token each; none for `()`. */
export function itemsIn(statement: Statement, offset: number): readonly Span[] {
  const close = matchingParen(statement, offset);
  if (close === undefined) return [];
  const items: Span[] = [];
  for (let from = offset + 1; from < close; ) {
    const first = tokenAt(statement, from);
    if (first === undefined || first.start >= close) break;
    const item = clauseAt(statement, first.start);
    items.push(item);
    const comma = tokenAt(statement, item.end);
    if (comma === undefined || comma.start >= close) break;
    from = comma.end;
  }
  return items;
}

function isWord(statement: Statement, token: Token | undefined, word: string): boolean {
  if (token === undefined || token.end - token.start !== word.length || token.kind === "quoted") return false;
  return wordOf(statement, token) === word;
}

/** 1 for an opening bracket, -1 for a closing one. */
function bracket(statement: Statement, token: Token): number {
  if (token.kind !== "punctuation") return 0;
  const unit = statement.text.charAt(token.start);
  return unit === "(" || unit === "[" ? 1 : unit === ")" || unit === "]" ? -1 : 0;
}
