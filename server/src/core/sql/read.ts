import { memo } from "../text/memo.js";
import { directiveIn } from "./directive.js";
import { tokens } from "./lexer.js";
import { parseStatement } from "./parser.js";
import { isWhole, rescue } from "./recover.js";
import { nextPart, type Part, type Place } from "./split.js";
import type { Piece, SqlFile, Statement } from "./statement.js";

/**
 * A SQL text becomes a file of pieces here, at once or around an edit. It knows how to go on behind a mistake; it does not know where the
 * text came from.
 */

/** A SQL text, read statement by statement; what is broken costs as little of the rest as possible. */
export function readSql(text: string): SqlFile {
  const reading: Reading = { pieces: [], troubles: [], cost: 0 };
  for (const found of findFrom(text, 0, reading)) add(reading, found);
  return fileOf(text, reading);
}

/** An edit: `removed` units at `start` gave way to `added` units. */
export interface Change {
  readonly start: number;
  readonly removed: number;
  readonly added: number;
}

/** The file after an edit; `text` is the text after it. The same as `readSql(text)`, but only the surroundings of the edit are read again. */
export function editSql(file: SqlFile, text: string, change: Change): SqlFile {
  const before = readings.get(file);
  const shift = change.added - change.removed;
  if (before === undefined || before.cost > mostCost || file.text.length + shift !== text.length) return readSql(text);

  const first = firstAffected(file, before, change.start);
  const reading: Reading = { pieces: file.pieces.slice(0, first), troubles: [], cost: 0 };
  keepTroubles(reading, before, 0, first, 0);

  const from = first === 0 ? 0 : (file.pieces[first]?.start ?? 0);
  for (const found of findFrom(text, from, reading)) {
    const kept = found.start < change.start + change.added ? -1 : pieceAt(file.pieces, found.start - shift);
    if (kept >= 0 && file.pieces[kept]?.kind === found.kind) {
      const index = reading.pieces.length;
      keepPieces(reading, file, kept, shift, text);
      keepTroubles(reading, before, kept, file.pieces.length, index - kept);
      break;
    }
    add(reading, found);
  }
  return reading.cost > mostCost ? readSql(text) : fileOf(text, reading);
}

/** A file under way. */
interface Reading {
  readonly pieces: Piece[];
  /** In the order of the pieces. */
  readonly troubles: Trouble[];
  cost: number;
}

/** A piece whose reading depends on more than its own text. */
interface Trouble {
  readonly index: number;
  /** How far behind its start the text matters. */
  readonly reach: number;
  readonly cost: number;
}

/** A piece just read; the section comes from the pieces before it. */
interface Found extends Omit<Piece, "section"> {
  readonly turns?: "up" | "down";
  readonly trouble?: Omit<Trouble, "index">;
}

/** The work spent on mistakes per file; beyond it, pieces are taken as they are cut. */
const mostCost = 32 * 1024 * 1024;
const readings = new WeakMap<SqlFile, Reading>();

function fileOf(text: string, reading: Reading): SqlFile {
  const file = { text, pieces: reading.pieces };
  readings.set(file, reading);
  return file;
}

function add(reading: Reading, found: Found): void {
  const { turns, trouble, ...piece } = found;
  if (trouble !== undefined) {
    reading.troubles.push({ index: reading.pieces.length, ...trouble });
    reading.cost += trouble.cost;
  }
  reading.pieces.push({ ...piece, section: turns ?? sectionOf(reading) });
}

function sectionOf(reading: Reading): "up" | "down" {
  return reading.pieces.at(-1)?.section ?? "up";
}

