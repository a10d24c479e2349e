/**
 * Where PL/pgSQL runs text that is put together from arguments, told by the tokens of a body: what is quoted, formatted or held against a
 * list is let pass. It does not run anything and follows a variable only from one assignment to the next.
 */
import { type Token, tokens } from "../sql/lexer.js";
import type { Edit, Span } from "../text/source.js";

/** An argument that becomes part of a query as it is. */
export interface Joined {
  readonly name: string;
  readonly span: Span;
  /** What quotes it, when it is plain whether it stands for a name or a value. */
  readonly cure: Edit | undefined;
}

/** The arguments that reach EXECUTE as they are; all offsets are those of the body. */
export function joinedTexts(body: string, names: readonly string[]): readonly Joined[] {
  const scan: Scan = { body, all: tokens(body).filter(({ kind }) => kind !== "comment") };
  if (!scan.all.some((_token, at) => wordAt(scan, at) === "execute")) return [];
  const open = names.filter((name) => !isHeldAgainst(body, name));
  const tainted = new Map<string, readonly Joined[]>(open.map((name) => [name, []]));
  const found: Joined[] = [];
  for (let at = 0; at < scan.all.length; at++) {
    const word = wordAt(scan, at);
    if (word === ":=" || (word === "=" && isStart(scan, at - 2))) {
      const target = wordAt(scan, isStart(scan, at - 2) ? at - 1 : startOf(scan, at));
      const joined = joinedIn(scan, at + 1, endOf(scan, at + 1, []), tainted, false);
      if (joined.length > 0 && !names.includes(target)) tainted.set(target, joined);
    } else if (word === "execute" && /^(?:;|begin|then|else|loop|query|in|)$/.test(wordAt(scan, at - 1))) {
      for (const one of joinedIn(scan, at + 1, endOf(scan, at + 1, ["into", "using", "loop"]), tainted, true)) {
        const through = tainted.get(one.name) ?? [];
        found.push(...(through.length > 0 ? through : [one]));
      }
    }
  }
  return [...new Map(found.map((one) => [one.span.start, one])).values()];
}

interface Scan {
  readonly body: string;
  readonly all: readonly Token[];
}

/** The tainted names between two tokens that become part of the text as they are. */
function joinedIn(
  scan: Scan,
  from: number,
  upto: number,
  tainted: ReadonlyMap<string, readonly Joined[]>,
  alone: boolean,
): readonly Joined[] {
  const found: Joined[] = [];
  const calls: Call[] = [];
  for (let at = from; at < upto; at++) {
    const token = scan.all[at];
    const word = wordAt(scan, at);
    if (token === undefined) break;
    if (word === "(") calls.push({ name: isName(scan, at - 1) ? wordAt(scan, at - 1) : "", open: at, argument: 0 });
    else if (word === ")") calls.pop();
    else if (word === ",") {
      const call = calls.at(-1);
      if (call !== undefined) call.argument++;
    }
    if (!tainted.has(word) || wordAt(scan, at + 1) === "(" || isSafeCast(scan, at)) continue;
    // `row.name` is a column of that name, `fn.name` the argument: either may be meant, so nothing is said.
    if (wordAt(scan, at - 1) === "." || wordAt(scan, at + 1) === "." || calls.some(({ name }) => quoting.has(name)))
      continue;
    const call = calls.at(-1);
    const isWhole = alone && upto - from === 1;
    const isJoined = wordAt(scan, at - 1) === "||" || wordAt(scan, behindCast(scan, at)) === "||";
    const format = calls.findLast(({ name }) => name === "format");
    const placeholder = format === undefined ? undefined : placeholderOf(scan, format);
    if (format !== undefined && (placeholder === undefined || placeholder.kind !== "s")) continue;
    const isPassed = call !== undefined && passing.has(call.name) && (call !== format || format.argument > 0);
    if (!isWhole && !isJoined && !isPassed) continue;
    const span = { start: token.start, end: token.end };
    const cure =
      placeholder === undefined ? (isJoined ? quotedBy(scan, at) : undefined) : formatCure(scan, placeholder);
    found.push({ name: word, span, cure });
  }
  return found;
}

interface Call {
  readonly name: string;
  readonly open: number;
  argument: number;
}

const quoting: ReadonlySet<string> = new Set([
  "quote_ident",
  "quote_literal",
  "quote_nullable",
  "to_regclass",
  "length",
  "md5",
  "encode",
]);
const passing: ReadonlySet<string> = new Set(
  "format concat concat_ws coalesce lower upper trim btrim ltrim rtrim replace nullif array_to_string".split(" "),
);

