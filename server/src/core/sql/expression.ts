import type { Span } from "../text/source.js";
import { tokensOf } from "./clause.js";
import type { Node, Statement } from "./statement.js";
import { locations } from "./tree.js";

const afterIs = new Set(["is", "not", "null", "true", "false", "unknown", "distinct", "from", "document", "json"]);

/**
 * Where an expression of a statement stands, without the parentheses around the whole of it. The tree has only starts, some of them in
 * the middle (that of an operator), so the span is grown over the tokens until its brackets are balanced; undefined when the tree has no place.
 */
export function expressionSpan(statement: Statement, node: Node): Span | undefined {
  const places = locations(node);
  if (places.length === 0) return undefined;
  const tokens = tokensOf(statement);
  const low = Math.min(...places);
  const high = Math.max(...places);
  let first = tokens.findIndex((token) => token.end > low);
  if (first < 0) return undefined;
  let last = first;
  while (last + 1 < tokens.length && (tokens[last + 1]?.start ?? 0) <= high) last++;
  const textAt = (at: number): string => {
    const token = tokens[at];
    return token === undefined ? "" : statement.text.slice(token.start, token.end).toLowerCase();
  };
  const balance = (): void => {
    let depth = 0;
    let lowest = 0;
    for (let at = first; at <= last; at++) {
      depth += opens(textAt(at));
      lowest = Math.min(lowest, depth);
    }
    for (; lowest < 0 && first > 0; first--) {
      const change = opens(textAt(first - 1));
      lowest += change;
      depth += change;
    }
    while (depth > 0 && last + 1 < tokens.length) depth += opens(textAt(++last));
  };
  balance();
  let cases = 0;
  for (let at = first; at <= last; at++) cases += textAt(at) === "case" ? 1 : textAt(at) === "end" ? -1 : 0;
  for (; last + 1 < tokens.length; last++) {
    const next = textAt(last + 1);
    const here = textAt(last);
    if (cases > 0) cases += next === "case" ? 1 : next === "end" ? -1 : 0;
    else if (next === "." || here === ".") continue;
    else if ((next === "(" && isWord(here)) || next === "[" || next === "]") {
      last++;
      balance();
      last--;
    } else if (here === "is" || (afterIs.has(next) && afterIs.has(here) && wasIs(textAt, last))) {
      // IS NOT NULL and its kin: the tree knows only where IS stands.
    } else break;
  }
  const start = tokens[first]?.start;
  const end = tokens[last]?.end;
  return start === undefined || end === undefined ? undefined : { start, end };
}

function wasIs(textAt: (at: number) => string, last: number): boolean {
  for (let at = last; at >= 0 && afterIs.has(textAt(at)); at--) if (textAt(at) === "is") return true;
  return false;
}

function opens(text: string): number {
  return text === "(" || text === "[" ? 1 : text === ")" || text === "]" ? -1 : 0;
}

function isWord(text: string): boolean {
  return /^["\p{L}_]/u.test(text);
}