/** Reads piece by piece; what comes next depends only on the text from here on, as long as work may be spent. */
function* findFrom(text: string, from: number, spent: { readonly cost: number }): Generator<Found> {
  for (let place: Place = { at: from, data: false }; ; ) {
    const step = nextPart(text, place);
    const part = step.part;
    if (part === undefined) return;
    place = step;
    if (part.kind !== "sql") {
      yield { kind: part.kind, start: part.start, end: part.end, ...(part.turns && { turns: part.turns }) };
      continue;
    }
    // An open part may be the rest of the file: it is parsed only once it is known where it ends.
    const statement = part.open === undefined ? parseStatement(text.slice(part.start, part.end)) : undefined;
    if (statement !== undefined && isWhole(statement)) {
      const awaited = step.data && nextPart(text, step).part?.kind !== "copy";
      const found = { kind: part.kind, start: part.start, end: part.end, statement };
      yield awaited ? { ...found, trouble: { reach: Number.POSITIVE_INFINITY, cost: 0 } } : found;
      continue;
    }
    if (spent.cost > mostCost) {
      yield { kind: part.kind, start: part.start, end: part.end, statement: statement ?? unclosed(text, part) };
      continue;
    }
    const { restart, reach, cost } = rescue(text, part, step);
    const trouble = { reach: reach - part.start, cost };
    if (restart === undefined) {
      yield { kind: "sql", start: part.start, end: part.end, statement: statement ?? unclosed(text, part), trouble };
    } else {
      const end = endBefore(text, part.start, restart);
      const cut = parseStatement(text.slice(part.start, end));
      yield { kind: "sql", start: part.start, end, statement: cut.node === undefined ? cut : unended(cut), trouble };
      place = { at: restart, data: false };
    }
  }
}

/** The end of what stands before a restart, without the white space and the comments behind it. */
function endBefore(text: string, start: number, restart: number): number {
  const cut = text.slice(start, restart);
  const last = tokens(cut).findLast((token) => token.kind !== "comment");
  return start + cut.slice(0, last?.end ?? cut.length).trimEnd().length;
}

/** A statement that parses but runs into the next one. */
const unended: (statement: Statement) => Statement = memo((statement) => ({
  ...statement,
  error: { message: "a semicolon is missing", offset: statement.text.length, missingSemicolon: true },
}));

/** The statement of an open part; one too large to be parsed gets the error that is certain. */
function unclosed(text: string, part: Part): Statement {
  const statement = parseStatement(text.slice(part.start, part.end));
  if (statement.error !== undefined || part.open === undefined || statement.masked) return statement;
  const offset = Math.max(0, (part.openAt ?? -1) - part.start);
  return { ...statement, node: undefined, error: { message: openMessages[part.open], offset } };
}

const openMessages: Readonly<Record<NonNullable<Part["open"]>, string>> = {
  string: "unterminated quoted string",
  identifier: "unterminated quoted identifier",
  dollar: "unterminated dollar-quoted string",
  comment: "unterminated /* comment",
  paren: "a parenthesis is not closed",
  block: "BEGIN ATOMIC is not closed",
};

/** The first piece that an edit at `start` may change: the one before it, or an earlier one that had looked so far ahead. */
function firstAffected(file: SqlFile, reading: Reading, start: number): number {
  let low = 0;
  let high = file.pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((file.pieces[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  let first = Math.max(0, low - 2);
  for (const { index, reach } of reading.troubles) {
    if (index >= first) break;
    if ((file.pieces[index]?.start ?? 0) + reach >= start) first = index;
  }
  while (first > 0 && file.pieces[first]?.kind === "copy") first--;
  return first;
}

/** The index of the piece that starts at an offset, or -1. */
function pieceAt(pieces: readonly Piece[], start: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = pieces[middle]?.start ?? 0;
    if (found === start) return middle;
    if (found < start) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Takes over the pieces from `kept` on; their sections change only up to the next directive that turns. */
function keepPieces(reading: Reading, file: SqlFile, kept: number, shift: number, text: string): void {
  let section = sectionOf(reading);
  let settled = section === (file.pieces[kept - 1]?.section ?? "up");
  for (let index = kept; index < file.pieces.length; index++) {
    const piece = file.pieces[index];
    if (piece === undefined) break;
    const start = piece.start + shift;
    const end = piece.end + shift;
    if (!settled && piece.kind === "directive") {
      const turns = directiveIn(text, start, end, true)?.turns;
      settled = turns !== undefined;
      section = turns ?? section;
    }
    if (shift === 0 && (settled || piece.section === section)) reading.pieces.push(piece);
    else reading.pieces.push({ ...piece, start, end, section: settled ? piece.section : section });
  }
}

/** Takes over the troubles of the pieces from `from` up to `upto`, whose indices move by `shift`. */
function keepTroubles(reading: Reading, before: Reading, from: number, upto: number, shift: number): void {
  for (const trouble of before.troubles) {
    if (trouble.index < from || trouble.index >= upto) continue;
    reading.troubles.push({ ...trouble, index: trouble.index + shift });
    reading.cost += trouble.cost;
  }
}
