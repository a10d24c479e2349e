import { check, checkFix } from "../support/checks.js";

const only = "blocked-soft-delete";
const notes = `\
create table "Notes" (id uuid primary key, owner uuid references auth.users (id) on delete cascade, body text, archived_at timestamptz, is_deleted boolean default false);
create index on "Notes" (owner);
alter table "Notes" enable row level security;
grant all on "Notes" to authenticated;
`;

suite("blocked-soft-delete", () => {
  test("says which policy hides the row, whatever the column is called", () => {
    check(
      `\
${notes}create policy "é 😀" on "Notes" for select to authenticated using (owner = (select auth.uid()) and archived_at is null);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^ blocked-soft-delete
create policy edit on "Notes" for update to authenticated using (owner = (select auth.uid()));
`,
      only,
    );
    check(
      `\
${notes}create policy seen on "Notes" for select using (is_deleted = false);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^ blocked-soft-delete
create policy edit on "Notes" to authenticated using (owner = (select auth.uid()) and is_deleted is not true) with check (owner = (select auth.uid()));
create policy more on "Notes" for select to authenticated using (not is_deleted);
`,
      only,
    );
  });

  test("is silent where some policy shows deleted rows, or nobody may set the column", () => {
    check(
      `\
${notes}create policy a on "Notes" for select to authenticated using (archived_at is null);
create policy b on "Notes" for select to authenticated using (owner = (select auth.uid()));
create policy edit on "Notes" for update to authenticated using (owner = (select auth.uid()));
`,
      only,
    );
    check(
      `\
${notes}revoke update on "Notes" from authenticated;
grant update (body) on "Notes" to authenticated;
create policy a on "Notes" for select to authenticated using (archived_at is null);
create policy edit on "Notes" for update to authenticated using (owner = (select auth.uid()));
`,
      only,
    );
    check(
      `\
${notes}create policy a on "Notes" for select to authenticated using (archived_at is null);
create policy edit on "Notes" for update to authenticated using (owner = (select auth.uid()) and archived_at is null);
`,
      only,
    );
  });

  test("lets owners see their own deleted rows", () =>
    checkFix(
      `${notes}create policy seen on "Notes" for select to authenticated using (body <> '' and archived_at is null);\ncreate policy edit on "Notes" for update to authenticated using (owner = (select auth.uid()));\n`,
      `${notes}create policy seen on "Notes" for select to authenticated using (body <> '' and (archived_at is null or owner = (select auth.uid())));\ncreate policy edit on "Notes" for update to authenticated using (owner = (select auth.uid()));\n`,
      only,
    ));
});
