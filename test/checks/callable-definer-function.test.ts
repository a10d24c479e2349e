import { check, checkFix } from "../support/checks.js";

const only = "callable-definer-function";
const notes = `\
-- file: supabase/migrations/20260101000000_notes.sql
create table notes (id uuid primary key, owner uuid, body text);
alter table notes enable row level security;
`;
const body =
  "language sql stable security definer set search_path = '' as $$ select n.body from public.notes n where n.id = note $$;";

suite("callable-definer-function", () => {
  test("says which function, behind an é and a 😀", () =>
    check(
      `\
${notes}create function public."noteBody é 😀"(note uuid) returns text language sql stable security definer set search_path = '' as $$ select n.body from public.notes n where n.id = note $$;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ callable-definer-function
`,
      only,
    ));

  test("looks into what it calls, also where PL/pgSQL only tests", () =>
    check(
      `\
${notes}create function my_role() returns text language sql stable security definer set search_path = '' as $$ select auth.jwt() ->> 'role' $$;
create function guarded(note uuid) returns text language plpgsql security definer set search_path = '' as $$
begin
  if public.my_role() <> 'boss' then raise exception 'no'; end if;
  return (select n.body from public.notes n where n.id = note);
end $$;
`,
      only,
    ));

  test("is silent on triggers, revoked and granted functions, tokens, yes or no, and functions of policies", () =>
    check(
      `\
${notes}create function a(note uuid) returns text ${body}
revoke all on function a(uuid) from public;
revoke all on function a(uuid) from anon, authenticated;
create function b(note uuid) returns text ${body}
grant execute on function b(uuid) to authenticated;
create function c(share_token text) returns text language sql stable security definer set search_path = '' as $$ select n.body from public.notes n limit 1 $$;
create function d(note uuid) returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.notes n where n.id = note) $$;
create function e() returns trigger language plpgsql security definer set search_path = '' as $$ begin delete from public.notes; return new; end $$;
create function f(note uuid) returns text ${body}
create policy p on notes for select to authenticated using ((select f(id)) is not null);
create function g(note uuid) returns text language plpgsql security definer set search_path = '' as $$ begin execute 'select 1 from public.notes'; end $$;
`,
      only,
    ));

  test("knows that nobody gets EXECUTE by itself once the defaults are changed", () =>
    check(
      `\
-- file: supabase/migrations/20270101000000_notes.sql
alter default privileges revoke execute on functions from public;
create table notes (id uuid primary key, owner uuid, body text);
create function a(note uuid) returns text ${body}
`,
      only,
    ));

  test("is silent where text made at run time revokes", () =>
    check(
      `\
${notes}create function a(note uuid) returns text ${body}
do $do$
begin
  execute format('revoke execute on function %s from public, anon', 'a(uuid)');
end $do$;
`,
      only,
    ));

  test("takes it from the API", () =>
    checkFix(
      `\
create table notes (id uuid primary key, body text);
CREATE FUNCTION a(note uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$ SELECT n.body FROM public.notes n WHERE n.id = note $$;
`,
      `\
create table notes (id uuid primary key, body text);
CREATE FUNCTION a(note uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$ SELECT n.body FROM public.notes n WHERE n.id = note $$;
REVOKE EXECUTE ON FUNCTION a(uuid) FROM PUBLIC, anon, authenticated;
`,
      only,
    ));
});
