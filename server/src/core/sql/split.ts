import type { Span } from "../text/source.js";
import { directiveIn } from "./directive.js";
import {
  BACKSLASH,
  behindComment,
  behindDollar,
  behindEscaped,
  behindQuoted,
  behindTag,
  behindWord,
  DASH,
  DOLLAR,
  DOT,
  DOUBLE_QUOTE,
  endOfLine,
  inWord,
  isDigit,
  isSpace,
  LF,
  QUOTE,
  SEMICOLON,
  SLASH,
  STAR,
  startsWord,
} from "./scan.js";
import type { Piece } from "./statement.js";

/** A stretch that PostgreSQL, psql or a migration tool takes by itself. A statement excludes its semicolon and the comments around it. */
export interface Part extends Span {
  readonly kind: Piece["kind"];
  /** What was still open at the end of the text. */
  readonly open?: Open;
  /** Where it was opened; -1 for a parenthesis or a block, which may be any of several. */
  readonly openAt?: number;
  /** Starts of words in the first column, outside of quotes and comments: where a statement may have begun. */
  readonly heads: readonly number[];
  /** Which section begins behind a directive. */
  readonly turns?: "up" | "down";
}

/** What can be left open at the end of a text; `block` is BEGIN ATOMIC. */
export type Open = "string" | "identifier" | "dollar" | "comment" | "paren" | "block";

/** Where the splitter stands between two parts. */
export interface Place {
  readonly at: number;
  /** Whether a COPY … FROM stdin has just ended, so that its data follow. */
  readonly data: boolean;
}

/** The next part and the place behind it; no part when only comments are left. */
export interface Step extends Place {
  readonly part: Part | undefined;
}

/** Cuts a script where PostgreSQL's own parser would, but does not judge what it cuts. */
export function split(text: string): readonly Part[] {
  const parts: Part[] = [];
  for (let step = nextPart(text, { at: 0, data: false }); step.part !== undefined; step = nextPart(text, step)) {
    parts.push(step.part);
  }
  return parts;
}

/**
 * Reads one part. What it finds depends only on the place and the text behind it (and on whether the place is in the first column),
 * so reading can start at any part. With a `limit`, the text is taken to end there.
 */
export function nextPart(text: string, place: Place, limit = text.length): Step {
  if (place.data) {
    const data = copyData(text, place.at, limit);
    if (data !== undefined) return data;
  }
  let at = place.at;
  let start = -1;
  let end = at;
  let depth = 0;
  let open: Open | undefined;
  let openAt = -1;
  const heads: number[] = [];
  const opening: Opening = { words: 0, shape: "", last: "", routine: false, block: 0, copy: 0 };
  /** Goes behind a token; one that is not closed ends with the text. */
  const take = (behind: number, whenOpen: Open): void => {
    if (behind < 0 || behind > limit) {
      open = whenOpen;
      openAt = at;
    }
    at = open === undefined ? behind : limit;
    end = at;
  };
  const finish = (next: number, data = false): Step => {
    if (start < 0) return { part: undefined, at: next, data };
    if (open === undefined && next === limit && depth > 0) open = "paren";
    if (open === undefined && next === limit && opening.block > 0) open = "block";
    return { part: { kind: "sql", start, end, heads, ...(open && { open, openAt }) }, at: next, data };
  };

  while (at < limit) {
    const unit = text.charCodeAt(at);
    if (isSpace(unit)) {
      at++;
      continue;
    }
    const next = text.charCodeAt(at + 1);
    if (unit === DASH && next === DASH) {
      const eol = Math.min(endOfLine(text, at), limit);
      const directive = directiveIn(text, at, eol, isFirstColumn(text, at));
      if (directive !== undefined) {
        if (start >= 0) return finish(at);
        return { part: { kind: "directive", start: at, end: eol, heads, ...directive }, at: eol, data: false };
      }
      at = eol;
      continue;
    }
    if (unit === SLASH && next === STAR) {
      const behind = behindComment(text, at);
      if (behind >= 0 && behind <= limit) at = behind;
      else {
        if (start < 0) start = at;
        take(-1, "comment");
      }
      continue;
    }
    if (unit === BACKSLASH && isCommand(next)) {
      if (start >= 0) return finish(at);
      const eol = Math.min(endOfLine(text, at), limit);
      return { part: { kind: "psql", start: at, end: eol, heads }, at: eol, data: false };
    }
    if (unit === SEMICOLON && depth === 0 && opening.block === 0) {
      if (start >= 0) return finish(at + 1, opening.copy === 2);
      at++;
      continue;
    }

    if (start < 0) start = at;
    if (unit === QUOTE) take(behindQuoted(text, at), "string");
    else if (unit === DOUBLE_QUOTE) {
      take(behindQuoted(text, at), "identifier");
      noteWord(opening, '"', depth);
    } else if ((unit | 32) === 101 && next === QUOTE) take(behindEscaped(text, at + 1), "string");
    else if (unit === DOLLAR) {
      const body = behindTag(text, at);
      if (body > 0) take(behindDollar(text, at, body), "dollar");
      else end = ++at;
    } else if (startsWord(unit)) {
      const from = at;
      end = at = Math.min(behindWord(text, at), limit);
      if (from > start && text.charCodeAt(from - 1) === LF) heads.push(from);
      if (opening.words < 4 || opening.routine || opening.copy > 0) {
        noteWord(opening, at - from <= 10 ? text.slice(from, at).toUpperCase() : "?", depth);
      }
    } else if (isDigit(unit)) {
      while (at < limit && (inWord(text.charCodeAt(at)) || text.charCodeAt(at) === DOT)) at++;
      end = at;
    } else {
      if (unit === 40 || unit === 91) depth++;
      else if ((unit === 41 || unit === 93) && depth > 0) depth--;
      end = ++at;
    }
  }
  return finish(limit);
}

