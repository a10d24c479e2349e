import { check, checkFix } from "../support/checks.js";

const only = "roleless-policy";
const notes = `\
create table public."Notes" (id uuid primary key, owner uuid not null, is_public boolean, team uuid);
create index on public."Notes" (owner);
alter table public."Notes" enable row level security;
grant all on public."Notes" to anon, authenticated;
`;

suite("roleless-policy", () => {
  test("is said once for a table, at the first policy, behind a broken statement and a 😀", () =>
    check(
      `\
${notes}selec 1; -- 😀
create policy "é see" on "Notes" for select using (owner = (select auth.uid()));
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^ roleless-policy
create policy "é edit" on "Notes" for update using ((select auth.uid()) = owner);
`,
      only,
    ));

  test("a lookup of the caller finds nothing for people who have not signed in", () =>
    check(
      `\
${notes}create table members (team uuid, user_id uuid, primary key (user_id, team));
create policy team on "Notes" for select using (team in (select m.team from members m where m.user_id = (select auth.uid())));
-- <^^^^^^^^^^^^^^^^^^^^^^^^^ roleless-policy
`,
      only,
    ));

  test("leaves alone what may let anonymous callers through, and doors that are closed to all", () =>
    check(
      `\
${notes}create policy a on "Notes" for select using (is_public or owner = (select auth.uid()));
create policy b on "Notes" for delete using (false);
create policy c on "Notes" for insert with check (may_add(team));
create policy d on "Notes" for update to authenticated using (owner = (select auth.uid()));
create policy e on "Notes" as restrictive for all using (owner = (select auth.uid()));
`,
      only,
    ));

  test("is silent where open-policy speaks, and where anon has no grant", () =>
    check(
      `\
create table a (id uuid primary key, owner uuid references auth.users (id));
alter table a enable row level security;
grant all on a to anon, authenticated;
create policy all_in on a for update using ((select auth.role()) = 'authenticated');
create table b (id uuid primary key, owner uuid);
alter table b enable row level security;
grant all on b to authenticated;
create policy own on b for select using (owner = (select auth.uid()));
`,
      only,
    ));

  test("adds TO to all of them, in the statements' case", () =>
    checkFix(
      `\
CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
GRANT ALL ON notes TO anon, authenticated;
CREATE POLICY see ON notes FOR SELECT USING (owner = (SELECT auth.uid()));
CREATE POLICY add ON notes FOR INSERT WITH CHECK (owner = (SELECT auth.uid()));
`,
      `\
CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
GRANT ALL ON notes TO anon, authenticated;
CREATE POLICY see ON notes FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()));
CREATE POLICY add ON notes FOR INSERT TO authenticated WITH CHECK (owner = (SELECT auth.uid()));
`,
      only,
    ));

  test("drops a policy for a role that skips policies", () =>
    checkFix(
      `\
create table jobs (id uuid primary key);
alter table jobs enable row level security;
create policy worker on jobs to service_role using (true);
`,
      `\
create table jobs (id uuid primary key);
alter table jobs enable row level security;
`,
      only,
    ));
});
