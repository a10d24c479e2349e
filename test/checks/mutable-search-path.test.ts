import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = "mutable-search-path";

suite("mutable-search-path", () => {
  test("says which function, behind a broken statement, an é and a 😀", () =>
    check(
      `\
selec 1; -- é 😀
create or replace function public."countNotes é"(a int, b text) returns bigint language plpgsql security definer as $$
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ mutable-search-path
begin
  return 1;
end $$;
create procedure private.forget() language sql security definer as 'delete from notes';
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^ mutable-search-path
`,
      only,
    ));

  test("is silent once the path is set, wherever, and on what the caller's rights run", () =>
    check(
      `\
create function a() returns int language sql security definer set search_path to public, pg_temp as 'select 1';
create function b() returns int language sql as 'select 1';
create function c() returns int language sql security definer as 'select 1';
alter function c() security invoker;
create function d() returns int language sql security definer return 1;
create function e() returns int language c security definer as 'lib', 'e';
`,
      only,
    ));

  test("is silent where text made at run time sets paths", () =>
    check(
      `\
create function a() returns int language sql security definer as 'select 1';
do $do$
declare f regprocedure;
begin
  for f in select p.oid from pg_proc p where p.prosecdef loop
    execute format('alter function %s set search_path = public', f);
  end loop;
end $do$;
`,
      only,
    ));

  test("sets the path before the body, in the statement's case", () =>
    checkFix(
      "CREATE FUNCTION private.f(x int) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT x $$;\n",
      "CREATE FUNCTION private.f(x int) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = private, public, extensions, pg_temp AS $$ SELECT x $$;\n",
      only,
    ));

  test("alters a function of an older migration by its argument types", () =>
    checkFix(
      `\
-- file: migrations/1_f.sql
create function f(x int, y text default 'a', out z int) language sql security definer as $$ select 1 $$;
-- file: migrations/2_g.sql
create table g (id int primary key);
`,
      `\
-- file: migrations/1_f.sql
create function f(x int, y text default 'a', out z int) language sql security definer as $$ select 1 $$;
-- file: migrations/2_g.sql
create table g (id int primary key);
-- file: migrations/3_search_path_of_f.sql
alter function f(integer, text) set search_path = public, pg_temp;
`,
      only,
    ));

  test("is quiet where every name has its schema", () => {
    const severity = (body: string): string | undefined =>
      allFindings(
        folderOf(
          filesOf(
            `create table a (id int primary key);\ncreate function f() returns bigint language sql security definer as $$ ${body} $$;`,
          ),
        ),
      ).find(({ check }) => check === only)?.severity;
    assert.equal(severity("with b as (select id from public.a) select count(*) from b"), "hint");
    assert.equal(severity("select count(*) from a"), "warning");
    assert.equal(severity("select mine(id) from public.a"), "warning");
  });
});
