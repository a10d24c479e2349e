import { check, checkFix } from "../support/checks.js";

const name = "mislabelled-volatility";
const table =
  "create table post (id uuid primary key, owner uuid);\ncreate index on post (owner);\nalter table post enable row level security;\n";

suite(name, () => {
  test("labels that promise too much", () =>
    check(
      `${table}create function a() returns int language plpgsql immutable as $$ begin return current_setting('a')::int; end $$;
-- <^^^^^^^^^^^^^ mislabelled-volatility
create function b() returns bigint language sql immutable begin atomic select count(*) from post; end;
-- <^^^^^^^^^^^^^ mislabelled-volatility
create function c() returns uuid language sql immutable as $$ select auth.uid() $$;
-- <^^^^^^^^^^^^^ mislabelled-volatility`,
      name,
    ));

  test("what is right, or labelled so on purpose, is left alone", () =>
    check(
      `${table}create function a(t text) returns text language sql immutable as $$ with x as (select t) select unaccent(concat_ws(' ', t)) from x $$;
create function b() returns bigint language sql stable as $$ select count(*) from post $$;
create function c() returns int language plpython3u immutable as $$ select now() $$;`,
      name,
    ));

  test("policies: only what reads and what a column is compared with", () =>
    check(
      `${table}create function me() returns uuid language sql as $$ select auth.uid() $$;
-- <^^^^^^^^^^^^^^ mislabelled-volatility
create function me(at uuid) returns uuid language sql as $$ select auth.uid() $$;
create function owns(who uuid) returns boolean language sql as $$ select who = auth.uid() $$;
create function logs() returns uuid language plpgsql as $$ begin perform set_config('a', 'b', true); return null; end $$;
create function mine() returns setof uuid language sql as $$ select id from post $$;
create policy p on post for select to authenticated using (owns(owner) and owner = me() and owner = me(id) and logs() = id and id in (select mine()));`,
      name,
    ));

  test("the right label is given", () => {
    checkFix(
      "create table post (id int primary key);\nCREATE FUNCTION b(a int) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT count(*) FROM post $$;",
      "create table post (id int primary key);\nCREATE FUNCTION b(a int) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT count(*) FROM post $$;\nALTER FUNCTION b(integer) STABLE;",
      name,
    );
  });
});
