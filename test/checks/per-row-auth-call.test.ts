import { check, checkFix } from "../support/checks.js";

const only = "per-row-auth-call";
const note = "create table note (id uuid primary key, owner uuid);\ncreate index on note (owner);\n";

suite("per-row-auth-call", () => {
  test("finds the membership policy of a first design", () =>
    check(
      `\
create table team_members (team_id uuid, user_id uuid, status text, primary key (user_id, team_id));
create table team_data (id uuid primary key, team_id uuid);
alter table team_data enable row level security;
create policy "Efficient team access" on team_data for all using (
  team_id in (select team_id from team_members where user_id = auth.uid() and status = 'active')
--                                                             ^^^^^^^^^^ per-row-auth-call
);
`,
      only,
    ));

  test("finds it on a table that no statement made", () =>
    check(
      `\
create policy own on profiles for select using (auth.uid() = id);
--                                              ^^^^^^^^^^ per-row-auth-call
`,
      only,
    ));

  test("marks the first call of a policy, behind other letters, once a policy", () =>
    check(
      `\
${note}create policy "é 😀" on note to authenticated using ('😀' <> '' and "owner" = Auth.UID()) with check (owner = auth.uid());
--                                                                            ^^^^^^^^^^ per-row-auth-call
`,
      only,
    ));

  test("knows auth.role(), auth.email(), auth.jwt() and settings", () =>
    check(
      `\
${note}create policy a on note using (auth.role() = 'x');
--                             ^^^^^^^^^^^ per-row-auth-call
create policy b on note using (auth.email() = 'x');
--                             ^^^^^^^^^^^^ per-row-auth-call
create policy c on note using (((auth.jwt() ->> 'x')::uuid) = owner);
--                               ^^^^^^^^^^ per-row-auth-call
create policy d on note using (owner::text = current_setting('request.jwt.claim.sub', true));
--                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ per-row-auth-call
create policy e on note using (is_member(auth.uid(), id));
--                                       ^^^^^^^^^^ per-row-auth-call
`,
      only,
    ));

  test("is silent inside a subquery of its own, and on other functions", () =>
    check(
      `\
${note}create policy a on note using ((select auth.uid()) = owner);
create policy b on note using (owner = ( SELECT auth.uid() AS uid));
create policy c on note using ((select auth.jwt() ->> 'role') = 'x');
create policy d on note using (uid() = owner or app.uid() = owner);
create policy e on note using (current_setting(note.id::text) = 'x');
`,
      only,
    ));

  test("finds a call in a subquery that depends on the row", () =>
    check(
      `\
${note}create policy a on note using ((select auth.uid() = owner));
--                                     ^^^^^^^^^^ per-row-auth-call
`,
      only,
    ));

  test("judges the end of the history", () =>
    check(
      `\
-- file: supabase/migrations/20270101000000_a.sql
${note}create policy a on note using (auth.uid() = owner);
create policy b on note using (auth.uid() = owner);
-- file: supabase/migrations/20270102000000_b.sql
alter policy a on note using ((select auth.uid()) = owner);
drop policy b on note;
`,
      only,
    ));

  test("finds the call of an ALTER POLICY where it stands, and one in a DO block at its predicate", () =>
    check(
      `\
${note}create policy a on note using (true);
alter policy a on note using (auth.uid() = owner);
--                            ^^^^^^^^^^ per-row-auth-call
do $$ begin
  create policy b on note using (auth.uid() = owner);
--                               ^^^^^^^^^^^^^^^^^^ per-row-auth-call
end $$;
`,
      only,
    ));

  test("wraps each call in place", () =>
    checkFix(
      "CREATE TABLE note (owner uuid PRIMARY KEY);\nCREATE POLICY a ON note USING (auth.uid() = owner) WITH CHECK (owner = auth.uid() AND auth.jwt() ->> 'x' = 'y');\n",
      "CREATE TABLE note (owner uuid PRIMARY KEY);\nCREATE POLICY a ON note USING ((SELECT auth.uid()) = owner) WITH CHECK (owner = (SELECT auth.uid()) AND (SELECT auth.jwt()) ->> 'x' = 'y');\n",
      only,
    ));

  test("alters the policy of an applied migration", () =>
    checkFix(
      `\
# file: data-orchestrator.yaml
applied: all
-- file: supabase/migrations/20270101000000_a.sql
create table "Note" (owner uuid primary key);
create policy "my own" on "Note" using (auth.uid() = owner) with check (owner = (select auth.uid()));
`,
      `\
# file: data-orchestrator.yaml
applied: all
-- file: supabase/migrations/20270101000000_a.sql
create table "Note" (owner uuid primary key);
create policy "my own" on "Note" using (auth.uid() = owner) with check (owner = (select auth.uid()));
-- file: supabase/migrations/20270101000001_note_policy.sql
alter policy "my own" on "Note" using ((select auth.uid()) = owner);
`,
      only,
    ));
});
