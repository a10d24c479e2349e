import "../support/parser.js";
import assert from "node:assert/strict";
import { bodyExpressions, bodyStatements } from "../../server/src/core/sql/body.js";
import { parseStatement } from "../../server/src/core/sql/parser.js";

suite("sql/body", () => {
  /** What is written where each statement was found, marked `?` when it is guarded. */
  const found = (text: string): string[] =>
    bodyStatements(parseStatement(text)).map(({ start, statement, guarded }) => {
      assert.equal(statement.error, undefined);
      return `${guarded ? "? " : ""}${text.slice(start, start + statement.text.length)}`;
    });
  const block = (body: string): string => `-- é\ndo $$ ${body} $$`;

  test("finds the statements of a SQL function, at their true places", () => {
    assert.deepEqual(
      found(
        "create function f(a int default 1) returns int language sql set search_path = '' as $f$ select 1; -- ;\n select $1 $f$",
      ),
      ["select 1", "select $1"],
    );
    assert.deepEqual(found("create function f() returns int as 'select 1' language sql"), ["select 1"]);
  });

  test("finds the statements of a block", () => {
    assert.deepEqual(
      found(
        block(`<<outer>> declare a int := 1; c cursor for select b from note;
          begin -- ;
            create table note (id int);
            a := (select max(id) from note);
            declare d int; begin insert into note values (1); end;
            raise notice 'drop table %;', a;
            comment := 'x';
            alter table note enable row level security;
          end`),
      ),
      ["create table note (id int)", "insert into note values (1)", "alter table note enable row level security"],
    );
  });

  test("says what runs only sometimes", () => {
    assert.deepEqual(
      found(
        block(`begin
          if case when a then true else b end then drop table a; elsif c then drop table b; else drop table c; end if;
          case x when 1 then drop table d; else drop table e; end case;
          for r in select case when a then 1 end from f where (g) loop drop table g; end loop;
          while a loop drop table h; exit when b; end loop;
          begin create type i as enum ('a'); exception when duplicate_object then drop table j; end;
          drop table k;
          if a then return; end if;
          drop table l;
        end;`),
      ),
      [
        "? drop table a",
        "? drop table b",
        "? drop table c",
        "? drop table d",
        "? drop table e",
        "select case when a then 1 end from f where (g)",
        "? drop table g",
        "? drop table h",
        "? create type i as enum ('a')",
        "? drop table j",
        "drop table k",
        "? drop table l",
      ],
    );
  });

  test("reads what only PL/pgSQL knows as the SQL that runs, at equal length", () => {
    const texts = bodyStatements(
      parseStatement(`create function f() returns setof note language plpgsql as $$
        begin
          perform g(1) from note;
          select a, b into strict x, y.z from note where c = (select 1);
          insert into note values (1) returning id into x;
          return query select * from note;
          execute 'drop table a';
          execute 'drop table ' || b;
          execute format('drop table %I', c);
          execute 'delete from a where b = $1' using x;
          return query execute $q$ select * from a $q$;
        end $$`),
    ).map(({ statement }) => statement.text.replace(/ +/g, " ").trim());
    assert.deepEqual(texts, [
      "SELECT g(1) from note",
      "select a, b from note where c = (select 1)",
      "insert into note values (1) returning id",
      "select * from note",
      "drop table a",
      "delete from a where b = $1",
      "select * from a",
    ]);
  });

  test("is silent about bodies in other languages, with escapes, or that do not parse", () => {
    assert.deepEqual(found("create function f() returns int language plpython3u as $$ begin; select 1; $$"), []);
    assert.deepEqual(found("do E'begin drop table \\'a\\'; end'"), []);
    assert.deepEqual(found("do 'begin perform ''a''; end'"), ["perform ''a'"]);
    assert.deepEqual(found("create function f() returns int as 'lib', 'f' language c"), []);
    assert.deepEqual(found(block("begin drop tabel a; drop table b; end")), ["drop table b"]);
    assert.deepEqual(found("select 'begin drop table a; end'"), []);
    assert.deepEqual(found("do language plpgsql $$begin drop table a; end$$"), ["drop table a"]);
    assert.deepEqual(found("do language 'plpgsql' $$begin drop table a; end$$"), ["drop table a"]);
  });

  test("ends on bodies that are not finished", () => {
    for (const body of [
      "",
      "begin",
      "begin if a",
      "begin if a then",
      "declare",
      "begin case",
      "begin <<",
      "begin for r in",
      "begin end if",
      "begin execute",
      "begin select a into",
    ]) {
      assert.doesNotThrow(() => found(block(body)));
    }
  });

  /** What is evaluated, without the word that makes it a statement, at its true place. */
  const evaluated = (text: string): string[] =>
    bodyExpressions(parseStatement(text)).map(({ start, statement }) =>
      text.slice(start + (statement.text.startsWith("SELECT ") ? 7 : 0), start + statement.text.length),
    );

  test("finds what is evaluated: conditions, values, defaults and cursors", () => {
    assert.deepEqual(
      evaluated(
        block(`<<outer>> declare a int := 1; b text not null default f('x;'); c cursor for select d from note; e record;
          begin
            a[1] := (select max(id) from note);
            r.f = g(1) = 2;
            if exists (select from h) and not found then null; elsif i(1) then null; end if;
            case a when 1, j() then null; when case when k then 1 end then null; end case;
            case when l() then null; end case;
            while m() loop exit outer when n(); continue when o(); end loop;
            foreach p slice 1 in array q() loop end loop;
            for r in execute s('x') using t loop end loop;
            execute format('%I', u) into v using w;
            get diagnostics n = row_count;
            open c2 for select 1 where a = 2; open c3 for execute ab() using x;
            return next x;
            return y(1);
          exception when unique_violation or sqlstate '22012' then z := aa();
          end`),
      ),
      [
        "1",
        "f('x;')",
        "select d from note",
        "(select max(id) from note)",
        "g(1) = 2",
        "exists (select from h) and not found",
        "i(1)",
        "a",
        "1, j()",
        "case when k then 1 end",
        "l()",
        "m()",
        "n()",
        "o()",
        "q()",
        "s('x')",
        "format('%I', u)",
        "select 1 where a = 2",
        "ab()",
        "x",
        "y(1)",
        "aa()",
      ],
    );
  });

  test("reads a body between single quotes, at its true places", () => {
    const text = `create function f() returns text language plpgsql as '
      -- don''t
      begin
        insert into é (a, b) values (''it''''s'', E''x'', "c");
        return g(''d'', h);
      end'`;
    const [inserted] = bodyStatements(parseStatement(text));
    assert.ok(inserted !== undefined);
    const { start, statement } = inserted;
    assert.equal(start, text.indexOf("insert"));
    assert.equal(statement.text.indexOf('"c"'), text.indexOf('"c"') - start);
    assert.deepEqual(evaluated(text), ["g(''d'', h)"]);
  });
});
