import { tokensOf } from "../sql/clause.js";
import { isOverflow } from "../sql/parser.js";
import type { SqlFile, Statement } from "../sql/statement.js";
import { insert, type Span } from "../text/source.js";
import { faultyPieces, isForeign } from "./about-dialects.js";
import { check } from "./check.js";

export default check({
  name: "syntax-error",
  severity: "error",
  area: "K",
  kind: "text",
  summary: "A statement that PostgreSQL cannot read.",
  why: "The whole file fails when it runs. In a down section that shows only on the day when the rollback is needed.",
  instead: "Correct the statement at the marked place; what stands behind it is checked all the same.",
  silent:
    "template placeholders, files in the dialect of SQLite or MySQL, and scraps of text behind a quote that is out of step",
  turnOff: "for a folder of templates that become SQL only in another step; never for files that run as they are",
  peers: "SQ PLS MP PF",
  bad: [
    "create table room (id uuid primary key, name text,);",
    "create table room (id uuid primary key)\ncreate table message (id uuid primary key);",
    "-- file: db/migrations/1_room.sql\n-- migrate:up\ncreate table room (id bigint primary key);\n-- migrate:down\ndrop tabel room;",
  ],
  good: [
    "create table room (id uuid primary key, name text);",
    "-- file: db/roles.sql\ngrant usage on schema public to :role_name;\nset search_path to {{ schema }};",
    "-- file: mobile/schema.sql\npragma foreign_keys = on;\ncreate table note (id integer primary key autoincrement);",
  ],
  *file(scene) {
    const { uri, sql } = scene;
    const faulty = faultyPieces(sql);
    if (faulty.length === 0 || isForeign(scene)) return;
    // Once a quote is out of step, words of strings and bodies stand as statements.
    let isAstray = false;
    for (const piece of faulty) {
      const { statement, section } = sql.pieces[piece] ?? {};
      // Where placeholders were masked, nobody knows what PostgreSQL will see.
      if (statement?.error === undefined || statement.masked || isOverflow(statement.error)) continue;
      if (isAstray && (!begins.test(firstWord(statement)) || isIndented(sql, piece))) continue;
      isAstray = true;
      const { error } = statement;
      const at = { uri, piece, span: faultSpan(statement, error.offset) };
      if (error.missingSemicolon) {
        const { text, span } = insert(error.offset, ";");
        yield {
          at,
          message:
            "A semicolon is missing here, so PostgreSQL takes this statement and the next one for one and refuses both.",
          fixes: () => [{ title: "Add the semicolon", safe: false, edits: [{ at: { uri, piece, span }, text }] }],
        };
      } else {
        const effect = section === "down" ? "The rollback fails" : "PostgreSQL refuses this statement";
        yield { at, message: `${effect}: ${error.message.replace(/"([^"]*)"/g, "`$1`")}.` };
      }
    }
  },
});

function isIndented({ text, pieces }: SqlFile, piece: number): boolean {
  return /[ \t]$/.test(text.slice(0, pieces[piece]?.start ?? 0).slice(-1));
}

function firstWord(statement: Statement): string {
  const [first] = tokensOf(statement);
  return first === undefined ? "" : statement.text.slice(first.start, first.end);
}

/** The words that most statements begin with, and that bodies of functions rarely do outside of a quote. */
const begins =
  /^(?:create|alter|drop|grant|revoke|comment|truncate|copy|insert|select|update|delete|merge|with|pragma)$/i;

/** The token at the fault, its first line at most; the last token when the fault is the end. */
function faultSpan(statement: Statement, offset: number): Span {
  const all = tokensOf(statement);
  const token = all.find(({ end }) => end > offset) ?? all.at(-1);
  if (token === undefined) return { start: 0, end: statement.text.length };
  const line = statement.text.slice(token.start, token.end).split(/[\r\n]/, 1)[0] ?? "";
  return { start: token.start, end: token.start + Math.max(1, line.trimEnd().length) };
}
