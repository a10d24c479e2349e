import "../support/parser.js";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Change, editSql, readSql } from "../../server/src/core/sql/read.js";
import type { SqlFile } from "../../server/src/core/sql/statement.js";

/** A file of so many statements of several kinds, functions among them whose bodies are not indented. */
function migration(count: number): string {
  const kinds = [
    (n: number) => `create table note_${n} (\n  id bigint primary key,\n  title text not null default 'a;''b'\n)`,
    (n: number) => `-- index ${n}\ncreate index note_${n}_title on note_${n} (title)`,
    (n: number) => `insert into note_${n} (id, title) values (1, 'it''s (${n}'), (2, '😀')`,
    (n: number) => `comment on table note_${n} is 'é'`,
    (n: number) =>
      `create function f_${n}() returns void language plpgsql as $$\nbegin\nselect ${n};\ndelete from note_${n};\nend\n$$`,
    (n: number) => `alter table note_${n}\n  add column "Owner" uuid`,
    (n: number) => `grant select on note_${n} to anon`,
  ];
  return Array.from({ length: count }, (_, n) => `${kinds[n % kinds.length]?.(n)};\n`).join("\n");
}

suite("sql/read", () => {
  const written = (file: SqlFile): string[] =>
    file.pieces.map(
      ({ kind, start, end, statement }) => `${kind}${statement?.error ? "!" : ""}:${file.text.slice(start, end)}`,
    );
  const good = (file: SqlFile): Set<string> =>
    new Set(file.pieces.flatMap(({ statement }) => (statement?.node === undefined ? [] : [statement.text])));
  const error = (text: string, index = 0) => {
    const piece = readSql(text).pieces[index];
    return (
      piece?.statement?.error && {
        ...piece.statement.error,
        line: text.slice(0, piece.start + piece.statement.error.offset).split("\n").length,
      }
    );
  };

  test("gives every statement its place and its tree", () => {
    const text = "\ufeff-- a\r\nselect 1;\r\n\r\n-- é\r\nselect '😀' ; select from from;\r\n";
    assert.deepEqual(written(readSql(text)), ["sql:select 1", "sql:select '😀'", "sql!:select from from"]);
    assert.ok(
      readSql(migration(50)).pieces.every(
        ({ statement, section }) => statement?.node && !statement.error && section === "up",
      ),
    );
  });

  test("tells down sections apart", () => {
    const sections = (text: string) => readSql(text).pieces.map(({ kind, section }) => `${kind} ${section}`);
    assert.deepEqual(sections("select 1;\n-- +goose Down\nselect 2;\n-- +goose Up\nselect 3;"), [
      "sql up",
      "directive down",
      "sql down",
      "directive up",
      "sql up",
    ]);
    assert.deepEqual(sections("-- migrate:up\nselect 'it;\n-- migrate:down\ndrop table a;\n"), [
      "directive up",
      "sql up",
      "directive down",
      "sql down",
    ]);
  });

  const text = migration(140);
  const all = readSql(text).pieces;
  /** What the mistakes cost at 40 places: the most statements lost, the broken one included. */
  const lost = (change: (at: number, end: number) => string): number =>
    Math.max(
      ...Array.from({ length: 40 }, (_, place) => {
        const piece = all[place * 3 + 1];
        assert.ok(piece);
        const left = good(readSql(change(piece.start, piece.end)));
        return all.filter(({ statement }) => statement && !left.has(statement.text)).length;
      }),
    );
  const put = (stray: string) => (at: number, end: number) =>
    `${text.slice(0, (at + end) >> 1)}${stray}${text.slice((at + end) >> 1)}`;

  for (const [name, change, most] of [
    ["a missing semicolon loses nothing", (_at: number, end: number) => text.slice(0, end) + text.slice(end + 1), 0],
    [
      "a typing error in the first word loses one statement",
      (at: number) => `${text.slice(0, at)}x${text.slice(at)}`,
      1,
    ],
    ["a stray parenthesis loses one statement", put("("), 1],
    ["a stray quote loses few statements", put("'"), 4],
    ["a stray double quote loses few statements", put('"'), 4],
    ["a stray comment loses few statements", put("/*"), 4],
    ["a stray dollar quote loses few statements", put("$$"), 8],
  ] as const) {
    test(name, () => {
      const worst = lost(change);
      assert.ok(worst <= most, `${worst} lost`);
    });
  }

  test("names a missing semicolon and where it belongs, and keeps the tree", () => {
    const broken = "create table a (id int) -- note\n\ncreate table b (id int);\nselect 1;";
    const [first, second] = readSql(broken).pieces;
    assert.deepEqual(first?.statement?.error, {
      message: "a semicolon is missing",
      offset: 23,
      missingSemicolon: true,
    });
    assert.ok(first.statement.node);
    assert.equal(second?.statement?.text, "create table b (id int)");
    assert.equal(readSql("create table a (id int)").pieces[0]?.statement?.error, undefined);
    assert.equal(
      readSql("-- +goose StatementBegin\nselect 1\n-- +goose StatementEnd\nselect 2;").pieces[1]?.statement?.error,
      undefined,
    );
    assert.equal(readSql(broken).pieces[0]?.statement, first.statement);
  });

  test("points at the mistake, not at where reading stopped", () => {
    assert.deepEqual(error("select 1;\ncreate table a (id int;\ncreate table b (id int);\nselect 1;", 1)?.line, 2);
    assert.match(
      error("select 1;\nselect 'a;\ncreate table b (id int);\ncreate table c (id int);", 1)?.message ?? "",
      /unterminated quoted string/,
    );
    assert.equal(error("/* a\nselect 1;")?.message, 'unterminated /* comment at or near "/* a"');
    const large = `select ${"1,\n".repeat(100_000)} 'x`;
    assert.deepEqual(error(`select 1;\n${large}`, 1), {
      message: "unterminated quoted string",
      offset: large.length - 2,
      line: 100_002,
    });
  });

  test("does not take the body of a broken function for statements of the file", () => {
    const broken =
      "create fonction f() returns int language sql as $$\nselect 1;\ndelete from note;\n$$;\nselect 2;\nselect 3;";
    assert.deepEqual(written(readSql(broken)).slice(1), ["sql:select 2", "sql:select 3"]);
    assert.equal(
      readSql("create function f() returns int language sql as $$\nselect 1;\nselect from from;\n").pieces.length,
      1,
    );
  });

  test("stays quick when hardly anything parses", () => {
    const foreign = Array.from({ length: 3_000 }, (_, n) => `create table \`a${n}\` (\nselect int(11) 'x\n);`).join(
      "\n",
    );
    assert.ok(readSql(foreign).pieces.length > 0);
  }).timeout(10_000);

  suite("after an edit", () => {
    const hostile = `\
-- +goose Up
create table a (id int, note text default 'it''s');
copy a from stdin;
1	x;y'
\\.
create function f() returns void language plpgsql as $$
begin
select 1;
create table inner_one (a int);
end $$;
create or replace function g() returns int language sql begin atomic
select case when true then 1 end;
end;
\\set x 1
select :x, E'a\\'b'
  'c\\'d';
/* a /* nested */ comment */
insert into a values (1, '😀é');--> statement-breakpoint
alter table a add column b int
-- +goose Down
drop table a;
drop function f();
grant select on a to b;
`;
    const bits = [
      ..."'\"();\\ xé\n",
      "$$",
      "$a$",
      "/*",
      "*/",
      "--",
      "😀",
      "E'",
      "\\.\n",
      "\n\\.\n",
      "\ncopy t from stdin;\n1\n",
      "\n-- +goose Down\n",
      "\n-- +goose Up\n",
      "--> statement-breakpoint",
      "\ncreate table x (a int);\n",
      "\nselect 1;\n",
      "\ndrop ",
      "begin atomic ",
      "end;",
    ];
    const view = (file: SqlFile) =>
      file.pieces.map(({ kind, start, end, section, statement }) => ({ kind, start, end, section, statement }));
    const edits = fc.array(
      fc.record({
        place: fc.noBias(fc.integer({ min: 0, max: 1_000_000 })),
        removed: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 2, arbitrary: fc.nat(5) },
          { weight: 1, arbitrary: fc.nat(300) },
        ),
        added: fc.oneof(fc.constant(""), fc.constantFrom(...bits)),
      }),
      { minLength: 1, maxLength: 12 },
    );

    for (const [name, base, runs] of [
      ["of a hostile file", hostile, 800],
      ["of a plain file", migration(21), 200],
    ] as const) {
      test(`reads what reading all would read, around thousands of edits ${name}`, () => {
        fc.assert(
          fc.property(edits, (made) => {
            let file = readSql(base);
            for (const { place, removed: wanted, added } of made) {
              const start = Math.floor((place / 1_000_000) * file.text.length);
              const removed = Math.min(wanted, file.text.length - start);
              const change: Change = { start, removed, added: added.length };
              file = editSql(file, file.text.slice(0, start) + added + file.text.slice(start + removed), change);
              assert.deepEqual(view(file), view(readSql(file.text)));
            }
          }),
          { seed: 20_261_122, numRuns: runs },
        );
      }).timeout(60_000);
    }

    test("keeps the statements that the edit did not touch", () => {
      const before = readSql(text);
      const at = before.pieces[70]?.start ?? 0;
      const after = editSql(before, `${text.slice(0, at)}-- note\n${text.slice(at)}`, {
        start: at,
        removed: 0,
        added: 8,
      });
      assert.equal(after.pieces.length, before.pieces.length);
      for (const [index, piece] of after.pieces.entries())
        assert.equal(piece.statement, before.pieces[index]?.statement);
      assert.equal(after.pieces[100]?.start, (before.pieces[100]?.start ?? 0) + 8);
    });

    test("reads all of a file whose text is not the one that was edited", () => {
      const other = { text: "select 1;", pieces: [] };
      assert.equal(editSql(other, "select 1; select 2;", { start: 9, removed: 0, added: 10 }).pieces.length, 2);
      const file = readSql("select 1;");
      assert.equal(editSql(file, "select 1; select 2;", { start: 9, removed: 0, added: 3 }).pieces.length, 2);
    });
  });
});
