import { check, checkFix } from "../support/checks.js";

const name = "unknown-type";
const table = "create table post (id uuid primary key);\n";

suite(name, () => {
  test("types are marked where they stand, once a statement", () =>
    check(
      `${table}-- é
alter table post add column a post_state, add column b post_state[];
--                            ^^^^^^^^^^ unknown-type
select 'x'::public."Mood", cast(1 as moody);
--                 ^^^^^^ unknown-type
--                                   ^^^^^ unknown-type
create function f(a nmeric) returns table (b txt) language sql as $$ select 1 $$;
--                  ^^^^^^ unknown-type
--                                           ^^^ unknown-type
drop type gone;
--        ^^^^ unknown-type`,
      name,
    ));

  test("what is there is left alone", () =>
    check(
      `${table}create domain email as text;
create type pair as (a int, b text);
create table _private (id int primary key);
create function g(a _private, b public._private[]) returns void language sql as '';
create view newest with (security_invoker) as select id from post;
create aggregate longest(text) (sfunc = textcat, stype = text);
create function f(a email, b pair, c newest, d post, e post.id%type, variadic f anyarray) returns setof record language plpgsql as $$ declare x nothing; begin end $$;
select null::varchar(3)[], null::double precision, null::"char", null::bit varying, null::interval day to second, null::pg_catalog.int4, null::auth.users;
drop type if exists gone;`,
      name,
    ));

  test("what cannot be known is left alone", () => {
    check(`-- file: migrations/1_a.sql\n${table}alter table post add column a citext;`, name);
    check(`create extension postgis;\n${table}alter table post add column a geography(point, 4326);`, name);
    check(`alter table somewhere add column n int;\n${table}alter table post add column a mood;`, name);
    check(
      `${table}do $$ begin execute 'create type mood as enum ()'; end $$;\nalter table post add column a mood;`,
      name,
    );
  });

  test("the nearest name takes its place, and an extension is created", () => {
    checkFix(
      `create type "Mood" as enum ('a');\n${table}alter table post add column a mood;`,
      `create type "Mood" as enum ('a');\n${table}alter table post add column a "Mood";`,
      name,
    );
    checkFix(
      `${table}alter table post add column a citext;`,
      `${table}create extension if not exists citext with schema extensions;\nalter table post add column a citext;`,
      name,
    );
  });

  test("what the rest of the project tells of is there", () =>
    check(
      `-- file: db/migrations/1_a.sql\n${table}select 'a'::mood;\n-- file: docs/setup.sql\ncreate type public.mood as enum ('a');\n`,
      name,
    ));
});
