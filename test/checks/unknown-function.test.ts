import { check, checkFix } from "../support/checks.js";

const name = "unknown-function";
const table = "create table post (id uuid primary key, title text, at timestamptz);\n";

suite(name, () => {
  test("calls are marked where they stand, in every kind of statement", () =>
    check(
      `${table}-- é 😀
create index on post (slugged(title));
--                    ^^^^^^^ unknown-function
create policy p on post using (public.is_owner(id));
--                                    ^^^^^^^^ unknown-function
alter table post add column n int default "Next"();
--                                        ^^^^^^ unknown-function
create trigger t before update on post for each row execute function stamp('a', 'b');
--                                                                   ^^^^^ unknown-function
grant execute on function find_post(text) to authenticated;
--                        ^^^^^^^^^ unknown-function
drop function find_post;
--            ^^^^^^^^^ unknown-function
call tidy();
--   ^^^^ unknown-function
do $$ begin perform tidy(); if tidy() then null; end if; end $$;
--                  ^^^^ unknown-function
--                             ^^^^ unknown-function`,
      name,
    ));

  test("the number of arguments, defaults, names and VARIADIC count", () =>
    check(
      `${table}create function f(a int, b int default 1, c text default '') returns int language sql immutable as $$ select a $$;
create function g(variadic parts text[]) returns text language sql immutable as $$ select parts[1] $$;
create procedure h(a int, out b int) language plpgsql as $$ begin b := a; end $$;
select f(1), f(1, 2), f(1, c => 'x'), f(a => 1), g('a'), g('a', 'b'), g(variadic array['a']), f(title) from post;
select f();
--     ^ unknown-function
select f(1, 2, '3', 4);
--     ^ unknown-function
select f(1, d => 2);
--     ^ unknown-function
select left('a'), substring('abc' from 2), extract(year from now()), trim('x'), overlay('a' placing 'b' from 1);
--     ^^^^ unknown-function
call h(1, null);
call h(1);`,
      name,
    ));

  test("what is a cast, a field, an aggregate or a window function is left alone", () =>
    check(
      `${table}create type span as range (subtype = int4);
create aggregate longest(text) (sfunc = textcat, stype = text);
select date('2027-01-01'), title(post), longest(title), span(1, 2), count(*), row_number() over (), int4range(1, 2)
from post group by post, title;
select percentile_cont(0.5) within group (order by id), string_agg(title, ',' order by at), rank(1) within group (order by id) from post;`,
      name,
    ));

  test("a function may stand in any schema that a search path could lead to", () =>
    check(
      `${table}create schema private;
create function private.f() returns int language sql as $$ select 1 $$;
select f(), private.f(), private.g(), auth.uid(), extensions.gen_random_bytes(8), auth.anything(), storage.foldernme('a'), net.http_post('x');
--                               ^ unknown-function
--                                                                                                         ^^^^^^^^^ unknown-function`,
      name,
    ));

  test("a function that is dropped is gone, one made before or renamed is there", () =>
    check(
      `${table}create function f() returns int language sql as $$ select 1 $$;
alter function f() rename to g;
select g();
select f();
--     ^ unknown-function
drop function g();
select g();
--     ^ unknown-function`,
      name,
    ));

  test("bodies are judged by the schema at the end", () =>
    check(
      `-- file: supabase/migrations/1_a.sql
${table}create function early() returns int language plpgsql as $$ declare a int := later(); begin while gone(a) loop a := a; end loop; return a; end $$;
--                                                                                               ^^^^ unknown-function
create function old() returns int language sql as 'select later() where ''é'' <> nothing()';
--                                                                               ^^^^^^^ unknown-function
-- file: supabase/migrations/2_b.sql
create function later() returns int language sql as $$ select 1 $$;`,
      name,
    ));

  test("what cannot be known is left alone", () => {
    check(`-- file: migrations/1_a.sql\n${table}select similarity(title, 'x') from post;`, name);
    check(
      `${table}do $$ begin execute 'create function f() returns int language sql as ''select 1'''; end $$;\nselect f();`,
      name,
    );
    check(`create extension timescaledb;\n${table}select time_bucket('1 day', at) from post;`, name);
    check(`alter table somewhere add column n int;\n${table}select f();`, name);
    check(`${table}drop function if exists f(int);\nselect :name(), {{ call }}(1);`, name);
    check(
      `${table}create function f() returns void language plpgsql as $$ begin perform g(); exception when undefined_function then null; end $$;`,
      name,
    );
  });

  test("a broken statement hides nothing", () =>
    check(
      `${table}create tabel x (id int);
select f();
--     ^ unknown-function`,
      name,
    ));

  test("the nearest name takes its place, and an extension is created", () => {
    checkFix(`${table}select "lenght"(title) from post;`, `${table}select length(title) from post;`, name);
    checkFix(
      `${table}SELECT similarity(title, 'x') FROM post;`,
      `${table}CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;\nSELECT similarity(title, 'x') FROM post;`,
      name,
    );
    checkFix(
      `-- file: migrations/1_a.sql\ncreate extension cube;\n${table}select dmetaphone(title) from post;`,
      `-- file: migrations/1_a.sql\ncreate extension cube;\n${table}create extension if not exists fuzzystrmatch;\nselect dmetaphone(title) from post;`,
      name,
    );
  });

  test("the function that keeps the time of the last change is made", () => {
    const made = "create table room (id uuid primary key, updated_at timestamptz);\n";
    checkFix(
      `${made}CREATE TRIGGER t BEFORE UPDATE ON room FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();\n`,
      `${made}CREATE FUNCTION public.update_updated_at() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  new.updated_at := now();
  RETURN new;
END $$;

CREATE TRIGGER t BEFORE UPDATE ON room FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
`,
      name,
    );
  });

  test("dynamic SQL that makes nothing hides nothing; what is broken or may be gone says no more", () => {
    check(
      `${table}do $$ begin execute 'grant select on post to ' || 'anon'; end $$;
select f();
--     ^ unknown-function`,
      name,
    );
    check(`${table}create function f() return int language sql as 'select 1';\nselect f();`, name);
    check(
      `${table}create function f() returns int language sql as 'select 1';\ndo $$ begin if now() > '2020-01-01' then drop function f(); end if; end $$;\nselect f();`,
      name,
    );
  });

  test("what the rest of the project tells of is there", () => {
    const late = (other: string): string => `-- file: db/migrations/1_a.sql\n${table}select stamp(1);\n${other}`;
    check(
      late("-- file: docs/setup.sql\nCREATE FUNCTION public.stamp(a int) RETURNS int LANGUAGE sql AS 'select 1';\n"),
      name,
    );
    check(late("-- Instead of stamp(int) put your own.\\n"), name);
    check(late("-- file: db/migrations/2_b.sql\nselect public.stamp(2);\n"), name);
    check(
      `${late("").replace("stamp(1);\n", `stamp(1);\n--     ^^^^^ ${name}\n`)}-- file: docs/setup.sql\nselect restamp(1), stamp from post;\n`,
      name,
    );
    check(`-- file: web/db-d1/migrations/1_a.sql\ncreate table a (at integer default (unixepoch()));\n`, name);
  });
});
