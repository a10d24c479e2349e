/**
 * The SQL in a migration that is written in code: what Knex's `up` hands to `raw`. It knows the syntax tree of the code, not its values:
 * what is put together at run time, or built by calls instead of text, is said to be missing.
 */
import { parse } from "@babel/parser";
import type { Span } from "../text/source.js";

/** The SQL of a piece of code. */
export interface CodeSql {
  /** As long as the code: its SQL stands where it stood, with a semicolon in place of the closing quote, and all else is blank. */
  readonly text: string;
  /** The literals that the SQL stands in, within their quotes. */
  readonly literals: readonly (Span & { readonly quote: string })[];
  /** False when the migration does more than this SQL says. */
  readonly complete: boolean;
}

/** Whether a text is a migration for Knex. */
export function isKnex(code: string): boolean {
  return /\bknex\b/i.test(code) && /\bup\b\s*[=:(]|\bup\b\s*$/m.test(code);
}

/** The SQL of a Knex migration. Code that does not parse has none, and is incomplete. */
export function sqlInKnex(code: string): CodeSql {
  let program: Node;
  try {
    program = parse(code, {
      sourceType: "unambiguous",
      plugins: ["typescript"],
      errorRecovery: true,
      attachComment: false,
    }).program as unknown as Node;
  } catch {
    // The parser's way of saying that this is no code; the editor's own language service tells the user so.
    return { text: blank(code), literals: [], complete: false };
  }
  const up = upIn(program);
  const found: Found = { literals: [], complete: up !== undefined };
  if (up !== undefined) {
    const client = nameOf(list(part(up, "params"))[0]);
    if (client === undefined) found.complete = false;
    else read(part(up, "body"), client, code, found);
  }
  const literals = found.literals.sort((a, b) => a.start - b.start);
  let text = "";
  for (const { start, end } of literals) {
    const sql = code.slice(start, end);
    text += blank(code.slice(text.length, start)) + sql + (/;\s*$/.test(sql) ? " " : ";");
  }
  return { text: text + blank(code.slice(text.length)), literals, complete: found.complete };
}

/** A node of the code's tree, as far as we look at it. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

interface Found {
  readonly literals: (Span & { readonly quote: string })[];
  complete: boolean;
}

function part(node: unknown, field: string): unknown {
  return isNode(node) ? node[field] : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function list(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function children(node: Node): readonly Node[] {
  return Object.values(node).flatMap((value) => (isNode(value) ? [value] : list(value)));
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === "Identifier" ? (part(node, "name") as string) : undefined;
}

const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "ObjectMethod"]);

/** The function called `up`, however it is exported. */
function upIn(node: Node): Node | undefined {
  const value =
    node.type === "FunctionDeclaration" || node.type === "ObjectMethod"
      ? nameOf(part(node, "id") ?? part(node, "key")) === "up" && node
      : node.type === "VariableDeclarator"
        ? nameOf(part(node, "id")) === "up" && part(node, "init")
        : node.type === "ObjectProperty"
          ? nameOf(part(node, "key")) === "up" && part(node, "value")
          : node.type === "AssignmentExpression" &&
            nameOf(part(part(node, "left"), "property")) === "up" &&
            part(node, "right");
  if (isNode(value) && functions.has(value.type)) return value;
  for (const child of children(node)) {
    const found = upIn(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Goes through code in which `client` is Knex: its `raw` calls are read, other changes of the schema and unknown uses are noted. */
function read(value: unknown, client: string, code: string, found: Found): void {
  if (!isNode(value)) return;
  if (value.type === "CallExpression" && isNode(part(value, "callee"))) {
    const { callee } = value as unknown as { readonly callee: Node };
    const steps = stepsOf(callee, client);
    const args = list(part(value, "arguments"));
    if (steps !== undefined) {
      const last = steps.at(-1);
      if (last === "raw") readLiteral(args, code, found);
      else if (last === "transaction") {
        const [work] = args;
        const inner = nameOf(list(part(work, "params"))[0]);
        if (work === undefined || !functions.has(work.type) || inner === undefined) found.complete = false;
        else read(part(work, "body"), inner, code, found);
        return;
      } else if (steps.includes("schema")) found.complete = false;
      // What a chain begins with may be a call of its own: knex.schema.raw("…").raw("…").
      readObject(callee, client, code, found);
      for (const arg of args) if (last !== "raw") read(arg, client, code, found);
      return;
    }
  }
  if (value.type === "MemberExpression" && stepsOf(value, client) !== undefined) {
    readObject(value, client, code, found);
    return;
  }
  // The client goes somewhere we do not see.
  if (nameOf(value) === client) {
    found.complete = false;
    return;
  }
  for (const child of children(value)) read(child, client, code, found);
}

function readObject(chain: Node, client: string, code: string, found: Found): void {
  const object = part(chain, "object");
  if (nameOf(object) !== client) read(object, client, code, found);
}

/** The names of a chain that begins with the client: `knex.schema.raw(…).raw` is schema, raw, raw; undefined for other code. */
function stepsOf(node: unknown, client: string): readonly string[] | undefined {
  if (!isNode(node)) return undefined;
  if (nameOf(node) === client) return [];
  if (node.type === "CallExpression") return stepsOf(part(node, "callee"), client);
  if (node.type !== "MemberExpression") return undefined;
  const before = stepsOf(part(node, "object"), client);
  return before === undefined ? undefined : [...before, nameOf(part(node, "property")) ?? ""];
}

/** A text without escapes and without values put in is read as it stands. */
function readLiteral(args: readonly Node[], code: string, found: Found): void {
  const [literal, bindings] = args;
  const span = literal === undefined ? undefined : { start: literal.start + 1, end: literal.end - 1 };
  const written = span === undefined ? "" : code.slice(span.start, span.end);
  const plain =
    literal?.type === "StringLiteral" ||
    (literal?.type === "TemplateLiteral" && list(part(literal, "expressions")).length === 0);
  if (span === undefined || !plain || written.includes("\\") || (bindings !== undefined && written.includes("?"))) {
    found.complete = false;
    return;
  }
  found.literals.push({ ...span, quote: code[span.start - 1] ?? "" });
}

/** As many blanks; lines stay lines. */
function blank(text: string): string {
  return text.replace(/[^\r\n]/g, " ");
}
