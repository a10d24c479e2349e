import {
  behindComment,
  behindDollar,
  behindEscaped,
  behindQuoted,
  behindTag,
  behindWord,
  COLON,
  DOLLAR,
  DOUBLE_QUOTE,
  endOfLine,
  inWord,
  QUOTE,
  SLASH,
  startsComment,
  startsWord,
} from "./scan.js";

/** A text whose placeholders were replaced by as many units of something that can parse. */
export interface Masked {
  /** What to try, the likeliest first. */
  readonly texts: readonly string[];
  /** Whether a template language is among them: what it makes of the text cannot be known. */
  readonly template: boolean;
}

/**
 * Masks what a tool replaces before PostgreSQL sees the text: psql variables (`:name`, `:'name'`, `:"name"`), templates (`{{ }}`, `{% %}`, `${ }`)
 * and the words of extension scripts (`@extschema@`). Strings and comments are left alone. Undefined when there is nothing to mask.
 */
export function mask(text: string): Masked | undefined {
  if (!/:["'\p{L}_]|\{\{|\{%|\$\{|@ext|@database_owner/u.test(text)) return undefined;
  const holes = placeholdersIn(text);
  if (holes.length === 0) return undefined;
  const template = holes.some((hole) => hole.template);
  const named = fill(text, holes, (written) => (control.test(written) ? " " : "_"));
  return { texts: template ? [named, fill(text, holes, () => " ")] : [named], template };
}

/** What steers a template and leaves nothing behind: Go's actions, Handlebars' and Jinja's blocks, comments. */
const control =
  /^\{%|^\{\{-?\s*(?:[#/!]|(?:if|else|end|range|with|block|define|template|break|continue)\b|\$\w+\s*:?=)/;

interface Hole {
  readonly start: number;
  readonly end: number;
  readonly template: boolean;
}

function placeholdersIn(text: string): readonly Hole[] {
  const holes: Hole[] = [];
  for (let at = 0; at >= 0 && at < text.length; ) {
    if (text.charCodeAt(at) === DOUBLE_QUOTE) {
      at = throughQuoted(text, at, holes);
      continue;
    }
    const hole = holeAt(text, at);
    if (hole !== undefined) holes.push(hole);
    at = hole?.end ?? behindToken(text, at);
  }
  return holes;
}

/** Behind a quoted name; a template in it may have quotes of its own: `"{{ index .Options "Namespace" }}"`. */
function throughQuoted(text: string, start: number, holes: Hole[]): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === OPEN_BRACE && text.charCodeAt(at + 1) === OPEN_BRACE) {
      const end = text.indexOf("}}", at);
      if (end < 0) return -1;
      holes.push({ start: at, end: end + 2, template: true });
      at = end + 1;
    } else if (unit === DOUBLE_QUOTE) {
      if (text.charCodeAt(at + 1) !== DOUBLE_QUOTE) return at + 1;
      at++;
    }
  }
  return -1;
}

function holeAt(text: string, at: number): Hole | undefined {
  const unit = text.charCodeAt(at);
  const next = text.charCodeAt(at + 1);
  const upTo = (closer: string): Hole | undefined => {
    const end = text.indexOf(closer, at);
    return end < 0 ? undefined : { start: at, end: end + closer.length, template: true };
  };
  if (unit === OPEN_BRACE && next === OPEN_BRACE) return upTo("}}");
  if (unit === OPEN_BRACE && next === PERCENT) return upTo("%}");
  if (unit === DOLLAR && next === OPEN_BRACE) return upTo("}");
  if (unit === COLON) {
    const before = text.charCodeAt(at - 1);
    if (at > 0 && inWord(before)) return undefined;
    let end = -1;
    if (startsWord(next)) end = behindWord(text, at + 1);
    else if (next === QUOTE || next === DOUBLE_QUOTE) end = behindQuoted(text, at + 1);
    return end < 0 ? undefined : { start: at, end, template: false };
  }
  if (unit === AT) {
    extensionWord.lastIndex = at;
    const found = extensionWord.exec(text);
    if (found !== null) return { start: at, end: at + found[0].length, template: false };
  }
  return undefined;
}

const OPEN_BRACE = 123;
const PERCENT = 37;
const AT = 64;
/** https://www.postgresql.org/docs/18/extend-extensions.html, "Extension Relocatability" and "Security". */
const extensionWord = /@(?:extschema(?::\w+)?|extowner|database_owner)@/y;

function behindToken(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (startsComment(text, at)) return unit === SLASH ? behindComment(text, at) : endOfLine(text, at);
  if (unit === QUOTE) return behindQuoted(text, at);
  if ((unit | 32) === 101 && text.charCodeAt(at + 1) === QUOTE) return behindEscaped(text, at + 1);
  if (unit === DOLLAR) {
    const body = behindTag(text, at);
    return body < 0 ? at + 1 : behindDollar(text, at, body);
  }
  if (unit === COLON && text.charCodeAt(at + 1) === COLON) return at + 2;
  return startsWord(unit) ? behindWord(text, at) : at + 1;
}

/** A template becomes as many fillers; of the others only the mark goes: `:name` to `_name`, `:'x'` to ` 'x'`, `@extschema@` to `_extschema_`. */
function fill(text: string, holes: readonly Hole[], filler: (written: string) => "_" | " "): string {
  let result = "";
  let at = 0;
  for (const hole of holes) {
    const written = text.slice(hole.start, hole.end);
    result += text.slice(at, hole.start);
    if (hole.template) result += filler(written).repeat(written.length);
    else if (/^:["']/.test(written)) result += ` ${written.slice(1)}`;
    else if (written.startsWith(":")) result += `_${written.slice(1)}`;
    else result += written.replace(/\W/g, "_");
    at = hole.end;
  }
  return result + text.slice(at);
}
