/** Which SQL files are written for another database: what is wrong there in PostgreSQL's eyes is right in theirs. */
import { tokens } from "../sql/lexer.js";
import type { SqlFile } from "../sql/statement.js";
import { memo } from "../text/memo.js";
import type { FileScene } from "./check.js";

/** The ordinals of the pieces that do not parse; a large file is asked for them after every key. */
export const faultyPieces: (sql: SqlFile) => readonly number[] = memo(({ pieces }) => {
  const faulty: number[] = [];
  for (const [ordinal, { statement }] of pieces.entries()) if (statement?.error !== undefined) faulty.push(ordinal);
  return faulty;
});

/** Whether a file is written for another database as a whole, rather than in PostgreSQL with a borrowed word. */
export function isForeign({ uri, sql, facts, migration }: FileScene): boolean {
  // What PostgreSQL reads without a fault needs no second look.
  if (faultyPieces(sql).length === 0) return false;
  if (isOfOtherDatabase(uri) || speaksForeign(sql)) return true;
  if (facts.platform === "supabase" && migration !== undefined) return false;
  if (migration === undefined && /\bprimary\s+key\s+autoincrement\b/i.test(sql.text)) return true;
  const made = [...sql.text.matchAll(/\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?([`"\w])/gi)];
  return made.length > 0 && made.every(([, first]) => first === "`");
}

/** Whether a file stands where a project keeps the SQL of another database. */
export function isOfOtherDatabase(uri: string): boolean {
  return otherDatabase.test(uri);
}

const speaksForeign: (sql: SqlFile) => boolean = memo(
  ({ text }) => /\bmergetree\b|\bon\s+cluster\b/i.test(text) || /^\s*pragma\s+\w+\s*[=(;]|^\/\*!\d{5}/im.test(text),
);

/** A folder, or the end of a file's name, that says for which database the SQL is. */
const otherDatabase =
  /\/(?:[\w-]*[_-])?(?:mysql|mariadb|sqlite3?|clickhouse|duckdb|mssql|sqlserver|bigquery|d1)(?:[_-][\w-]*)?\/|[._-](?:mysql|mariadb|sqlite3?|clickhouse|mssql)\.sql$/i;

/** A text of the same length with double quotes for backticks around names. */
export function unticked(text: string): string {
  const units = text.split("");
  for (const { kind, start, end } of tokens(text)) {
    if (kind !== "operator") continue;
    for (let at = start; at < end; at++) if (units[at] === "`") units[at] = '"';
  }
  return units.join("");
}

/** A text of the same length with blanks for comments and quotes for all of a string. */
export function skeletonOf(text: string): string {
  const units = text.split("");
  for (const { kind, start, end } of tokens(text)) {
    if (kind !== "comment" && kind !== "string") continue;
    for (let at = start; at < end; at++) if (units[at] !== "\n") units[at] = kind === "string" ? "'" : " ";
  }
  return units.join("");
}
