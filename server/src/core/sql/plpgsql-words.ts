/** Going about in the tokens of a PL/pgSQL body: where words stand, and where brackets, targets and CASE expressions end. */
import type { Token } from "./lexer.js";

/** The tokens of a body, comments left out. */
export interface Words {
  readonly body: string;
  readonly all: readonly Token[];
}

/** INTO with its variables, which only PL/pgSQL understands; the INTO of INSERT and MERGE stays. */
export function targetsIn(scan: Words, from: number, upto: number): (readonly [start: number, end: number])[] {
  const found: (readonly [start: number, end: number])[] = [];
  if (!/^(?:select|perform|with|insert|update|delete|merge|values)$/.test(wordAt(scan, from))) return found;
  let depth = 0;
  for (let at = from; at < upto; at++) {
    const word = wordAt(scan, at);
    if (word === "(" || word === "[") depth++;
    else if (word === ")" || word === "]") depth--;
    if (word !== "into" || depth !== 0 || /^(?:insert|merge)$/.test(wordAt(scan, at - 1))) continue;
    const end = behindTargets(scan, at + 1);
    found.push([scan.all[at]?.start ?? 0, scan.all[end - 1]?.end ?? 0]);
    at = end - 1;
  }
  return found;
}

/** Behind `[STRICT] a, b.c, d[1]`. */
export function behindTargets(scan: Words, from: number): number {
  let at = behindTarget(scan, wordAt(scan, from) === "strict" ? from + 1 : from);
  while (wordAt(scan, at) === ",") at = behindTarget(scan, at + 1);
  return at;
}

/** Behind `b.c[1].d`. */
export function behindTarget(scan: Words, from: number): number {
  let at = from + 1;
  for (;;) {
    if (wordAt(scan, at) === ".") at += 2;
    else if (wordAt(scan, at) === "[") at = indexOf(scan, "]", at + 1) + 1;
    else return at;
  }
}

/** Where `:=`, `=` or another word stands first outside of brackets, or `end`. */
export function assigned(scan: Words, from: number, end: number, or: string): number {
  let depth = 0;
  for (let at = from; at < end; at++) {
    const word = wordAt(scan, at);
    if (word === "(" || word === "[") depth++;
    else if (word === ")" || word === "]") depth--;
    else if (depth === 0 && (word === ":=" || word === "=" || word === or)) return at;
  }
  return end;
}

/** The index of a word at the depth of `from` and outside of CASE expressions, or the number of tokens. */
export function indexOf(scan: Words, word: string, from: number): number {
  let depth = 0;
  let cases = 0;
  for (let at = from; at < scan.all.length; at++) {
    const here = wordAt(scan, at);
    if (here === word && depth <= 0 && cases === 0) return at;
    if (here === "(" || here === "[") depth++;
    else if (here === ")" || here === "]") depth--;
    else if (here === ";" && depth <= 0 && word !== "begin") return at;
    else if (here === "case") cases++;
    else if (here === "end" && cases > 0) cases--;
  }
  return scan.all.length;
}

/** A token as it is written, a bare word in lower case; empty behind the last. */
export function wordAt(scan: Words, at: number): string {
  const token = scan.all[at];
  if (token === undefined) return "";
  const text = scan.body.slice(token.start, token.end);
  return token.kind === "word" ? text.toLowerCase() : text;
}
