import "../support/parser.js";
import assert from "node:assert/strict";
import {
  clauseAt,
  findWords,
  findWordsHere,
  itemsIn,
  matchingParen,
  nameIn,
  tokenAt,
  tokenBefore,
  tokensOf,
  wordAfter,
} from "../../server/src/core/sql/clause.js";
import { parseStatement } from "../../server/src/core/sql/parser.js";
import type { Span } from "../../server/src/core/text/source.js";

suite("sql/clause", () => {
  const text =
    'alter table note /* , */ add column "a,b" numeric(10, 2) default round(1, 2) -- )\n not null, Add COLUMN c int, drop column d';
  const statement = parseStatement(text);
  const written = (span: Span | undefined): string | undefined => span && text.slice(span.start, span.end);

  test("ends a clause at the comma of its own depth", () => {
    assert.equal(
      written(clauseAt(statement, text.indexOf("add"))),
      text.slice(text.indexOf("add"), text.indexOf(", Add")),
    );
    assert.equal(written(clauseAt(statement, text.indexOf("drop"))), "drop column d");
    assert.equal(written(clauseAt(statement, text.indexOf("10"))), "10");
    assert.equal(written(clauseAt(statement, text.indexOf("2)"))), "2");
  });

  test("finds words wherever they stand, but not quoted or in comments", () => {
    assert.equal(written(findWords(statement, ["add", "column"])), "add column");
    assert.equal(written(findWords(statement, ["add", "column"], text.indexOf("not null"))), "Add COLUMN");
    assert.equal(written(findWords(statement, ["not", "null"])), "not null");
    assert.equal(findWords(statement, ["a,b"]), undefined);
    assert.equal(findWords(statement, ["add", "column"], 0, 30), undefined);
    assert.equal(written(findWords(statement, ["2"])), "2");
    assert.equal(findWordsHere(statement, ["2"]), undefined);
    assert.equal(findWordsHere(statement, ["default"], text.indexOf("10")), undefined);
    assert.equal(written(findWordsHere(statement, ["default"])), "default");
  });

  test("pairs brackets and parts what is between them", () => {
    const open = text.indexOf("(10");
    assert.equal(matchingParen(statement, open), text.indexOf(") default"));
    assert.deepEqual(itemsIn(statement, open).map(written), ["10", "2"]);
    const table = parseStatement("create table t (a int check (a in (1, 2)), b text[] /* , */ , primary key (a, b))");
    assert.deepEqual(
      itemsIn(table, table.text.indexOf("(")).map(({ start, end }) => table.text.slice(start, end)),
      ["a int check (a in (1, 2))", "b text[]", "primary key (a, b)"],
    );
    const empty = parseStatement("create table t ()");
    assert.deepEqual(itemsIn(empty, empty.text.indexOf("(")), []);
    assert.equal(matchingParen(statement, 0), undefined);
  });

  test("tells the tokens around a place", () => {
    assert.equal(wordAfter(statement, text.indexOf("note") + 4), "add");
    assert.equal(wordAfter(statement, text.indexOf("Add")), "add");
    assert.equal(wordAfter(statement, text.length), undefined);
    assert.equal(written(tokenAt(statement, text.indexOf("note") + 1)), "note");
    assert.equal(written(tokenBefore(statement, text.indexOf("add"))), "note");
    assert.equal(written(tokenBefore(statement, text.indexOf(", 2"))), "10");
    assert.equal(tokenBefore(statement, 0), undefined);
    const quoted = tokenAt(statement, text.indexOf('"'));
    assert.equal(quoted && nameIn(statement, quoted), "a,b");
    assert.equal(tokensOf(statement), tokensOf(statement));
  });
});
