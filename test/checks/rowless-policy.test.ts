import { check } from "../support/checks.js";

const only = "rowless-policy";
const docs = `\
create table teams (id uuid primary key);
create table members (team_id uuid references teams (id), user_id uuid, status text, role text, primary key (user_id, team_id));
create table "Docs" (id uuid primary key, team_id uuid, owner uuid references auth.users (id));
alter table "Docs" enable row level security;
grant all on "Docs" to authenticated;
`;

suite("rowless-policy", () => {
  test("says which policy asks of nothing, behind an é and a 😀", () =>
    check(
      `\
${docs}create policy "é 😀" on "Docs" for select to authenticated using (exists (select 1 from members m where m.user_id = (select auth.uid()) and m.status = 'active'));
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^ rowless-policy
create policy b on "Docs" for insert to authenticated with check (auth.uid() in (select user_id from members));
-- <^^^^^^^^^^^^^^^^^^^^^ rowless-policy
`,
      only,
    ));

  test("is silent where the row is named, a role is asked for, or more is asked than that", () =>
    check(
      `\
${docs}create policy a on "Docs" for select to authenticated using (exists (select 1 from members m where m.user_id = (select auth.uid()) and m.team_id = "Docs".team_id));
create policy b on "Docs" for update to authenticated using (exists (select 1 from members m where m.user_id = (select auth.uid()) and m.role = 'admin'));
create policy c on "Docs" for delete to authenticated using (exists (select 1 from members m where m.user_id = (select auth.uid())) and owner is null);
create policy d on "Docs" as restrictive for all to authenticated using (exists (select 1 from members m where m.user_id = (select auth.uid())));
create policy e on "Docs" for insert to authenticated with check (team_id in (select m.team_id from members m where m.user_id = (select auth.uid())));
`,
      only,
    ));

  test("is silent where nobody owns a row", () =>
    check(
      `\
create table teams (id uuid primary key);
create table members (team_id uuid references teams (id), user_id uuid, primary key (user_id, team_id));
create table news (id uuid primary key);
alter table news enable row level security;
grant all on news to authenticated;
create policy a on news for select to authenticated using (exists (select 1 from members m where m.user_id = (select auth.uid())));
`,
      only,
    ));
});
