/**
 * Formatting with sql-formatter, one statement at a time. A result that does not mean the same (another tree) or lost a comment is not
 * used; what stands between statements is never touched.
 */
import { format } from "sql-formatter";
import { tokens } from "./sql/lexer.js";
import { parseStatement } from "./sql/parser.js";
import type { Piece, SqlFile, Statement } from "./sql/statement.js";
import { type Edit, replace } from "./text/source.js";

/** The edits that format a file; `indent` is one step. Statements that do not parse, and function bodies, stay as they are. */
export function formatSql(file: SqlFile, indent: string): readonly Edit[] {
  return file.pieces.flatMap((piece) => {
    const text = piece.statement === undefined ? undefined : formatted(piece, piece.statement, indent);
    return text === undefined ? [] : [replace({ start: piece.start, end: piece.end }, text)];
  });
}

function formatted(piece: Piece, statement: Statement, indent: string): string | undefined {
  if (statement.node === undefined || "CreateFunctionStmt" in statement.node || "DoStmt" in statement.node)
    return undefined;
  const text = reprint(statement.text, indent);
  if (text === undefined || text === statement.text || piece.end - piece.start !== statement.text.length)
    return undefined;
  return sameMeaning(statement, text) ? text : undefined;
}

function reprint(text: string, indent: string): string | undefined {
  try {
    return format(text, {
      language: "postgresql",
      keywordCase: "preserve",
      dataTypeCase: "preserve",
      functionCase: "preserve",
      identifierCase: "preserve",
      useTabs: indent === "\t",
      tabWidth: indent === "\t" ? 2 : indent.length,
      expressionWidth: 80,
    });
  } catch {
    // The formatter's grammar is smaller than PostgreSQL's: what it cannot read stays as it is.
    return undefined;
  }
}

/** Whether a text parses to the same tree and holds the same comments as a statement. */
export function sameMeaning(statement: Statement, text: string): boolean {
  const other = parseStatement(text);
  return (
    other.node !== undefined && shape(other) === shape(statement) && comments(other.text) === comments(statement.text)
  );
}

/** The tree without its places. */
function shape({ node }: Statement): string {
  return JSON.stringify(node, (key, value: unknown) =>
    /^(location|.*_location|.*_len)$/.test(key) ? undefined : value,
  );
}

function comments(text: string): string {
  return tokens(text)
    .filter(({ kind }) => kind === "comment")
    .map(({ start, end }) => text.slice(start, end).replace(/\s+/g, " ").trim())
    .join("\n");
}
