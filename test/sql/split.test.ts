import assert from "node:assert/strict";
import { split } from "../../server/src/core/sql/split.js";
import { cutsOf } from "../support/cuts.js";

const hard = `\
/* a /* nested; */ comment; */
create table note (id int, body text default 'a;b', "odd;name" text);;
create function f(a int default (1)) returns int language sql begin atomic
  select case when a > 0 then 1 else 2 end;
  select 2;
end;
create or replace procedure p() language sql begin atomic insert into note values (1); end;
create rule r as on insert to note do also (select 1; select 2);
create function g() returns trigger language plpgsql as $body$
begin
  if new.a then return new; end if; -- $$ ; '
  return null;
end $body$;
select E'a\\';b', 'c\\';
select $a$ ; $b$ ; $a$, x$a$ from y$a$;
select e'a'
  'b\\';';
select '😀;é' as "ü;", $1;
begin; commit
`;

suite("sql/split", () => {
  const parts = (text: string): string[] =>
    split(text).map((part) => `${part.kind}${part.open ? `(${part.open})` : ""}:${text.slice(part.start, part.end)}`);

  for (const [name, text] of [
    ["LF", hard],
    ["CRLF", hard.replaceAll("\n", "\r\n")],
  ] as const) {
    test(`cuts where PostgreSQL cuts, with ${name}`, async () => {
      const cuts = await cutsOf(text);
      assert.ok(cuts !== undefined && cuts.parser.length === 11);
      assert.deepEqual(cuts.splitter, cuts.parser);
    });
  }

  test("leaves a byte order mark, comments and semicolons outside", () => {
    assert.deepEqual(parts("\ufeff-- a\nselect 1 -- b\n;; /* c */ select 2 /* d */ ; -- e"), [
      "sql:select 1",
      "sql:select 2",
    ]);
    assert.deepEqual(parts(" \n-- nothing;\n"), []);
  });

  test("takes psql commands to the end of their line, and lets them end a statement", () => {
    assert.deepEqual(parts("\\set x 'a;b'\nselect 1 \\gset\r\nselect 2;\n\\echo 'it"), [
      "psql:\\set x 'a;b'",
      "sql:select 1",
      "psql:\\gset",
      "sql:select 2",
      "psql:\\echo 'it",
    ]);
    assert.deepEqual(parts("select 'a' \\ 2;"), ["sql:select 'a' \\ 2"]);
  });

  test("keeps the data of COPY apart", () => {
    assert.deepEqual(parts("copy a (b) from stdin with (format csv);\n1;'\n\\.x\n2\\.\n\\.\nselect 1;"), [
      "sql:copy a (b) from stdin with (format csv)",
      "copy:1;'\n\\.x\n2\\.\n",
      "sql:select 1",
    ]);
    assert.deepEqual(parts("copy a from 'stdin';\nselect 1;\n\\.\n"), [
      "sql:copy a from 'stdin'",
      "sql:select 1",
      "psql:\\.",
    ]);
    assert.deepEqual(parts("copy a from stdin;\r\n1\r\n\\.\r\nselect 1"), [
      "sql:copy a from stdin",
      "copy:1\r\n",
      "sql:select 1",
    ]);
  });

  test("ends a statement at the directives of migration tools", () => {
    const text = "-- +goose Up\n-- +goose StatementBegin\nselect 1\n-- +goose StatementEnd\n-- +goose Down\nselect 2\n";
    assert.deepEqual(parts(text), [
      "directive:-- +goose Up",
      "directive:-- +goose StatementBegin",
      "sql:select 1",
      "directive:-- +goose StatementEnd",
      "directive:-- +goose Down",
      "sql:select 2",
    ]);
    assert.deepEqual(parts("select 1;--> statement-breakpoint\nselect 2"), [
      "sql:select 1",
      "directive:--> statement-breakpoint",
      "sql:select 2",
    ]);
    assert.deepEqual(
      split(
        "-- migrate:up transaction:false\n-- +migrate Down\n-- Up Migration\n---- create above / drop below ----",
      ).map((part) => part.turns),
      ["up", "down", "up", "down"],
    );
    assert.deepEqual(parts("select 1 -- +goose Up\n, 2;\n-- a plain -- +goose Up\n"), [
      "sql:select 1 -- +goose Up\n, 2",
    ]);
  });

  test("says what is still open at the end", () => {
    assert.deepEqual(parts("select 1; select 'a; b"), ["sql:select 1", "sql(string):select 'a; b"]);
    assert.deepEqual(parts('select "a; b'), ['sql(identifier):select "a; b']);
    assert.deepEqual(parts("select $a$ ; $b$"), ["sql(dollar):select $a$ ; $b$"]);
    assert.deepEqual(parts("select 1; /* a /* b */ ;"), ["sql:select 1", "sql(comment):/* a /* b */ ;"]);
    assert.deepEqual(parts("select (1; select 2"), ["sql(paren):select (1; select 2"]);
    assert.deepEqual(parts("create function f() returns int begin atomic select 1; select 2;"), [
      "sql(block):create function f() returns int begin atomic select 1; select 2;",
    ]);
  });

  test("notes the words in the first column that are outside of quotes", () => {
    const text = "create table a (\nid int\n)\ncreate function f() as '\nselect 1'\n  drop\nalter";
    assert.deepEqual(
      split(text)[0]?.heads.map((head) => text.slice(head).split(/\s/)[0]),
      ["id", "create", "alter"],
    );
  });
});
