import { check, checkFix } from "../support/checks.js";

const name = "fragile-signup-trigger";
const table = "create table public.profiles (id uuid primary key, name text not null);\n";
const trigger = "create trigger t after insert on auth.users for each row execute function public.f();";
const made = (how: string, body: string): string =>
  `create function public.f() returns trigger language plpgsql ${how} as $$ begin ${body} return new; end $$;\n`;
const insert = "insert into public.profiles (id, name) values (new.id, 'é');";

suite(name, () => {
  test("rights, names and columns, each in its place", () => {
    check(`${table}${made("", insert)}-- <^^^^^^^^^^^^^^^^^^^^ ${name}\n${trigger}`, name);
    check(
      `${table}${made("security definer", insert.replace("public.", ""))}-- <^^^^^^^^^^^^^^^^^^^^ ${name}\n${trigger}`,
      name,
    );
    check(
      `${table}${made("security definer set search_path = ''", "insert into public.profiles (id) values (new.id);")}--                                                                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ${name}\n${trigger}`,
      name,
    );
  });

  test("functions of other tables, bodies without tables, and columns that a trigger fills are left alone", () => {
    check(
      `${table}${made("", insert)}create trigger t after insert on public.profiles for each row execute function public.f();`,
      name,
    );
    check(`${table}${made("", "perform pg_notify('a', new.id::text);")}${trigger}`, name);
    check(
      `${table}${made("security definer set search_path = public", insert.replace("public.", ""))}${trigger}`,
      name,
    );
    check(
      `${table}${made("security definer set search_path = ''", "insert into public.profiles (id) values (new.id);")}create function public.g() returns trigger language plpgsql as $$ begin new.name := ''; return new; end $$;\ncreate trigger g before insert on public.profiles for each row execute function public.g();\n${trigger}`,
      name,
    );
  });

  test("it runs as its owner, with a path that fits its names", () => {
    const text = `${table}${made("", insert)}`;
    checkFix(
      `${text}${trigger}`,
      `${text.trimEnd()}\nalter function f() security definer set search_path = '';\n${trigger}`,
      name,
    );
  });
});
