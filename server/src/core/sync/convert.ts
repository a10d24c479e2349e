import { tokens } from "../sql/lexer.js";
import { quoteIdentifier, quoteLiteral } from "../sql/quote.js";
import type { SyncDocument } from "./document.js";
import { valueAt, type YamlMap, type YamlValue } from "./yaml.js";

/**
 * The Sync Streams that say what a configuration in the invented layout (`sync_rules:` over `tables:`) means: the text of the whole file.
 * Undefined when some part of it says nothing that can be carried over, such as a table without `data:`.
 */
export function toStreams(document: SyncDocument): string | undefined {
  if (document.kind !== "invented" || document.faults.length > 0) return undefined;
  const tables = valueAt(document.root, "sync_rules", "tables");
  const others = document.root?.kind === "map" && document.root.entries.length > 1;
  if (tables?.kind !== "map" || tables.entries.length === 0 || others) return undefined;
  const lines = [...openingComments(document.text), "config:", "  edition: 3", "", "streams:"];
  for (const { key, value } of tables.entries) {
    const queries = value?.kind === "map" ? queriesOf(key, value) : undefined;
    if (queries === undefined) return undefined;
    if (lines.at(-1) !== "streams:") lines.push("");
    lines.push(`  ${scalar(key)}:`, "    auto_subscribe: true", "    queries:");
    for (const { sql, comment } of queries) {
      if (comment !== undefined) lines.push(`      # ${comment}`);
      lines.push(`      - ${scalar(sql)}`);
    }
  }
  const newline = document.text.includes("\r\n") ? "\r\n" : "\n";
  return lines.join(newline) + newline;
}

interface Query {
  readonly sql: string;
  readonly comment: string | undefined;
}

/** What a file begins with before its first key. */
function openingComments(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/);
  const end = lines.findIndex((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  return lines.slice(0, Math.max(0, end));
}

function queriesOf(table: string, value: YamlMap): readonly Query[] | undefined {
  const columns = namesIn(valueAt(value, "columns"));
  const parameters = parametersIn(valueAt(value, "parameters"));
  const data = valueAt(value, "data");
  const items = data?.kind === "list" ? data.items : [data];
  if (columns === undefined || parameters === undefined || items.length === 0) return undefined;
  const queries: Query[] = [];
  for (const item of items) {
    if (item?.kind !== "scalar" || typeof item.value !== "string") return undefined;
    const sql = withSource(withClaims(item.text.trim().replace(/\s*;$/, ""), parameters), table, columns);
    if (sql === undefined) return undefined;
    queries.push({ sql, comment: item.comment });
  }
  return queries;
}

/** A list of names; none when nothing stands there, undefined when something else does. */
function namesIn(value: YamlValue | undefined): readonly string[] | undefined {
  if (value === undefined) return [];
  if (value.kind !== "list") return undefined;
  const names = value.items.flatMap((item) => (item?.kind === "scalar" ? item.text : []));
  return names.length === value.items.length ? names : undefined;
}

/** What the file's own parameters are called in Sync Streams: `token.sub` is the user, another claim is a parameter of the token. */
function parametersIn(value: YamlValue | undefined): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  if (value === undefined) return found;
  if (value.kind !== "map") return undefined;
  for (const entry of value.entries) {
    const claim = entry.value?.kind === "scalar" ? /^token\.(\w+)$/.exec(entry.value.text)?.[1] : undefined;
    if (claim === undefined) return undefined;
    found.set(entry.key, ofClaim(claim));
  }
  return found;
}

function ofClaim(claim: string): string {
  return claim === "sub" ? "auth.user_id()" : `auth.parameter(${quoteLiteral(claim)})`;
}

/** `$name`, `:name` and `token.claim` outside of strings become what the token says; a name that nothing explains is a claim. */
function withClaims(sql: string, parameters: ReadonlyMap<string, string>): string {
  const claims = (text: string): string =>
    text
      .replace(/(?<![\w:$])[$:]([A-Za-z_]\w*)/g, (_, name: string) => {
        return parameters.get(name) ?? ofClaim(name === "user_id" ? "sub" : name);
      })
      .replace(/(?<![\w.])token\.(\w+)/gi, (_, claim: string) => ofClaim(claim));
  let result = "";
  let at = 0;
  for (const token of tokens(sql)) {
    if (token.kind !== "string" && token.kind !== "comment") continue;
    result += claims(sql.slice(at, token.start)) + sql.slice(token.start, token.end);
    at = token.end;
  }
  return result + claims(sql.slice(at));
}

/** Gives a query its select list and, when it has none, its FROM; undefined when it is no SELECT. */
function withSource(sql: string, table: string, columns: readonly string[]): string | undefined {
  const words = tokens(sql).map((token) => ({ ...token, text: sql.slice(token.start, token.end).toLowerCase() }));
  if (words[0]?.text !== "select") return undefined;
  let depth = 0;
  const outside = words.filter((word) => {
    if (word.text === "(") depth++;
    if (word.text === ")") depth--;
    return depth === 0;
  });
  const star = outside[1]?.text === "*" ? outside[1] : undefined;
  const where = outside.find((word) => word.text === "where");
  const list = columns.includes("id") ? columns : ["id", ...columns];
  const chosen = star !== undefined && columns.length > 0 ? list.map(quoteIdentifier).join(", ") : undefined;
  const behindList = star?.end ?? where?.start ?? sql.length;
  const head = chosen === undefined ? sql.slice(0, behindList) : `SELECT ${chosen}`;
  if (outside.some((word) => word.text === "from")) return chosen === undefined ? sql : head + sql.slice(behindList);
  const tail = sql.slice(behindList).trim();
  return `${head.trimEnd()} FROM ${quoteIdentifier(table)}${tail === "" ? "" : ` ${tail}`}`;
}

/** A YAML scalar on one line, quoted where YAML would read something else. */
function scalar(text: string): string {
  const line = text.replace(/\s*[\r\n]+\s*/g, " ");
  return /: |:$|\s#|^[-?:,[\]{}#&*!|>'"%@`]|^$/.test(line) ? JSON.stringify(line) : line;
}
