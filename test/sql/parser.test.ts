import "../support/parser.js";
import assert from "node:assert/strict";
import { fingerprint, parseStatement, parsesAs } from "../../server/src/core/sql/parser.js";
import { as, kindOf, walk } from "../../server/src/core/sql/tree.js";

suite("sql/parser", () => {
  const kind = (text: string): string | undefined => {
    const { node } = parseStatement(text);
    return node && kindOf(node);
  };
  const fault = (text: string): string | undefined => {
    const { error } = parseStatement(text);
    return error && `${error.message} | ${text.slice(error.offset, error.offset + 8)}`;
  };

  test("gives PostgreSQL's tree, the same object for the same text", () => {
    assert.equal(kind("create table note (id int)"), "CreateStmt");
    assert.equal(kind("grant select on note to anon"), "GrantStmt");
    assert.equal(parseStatement("select 41"), parseStatement("select 41"));
    assert.deepEqual({ ...parseStatement("-- nothing") }, { text: "-- nothing", node: undefined, error: undefined });
  });

  test("counts places in UTF-16 units, beside é, 😀 and a lone surrogate", () => {
    for (const odd of ["é", "😀", "\ud800", "ü😀é"]) {
      const text = `create table "${odd}" (a int, "${odd}b" text default '${odd}' check (c in (1, 2)))`;
      const found: string[] = [];
      walk(parseStatement(text).node, (kind, node) => {
        if (kind === "ColumnDef" || kind === "ColumnRef" || kind === "TypeName" || kind === "Constraint") {
          found.push(text.slice(node.location ?? 0).split(/[ ,)]/)[0] ?? "");
        }
        if (kind === "A_Expr") found.push(text.slice(node.rexpr_list_start, (node.rexpr_list_end ?? 0) + 1));
      });
      assert.deepEqual(
        found,
        ["a", "int", `"${odd}b"`, "text", "default", "check", "(1, 2)", "c"].filter((x) => found.includes(x)),
      );
      assert.equal(found.length, 8);
    }
  });

  test("says where a syntax error is, in UTF-16 units", () => {
    assert.equal(fault("select from from"), 'syntax error at or near "from" | from');
    assert.equal(fault("select '😀😀é' from from"), 'syntax error at or near "from" | from');
    assert.equal(fault("create table note (id int,   )"), 'syntax error at or near ")" | )');
    assert.equal(fault("select 'a"), "unterminated quoted string at or near \"'a\" | 'a");
    assert.equal(fault("\u00e9 x"), 'syntax error at or near "é" | é x');
  });

  test("puts an error at the end of the input on the last token", () => {
    assert.equal(fault("create table note (id /* x */\n\n"), "syntax error at end of input | id /* x ");
    assert.equal(fault("select '😀' from -- x\n"), "syntax error at end of input | from -- ");
  });

  test("does not quote the rest of the file in a message", () => {
    assert.equal(
      fault(`select 'a b\n${"x".repeat(500)}`),
      "unterminated quoted string at or near \"'a b…\" | 'a b\nxxx",
    );
  });

  test("refuses a NUL, behind which PostgreSQL would read nothing", () => {
    assert.equal(fault("select 1 \0 from from"), "a NUL character, which PostgreSQL refuses | \0 from f");
    assert.equal(parsesAs("select 1 \0 from from"), false);
  });

  test("says so when a text holds two statements", () => {
    assert.equal(fault("select 1; -- a\n select 2"), "more than one statement | select 2");
  });

  test("reads statements with placeholders, at true places", () => {
    for (const text of [
      "create table :schema.note (id int default :'start', owner :\"type\")",
      "create table {{ .Schema }}.note (id int)",
      'create table "{{ index .Options "Schema" }}".note (id int)',
      "create table $" + "{schema}_note (id int)",
      "create table @extschema@.note (id int)",
      "alter table :SCHEMA.jobs add column é int, add b int default a[1:2]",
      "{{ if .Owner }} alter table note owner to {{ .Owner }} {{ end }}",
      "select a::int, b:::type from :x where b = :y and c = '😀:z'",
    ]) {
      const statement = parseStatement(text);
      assert.equal(statement.error, undefined, text);
      assert.ok(statement.node !== undefined && statement.masked, text);
      assert.ok(parsesAs(text));
    }
    const text = "alter table {{ é😀 }}.note add column title text";
    const [command] = as(parseStatement(text).node, "AlterTableStmt")?.cmds ?? [];
    const column = as(as(command, "AlterTableCmd")?.def, "ColumnDef");
    assert.equal(text.slice(column?.location, (column?.location ?? 0) + 5), "title");
  });

  test("reports an error beside psql variables, and is silent where a template may do anything", () => {
    assert.equal(fault("create table :schema.note (id int,)"), 'syntax error at or near ")" | )');
    const template = parseStatement("create table note ({{ range .Columns }} {{ . }} int, {{ end }})");
    assert.deepEqual([template.node, template.error], [undefined, undefined]);
    assert.equal(fault("select '{{ x }}' from from"), 'syntax error at or near "from" | from');
    assert.equal(parseStatement("select a[1:n], b::int, ':x'").masked, undefined);
  });

  test("drops an instance whose stack overflowed, and reads right afterwards", () => {
    let made = 0;
    const Instance = WebAssembly.Instance;
    WebAssembly.Instance = class extends Instance {
      constructor(...given: ConstructorParameters<typeof Instance>) {
        super(...given);
        made++;
      }
    };
    try {
      const deep = (round: number): string => `select ${round}||${Array(20_000).fill("a").join("||")}`;
      const control = JSON.stringify(parseStatement("select 1 + 1").node);
      for (let round = 0; round < 4; round++) {
        assert.equal(parseStatement(deep(round)).error?.message, "the statement is nested too deeply to be read");
        assert.equal(parsesAs(deep(round)), false);
        assert.equal(fault(`create tabel t${round}`), `syntax error at or near "tabel" | tabel t${round}`);
      }
      for (let round = 0; round < 20; round++) {
        assert.equal(JSON.stringify(parseStatement(`select 1 + 1 /* ${round} */`).node), control);
      }
    } finally {
      WebAssembly.Instance = Instance;
    }
    assert.equal(made, 8, "one for each overflow");
  }).timeout(30_000);

  test("walks what nests thousands deep", () => {
    let count = 0;
    walk(parseStatement(`select ${Array(5_000).fill("é").join(" || ")}`).node, (kind, _node) => {
      if (kind === "ColumnRef") count++;
    });
    assert.equal(count, 5_000);
  });

  test("reads a large statement only if it has few tokens", () => {
    assert.equal(kind(`select '${"x".repeat(400_000)}'`), "SelectStmt");
    const rows = parseStatement(`insert into note values ${Array(100_000).fill("(1)").join(",")}`);
    assert.deepEqual([rows.node, rows.error], [undefined, undefined]);
  });

  test("fingerprints by structure", () => {
    assert.match(fingerprint("select a from note where b = 1") ?? "", /^[0-9a-f]{16}$/);
    assert.equal(fingerprint("select a from note where b = 1"), fingerprint("select a from note where b = 22"));
    assert.notEqual(fingerprint("select a from note where b = 1"), fingerprint("select a from note where c = 1"));
    assert.equal(fingerprint("select from from"), undefined);
    assert.equal(typeof fingerprint("select :a from note"), "string");
  });
});
