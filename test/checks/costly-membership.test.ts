import { check, checkFix } from "../support/checks.js";

const only = "costly-membership";
const docs = `\
create table members ("Team" uuid, user_id uuid, status text, primary key (user_id, "Team"));
create table docs (id uuid primary key, team_id uuid, owner uuid);
create index on docs (team_id);
create index on docs (owner);
alter table docs enable row level security;
`;

suite("costly-membership", () => {
  test("says which lookup runs again for each row, behind an é and a 😀", () =>
    check(
      `\
${docs}create policy "é 😀" on docs for select to authenticated using (owner = (select auth.uid()) or exists (select 1 from members m where m."Team" = docs.team_id and m.user_id = (select auth.uid())));
--                                                                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ costly-membership
create policy turned on docs to authenticated using ((select auth.uid()) in (select m.user_id from members m where m."Team" = team_id and m.user_id = (select auth.uid())));
--                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ costly-membership
`,
      only,
    ));

  test("is a hint where the lookup only passes through other policies", () =>
    check(
      `\
${docs}alter table members enable row level security;
create policy own on members for select to authenticated using (user_id = (select auth.uid()));
create policy team on docs for select to authenticated using (team_id in (select "Team" from members where user_id = (select auth.uid()) and status = 'active'));
--                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ costly-membership
`,
      only,
    ));

  test("is silent on writes, on rows that an index finds, and on names it does not know", () =>
    check(
      `\
${docs}create policy a on docs for update to authenticated using (exists (select 1 from members m where m."Team" = docs.team_id and m.user_id = (select auth.uid())));
create policy b on docs for select to authenticated using (owner = (select auth.uid()) and exists (select 1 from members m where m."Team" = docs.team_id and m.user_id = (select auth.uid())));
create policy c on docs for select to anon using (exists (select 1 from elsewhere m where m.team = team_id and m.user_id = (select auth.uid())));
`,
      only,
    ));

  test("asks once", () =>
    checkFix(
      `${docs}CREATE POLICY team ON docs FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m."Team" = docs.team_id AND m.user_id = (SELECT auth.uid()) AND m.status = 'active'));\n`,
      `${docs}CREATE POLICY team ON docs FOR SELECT TO authenticated USING (docs.team_id IN (SELECT m."Team" FROM members m WHERE m.user_id = (SELECT auth.uid()) AND m.status = 'active'));\n`,
      only,
    ));

  test("looks it up past the other policies", () =>
    checkFix(
      `\
${docs}alter table members enable row level security;
create policy own on members for select to authenticated using (user_id = (select auth.uid()));
create policy team on docs for select to authenticated using (team_id in (select members."Team" from members where user_id = (select auth.uid())));
`.replaceAll('"Team"', "team"),
      `\
${docs}alter table members enable row level security;
create policy own on members for select to authenticated using (user_id = (select auth.uid()));
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = ''
as $$ select members.team from public.members where user_id = (select auth.uid()) $$;

create policy team on docs for select to authenticated using (team_id in (select public.my_teams()));
`.replaceAll('"Team"', "team"),
      only,
    ));
});
