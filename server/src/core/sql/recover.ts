import { directiveIn } from "./directive.js";
import { parseStatement } from "./parser.js";
import { endOfLine } from "./scan.js";
import { nextPart, type Part, type Place, type Step } from "./split.js";
import type { Statement } from "./statement.js";

/**
 * Finds where reading can go on behind a mistake: a keyword in the first column behind which whole statements parse. It judges by the
 * parser alone and never guesses what was meant.
 */

/** What was found, and what finding it took. */
export interface Rescue {
  /** Where a statement begins again; undefined when the part is broken to its end. */
  readonly restart: number | undefined;
  /** The text up to here was looked at: an edit before it may change the answer. */
  readonly reach: number;
  /** The work done, in units of text scanned. It depends on the text alone, not on what happens to be remembered. */
  readonly cost: number;
}

/** Whether a statement is to be taken as it was cut: it parses, or it is one that nobody can judge. */
export function isWhole(statement: Statement): boolean {
  return statement.error === undefined;
}

/** Looks for a restart inside a part that does not parse; `behind` is the place behind the part. */
export function rescue(text: string, part: Part, behind: Step): Rescue {
  const work = { cost: part.end - part.start, reach: behind.at };
  const trusted = part.open === undefined && followed(text, behind, work);
  const outside = new Set(part.heads);
  let tries = mostTries;
  let restart: number | undefined;
  for (
    let eol = text.indexOf("\n", part.start);
    eol >= 0 && eol < part.end && tries > 0;
    eol = text.indexOf("\n", eol + 1)
  ) {
    const head = eol + 1;
    if (!trusted && isDirective(text, head)) {
      restart = head;
      break;
    }
    const word = text.slice(head, head + 12);
    const seen = outside.has(head);
    if (!statementWord.test(word) || (trusted && !seen && !definitionWord.test(word))) continue;
    tries--;
    if (readsOn(text, head, trusted && seen ? 1 : 2, work)) {
      restart = head;
      break;
    }
  }
  return { restart, reach: work.reach + margin, cost: work.cost };
}

interface Work {
  cost: number;
  reach: number;
}

const mostTries = 50;
/** How far ahead of a possible restart is looked. */
const lookAhead = 65536;
/** Telling a token or a directive takes a few units behind it. */
const margin = 128;
/** Parsing takes about so many times as long as scanning. */
const parseCost = 8;

/** Whether the part behind a broken one is whole, so that the quotes agree again. */
function followed(text: string, behind: Place, work: Work): boolean {
  const next = nextPart(text, behind);
  work.reach = Math.max(work.reach, next.at);
  work.cost += next.at - behind.at;
  return next.part === undefined || parses(text, next.part, work);
}

/** Whether `needed` statements in a row parse from an offset on; at the end of the text one is enough. */
function readsOn(text: string, from: number, needed: number, work: Work): boolean {
  const limit = Math.min(text.length, from + lookAhead);
  work.reach = Math.max(work.reach, from + lookAhead);
  let good = 0;
  for (let place: Place = { at: from, data: false }; good < needed; ) {
    const step = nextPart(text, place, limit);
    work.cost += step.at - place.at;
    if (step.part === undefined) return good > 0 && limit === text.length;
    if (step.part.kind === "sql") {
      const cut = step.at >= limit && limit < text.length;
      if (cut || !parses(text, step.part, work)) return false;
      good++;
    }
    place = step;
  }
  return true;
}

function parses(text: string, part: Part, work: Work): boolean {
  if (part.kind !== "sql") return true;
  if (part.open !== undefined) return false;
  work.cost += (part.end - part.start) * parseCost;
  return isWhole(parseStatement(text.slice(part.start, part.end)));
}

/** Inside quotes that do not agree, a migration tool's line is the best restart there is, and tells which section goes on. */
function isDirective(text: string, at: number): boolean {
  return text.startsWith("--", at) && directiveIn(text, at, endOfLine(text, at), true) !== undefined;
}

/** The words that statements begin with: chapter VI.I of PostgreSQL's manual. */
const statementWord =
  /^(?:abort|alter|analyze|begin|call|checkpoint|close|cluster|comment|commit|copy|create|deallocate|declare|delete|discard|do|drop|end|execute|explain|fetch|grant|import|insert|listen|load|lock|merge|move|notify|prepare|reassign|refresh|reindex|release|reset|revoke|rollback|savepoint|security|select|set|show|start|table|truncate|unlisten|update|vacuum|values|with)\b/i;
/** The words that seldom begin a line of a function's body. */
const definitionWord = /^(?:alter|comment|create|drop|grant|revoke)\b/i;
