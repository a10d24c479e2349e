import "./support/parser.js";
import assert from "node:assert/strict";
import { formatSql, sameMeaning } from "../server/src/core/format.js";
import { parseStatement } from "../server/src/core/sql/parser.js";
import { readSql } from "../server/src/core/sql/read.js";
import { applyEdits } from "../server/src/core/text/source.js";

function format(text: string): string {
  return applyEdits(text, formatSql(readSql(text), "  "));
}

suite("formatting", () => {
  test("lays a statement out, and leaves what stands between statements alone", () =>
    assert.equal(
      format("-- first\nselect a,b from t where x=1;\n\n\n-- last\nselect 1;\n"),
      "-- first\nselect\n  a,\n  b\nfrom\n  t\nwhere\n  x = 1;\n\n\n-- last\nselect\n  1;\n",
    ));

  test("keeps the case of words, and every comment", () => {
    const text = "SELECT a, -- the first\n  /* the second */ B FROM t;";
    const after = format(text);
    assert.match(after, /SELECT/);
    assert.match(after, /-- the first/);
    assert.match(after, /\/\* the second \*\//);
  });

  test("leaves function bodies, and what does not parse, as they are", () => {
    for (const text of [
      "create function f() returns int language sql as $$ select   1 $$;",
      "do $$ begin   null; end $$;",
      "select from   from x;",
    ])
      assert.equal(format(text), text);
  });

  test("does nothing the second time", () => {
    const text =
      "create table t (a int, b text not null default 'x', c numeric(8,2), primary key (a));\ninsert into t (a, b) values (1, 'a'), (2, 'b') on conflict do nothing;\n";
    assert.equal(format(format(text)), format(text));
  });

  test("never changes what a statement means", () => {
    const statement = parseStatement("select a from t where x = 'a  b' -- why\n");
    assert.ok(sameMeaning(statement, "select a\nfrom t where x = 'a  b' -- why\n"));
    assert.ok(!sameMeaning(statement, "select a from t where x = 'a b' -- why\n"), "a string changed");
    assert.ok(!sameMeaning(statement, "select a from t where x = 'a  b'"), "a comment is lost");
    assert.ok(!sameMeaning(statement, "select a fro t"), "it does not parse");
  });
});
