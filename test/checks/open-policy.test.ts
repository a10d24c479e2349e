import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = "open-policy";
const note = `\
create table note (id uuid primary key, owner uuid references auth.users (id), state text default 'draft', deleted_at timestamptz);
create index on note (owner);
alter table note enable row level security;
grant all on note to anon, authenticated;
`;

suite("open-policy", () => {
  test("finds the read policy of a first design, and nothing in its update policy", () =>
    check(
      `\
-- file: supabase/migrations/20260101000000_profiles.sql
create table profiles (id uuid references auth.users primary key, username text, deleted_at timestamptz);
alter table profiles enable row level security;
create policy "Users can view public profiles" on profiles for select using (deleted_at is null);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ open-policy
create policy "Users can update own profile" on profiles for update using (auth.uid() = id) with check (auth.uid() = id);
`,
      only,
    ));

  test("finds it where the table does not parse, and where nothing is granted yet", () => {
    check(
      `\
create table profiles (id uuid primary key, deleted_at timestamptz, index (id));
create policy "é 😀" on profiles for select using (deleted_at is null);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^ open-policy
create policy own on profiles for update to authenticated using ((select auth.uid()) = id);
`,
      only,
    );
  });

  test("finds tests that are always true, for somebody", () =>
    check(
      `\
${note}create policy a on note using (true);
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy b on note for delete to authenticated using (1 = 1 or owner = (select auth.uid()));
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy c on note for update using (auth.role() = 'authenticated');
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy d on note for insert to authenticated with check (auth.uid() is not null);
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy e on note for delete to authenticated using ((select auth.jwt() ->> 'role') in ('authenticated', 'x'));
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy f on note for update to authenticated using (true) with check (owner = (select auth.uid()));
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy g on note for all to authenticated using (owner = (select auth.uid())) with check (true);
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy h on note for delete to authenticated using (deleted_at is null);
-- <^^^^^^^^^^^^^^^^^^^ open-policy
`,
      only,
    ));

  test("finds tests that are the wrong way round, for reading too", () =>
    check(
      `\
${note}create policy a on note for delete to authenticated using ((select auth.uid()) != owner);
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy b on note for select to authenticated using (not (owner = auth.uid()));
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy c on note for update to authenticated using (owner is distinct from auth.uid());
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy d on note for delete to anon using (auth.uid() is null);
-- <^^^^^^^^^^^^^^^^^^^ open-policy
`,
      only,
    ));

  test("takes a test against a certain value as open for rows that nobody has decided about", () =>
    check(
      `\
${note}create policy a on note for select using (state <> 'secret');
-- <^^^^^^^^^^^^^^^^^^^ open-policy
create policy b on note for select using (state = 'published');
create policy c on note for select using (state <> 'draft');
create policy d on note for select using (state = 'draft');
create policy e on note for update using (state <> 'secret');
`,
      only,
    ));

  test("is silent on owners, memberships, claims and functions", () =>
    check(
      `\
${note}create policy a on note using (owner = auth.uid());
create policy b on note using (auth.uid()::text = owner::text and true);
create policy c on note using (owner in (select user_id from members where team = 'x'));
create policy d on note using (exists (select 1 from members m where m.user_id = auth.uid()));
create policy e on note using (is_admin());
create policy f on note using ((auth.jwt() ->> 'user_role') = 'admin');
create policy g on note using (auth.jwt() ->> 'sub' = owner::text);
create policy h on note using (auth.role() = 'service_role');
create policy i on note using (null);
create policy j on note using (owner = coalesce(auth.uid(), owner));
create policy k on note for insert to authenticated with check (state = 'draft');
create policy l on note using (current_setting('app.open') = 'yes');
`,
      only,
    ));

  test("is silent where the role is said or has no grant, and where a restrictive policy narrows", () => {
    check(
      `\
create table a (id uuid primary key, owner uuid references auth.users (id));
grant select on a to authenticated;
create policy a on a for select using (true);
create policy b on a for delete to authenticated using (true);
create table b (id uuid primary key, owner uuid references auth.users (id));
grant all on b to anon, authenticated;
create policy a on b for select to anon using (true);
create policy b on b for select to authenticated using (true);
create policy c on b for all to service_role using (true);
create policy d on b for all to moderator using (true);
create table c (id uuid primary key, owner uuid references auth.users (id));
grant all on c to anon, authenticated;
create policy a on c for all using (true);
create policy b on c as restrictive for all using (owner = (select auth.uid()));
`,
      only,
    );
    check("-- file: migrations/1_a.sql\ncreate table a (id int);\ncreate policy a on a using (true);\n", only);
  });

  test("is silent where a trigger may put the owner, and on forms that anybody may fill in", () =>
    check(
      `\
${note}create trigger own before insert on note for each row execute function set_owner();
create policy a on note for insert to authenticated with check (true);
create table feedback (id int);
grant insert on feedback to anon;
create policy a on feedback for insert to anon with check (true);
`,
      only,
    ));

  test("judges the project's policies on files", () =>
    check(
      `\
create policy "anyone" on storage.objects for delete to authenticated using (true);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ open-policy
create policy "avatars" on storage.objects for insert to authenticated with check (bucket_id = 'avatars');
`,
      only,
    ));

  test("says whom a read policy is for", () => {
    checkFix(
      `${note}create policy a on note for select using (deleted_at is null);\n`,
      `${note}create policy a on note for select to authenticated using (deleted_at is null);\n`,
      only,
    );
    checkFix(
      `# file: data-orchestrator.yaml\napplied: all\n-- file: supabase/migrations/20270101000000_a.sql\n${note}CREATE POLICY "All" ON note FOR SELECT USING (true);\n`,
      `# file: data-orchestrator.yaml\napplied: all\n-- file: supabase/migrations/20270101000000_a.sql\n${note}CREATE POLICY "All" ON note FOR SELECT USING (true);\n-- file: supabase/migrations/20270101000001_note_policy.sql\nALTER POLICY "All" ON note TO anon, authenticated;\n`,
      only,
      "Say that everybody may read in a new migration",
    );
  });

  test("asks for the owner, beside what the row is asked already", () => {
    checkFix(
      `${note}create policy a on note for delete using (true);\n`,
      `${note}create policy a on note for delete using (owner = (select auth.uid()));\n`,
      only,
    );
    checkFix(
      `${note}create policy a on note for delete using (deleted_at is null);\n`,
      `${note}create policy a on note for delete using (owner = (select auth.uid()) and (deleted_at is null));\n`,
      only,
    );
    checkFix(
      `${note}create policy a on note using (auth.uid() <> owner) with check (true);\n`,
      `${note}create policy a on note using (owner = (select auth.uid())) with check (owner = (select auth.uid()));\n`,
      only,
    );
  });

  test("does not say that a key which the inserter makes up is somebody's name", () => {
    const folder = folderOf(
      filesOf(`\
create table teams (id uuid primary key);
create table members (team_id uuid references teams, user_id uuid, primary key (team_id, user_id));
alter table teams enable row level security;
create policy seen on teams for select to authenticated
  using (id in (select team_id from members where user_id = (select auth.uid())));
create policy add on teams for insert to authenticated with check (true);
`),
    );
    assert.deepEqual(
      allFindings(folder)
        .filter(({ check }) => check === "open-policy")
        .map(({ message }) => message),
      ["`add` lets every signed-in user insert any row into `teams`."],
    );
  });

  test("is loudest where strangers write, and quiet where they may be meant to read", () => {
    const severities = (policy: string): readonly string[] =>
      allFindings(folderOf(filesOf(`${note}create policy p on note ${policy};`)))
        .filter(({ check }) => check === only)
        .map(({ severity }) => severity);
    assert.deepEqual(severities("for update using (true)"), ["error"]);
    assert.deepEqual(severities("for update to authenticated using (true)"), ["warning"]);
    assert.deepEqual(severities("for insert with check (true)"), ["error"]);
    assert.deepEqual(severities("for insert to anon with check (true)"), ["warning"]);
    assert.deepEqual(severities("for select using (true)"), ["hint"]);
  });
});
