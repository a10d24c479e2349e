import { tokens } from "../sql/lexer.js";
import { parseStatement } from "../sql/parser.js";
import type { Statement } from "../sql/statement.js";
import type { Span } from "../text/source.js";
import { readYaml, valueAt, type YamlEntry, type YamlFault, type YamlScalar, type YamlValue } from "./yaml.js";

/**
 * A PowerSync configuration and the SQL in it. This room knows how such a file is laid out and what its queries read and whom they ask
 * about; it does not know whether the tables exist, what the workspace's policies say, or how PowerSync compiles a query.
 */
export interface SyncDocument {
  /** The whole text; every span is one of it. */
  readonly text: string;
  readonly kind: SyncKind;
  /**
   * The text in which the configuration stands, as long as the whole: it differs only where a service file carries the configuration in
   * a block, when all around that block is blank.
   */
  readonly source: string;
  /** The edition it asks for; 1 when it does not say. */
  readonly edition: number;
  /** What is wrong with it as YAML. */
  readonly faults: readonly YamlFault[];
  /** Streams or bucket definitions, in the order of the text; none in the other kinds. */
  readonly definitions: readonly SyncDefinition[];
  /** The queries under the top-level `with:`, which all streams may use. */
  readonly shared: readonly SyncQuery[];
  /** The payload queries of event definitions. */
  readonly payloads: readonly SyncQuery[];
  /** The configuration as values with places. */
  readonly root: YamlValue | undefined;
}

/**
 * `streams` and `buckets` are PowerSync's two dialects (`streams` when both stand in one file); `invented` is a layout it never had (`sync_rules:` over `tables:`); `service` is
 * the service's own configuration without a sync configuration in it; `empty` has neither dialect's key yet.
 */
export type SyncKind = "streams" | "buckets" | "invented" | "service" | "empty";

/** A stream or a bucket definition. */
export interface SyncDefinition {
  readonly name: string;
  readonly dialect: "stream" | "bucket";
  /** Where its name stands. */
  readonly span: Span;
  /** What stands under its name. */
  readonly value: YamlValue | undefined;
  /** Clients receive it without asking; always so for a bucket definition. */
  readonly automatic: boolean;
  /** Its queries: `data` sends rows, `parameters` says which buckets a user has, `with` is a named subquery. */
  readonly queries: readonly SyncQuery[];
}

/** A query in a YAML scalar. */
export interface SyncQuery {
  readonly role: "data" | "parameters" | "with" | "payload";
  /** The name of a `with` query. */
  readonly name: string | undefined;
  /** Where the SQL stands; the whole scalar when it holds escapes. */
  readonly span: Span;
  /**
   * The SQL in PostgreSQL's words, of the same length as what stands there. Its tree is undefined when PostgreSQL cannot read it: PowerSync's
   * dialect is SQLite's in places.
   */
  readonly statement: Statement;
  /** Whether an offset in the statement plus `span.start` is an offset in the document. */
  readonly exact: boolean;
}

/** Whether a file is PowerSync's, by its name and its top-level keys; undefined when it is none. */
export function recognise(path: string, text: string): SyncKind | undefined {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1).toLowerCase();
  if (!/\.ya?ml$/.test(name)) return undefined;
  const named = /^(powersync[-_.])?sync[-_](config|rules|streams)(\.[\w-]+)?\.ya?ml$/.test(name);
  // Reading is dear and most YAML is somebody else's: look for the words first.
  if (!named && !/^(streams|bucket_definitions|sync_rules|sync_config|replication)\s*:/m.test(text)) return undefined;
  const { root } = readYaml(text);
  const kind = kindOf(root);
  if (kind === "service") return carried(root) === undefined ? "service" : kindOf(readYaml(blanked(text, root)).root);
  if (named || kind === "buckets" || kind === "invented") return kind;
  return kind === "streams" && valueAt(root, "config", "edition") !== undefined ? kind : undefined;
}

/** Reads a sync configuration. It never throws: what cannot be read is a fault or is left out. */
export function readSync(text: string): SyncDocument {
  let source = text;
  let tree = readYaml(text);
  if (kindOf(tree.root) === "service" && carried(tree.root) !== undefined) {
    source = blanked(text, tree.root);
    const inner = readYaml(source);
    tree = { root: inner.root, faults: [...tree.faults, ...inner.faults] };
  }
  const { root, faults } = tree;
  const kind = kindOf(root);
  const edition = scalarOf(valueAt(root, "config", "edition"))?.value;
  const streams = entriesOf(valueAt(root, "streams"));
  const buckets = entriesOf(valueAt(root, "bucket_definitions"));
  return {
    text,
    kind,
    source,
    edition: typeof edition === "number" ? edition : 1,
    faults,
    definitions: [...streams.map((entry) => stream(entry, text)), ...buckets.map((entry) => bucket(entry, text))],
    shared: named(valueAt(root, "with"), text),
    payloads: entriesOf(valueAt(root, "event_definitions")).flatMap((event) =>
      queriesIn(valueAt(event.value, "payloads"), "payload", text),
    ),
    root,
  };
}