/** How a statement begins, as far as that decides where it ends. */
interface Opening {
  words: number;
  /** The first letters of its first words: `CF` for CREATE FUNCTION. */
  shape: string;
  last: string;
  routine: boolean;
  /** How deep it is inside BEGIN ATOMIC … END. */
  block: number;
  /** 1 behind COPY, 2 behind COPY … FROM stdin. */
  copy: 0 | 1 | 2;
}

function noteWord(opening: Opening, word: string, depth: number): void {
  if (opening.words < 4) {
    if (opening.words === 0 && word === "COPY") opening.copy = 1;
    const known = routineWords[word] ?? "?";
    opening.shape += known;
    opening.routine ||= opening.shape === "CF" || opening.shape === "CORF";
    opening.words++;
  } else if (opening.routine && depth === 0) {
    if (opening.block === 0) {
      if (word === "ATOMIC" && opening.last === "BEGIN") opening.block = 1;
    } else if (word === "BEGIN" || word === "CASE") opening.block++;
    else if (word === "END") opening.block--;
  }
  if (opening.copy === 1 && word === "STDIN" && opening.last === "FROM") opening.copy = 2;
  opening.last = word;
}

const routineWords: Readonly<Record<string, string>> = {
  CREATE: "C",
  OR: "O",
  REPLACE: "R",
  FUNCTION: "F",
  PROCEDURE: "F",
};

/** The data behind COPY … FROM stdin: from the next line up to a line `\.`; without that line there are none. */
function copyData(text: string, at: number, limit: number): Step | undefined {
  const eol = text.indexOf("\n", at);
  if (eol < 0 || eol >= limit) return undefined;
  const start = eol + 1;
  for (let mark = text.indexOf("\\.", start); mark >= 0 && mark + 2 <= limit; mark = text.indexOf("\\.", mark + 2)) {
    if (text.charCodeAt(mark - 1) === LF && endOfLine(text, mark) === mark + 2) {
      return { part: { kind: "copy", start, end: mark, heads: [] }, at: mark + 2, data: false };
    }
  }
  return undefined;
}

function isFirstColumn(text: string, at: number): boolean {
  return at === 0 || text.charCodeAt(at - 1) === LF || (at === 1 && text.charCodeAt(0) === 0xfeff);
}

/** Whether a backslash before the unit begins a psql command: `\set`, `\.`, `\!`, `\?`, `\;`. */
function isCommand(unit: number): boolean {
  return (unit < 128 && startsWord(unit)) || unit === DOT || unit === 33 || unit === 63 || unit === SEMICOLON;
}
