import { check } from "../support/checks.js";

const only = "weakened-rls";
const before = `\
-- file: supabase/migrations/20270101000000_notes.sql
create table "Notes" (id uuid primary key, owner uuid, kind text);
alter table "Notes" enable row level security;
create policy see on "Notes" for select to authenticated using (owner is not null and kind = 'a');
create policy strict on "Notes" as restrictive to authenticated using (kind <> 'secret');
-- file: supabase/migrations/20270102000000_change.sql
`;

suite("weakened-rls", () => {
  test("says which statement widens what, behind an é and a 😀", () => {
    check(
      `\
${before}-- é 😀
alter policy see on "Notes" to public;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ weakened-rls
drop policy if exists strict on public."Notes";
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ weakened-rls
`,
      only,
    );
    check(
      `\
${before}drop policy see on "Notes";
create policy see on "Notes" for select to authenticated using (kind = 'a');
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ weakened-rls
`,
      only,
    );
  });

  test("is silent where the file ends as narrow as it began, or narrower", () =>
    check(
      `\
${before}alter policy see on "Notes" using (owner is not null and kind = 'a' and id is not null);
drop policy strict on "Notes";
create policy strict on "Notes" as restrictive to authenticated using (kind <> 'secret');
drop policy see on "Notes";
create policy see on "Notes" for select using (owner = (select auth.uid()) and kind = 'a');
`,
      only,
    ));

  test("leaves tables of the same file alone, and what another check has a cure for", () => {
    check(
      `\
-- file: supabase/migrations/20270101000000_notes.sql
create table notes (id uuid primary key);
alter table notes enable row level security;
create policy strict on notes as restrictive using (true);
drop policy strict on notes;
alter table notes disable row level security;
`,
      only,
    );
    check(
      `\
-- file: supabase/migrations/20270101000000_notes.sql
create table notes (id uuid primary key);
alter table notes enable row level security;
grant select on notes to anon;
-- file: supabase/migrations/20270102000000_off.sql
alter table notes disable row level security;
`,
      only,
    );
  });

  test("says that row level security goes off where no other check does", () =>
    check(
      `\
-- file: supabase/migrations/20270101000000_notes.sql
create table notes (id uuid primary key);
alter table notes enable row level security;
create table others (id uuid primary key);
-- file: supabase/migrations/20270102000000_off.sql
alter table notes disable row level security;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ weakened-rls
alter table others disable row level security;
`,
      only,
    ));
});