/** The place in the document of a place in a query's statement. */
export function spanIn(query: SyncQuery, span: Span): Span {
  return query.exact ? { start: query.span.start + span.start, end: query.span.start + span.end } : query.span;
}

function kindOf(root: YamlValue | undefined): SyncKind {
  const has = (key: string): boolean => root?.kind === "map" && root.entries.some((entry) => entry.key === key);
  if (has("replication") || has("storage") || has("client_auth")) return "service";
  if (valueAt(root, "sync_rules", "tables") !== undefined) return "invented";
  if (has("streams")) return "streams";
  if (has("bucket_definitions")) return "buckets";
  return "empty";
}

/** The sync configuration that a service file carries in a literal block, where every letter stands as it is read. */
function carried(root: YamlValue | undefined): YamlScalar | undefined {
  const content = scalarOf(valueAt(root, "sync_config", "content") ?? valueAt(root, "sync_rules", "content"));
  return content?.block === true ? content : undefined;
}

/** Blank, don't map: indented YAML is YAML, so what is carried is read where it stands. */
function blanked(text: string, root: YamlValue | undefined): string {
  const content = carried(root)?.content;
  if (content === undefined) return "";
  const blank = (part: string): string => part.replace(/[^\r\n]/g, " ");
  return blank(text.slice(0, content.start)) + text.slice(content.start, content.end) + blank(text.slice(content.end));
}

function stream({ key, span, value }: YamlEntry, text: string): SyncDefinition {
  return {
    name: key,
    dialect: "stream",
    span,
    value,
    automatic: scalarOf(valueAt(value, "auto_subscribe"))?.value === true,
    queries: [
      ...named(valueAt(value, "with"), text),
      ...queriesIn(valueAt(value, "query"), "data", text),
      ...queriesIn(valueAt(value, "queries"), "data", text),
    ],
  };
}

function bucket({ key, span, value }: YamlEntry, text: string): SyncDefinition {
  return {
    name: key,
    dialect: "bucket",
    span,
    value,
    automatic: true,
    queries: [
      ...queriesIn(valueAt(value, "parameters"), "parameters", text),
      ...queriesIn(valueAt(value, "data"), "data", text),
    ],
  };
}

function named(value: YamlValue | undefined, text: string): readonly SyncQuery[] {
  return entriesOf(value).flatMap((entry) => queriesIn(entry.value, "with", text, entry.key));
}

function queriesIn(
  value: YamlValue | undefined,
  role: SyncQuery["role"],
  text: string,
  name?: string,
): readonly SyncQuery[] {
  if (value?.kind === "list") return value.items.flatMap((item) => queriesIn(item, role, text, name));
  if (value?.kind !== "scalar" || typeof value.value !== "string" || value.text.trim() === "") return [];
  const exact = value.content !== undefined;
  const span = value.content ?? value.span;
  const sql = exact ? text.slice(span.start, span.end) : value.text;
  return [{ role, name, span, statement: parseStatement(inPostgres(sql)), exact }];
}

/**
 * PowerSync's `x IN name` (a named subquery or a list) is no PostgreSQL, which wants parentheses; `=` says the same to our reading and is
 * shorter, so that no offset moves. A closing semicolon goes as well.
 */
function inPostgres(sql: string): string {
  let result = sql;
  const words = tokens(sql).filter((token) => token.kind !== "comment");
  words.forEach((token, at) => {
    const next = words[at + 1];
    const before = words[at - 1];
    const is = (one: typeof next, word: string): boolean =>
      one !== undefined && sql.slice(one.start, one.end).toLowerCase() === word;
    if (is(token, "in") && next !== undefined && !is(next, "(") && next.kind !== "punctuation") {
      const blank = is(before, "not") && before !== undefined ? before.start : token.start;
      const operator = blank === token.start ? "=" : "<>";
      result = result.slice(0, blank) + operator.padEnd(token.end - blank) + result.slice(token.end);
    }
    if (next === undefined && is(token, ";")) result = `${result.slice(0, token.start)} ${result.slice(token.end)}`;
  });
  return result;
}

function entriesOf(value: YamlValue | undefined): readonly YamlEntry[] {
  return value?.kind === "map" ? value.entries : [];
}

function scalarOf(value: YamlValue | undefined): YamlScalar | undefined {
  return value?.kind === "scalar" ? value : undefined;
}
