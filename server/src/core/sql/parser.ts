import { type Answer, accepts, ask, fingerprintOf, startEngine } from "./engine.js";
import { tokens } from "./lexer.js";
import { codePointOffset, convertLocations, offsetOfByte } from "./locations.js";
import { mask } from "./placeholders.js";
import type { Node, Statement, SyntaxFault } from "./statement.js";

/**
 * Texts of statements become `Statement`s here. It knows PostgreSQL's parser and its three ways to count; it does not know files, nor
 * what a statement means. The same text gives the same object as long as it is in use.
 */

/** Makes the parser ready; the caller brings the bytes (or the compiled module) of libpg-query's WebAssembly file. */
export function startParser(wasm: Uint8Array<ArrayBuffer> | WebAssembly.Module): void {
  startEngine(wasm);
  forget();
}

/**
 * The statement of a text, which comes without its semicolon. A text of more than `largest` units is read only if it has few tokens (a long
 * string costs little, a long list of rows much); otherwise it has neither tree nor error.
 */
export function parseStatement(text: string): Statement {
  const known = recall(text);
  if (known !== undefined) return known;
  const own = detached(text);
  const statement = own.length > largest && !isCheap(own) ? bare(own) : read(own);
  remember(own, statement);
  return statement;
}

/** Whether PostgreSQL reads the text, be it one statement or several; placeholders are no obstacle. */
export function parsesAs(text: string): boolean {
  if (text.includes("\0")) return false;
  return accepts(text) || (mask(text)?.texts.some((masked) => accepts(masked)) ?? false);
}

/** The same for statements that differ in constants only; undefined when the text does not parse. */
export function fingerprint(text: string): string | undefined {
  return (
    fingerprintOf(text) ??
    mask(text)
      ?.texts.map(fingerprintOf)
      .find((print) => print !== undefined)
  );
}

/** Whether the statement was too deep for the parser rather than wrong: PostgreSQL itself may read it. */
export function isOverflow(fault: SyntaxFault): boolean {
  return fault.message === tooDeep;
}

/** 256 K: reading so many units of INSERT takes some 30 ms. */
const largest = 256 * 1024;
const mostUnits = 8 * 1024 * 1024;
const mostTokens = 50_000;

function isCheap(text: string): boolean {
  return text.length <= mostUnits && tokens(text).length <= mostTokens;
}

function read(text: string): Statement {
  const nul = text.indexOf("\0");
  if (nul >= 0) return { ...bare(text), error: { message: "a NUL character, which PostgreSQL refuses", offset: nul } };
  const plain = judge(text, text);
  if (plain.error === undefined || plain.error.message === tooDeep) return plain;
  const masked = mask(text);
  if (masked === undefined) return plain;
  const tries = masked.texts.map((stand) => judge(text, stand));
  const good = tries.find((tried) => tried.node !== undefined);
  if (good !== undefined) return { ...good, masked: true };
  return masked.template ? { ...bare(text), masked: true } : { ...(tries[0] ?? plain), masked: true };
}

/** Reads `stand`, which has the same length and stands for `text`. */
function judge(text: string, stand: string): Statement {
  const answer = ask(stand);
  if (answer.kind === "fault") return { ...bare(text), error: { message: tooDeep, offset: 0 } };
  if (answer.kind === "error") return { ...bare(text), error: faultOf(stand, answer) };
  const [first, second] = answer.statements;
  if (second !== undefined) {
    const behind = offsetOfByte(stand, second.stmt_location ?? 0);
    const offset = behind + (tokens(stand.slice(behind)).find((token) => token.kind !== "comment")?.start ?? 0);
    return { ...bare(text), error: { message: "more than one statement", offset } };
  }
  const node: Node | undefined = first?.stmt;
  if (node !== undefined) convertLocations(stand, node);
  return { text, node, error: undefined };
}

function bare(text: string): Statement {
  return { text, node: undefined, error: undefined };
}

const tooDeep = "the statement is nested too deeply to be read";

function faultOf(text: string, answer: Extract<Answer, { readonly kind: "error" }>): SyntaxFault {
  const message = shortened(answer.message);
  if (answer.message.endsWith("at end of input")) {
    const last = tokens(text).findLast((token) => token.kind !== "comment");
    return { message, offset: last?.start ?? 0 };
  }
  return { message, offset: Math.min(codePointOffset(text, Math.max(0, answer.cursor - 1)), text.length) };
}

/** `unterminated quoted string at or near "…"` quotes the whole rest of the text. */
function shortened(message: string): string {
  return message.replace(/ at or near "([\s\S]*)"$/, (whole, near: string) => {
    const line = near.split(/[\r\n]/, 1)[0] ?? "";
    const short = line.length > 60 ? [...line].slice(0, 60).join("") : line;
    return short === near ? whole : ` at or near "${short}…"`;
  });
}

/** A copy of its own: a slice would keep the whole file alive for as long as the statement is remembered. */
function detached(text: string): string {
  return ` ${text}`.slice(1);
}

/** Two generations by text: when the young one is full, the old one goes, and with it whatever was not asked for since. */
const generation = 4 * 1024 * 1024;
let young = new Map<string, Statement>();
let old = new Map<string, Statement>();
let youngUnits = 0;

function recall(text: string): Statement | undefined {
  const known = young.get(text);
  if (known !== undefined) return known;
  const aged = old.get(text);
  if (aged !== undefined) remember(aged.text, aged);
  return aged;
}

function remember(text: string, statement: Statement): void {
  if (youngUnits > generation) {
    old = young;
    young = new Map();
    youngUnits = 0;
  }
  young.set(text, statement);
  youngUnits += text.length + 64;
}

function forget(): void {
  old = new Map();
  young = new Map();
  youngUnits = 0;
}
