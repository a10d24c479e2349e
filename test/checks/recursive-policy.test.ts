import { check, checkFix } from "../support/checks.js";

const only = "recursive-policy";
const members = `\
create table "Members" (id uuid primary key, team_id uuid, user_id uuid, unique (user_id, team_id));
alter table "Members" enable row level security;
grant all on "Members" to authenticated;
`;

suite("recursive-policy", () => {
  test("says where the lookup stands, behind an é and a 😀", () =>
    check(
      `\
${members}-- é
create policy "é 😀" on "Members" for select to authenticated using (user_id = (select auth.uid()) or team_id in (select m.team_id from "Members" m where m.user_id = (select auth.uid())));
--                                                                                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ recursive-policy
`,
      only,
    ));

  test("an INSERT policy may read its table only while the SELECT policies hold no subquery", () => {
    check(
      `\
${members}create policy see on "Members" for select to authenticated using (user_id is not null);
create policy add on "Members" for insert to authenticated with check (exists (select 1 from "Members" m where m.team_id = "Members".team_id));
`,
      only,
    );
    check(
      `\
${members}create policy see on "Members" for select to authenticated using (user_id = (select auth.uid()));
create policy add on "Members" for insert to authenticated with check (exists (select 1 from "Members" m where m.team_id = "Members".team_id));
--                                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ recursive-policy
`,
      only,
    );
  });

  test("roles that never meet make no ring", () =>
    check(
      `\
${members}create table teams (id uuid primary key);
alter table teams enable row level security;
create policy see on "Members" for select to authenticated using (team_id in (select t.id from teams t));
create policy see on teams for select to moderator using (id in (select m.team_id from "Members" m));
`,
      only,
    ));

  test("is silent where row level security is off", () =>
    check(
      `\
create table members (id uuid primary key, team_id uuid);
create policy see on members for select to authenticated using (team_id in (select m.team_id from members m));
`,
      only,
    ));

  test("moves the lookup into a function, in the statement's case", () =>
    checkFix(
      `\
CREATE TABLE members (team_id uuid, user_id uuid, PRIMARY KEY (user_id, team_id));
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY team ON members FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = members.team_id AND m.user_id = (SELECT auth.uid())));
`,
      `\
CREATE TABLE members (team_id uuid, user_id uuid, PRIMARY KEY (user_id, team_id));
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION public.my_team_ids() RETURNS SETOF uuid LANGUAGE SQL STABLE SECURITY DEFINER SET SEARCH_PATH = ''
AS $$ SELECT m.team_id FROM public.members m WHERE m.user_id = (SELECT auth.uid()) $$;

CREATE POLICY team ON members FOR SELECT TO authenticated USING (members.team_id IN (SELECT public.my_team_ids()));
`,
      only,
    ));
});
