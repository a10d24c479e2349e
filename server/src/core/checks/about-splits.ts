/** How a file is split where a lock would be held too long: what follows goes to a next migration, or to a next transaction. */
import { as } from "../sql/tree.js";
import { likeKeywords } from "./about-tables.js";
import { type FileScene, type Fix, placeIn, type StatementScene } from "./check.js";

/** From this statement on, a migration of its own; where BEGIN is written, a transaction of its own. */
export function splitOff(file: FileScene, one: StatementScene): readonly Fix[] {
  const at = file.statements.indexOf(one);
  const rest = file.statements.slice(at);
  if (file.statements.some(({ statement }) => as(statement.node, "TransactionStmt") !== undefined))
    return opensItself(file, at) ? [splitTransaction(one)] : [];
  // Only in the newest, where nothing below it is waiting for it; and a statement that nobody can read cannot be moved.
  if (file.history === undefined || !file.newest || rest.some(({ statement }) => statement.node === undefined))
    return [];
  const moved = rest.map((scene) => withComments(file, scene));
  return [
    {
      title:
        rest.length === 1
          ? "Move this statement to a next migration"
          : "Move this and what follows to a next migration",
      safe: false,
      takesOut: moved.map(({ span }) => ({ uri: file.uri, piece: undefined, span })),
      migrations: [
        {
          slug: `after_${(file.migration?.path.split("/").at(-1) ?? "").replace(/^\d+_|\.sql$/g, "")}`,
          statements: moved.map(({ text }) => text),
          outsideTransaction: false,
        },
      ],
    },
  ];
}

/** Whether the transaction around a statement is one that the file writes: after a BEGIN, before its end. */
function opensItself(file: FileScene, at: number): boolean {
  if (file.wrapping === "file") return false;
  const before = file.statements.slice(0, at).findLast(({ statement }) => transactionOf(statement) !== undefined);
  const kind = before === undefined ? undefined : transactionOf(before.statement);
  return kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START";
}

function transactionOf(statement: StatementScene["statement"]): string | undefined {
  return as(statement.node, "TransactionStmt")?.kind;
}

function splitTransaction(one: StatementScene): Fix {
  const text = likeKeywords(one.statement, "commit;\n\nbegin;\n");
  const edits = [{ at: placeIn(one, { start: 0, end: 0 }), text }];
  return { title: "Commit before it, and go on in a next transaction", safe: false, edits };
}

/** A statement with the comment that stands right above it, which speaks of it. */
function withComments({ sql }: FileScene, { ordinal, statement }: StatementScene) {
  const start = sql.pieces[ordinal]?.start ?? 0;
  const end = start + statement.text.length;
  const from = sql.pieces[ordinal - 1]?.end ?? 0;
  const between = sql.text.slice(from, start);
  const above = /(?:^|\n)((?:[ \t]*--[^\n]*\n)+)[ \t]*$/.exec(between);
  // What stands behind the statement before, on its line, speaks of that one.
  const comment =
    above === null || (above.index === 0 && !between.startsWith("\n") && from > 0) ? "" : (above[1] ?? "");
  const first = comment === "" ? start : from + between.lastIndexOf(comment);
  return { span: { start: first, end }, text: comment + statement.text };
}
