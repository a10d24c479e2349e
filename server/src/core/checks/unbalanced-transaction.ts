import { as } from "../sql/tree.js";
import { statementsOf } from "./about-kinds.js";
import { likeKeywords } from "./about-tables.js";
import { check, type FileScene, type Fix, placeIn, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "unbalanced-transaction",
  severity: "warning",
  area: "F",
  kind: "act",
  summary: "A BEGIN that nothing ends, a COMMIT or ROLLBACK that nothing began, or a BEGIN inside a transaction.",
  why: "What an open transaction did is undone when the session ends. A COMMIT too many ends the transaction that the migration tool opened, so that a failure further down leaves half of the file applied.",
  instead: "Pair each BEGIN with a COMMIT, or leave both to the migration tool.",
  silent: "BEGIN ATOMIC, savepoints, and blocks of PL/pgSQL",
  turnOff:
    "when your runner joins several files to one script, so that a transaction begins in one and ends in another",
  peers: "SQ PLS MP PF",
  bad: [
    "begin;\ncreate table post (id uuid primary key);\nalter table post enable row level security;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\nCOMMIT;",
    "begin;\ncreate table post (id uuid primary key);\nbegin;\nalter table post enable row level security;\ncommit;",
    "-- file: db/migrations/1_a.sql\n-- +goose Up\nbegin;\ncreate table post (id uuid primary key);\ncommit;",
  ],
  good: [
    "begin;\ncreate table post (id uuid primary key);\nsavepoint one;\nrollback to savepoint one;\ncommit;\nstart transaction;\nalter table post enable row level security;\nend;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\ncreate function one() returns int language sql immutable begin atomic select 1; end;",
  ],
  *file(scene) {
    let open: StatementScene | undefined;
    const wrapped = scene.wrapping === "file";
    for (const one of statementsOf(scene, ["TransactionStmt"])) {
      const control = as(one.statement.node, "TransactionStmt");
      const word = one.statement.text.split(/\s/, 1)[0]?.toUpperCase() ?? "";
      switch (control?.kind) {
        case "TRANS_STMT_BEGIN":
        case "TRANS_STMT_START":
          if (open !== undefined)
            yield {
              at: wholeStatement(one),
              message: `A transaction is open already, so this ${word} does nothing, and the next COMMIT ends both.`,
              related: [{ at: wholeStatement(open), message: "opens it" }],
              fixes: () => [without(one, word)],
            };
          else {
            open = one;
            if (wrapped)
              yield {
                at: wholeStatement(one),
                message: `The migration tool has opened a transaction already: this ${word} does nothing, and its COMMIT ends the tool's own.`,
                fixes: () => unwrap(scene, one),
              };
          }
          break;
        case "TRANS_STMT_COMMIT":
        case "TRANS_STMT_ROLLBACK":
        case "TRANS_STMT_PREPARE":
          if (open === undefined)
            yield {
              at: wholeStatement(one),
              message:
                wrapped || one.inTransaction === true
                  ? `Nothing here began a transaction, so this ${word} ends the one around the file, and what follows runs without.`
                  : `Nothing here began a transaction, so this ${word} does nothing.`,
              fixes: () => [without(one, word)],
            };
          // AND CHAIN goes on in a next one.
          if (control.chain !== true) open = undefined;
          break;
        default:
      }
    }
    if (open !== undefined && !wrapped) {
      const begun = open;
      yield {
        at: wholeStatement(begun),
        message:
          "Nothing ends this transaction, so what follows is undone when the session ends, or runs on into the next file.",
        fixes: () => close(scene, begun),
      };
    }
  },
});

function without(one: StatementScene, word: string): Fix {
  return { title: `Remove this ${word}`, safe: false, takesOut: [wholeStatement(one)] };
}

/** Takes BEGIN out, and what ends it. */
function unwrap(file: FileScene, begun: StatementScene): readonly Fix[] {
  const rest = file.statements.slice(file.statements.indexOf(begun) + 1);
  const end = rest.find(({ statement }) => as(statement.node, "TransactionStmt")?.kind === "TRANS_STMT_COMMIT");
  return end === undefined
    ? []
    : [
        {
          title: "Leave the transaction to the tool",
          safe: false,
          takesOut: [wholeStatement(begun), wholeStatement(end)],
        },
      ];
}

/** COMMIT behind the last statement. */
function close(file: FileScene, begun: StatementScene): readonly Fix[] {
  const last = file.statements.at(-1);
  if (last === undefined) return [];
  const end = last.statement.text.length;
  const text = `;\n${likeKeywords(begun.statement, "commit")}`;
  return [{ title: "End it with COMMIT", safe: false, edits: [{ at: placeIn(last, { start: end, end }), text }] }];
}
