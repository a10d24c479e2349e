import {
  BACKSLASH,
  behindComment,
  behindDollar,
  behindEscaped,
  behindQuoted,
  behindTag,
  behindWord,
  COLON,
  continuation,
  DASH,
  DOLLAR,
  DOT,
  DOUBLE_QUOTE,
  endOfLine,
  inOperator,
  inWord,
  isDigit,
  isSpace,
  QUOTE,
  startsComment,
  startsWord,
} from "./scan.js";

/** What a token is; strings of all kinds, dollar-quoted ones included, are `string`. */
export type TokenKind = "word" | "quoted" | "string" | "number" | "operator" | "punctuation" | "parameter" | "comment";

/** One token of SQL; what is not closed reaches to the end of the text. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

/** All tokens of a SQL text in order, comments included. It never fails: a unit that belongs nowhere is an operator by itself. */
export function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (isSpace(text.charCodeAt(at))) {
      at++;
      continue;
    }
    const token = tokenFrom(text, at);
    found.push(token);
    at = token.end;
  }
  return found;
}

function tokenFrom(text: string, start: number): Token {
  const unit = text.charCodeAt(start);
  const closed = (kind: TokenKind, end: number): Token => ({ kind, start, end: end < 0 ? text.length : end });
  if (startsComment(text, start)) {
    return closed("comment", unit === DASH ? endOfLine(text, start) : behindComment(text, start));
  }
  if (unit === QUOTE) return closed("string", behindString(text, start));
  if (unit === DOUBLE_QUOTE) return closed("quoted", behindQuoted(text, start));
  if (startsWord(unit)) return wordFrom(text, start);
  if (isDigit(unit) || (unit === DOT && isDigit(text.charCodeAt(start + 1)))) {
    return closed("number", behindNumber(text, start));
  }
  if (unit === DOLLAR) {
    const body = behindTag(text, start);
    if (body > 0) return closed("string", behindDollar(text, start, body));
    let end = start + 1;
    while (isDigit(text.charCodeAt(end))) end++;
    return closed(end > start + 1 ? "parameter" : "operator", end);
  }
  if (inOperator(unit)) return closed("operator", behindOperator(text, start));
  return punctuationFrom(text, start, unit);
}

/** A bare name, or a string or quoted name with a prefix: E'…', B'…', X'…', N'…', U&'…', U&"…". */
function wordFrom(text: string, start: number): Token {
  const prefix = text.charCodeAt(start) | 32;
  const next = text.charCodeAt(start + 1);
  const closed = (kind: TokenKind, end: number): Token => ({ kind, start, end: end < 0 ? text.length : end });
  if (next === QUOTE) {
    if (prefix === 101) return closed("string", behindEscaped(text, start + 1));
    if (prefix === 98 || prefix === 120 || prefix === 110) return closed("string", behindString(text, start + 1));
  }
  if (prefix === 117 && next === 38) {
    const quote = text.charCodeAt(start + 2);
    if (quote === QUOTE) return closed("string", behindString(text, start + 2));
    if (quote === DOUBLE_QUOTE) return closed("quoted", behindQuoted(text, start + 2));
  }
  return closed("word", behindWord(text, start));
}

function behindString(text: string, at: number): number {
  let end = behindQuoted(text, at);
  while (end >= 0) {
    const next = continuation(text, end);
    if (next < 0) return end;
    end = behindQuoted(text, next);
  }
  return -1;
}

/** A number takes its letters along (1e5, 0xff, 1_000), a sign only behind an exponent; `1..9` is two numbers. */
function behindNumber(text: string, start: number): number {
  let end = start;
  let point = false;
  for (; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit === DOT) {
      if (point || text.charCodeAt(end + 1) === DOT) break;
      point = true;
    } else if ((unit === 43 || unit === DASH) && (text.charCodeAt(end - 1) | 32) === 101) {
      if (!isDigit(text.charCodeAt(end + 1)) || (text.charCodeAt(start + 1) | 32) === 120) break;
    } else if (!inWord(unit) || unit === DOLLAR) break;
  }
  return end;
}

/** The longest run of operator characters before a comment; a trailing + or - belongs to it only beside one of ~ ! @ # ^ & | ` ? %. */
function behindOperator(text: string, start: number): number {
  let end = start;
  while (end < text.length && inOperator(text.charCodeAt(end)) && (end === start || !startsComment(text, end))) end++;
  const last = (): number => text.charCodeAt(end - 1);
  if (end - start > 1 && (last() === 43 || last() === DASH) && !/[~!@#^&|`?%]/.test(text.slice(start, end - 1))) {
    while (end - start > 1 && (last() === 43 || last() === DASH)) end--;
  }
  return end;
}

function punctuationFrom(text: string, start: number, unit: number): Token {
  const next = text.charCodeAt(start + 1);
  if (unit === COLON && (next === COLON || next === 61)) return { kind: "punctuation", start, end: start + 2 };
  if (unit === DOT && next === DOT) return { kind: "punctuation", start, end: start + 2 };
  const known = unit === COLON || unit === DOT || (unit !== BACKSLASH && "()[],;{}".includes(text.charAt(start)));
  return { kind: known ? "punctuation" : "operator", start, end: start + 1 };
}