/** A placeholder of FORMAT, and the letter that says how its argument is written. */
interface Placeholder {
  readonly kind: string;
  /** Where the letter stands. */
  readonly at: number;
  /** What stands before the placeholder. */
  readonly before: string;
}

function placeholderOf(scan: Scan, { open, argument }: Call): Placeholder | undefined {
  const literal = scan.all[open + 1];
  if (literal?.kind !== "string" || wordAt(scan, open + 2) !== "," || argument === 0) return undefined;
  const text = scan.body.slice(literal.start, literal.end);
  let next = 0;
  for (const match of text.matchAll(/%(?:%|(\d+\$)?-?\d*([sIL]))/g)) {
    const [whole, position, kind] = match;
    if (kind === undefined) continue;
    next = position === undefined ? next + 1 : Number.parseInt(position, 10);
    if (next !== argument) continue;
    return { kind, at: literal.start + match.index + whole.length - 1, before: text.slice(0, match.index) };
  }
  return undefined;
}

function formatCure(scan: Scan, { at, before }: Placeholder): Edit | undefined {
  const meant = meantBehind(before);
  return meant === undefined || scan.body[at] !== "s"
    ? undefined
    : { span: { start: at, end: at + 1 }, text: meant === "name" ? "I" : "L" };
}

/** `quote_ident(x)` or `quote_literal(x)`, as the text before it asks for. */
function quotedBy(scan: Scan, at: number): Edit | undefined {
  const literal = scan.all[at - 2];
  const token = scan.all[at];
  if (literal?.kind !== "string" || wordAt(scan, at - 1) !== "||" || token === undefined) return undefined;
  const meant = meantBehind(scan.body.slice(literal.start + 1, literal.end - 1));
  const text = scan.body.slice(token.start, token.end);
  if (meant === undefined) return undefined;
  return { span: token, text: `${meant === "name" ? "quote_ident" : "quote_literal"}(${text})` };
}

function meantBehind(text: string): "name" | "value" | undefined {
  if (/(?:\b(?:from|join|into|update|table|truncate|by|column|view|index|schema|on)|\.)\s*$/i.test(text)) return "name";
  if (/(?:[=<>]|\b(?:like|ilike|values\s*\(|in\s*\())\s*$/i.test(text)) return "value";
  return undefined;
}

/** It is compared with a list or a pattern, or looked up in the catalog, somewhere in the body: then somebody has thought of it. */
function isHeldAgainst(body: string, name: string): boolean {
  const word = name.replace(/[$]/g, "\\$");
  return new RegExp(
    String.raw`(?:\b|(?<=\W))${word}\s*(?:not\s+in\b|in\s*\(|!?~|<>\s*all\b|=\s*any\b|(?:not\s+)?(?:i?like|similar)\b)|\b(?:tablename|table_name|column_name|relname|attname|nspname|table_schema|schemaname)\s*=\s*(?:\w+\.)?${word}\b|to_regclass\s*\(\s*${word}\b|\bcase\s+${word}\b|${word}\s*::\s*(?:regclass|regprocedure|regtype)`,
    "i",
  ).test(body);
}

function isSafeCast(scan: Scan, at: number): boolean {
  return wordAt(scan, at + 1) === "::" && !/^(?:text|varchar|json|jsonb|name)$/.test(wordAt(scan, at + 2));
}

function behindCast(scan: Scan, at: number): number {
  return wordAt(scan, at + 1) === "::" ? at + 3 : at + 1;
}

function isName(scan: Scan, at: number): boolean {
  const token = scan.all[at];
  return token?.kind === "word" || token?.kind === "quoted";
}

/** Whether a statement begins behind a token. */
function isStart(scan: Scan, at: number): boolean {
  return /^(?:;|begin|then|else|loop|)$/.test(wordAt(scan, at));
}

/** The first token of the declaration or assignment around a token. */
function startOf(scan: Scan, at: number): number {
  let start = at;
  while (start > 0 && !/^(?:;|begin|then|else|loop|declare)$/.test(wordAt(scan, start - 1))) start--;
  return start;
}

/** The end of an expression: the semicolon, or one of the words at its own depth. */
function endOf(scan: Scan, from: number, words: readonly string[]): number {
  let depth = 0;
  for (let at = from; at < scan.all.length; at++) {
    const word = wordAt(scan, at);
    if (word === "(" || word === "[") depth++;
    else if (word === ")" || word === "]") depth--;
    else if (depth <= 0 && (word === ";" || words.includes(word))) return at;
  }
  return scan.all.length;
}

function wordAt({ body, all }: Scan, at: number): string {
  const token = all[at];
  if (token === undefined) return "";
  const text = body.slice(token.start, token.end);
  return token.kind === "word" ? text.toLowerCase() : text;
}
