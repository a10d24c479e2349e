import { tokens } from "./lexer.js";
import { assigned, behindTarget, indexOf, targetsIn, type Words, wordAt } from "./plpgsql-words.js";

/**
 * The SQL in a PL/pgSQL body, found by its tokens: PL/pgSQL's own parser would give the texts without their places. It knows where control
 * structures begin and end, not what they decide.
 */

/** A SQL statement as PostgreSQL would get it, as long as what is written. */
export interface SqlPart {
  readonly start: number;
  readonly text: string;
  readonly guarded: boolean;
  /** Present for what PL/pgSQL evaluates by itself: a condition, an assigned or returned value. It reads `SELECT …`, and begins that much earlier. */
  readonly expression?: true;
}

/** The static SQL statements and the expressions of a PL/pgSQL body, in order. */
export function plpgsqlParts(body: string): readonly SqlPart[] {
  const all = tokens(body).filter((token) => token.kind !== "comment");
  const scan: Scan = { body, all, at: 0, levels: [], returned: false, found: [] };
  declarations(scan);
  while (scan.at < all.length) step(scan);
  return scan.found;
}

interface Scan extends Words {
  at: number;
  /** What is open around the place. */
  readonly levels: Level[];
  /** Whether a RETURN that runs only sometimes came before. */
  returned: boolean;
  readonly found: SqlPart[];
}

interface Level {
  readonly kind: "begin" | "if" | "case" | "loop";
  guarded: boolean;
  /** How many parts were found before it. */
  readonly before: number;
}

/** Reads one statement, or the head of a control structure. */
function step(scan: Scan): void {
  const word = wordAt(scan, scan.at);
  const next = wordAt(scan, scan.at + 1);
  if (word === "<<" || word === ";") scan.at = word === ";" ? scan.at + 1 : behindLabel(scan);
  else if (word === "declare") declarations(scan);
  else if (word === "begin") open(scan, "begin", 1);
  else if (word === "if") {
    condition(scan, "then");
    open(scan, "if", 1);
  } else if (word === "case") {
    if (next !== "when") condition(scan, "when");
    else scan.at++;
    condition(scan, "then");
    open(scan, "case", 1);
  } else if (word === "elsif" || word === "elseif" || word === "when") {
    // Behind EXCEPTION stand names of errors.
    if (scan.levels.at(-1)?.kind === "begin") skipTo(scan, "then");
    else condition(scan, "then");
    scan.at++;
  } else if (word === "else") scan.at++;
  else if (word === "while" || word === "for" || word === "foreach" || word === "loop") loop(scan, word);
  else if (word === "exception" && scan.levels.at(-1)?.kind === "begin") protect(scan);
  else if (word === "end") {
    scan.levels.pop();
    skipTo(scan, ";");
  } else if (word === "return") {
    if (next === "query") part(scan, scan.at + 2);
    else {
      value(scan, scan.at + (next === "next" ? 2 : 1), indexOf(scan, ";", scan.at));
      if (next !== "next" && isGuarded(scan)) scan.returned = true;
    }
    skipTo(scan, ";");
  } else if (isStatement(word, next)) part(scan, scan.at);
  else {
    const end = indexOf(scan, ";", scan.at);
    if (word === "exit" || word === "continue") value(scan, assigned(scan, scan.at, end, "when") + 1, end);
    else if (word === "open") opened(scan, end);
    else {
      const sign = behindTarget(scan, scan.at);
      if (wordAt(scan, sign) === ":=" || wordAt(scan, sign) === "=") value(scan, sign + 1, end);
    }
    scan.at = end;
  }
}

/** OPEN cursor FOR a query, or for EXECUTE of a text. */
function opened(scan: Scan, end: number): void {
  const from = assigned(scan, scan.at, end, "for") + 1;
  if (wordAt(scan, from) === "execute") value(scan, from + 1, usingIn(scan, from + 1, end));
  else if (from < end) take(scan, from, end, true);
}

/** Reads the expression behind the word at hand, up to another word. */
function condition(scan: Scan, upto: string): void {
  const from = scan.at + 1;
  scan.at = from;
  skipTo(scan, upto);
  value(scan, from, scan.at);
}

/** The values that declarations give, and the queries of cursors, up to BEGIN. */
function declarations(scan: Scan): void {
  const upto = indexOf(scan, "begin", scan.at);
  while (scan.at < upto) {
    const end = Math.min(indexOf(scan, ";", scan.at), upto);
    const sign = assigned(scan, scan.at, end, "default");
    if (sign < end) value(scan, sign + 1, end);
    else {
      const query = assigned(scan, scan.at, end, "select") < end ? assigned(scan, scan.at, end, "for") + 1 : end;
      if (query < end) take(scan, query, end, true);
    }
    scan.at = end + 1;
  }
  scan.at = upto;
}

