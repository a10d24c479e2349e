import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = (text: string): void => check(text, "syntax-error");

suite("syntax-error", () => {
  test("one broken statement is one finding, at its place, and the others are read", () =>
    only(
      "-- é 😀\nselect 'é😀' from from a;\n--                ^^^^ syntax-error\nselect 1;\nselect ) from b;\n--     ^ syntax-error\n",
    ));

  test("scraps behind a quote that is out of step are no findings of their own", () => {
    only(
      "select 'it\\'s so; then this; and that\\'s all', 1;\n--            ^^ syntax-error\ncreate tabel a (id int);\n--     ^^^^^ syntax-error\n",
    );
    only(
      "create function f() returns void language plpgsql as $$ begin $$ declare x int; begin if x is null then return; end if; end;\n--                                                               ^^^^^^^ syntax-error\n",
    );
  });

  test("an end that comes too early is marked at the last word; a long string by its first line", () => {
    only("select a from;\n--       ^^^^ syntax-error\n");
    only("select 'a\nb\n--     ^^ syntax-error\n".replace("\nb\n--     ^^", "\n--     ^^"));
  });

  test("down sections are read too", () =>
    only(
      "-- file: db/migrations/001_a.sql\n-- migrate:up\nselect 1;\n-- migrate:down\ndrop tabel a;\n--   ^^^^^ syntax-error\n",
    ));

  test("a missing semicolon is said where it is missing, and added", () =>
    checkFix(
      "create table a (id bigint primary key) -- é\n\ncreate table b (id bigint primary key);\n",
      "create table a (id bigint primary key); -- é\n\ncreate table b (id bigint primary key);\n",
      "syntax-error",
    ));

  test("placeholders are no errors, wherever they stand", () => {
    only(
      "-- file: sql/000001.sql\ncreate table :SCHEMA.a (id bigint primary key);\nselect :cols from {{ table }} $" +
        "{rest};\n",
    );
    only("-- file: sql/000001.sql\nselect * from a order by b :direction;\n");
    only(
      '-- file: sql/000001.sql\ncreate index i on "{{ index .Options "Namespace" }}".users (id);\nselec "a{{b}}";\n',
    );
  });

  test("SQL of other databases is left alone", () => {
    only("-- file: db/clickhouse/migrations/0001_a.up.sql\nselec 1;\n");
    only("-- file: schema.mysql.sql\nshow create table a;\n");
    only("-- file: db/migrations/0001_mysql_import.sql\nselec 1;\n-- <^ syntax-error\n");
  });

  test("what is too deep for the parser is not called wrong", () =>
    only(`select ${"'a' || ".repeat(100_000)}'a';\n`)).timeout(20_000);

  test("the message is PostgreSQL's own", () => {
    const [finding] = allFindings(folderOf(filesOf("creat table a (id int);\n")));
    assert.equal(finding?.message, "PostgreSQL refuses this statement: syntax error at or near `creat`.");
  });
});
