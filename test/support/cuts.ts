import { parse } from "libpg-query";
import { split } from "../../server/src/core/sql/split.js";

/** One statement as somebody cut it, without white space and comments around it. */
export interface Cut {
  readonly start: number;
  readonly end: number;
}

/**
 * Where PostgreSQL's parser and the splitter cut a text that parses as a whole, in UTF-16 offsets; undefined when it does not parse, or
 * when it holds something that PostgreSQL never sees (psql commands, COPY data).
 */
export async function cutsOf(
  text: string,
): Promise<{ readonly parser: readonly Cut[]; readonly splitter: readonly Cut[] } | undefined> {
  const parts = split(text);
  if (parts.some((part) => part.kind === "psql" || part.kind === "copy") || text.startsWith("\ufeff")) return undefined;
  const tree = await parse(text).catch(() => undefined);
  if (tree === undefined) return undefined;
  const bytes = Buffer.from(text, "utf8");
  const parser = (tree.stmts ?? []).map((raw) => {
    const from = raw.stmt_location ?? 0;
    const upto = raw.stmt_len === undefined || raw.stmt_len === 0 ? bytes.length : from + raw.stmt_len;
    const written = bytes.subarray(from, upto).toString("utf8");
    const before = bytes.subarray(0, from).toString("utf8").length;
    const start = before + (/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(written)?.[0].length ?? 0);
    return { start, end: endOf(text, start, before + written.length) };
  });
  const splitter = parts.filter((part) => part.kind === "sql").map(({ start, end }) => ({ start, end }));
  return { parser, splitter };
}

/** The end without the white space and comments behind the last token; PostgreSQL's length includes them. */
function endOf(text: string, start: number, end: number): number {
  const [only] = split(text.slice(start, end));
  return only === undefined ? end : start + only.end;
}
