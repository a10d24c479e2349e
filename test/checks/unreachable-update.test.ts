import { check, checkFix } from "../support/checks.js";

const only = "unreachable-update";
const notes = `\
create table "Notes" (id uuid primary key, owner uuid, body text);
create index on "Notes" (owner);
alter table "Notes" enable row level security;
grant all on "Notes" to authenticated;
`;

suite("unreachable-update", () => {
  test("says which policy is in vain, once for a table", () =>
    check(
      `\
${notes}create policy "é 😀 edit" on "Notes" for update to authenticated using (owner = (select auth.uid()));
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unreachable-update
create policy remove on "Notes" for delete to authenticated using (owner = (select auth.uid()));
create policy see on "Notes" for select to anon using (body is not null);
`,
      only,
    ));

  test("a restrictive SELECT policy lets nobody read", () =>
    check(
      `\
${notes}create policy see on "Notes" as restrictive for select to authenticated using (true);
create policy edit on "Notes" for update using (owner = (select auth.uid()));
-- <^^^^^^^^^^^^^^^^^^^^^^^^^ unreachable-update
`,
      only,
    ));

  test("is silent where a policy for all lets read, where nobody passes, and where row level security is off", () => {
    check(
      `\
${notes}create policy everything on "Notes" to authenticated using (owner = (select auth.uid()));
create policy edit on "Notes" for update to authenticated using (body is null);
`,
      only,
    );
    check(
      `\
create table notes (id uuid primary key);
alter table notes enable row level security;
create policy edit on notes for update to authenticated using (false);
create table others (id uuid primary key);
create policy edit on others for update to authenticated using (id is not null);
`,
      only,
    );
  });

  test("lets them read what they may change", () =>
    checkFix(
      `${notes}create policy edit on "Notes" for update to authenticated using (owner = (select auth.uid()));\n`,
      `${notes}create policy edit on "Notes" for update to authenticated using (owner = (select auth.uid()));\ncreate policy "edit (read)" on "Notes" for select to authenticated using (owner = (select auth.uid()));\n`,
      only,
    ));
});
