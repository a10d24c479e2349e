import { check, checkFix } from "../support/checks.js";

const only = "blind-policy";
const docs = `\
create table members (team_id uuid, user_id uuid, primary key (user_id, team_id));
create table "Docs" (id uuid primary key, team_id uuid, email text);
create index on "Docs" (team_id);
create index on "Docs" (email);
alter table "Docs" enable row level security;
grant all on "Docs" to anon, authenticated;
`;

suite("blind-policy", () => {
  test("says which lookup finds nothing or fails, behind an é and a 😀", () =>
    check(
      `\
${docs}create policy "é 😀" on "Docs" for select to authenticated using (team_id in (select m.team_id from members m where m.user_id = (select auth.uid())));
--                                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blind-policy
create policy b on "Docs" for delete using (exists (select 1 from auth.users u where u.id = (select auth.uid()) and u.email = "Docs".email));
--                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blind-policy
alter table members enable row level security;
create policy staff on members for select to moderator using (true);
`,
      only,
    ));

  test("is silent where the role may read, through functions, and on names that nobody made", () =>
    check(
      `\
${docs}grant select on members to authenticated;
create policy a on "Docs" for select to authenticated using (team_id in (select m.team_id from members m where m.user_id = (select auth.uid())));
create policy b on "Docs" for delete to authenticated using (team_id in (select my_teams()));
create policy c on "Docs" for update to authenticated using (exists (select 1 from elsewhere e where e.id = team_id));
create policy d on "Docs" for insert to service_role with check (exists (select 1 from auth.users));
`,
      only,
    ));

  test("takes the address from the token", () =>
    checkFix(
      `${docs}create policy own on "Docs" for select to authenticated using (email = (select email from auth.users where id = (select auth.uid())));\n`,
      `${docs}create policy own on "Docs" for select to authenticated using (email = (select auth.jwt() ->> 'email'));\n`,
      only,
    ));

  test("looks it up in a function", () =>
    checkFix(
      `${docs}create policy team on "Docs" for select to authenticated using (team_id in (select m.team_id from members m where m.user_id = (select auth.uid())));\n`,
      `\
${docs}create function public.my_team_ids() returns setof uuid language sql stable security definer set search_path = ''
as $$ select m.team_id from public.members m where m.user_id = (select auth.uid()) $$;

create policy team on "Docs" for select to authenticated using (team_id in (select public.my_team_ids()));
`,
      only,
    ));

  test("looks it up there in WITH CHECK too", () =>
    checkFix(
      `${docs}create policy team on "Docs" for update to authenticated using (team_id in (select m.team_id from members m where m.user_id = (select auth.uid()))) with check (email <> '' and team_id in (select m.team_id from members m where m.user_id = (select auth.uid())));\n`,
      `\
${docs}create function public.my_team_ids() returns setof uuid language sql stable security definer set search_path = ''
as $$ select m.team_id from public.members m where m.user_id = (select auth.uid()) $$;

create policy team on "Docs" for update to authenticated using (team_id in (select public.my_team_ids())) with check (email <> '' and team_id in (select public.my_team_ids()));
`,
      only,
    ));
});
