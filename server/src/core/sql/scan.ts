/**
 * PostgreSQL's lexical rules, one function per rule (src/backend/parser/scan.l). The lexer and the splitter read alike because
 * both use these. Each function takes the offset at which its token begins and gives the one behind it, or -1 when it is not closed.
 */

/** UTF-16 units that the rules speak of. */
export const LF = 10;
export const CR = 13;
export const QUOTE = 39;
export const DOUBLE_QUOTE = 34;
export const DOLLAR = 36;
export const DASH = 45;
export const DOT = 46;
export const SLASH = 47;
export const STAR = 42;
export const COLON = 58;
export const SEMICOLON = 59;
export const BACKSLASH = 92;
const BYTE_ORDER_MARK = 0xfeff;

const SPACE = 1;
const STARTS_WORD = 2;
const DIGIT = 4;
const OPERATOR = 8;
const classes = new Uint8Array(128);
for (const unit of [9, LF, 11, 12, CR, 32]) classes[unit] = SPACE;
for (let unit = 0; unit < 26; unit++) {
  classes[65 + unit] = STARTS_WORD;
  classes[97 + unit] = STARTS_WORD;
}
classes[95] = STARTS_WORD;
for (let unit = 48; unit < 58; unit++) classes[unit] = DIGIT;
for (const operator of "~!@#^&|`?+-*/%<>=") classes[operator.charCodeAt(0)] = OPERATOR;

/** Whether PostgreSQL skips the unit between tokens. A byte order mark counts, since editors leave it in. */
export function isSpace(unit: number): boolean {
  return unit < 128 ? classes[unit] === SPACE : unit === BYTE_ORDER_MARK;
}

/** Whether a bare name can begin with the unit. */
export function startsWord(unit: number): boolean {
  return unit < 128 ? classes[unit] === STARTS_WORD : unit !== BYTE_ORDER_MARK;
}

/** Whether the unit can stand within a bare name. */
export function inWord(unit: number): boolean {
  return unit < 128
    ? ((classes[unit] ?? 0) & (STARTS_WORD | DIGIT)) !== 0 || unit === DOLLAR
    : unit !== BYTE_ORDER_MARK;
}

/** Whether the unit is a decimal digit. */
export function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

/** Whether an operator can be made of the unit. */
export function inOperator(unit: number): boolean {
  return unit < 128 && classes[unit] === OPERATOR;
}

/** The end of the line, without its line break. */
export function endOfLine(text: string, at: number): number {
  const found = text.indexOf("\n", at);
  const end = found < 0 ? text.length : found;
  return end > at && text.charCodeAt(end - 1) === CR ? end - 1 : end;
}

/** Behind a bare name. */
export function behindWord(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && inWord(text.charCodeAt(end))) end++;
  return end;
}

/** Behind a token that doubles its quotes: `'…'` or `"…"`. */
export function behindQuoted(text: string, at: number): number {
  const mark = text.charAt(at);
  for (let end = at + 1; ; end += 2) {
    end = text.indexOf(mark, end);
    if (end < 0) return -1;
    if (text.charAt(end + 1) !== mark) return end + 1;
  }
}

/** Behind a string with backslash escapes whose quote is at `at` (the E stands before it), its continuations on further lines included. */
export function behindEscaped(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit === BACKSLASH) end++;
    else if (unit === QUOTE) {
      if (text.charCodeAt(end + 1) === QUOTE) end++;
      else {
        const next = continuation(text, end + 1);
        if (next < 0) return end + 1;
        end = next;
      }
    }
  }
  return -1;
}

/**
 * The quote that continues a string which ended before `at`, -1 when it ends there: two strings with a line break between them are one.
 * Between them may stand `--` comments, but only behind the line break.
 */
export function continuation(text: string, at: number): number {
  let broken = false;
  for (let next = at; next < text.length; next++) {
    const unit = text.charCodeAt(next);
    if (unit === LF || unit === CR) broken = true;
    else if (unit === QUOTE) return broken ? next : -1;
    else if (broken && unit === DASH && text.charCodeAt(next + 1) === DASH) next = endOfLine(text, next) - 1;
    else if (unit > 32 || !isSpace(unit)) return -1;
  }
  return -1;
}

/** Behind the opening `$tag$` of a dollar-quoted string; -1 when the dollar opens none. */
export function behindTag(text: string, at: number): number {
  let end = at + 1;
  if (startsWord(text.charCodeAt(end))) {
    while (end < text.length && text.charCodeAt(end) !== DOLLAR && inWord(text.charCodeAt(end))) end++;
  }
  return text.charCodeAt(end) === DOLLAR ? end + 1 : -1;
}

/** Behind a dollar-quoted string whose tag ends before `body`. */
export function behindDollar(text: string, at: number, body: number): number {
  const found = text.indexOf(text.slice(at, body), body);
  return found < 0 ? -1 : found + body - at;
}

/** Behind a block comment with all comments nested in it. */
export function behindComment(text: string, at: number): number {
  let level = 1;
  for (let end = at + 2; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit === STAR && text.charCodeAt(end + 1) === SLASH) {
      end++;
      if (--level === 0) return end + 1;
    } else if (unit === SLASH && text.charCodeAt(end + 1) === STAR) {
      end++;
      level++;
    }
  }
  return -1;
}

/** Whether a comment begins here: `--` or a slash and a star. */
export function startsComment(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  const next = text.charCodeAt(at + 1);
  return (unit === DASH && next === DASH) || (unit === SLASH && next === STAR);
}
