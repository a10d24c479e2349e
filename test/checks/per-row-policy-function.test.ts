import { check, checkFix } from "../support/checks.js";

const only = "per-row-policy-function";
const admins = `\
create table admins (user_id uuid primary key, role text);
create table docs (id uuid primary key, team_id uuid, owner uuid);
create index on docs (owner);
alter table docs enable row level security;
create function public."isAdmin"() returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select 1 from public.admins a where a.user_id = (select auth.uid()));
end $$;
create function has_role(wanted text) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.admins a where a.user_id = (select auth.uid()) and a.role = wanted)
$$;
create function log_access() returns boolean language sql security definer set search_path = '' as $$
  insert into public.admins (user_id) values (gen_random_uuid()) returning true
$$;
`;

suite("per-row-policy-function", () => {
  test("says which call runs again, behind an é and a 😀", () =>
    check(
      `\
${admins}create policy "é 😀" on docs for select to authenticated using (owner is null or public."isAdmin"());
--                                                                               ^^^^^^^^^^^^^^^^^^ per-row-policy-function
create policy b on docs to authenticated using (has_role(team_id::text));
--                                              ^^^^^^^^^^^^^^^^^^^^^^^ per-row-policy-function
`,
      only,
    ));

  test("is silent in a subquery, on writes, on rows that an index finds, and on what writes or is not known", () =>
    check(
      `\
${admins}create policy a on docs for select to authenticated using ((select "isAdmin"()));
create policy b on docs for update to authenticated using ("isAdmin"());
create policy c on docs for select to authenticated using (owner = (select auth.uid()) and "isAdmin"());
create policy d on docs for select to authenticated using (log_access());
create policy e on docs for select to authenticated using (elsewhere.is_admin());
create policy f on docs for select to authenticated using (has_role('a', 'b'));
`,
      only,
    ));

  test("wraps the call, and its twin in WITH CHECK", () =>
    checkFix(
      `${admins}CREATE POLICY a ON docs TO authenticated USING (has_role('admin') OR "isAdmin"()) WITH CHECK (has_role('admin'));\n`,
      `${admins}CREATE POLICY a ON docs TO authenticated USING ((SELECT has_role('admin')) OR (SELECT "isAdmin"())) WITH CHECK ((SELECT has_role('admin')));\n`,
      only,
    ));
});
