import { nearest } from "../text/nearest.js";
import type { Span } from "../text/source.js";
import type { SyncDocument } from "./document.js";
import { entryOf, type YamlEntry, type YamlValue } from "./yaml.js";

/**
 * Which keys a sync configuration may have and what stands behind them, at every level of both dialects. It knows the layout alone;
 * the SQL in it is somebody else's.
 */
export interface LayoutFault {
  /** `unknown`: a key PowerSync does not have; `layout`: a whole layout it never had; `shape`: a value of the wrong kind, or none. */
  readonly kind: "unknown" | "layout" | "shape";
  readonly span: Span;
  /** One sentence in the present tense. */
  readonly message: string;
  /** The key that was meant. */
  readonly nearest?: string;
}

/** What is wrong with the layout of a configuration, in the order of the text. */
export function layoutFaults(document: SyncDocument): readonly LayoutFault[] {
  const { kind, root } = document;
  if (kind === "service" || document.faults.length > 0) return [];
  if (kind === "invented") {
    const key = entryOf(root, "sync_rules");
    const message = "PowerSync has no `sync_rules:` over `tables:`: it syncs nothing of this file.";
    return key === undefined ? [] : [{ kind: "layout", span: key.span, message }];
  }
  if (root === undefined) {
    const span = { start: 0, end: Math.min(1, document.text.length) };
    return [{ kind: "shape", span, message: "The file is empty: PowerSync wants `streams:`." }];
  }
  const faults: LayoutFault[] = [];
  fit(root, { of: "the configuration", shape: configuration, at: root.span, faults });
  if (kind === "empty" && root.kind === "map" && faults.length === 0) {
    const span = root.entries[0]?.span ?? root.span;
    faults.push({ kind: "shape", span, message: "`streams:` is missing: PowerSync syncs nothing without it." });
  }
  return faults.sort((a, b) => a.span.start - b.span.start);
}

type Shape = Plain | Keys | Each;

/** What a scalar or a list of scalars may be. */
type Plain =
  | "boolean"
  | "number"
  | "query"
  | "queries"
  | "one or more queries"
  | { readonly choices: readonly (string | number)[] };

/** A mapping with known keys; of each group in `required` one must be there. */
interface Keys {
  readonly keys: { readonly [key: string]: Shape };
  readonly required?: readonly (readonly string[])[];
}

/** A mapping with names that people choose. */
interface Each {
  readonly called: string;
  readonly each: Shape;
}

interface Fitting {
  /** What the value is, as a sentence says it. */
  readonly of: string;
  readonly shape: Shape;
  /** Where to point when nothing stands there. */
  readonly at: Span;
  readonly faults: LayoutFault[];
}

function fit(value: YamlValue | undefined, fitting: Fitting): void {
  const { shape, of, faults } = fitting;
  const wrong = (words: string): void => {
    faults.push({ kind: "shape", span: firstLine(value, fitting.at), message: sentence(`${of} ${words}.`) });
  };
  if (typeof shape === "string" || "choices" in shape) {
    const words = expected(value, shape);
    if (words !== undefined) wrong(words);
  } else if (value?.kind !== "map") wrong("is a mapping");
  else if ("keys" in shape) fitKeys(value.entries, shape, fitting);
  else {
    for (const { key, span, value: inner } of value.entries) {
      fit(inner, { of: `${shape.called} \`${key}\``, shape: shape.each, at: span, faults });
    }
  }
}

function fitKeys(entries: readonly YamlEntry[], shape: Keys, { of, at, faults }: Fitting): void {
  const meantHere = new Set<string>();
  for (const { key, span, value } of entries) {
    const inner = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
    if (inner !== undefined) {
      fit(value, { of: `\`${key}\` of ${of}`, shape: inner, at: span, faults });
      continue;
    }
    const free = Object.keys(shape.keys).filter((known) => !entries.some((entry) => entry.key === known));
    const meant = nearest(key, free);
    const message = `PowerSync does not know \`${key}\` in ${of}${meant === undefined ? "" : `; \`${meant}\` is near`}.`;
    if (meant !== undefined) meantHere.add(meant);
    faults.push({ kind: "unknown", span, message, ...(meant === undefined ? {} : { nearest: meant }) });
  }
  for (const choice of shape.required ?? []) {
    if (entries.some((entry) => choice.includes(entry.key))) continue;
    // A misspelt key is one fault, not two.
    if (choice.some((key) => meantHere.has(key))) continue;
    const missing = choice.map((key) => `\`${key}\``).join(" or ");
    faults.push({ kind: "shape", span: at, message: sentence(`${of} has no ${missing}.`) });
  }
}

/** What should stand there, when something else does. */
function expected(value: YamlValue | undefined, shape: Plain): string | undefined {
  const text = (one: YamlValue | undefined): boolean =>
    one?.kind === "scalar" && typeof one.value === "string" && one.value.trim() !== "";
  const texts = (many: YamlValue | undefined): boolean => many?.kind === "list" && many.items.every(text);
  switch (shape) {
    case "boolean":
      return value?.kind === "scalar" && typeof value.value === "boolean" ? undefined : "is true or false";
    case "number":
      return value?.kind === "scalar" && Number.isInteger(value.value) ? undefined : "is a whole number";
    case "query":
      return text(value) ? undefined : "is one query";
    case "queries":
      return texts(value) ? undefined : "is a list of queries";
    case "one or more queries":
      return text(value) || texts(value) ? undefined : "is a query or a list of queries";
    default:
      return value?.kind === "scalar" && value.value !== null && shape.choices.some((one) => one === value.value)
        ? undefined
        : `is one of ${shape.choices.join(", ")}`;
  }
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Faults of a value that fills many lines are shown where it begins. */
function firstLine(value: YamlValue | undefined, at: Span): Span {
  if (value === undefined) return at;
  return value.kind === "scalar"
    ? value.span
    : { start: value.span.start, end: Math.min(value.span.end, value.span.start + 1) };
}

const named: Shape = { called: "the named query", each: "query" };

const stream: Shape = {
  keys: {
    query: "query",
    queries: "queries",
    with: named,
    auto_subscribe: "boolean",
    priority: { choices: [0, 1, 2, 3] },
    accept_potentially_dangerous_queries: "boolean",
  },
  required: [["query", "queries"]],
};

const bucket: Shape = {
  keys: {
    parameters: "one or more queries",
    data: "queries",
    priority: { choices: [0, 1, 2, 3] },
    accept_potentially_dangerous_queries: "boolean",
  },
  required: [["data"]],
};

/** From PowerSync's documentation of Sync Streams, Sync Rules and compatibility options, editions 1 to 3. */
const configuration: Shape = {
  keys: {
    config: {
      keys: {
        edition: { choices: [1, 2, 3] },
        storage_version: "number",
        timestamp_max_precision: { choices: ["seconds", "milliseconds", "microseconds", "nanoseconds"] },
        timestamps_iso8601: "boolean",
        versioned_bucket_ids: "boolean",
        fixed_json_extract: "boolean",
        custom_postgres_types: "boolean",
        unstable_sqlite_expression_engine: "boolean",
      },
    },
    streams: { called: "the stream", each: stream },
    with: named,
    bucket_definitions: { called: "the bucket definition", each: bucket },
    event_definitions: {
      called: "the event",
      each: { keys: { payloads: "queries" }, required: [["payloads"]] },
    },
  },
};
