import { check, checkFix } from "../support/checks.js";

const only = "injectable-sql";
const made = (parameters: string, body: string): string =>
  `create function public."run é 😀"(${parameters}) returns void language plpgsql as $$\n${body}\n$$;\n`;

suite("injectable-sql", () => {
  test("says which argument becomes part of the query, directly or by a variable", () => {
    check(
      made(
        "a text, b varchar",
        `declare q text := 'select 1';
begin
  execute 'drop table ' || a;
--                         ^ injectable-sql
end`,
      ),
      only,
    );
    check(
      made(
        "b varchar",
        `declare q text := 'select 1';
begin
  q := q || ' where x = ' || b::text;
--                           ^ injectable-sql
  perform 1;
  execute q;
end`,
      ),
      only,
    );
    check(
      made(
        "text, q text",
        `begin
  execute $1;
--        ^^ injectable-sql
  execute format('select %s from %I', q, q) using 1;
  for r in execute concat('select ', q) loop null; end loop;
end`,
      ),
      only,
    );
  });

  test("is silent on what is quoted, counted, held against a list, or only compared", () =>
    check(
      made(
        "a text, b int, c text, d text, e regclass, f text",
        `begin
  if c not in ('x', 'y') then raise exception 'no'; end if;
  execute 'select ' || quote_ident(a) || quote_literal(lower(a)) || b || e;
  execute format('select %I, %2$L from x', a, a);
  execute 'select 1 order by ' || c;
  execute 'select 1 where $1 = x' using d;
  execute 'select ' || d::regclass;
  execute case when f = 'up' then 'select 1' else 'select 2' end;
  execute 'select ' || length(f);
  raise notice '%', 'a' || a;
end`,
      ),
      only,
    ));

  test("looks at functions as they are at the end", () =>
    check(
      `${made("a text", "begin execute 'drop table ' || a; end")}${made("a text", "begin execute format('drop table %I', a); end").replace("create function", "create or replace function")}`,
      only,
    ));

  test("quotes a name and a value, in format and in a joined text", () => {
    checkFix(
      made("a text", "begin execute 'drop table ' || a; end"),
      made("a text", "begin execute 'drop table ' || quote_ident(a); end"),
      only,
    );
    checkFix(
      made("a text", "begin execute format('select 1 from t where x = %s', a); end"),
      made("a text", "begin execute format('select 1 from t where x = %L', a); end"),
      only,
    );
  });
});
