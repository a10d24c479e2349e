import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from "yaml";
import type { Span } from "../text/source.js";

/** A YAML text as a tree of values with their places. It knows nothing of PowerSync, and the YAML library is known nowhere else. */
export interface YamlTree {
  /** Undefined when the document is empty. */
  readonly root: YamlValue | undefined;
  readonly faults: readonly YamlFault[];
}

/** What is wrong with a text as YAML. */
export interface YamlFault {
  readonly message: string;
  readonly span: Span;
}

export type YamlValue = YamlMap | YamlList | YamlScalar;

/** A mapping, its entries in the order of the text. */
export interface YamlMap {
  readonly kind: "map";
  readonly span: Span;
  readonly entries: readonly YamlEntry[];
}

/** A key and what stands behind it; nothing does when `value` is undefined. */
export interface YamlEntry {
  readonly key: string;
  readonly span: Span;
  readonly value: YamlValue | undefined;
}

export interface YamlList {
  readonly kind: "list";
  readonly span: Span;
  /** An empty item is undefined. */
  readonly items: readonly (YamlValue | undefined)[];
}

export interface YamlScalar {
  readonly kind: "scalar";
  readonly span: Span;
  /** As YAML's core schema reads it; `null` is an empty or null value. */
  readonly value: string | number | boolean | null;
  /** Its text after unquoting and folding. */
  readonly text: string;
  /** Where the text stands letter by letter, but for line breaks and indentation; undefined when it holds escapes. */
  readonly content: Span | undefined;
  /** Written as a block (`|` or `>`). */
  readonly block: boolean;
  /** The comment behind it on the same line. */
  readonly comment: string | undefined;
}

/** Reads YAML. It never throws: what cannot be read is a fault. */
export function readYaml(text: string): YamlTree {
  try {
    const document = parseDocument(text, { prettyErrors: false, logLevel: "silent", uniqueKeys: true });
    const faults = document.errors.map((error) => ({ message: error.message, span: within(error.pos, text) }));
    // The library catches its own overflow and names it once for each level.
    const overflow = faults.find((fault) => fault.message.startsWith("Maximum call stack"));
    if (overflow !== undefined) return { root: undefined, faults: [{ ...overflow, message: tooDeep }] };
    return { root: read(document.contents, { text, document, open: new Set(), left: 20_000 }), faults };
  } catch (error) {
    const message = error instanceof RangeError ? tooDeep : String(error);
    return { root: undefined, faults: [{ message, span: { start: 0, end: Math.min(text.length, 1) } }] };
  }
}

const tooDeep = "The document is nested too deeply to be read";

/** The entry of a mapping with that key. */
export function entryOf(value: YamlValue | undefined, key: string): YamlEntry | undefined {
  return value?.kind === "map" ? value.entries.find((entry) => entry.key === key) : undefined;
}

/** What stands behind a key of a mapping. */
export function valueAt(value: YamlValue | undefined, ...keys: readonly string[]): YamlValue | undefined {
  let at = value;
  for (const key of keys) at = entryOf(at, key)?.value;
  return at;
}

interface Reading {
  readonly text: string;
  readonly document: Document;
  /** Nodes around the current one: an anchor may hold an alias of itself. */
  readonly open: Set<unknown>;
  /** How many values may still be read: aliases of aliases multiply. */
  left: number;
}

function read(node: unknown, reading: Reading): YamlValue | undefined {
  if (--reading.left < 0) return undefined;
  if (isAlias(node)) {
    const target = node.resolve(reading.document);
    return target === undefined || reading.open.has(target) ? undefined : read(target, reading);
  }
  if (isMap(node)) {
    reading.open.add(node);
    const entries = node.items.map((pair) => entryFrom(pair, reading));
    reading.open.delete(node);
    return { kind: "map", span: spanOf(node, reading.text), entries: entries.filter((entry) => entry !== undefined) };
  }
  if (isSeq(node)) {
    reading.open.add(node);
    const items = node.items.map((item) => read(item, reading));
    reading.open.delete(node);
    return { kind: "list", span: spanOf(node, reading.text), items };
  }
  if (!isScalar(node)) return undefined;
  const { value } = node;
  const known = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const span = spanOf(node, reading.text);
  return {
    kind: "scalar",
    span,
    value: known ? value : null,
    text: typeof value === "string" ? value : known ? (node.source ?? String(value)) : "",
    content: contentOf(reading.text, span, node.type),
    block: node.type === "BLOCK_FOLDED" || node.type === "BLOCK_LITERAL",
    comment: node.comment?.trim() || undefined,
  };
}

function entryFrom(pair: Pair, reading: Reading): YamlEntry | undefined {
  if (!isScalar(pair.key)) return undefined;
  const value = read(pair.value, reading);
  const key = pair.key.source ?? String(pair.key.value);
  return {
    key,
    span: spanOf(pair.key, reading.text),
    value: value?.kind === "scalar" && isAbsent(value) ? undefined : value,
  };
}

function isAbsent(value: YamlScalar): boolean {
  return value.value === null && value.span.start === value.span.end;
}

function spanOf(node: Node, text: string): Span {
  const [start, end] = node.range ?? [0, 0];
  return within([start, end], text);
}

function within([start, end]: readonly [number, number], text: string): Span {
  const first = Math.max(0, Math.min(start, text.length));
  return { start: first, end: Math.max(first, Math.min(end, text.length)) };
}

/** Where the letters of a scalar stand. Line breaks and indentation differ from its text; that is all the same to SQL. */
function contentOf(text: string, span: Span, type: string | undefined): Span | undefined {
  const raw = text.slice(span.start, span.end);
  switch (type) {
    case "QUOTE_SINGLE":
    case "QUOTE_DOUBLE": {
      const escaped = type === "QUOTE_SINGLE" ? raw.slice(1, -1).includes("'") : raw.includes("\\");
      const closed = raw.length > 1 && raw.at(-1) === raw[0];
      return escaped || !closed ? undefined : trimmed(text, span.start + 1, span.end - 1);
    }
    case "BLOCK_FOLDED":
    case "BLOCK_LITERAL": {
      const header = /^[^\r\n]*(\r\n|\r|\n)?/.exec(raw)?.[0] ?? "";
      // Folding puts what follows a SQL comment on the comment's own line, which the letters as they stand would not show.
      if (type === "BLOCK_FOLDED" && raw.slice(header.length).includes("--")) return undefined;
      return trimmed(text, span.start + header.length, span.end);
    }
    default:
      return trimmed(text, span.start, span.end);
  }
}

function trimmed(text: string, from: number, to: number): Span {
  let start = from;
  let end = to;
  while (start < end && /\s/.test(text.charAt(start))) start++;
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  return { start, end };
}