/** Takes an expression. */
function value(scan: Scan, from: number, upto: number): void {
  const first = scan.all[from];
  const last = scan.all[upto - 1];
  if (first === undefined || last === undefined || from >= upto) return;
  const text = `SELECT ${scan.body.slice(first.start, last.end)}`;
  scan.found.push({ start: first.start - "SELECT ".length, text, guarded: isGuarded(scan), expression: true });
}

function open(scan: Scan, kind: Level["kind"], width: number): void {
  scan.levels.push({ kind, guarded: kind !== "begin", before: scan.found.length });
  scan.at += width;
}

/** WHILE, FOR, FOREACH or LOOP; a FOR over a query runs that query. */
function loop(scan: Scan, word: string): void {
  const head = scan.at;
  if (word !== "loop") skipTo(scan, "loop");
  if (word === "for") {
    for (let at = head; at < scan.at; at++) {
      if (wordAt(scan, at) !== "in") continue;
      if (wordAt(scan, at + 1) === "select" || wordAt(scan, at + 1) === "with") take(scan, at + 1, scan.at);
      else if (wordAt(scan, at + 1) === "execute") value(scan, at + 2, usingIn(scan, at + 2, scan.at));
      break;
    }
  } else if (word === "while") value(scan, head + 1, scan.at);
  else if (word === "foreach") {
    const array = assigned(scan, head, scan.at, "array");
    value(scan, array + 1, scan.at);
  }
  open(scan, "loop", 1);
}

/** A block with handlers: the failure of what stands before them is caught, and they run only then. */
function protect(scan: Scan): void {
  const level = scan.levels.at(-1);
  if (level === undefined) return;
  level.guarded = true;
  for (let at = level.before; at < scan.found.length; at++) {
    const found = scan.found[at];
    if (found !== undefined) scan.found[at] = { ...found, guarded: true };
  }
  scan.at++;
}

/** Takes the SQL statement whose first token is at `from`, up to the semicolon. */
function part(scan: Scan, from: number): void {
  const word = wordAt(scan, from);
  const upto = indexOf(scan, ";", from);
  scan.at = upto;
  if (word !== "execute") {
    take(scan, from, upto);
    return;
  }
  const literal = scan.all[from + 1];
  const behind = wordAt(scan, from + 2);
  if (literal?.kind !== "string" || !(from + 2 >= upto || behind === "into" || behind === "using")) {
    value(scan, from + 1, usingIn(scan, from + 1, upto));
    return;
  }
  const written = scan.body.slice(literal.start, literal.end);
  const tag = /^(?:'|\$[^$]*\$)/.exec(written)?.[0];
  if (tag === undefined || written.length < 2 * tag.length) return;
  const text = written.slice(tag.length, -tag.length).replace(/[\s;]+$/, "");
  if (tag !== "'" || !text.includes("'")) add(scan, literal.start + tag.length, text);
}

/** Where INTO or USING ends the text of an EXECUTE, or `upto`. */
function usingIn(scan: Scan, from: number, upto: number): number {
  return Math.min(indexOf(scan, "into", from), indexOf(scan, "using", from), upto);
}

function take(scan: Scan, from: number, upto: number, evaluated = false): void {
  const first = scan.all[from];
  const last = scan.all[upto - 1];
  if (first === undefined || last === undefined || last.end <= first.start) return;
  let text = scan.body.slice(first.start, last.end);
  for (const [start, end] of targetsIn(scan, from, upto)) {
    const blank = text.slice(start - first.start, end - first.start).replace(/[^\r\n]/g, " ");
    text = text.slice(0, start - first.start) + blank + text.slice(end - first.start);
  }
  if (wordAt(scan, from) === "perform") text = `SELECT ${text.slice(7)}`;
  if (evaluated) scan.found.push({ start: first.start, text, guarded: isGuarded(scan), expression: true });
  else add(scan, first.start, text);
}

function add(scan: Scan, start: number, text: string): void {
  scan.found.push({ start, text, guarded: isGuarded(scan) });
}

function isGuarded(scan: Scan): boolean {
  return scan.returned || scan.levels.some((level) => level.guarded);
}

function skipTo(scan: Scan, word: string): void {
  scan.at = indexOf(scan, word, scan.at);
}

function behindLabel(scan: Scan): number {
  for (let at = scan.at + 1; at < scan.all.length; at++) if (wordAt(scan, at) === ">>") return at + 1;
  return scan.all.length;
}

/** Whether a SQL statement begins here, not the assignment to a variable of that name. */
function isStatement(word: string, next: string): boolean {
  return statementWords.has(word) && next !== ":=" && next !== "=" && next !== "." && next !== "[";
}

const statementWords: ReadonlySet<string> = new Set(
  (
    "alter analyze call cluster comment copy create delete do drop execute grant import insert lock merge notify perform " +
    "reassign refresh reindex reset revoke security select set truncate update vacuum values with"
  ).split(" "),
);
