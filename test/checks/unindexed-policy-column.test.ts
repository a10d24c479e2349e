import { check, checkFix } from "../support/checks.js";

const only = "unindexed-policy-column";
const note = "create table note (id uuid primary key, owner uuid, slug text unique, tenant uuid, open bool);\n";

suite("unindexed-policy-column", () => {
  test("marks the comparison, once a column, behind other letters", () =>
    check(
      `\
${note}create policy "é 😀" on note for select using ('😀' <> '' and owner = (select auth.uid()));
--                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-policy-column
create policy b on note for select using (owner = (select auth.uid()));
`,
      only,
    ));

  test("takes the first column of an index, a key or a unique key; a part of an index is none", () =>
    check(
      `\
create table a (user_id uuid, room uuid, primary key (room, user_id));
create policy p on a using (user_id = (select auth.uid()));
--                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-policy-column
create table b (user_id uuid primary key);
create policy p on b using (user_id = (select auth.uid()));
create table c (user_id uuid, room uuid, unique (user_id, room));
create policy p on c using (user_id = (select auth.uid()));
create table d (user_id uuid, gone bool);
create index on d (user_id) where not gone;
create policy p on d using (user_id = (select auth.uid()));
--                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-policy-column
create table e (user_id uuid);
create index on e using hash (user_id);
create policy p on e using (user_id = (select auth.uid()));
`,
      only,
    ));

  test("knows claims and settings", () =>
    check(
      `\
${note}create policy a on note using (tenant = ((select auth.jwt()) ->> 'tenant')::uuid);
--                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-policy-column
create policy b on note using (owner = current_setting('app.owner')::uuid);
--                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-policy-column
`,
      only,
    ));

  test("is silent where another condition narrows the rows, or lets more of them through", () =>
    check(
      `\
${note}create policy a on note as restrictive using (slug = 'x' and owner = (select auth.uid()));
create policy b on note as restrictive using (open or owner = (select auth.uid()));
create policy c on note for insert with check (owner = (select auth.uid()));
create policy d on note for delete using (owner = (select auth.uid()));
create table shared (id uuid primary key, owner uuid);
create policy own on shared for select to authenticated using (owner = (select auth.uid()));
create policy all_see on shared for select using (true);
`,
      only,
    ));

  test("wants an index for both sides of an OR", () =>
    check(
      `\
${note}create index on note (owner);
create policy a on note using (owner = (select auth.uid()) or tenant = (select auth.uid()));
--                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-policy-column
`,
      only,
    ));

  test("looks into the memberships of a subquery, unless the row leads to them", () =>
    check(
      `\
create table members (team uuid, user_id uuid, primary key (team, user_id));
create table docs (id uuid primary key, team uuid);
create policy a on docs using (team in (select m.team from members m where m.user_id = (select auth.uid())));
--                                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-policy-column
create policy b on docs using (exists (select 1 from members m where m.team = docs.team and m.user_id = (select auth.uid())));
`,
      only,
    ));

  test("is silent when the table is not all known", () =>
    check(
      `\
create policy a on elsewhere using (owner = (select auth.uid()));
create table broken (id uuid, owner uuid, index (owner));
create policy a on broken using (owner = (select auth.uid()));
create table dynamic (id uuid, owner uuid);
create policy a on dynamic using (owner = (select auth.uid()));
do $$ begin execute 'create index on dynamic (owner)'; end $$;
`,
      only,
    ));

  test("is silent on memberships that lie on another server", () =>
    check(
      `\
create foreign table members (team uuid, user_id uuid) server elsewhere;
create table docs (id uuid primary key, team uuid);
create policy a on docs using (team in (select m.team from members m where m.user_id = (select auth.uid())));
`,
      only,
    ));

  test("finds a wrapped column, and knows an index on the expression and a cast that is none", () =>
    check(
      `\
create table a (id uuid primary key, email text, login varchar(80) unique);
create policy p on a using (id::text = (select auth.uid())::text);
--                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-policy-column
create policy q on a using (lower(email) = (select auth.email()));
--                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unindexed-policy-column
create policy r on a using (login::text = (select auth.email()));
create table b (id uuid primary key, email text);
create index on b (lower(email));
create policy p on b using (lower(b.email) = (select auth.email()));
`,
      only,
    ));

  test("creates the index beside the table, or concurrently in a new migration", () => {
    checkFix(
      'CREATE TABLE note (id uuid PRIMARY KEY, "Owner" uuid);\nCREATE POLICY a ON note USING ("Owner" = (SELECT auth.uid()));\n',
      'CREATE TABLE note (id uuid PRIMARY KEY, "Owner" uuid);\nCREATE INDEX ON note ("Owner");\nCREATE POLICY a ON note USING ("Owner" = (SELECT auth.uid()));\n',
      only,
    );
    checkFix(
      "-- file: supabase/migrations/20270101000000_a.sql\ncreate table note (id uuid primary key, owner uuid);\n-- file: supabase/migrations/20270102000000_b.sql\ncreate policy a on note using (owner = (select auth.uid()));\n",
      "-- file: supabase/migrations/20270101000000_a.sql\ncreate table note (id uuid primary key, owner uuid);\n-- file: supabase/migrations/20270102000000_b.sql\ncreate policy a on note using (owner = (select auth.uid()));\n-- file: supabase/migrations/20270102000001_index_note_owner.sql\ncreate index concurrently on note (owner);\n",
      only,
    );
  });

  test("compares the column itself, or indexes what is compared", () => {
    checkFix(
      "create table note (id uuid primary key);\ncreate policy a on note using (note.id::text = (select auth.uid()::text));\n",
      "create table note (id uuid primary key);\ncreate policy a on note using (note.id = (select auth.uid()));\n",
      only,
    );
    checkFix(
      "create table note (id uuid primary key, email text);\ncreate policy a on note using (lower(email) = (select auth.email()));\n",
      "create table note (id uuid primary key, email text);\ncreate index on note ((lower(email)));\ncreate policy a on note using (lower(email) = (select auth.email()));\n",
      only,
    );
  });
});
