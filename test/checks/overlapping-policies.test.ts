import { check, checkFix } from "../support/checks.js";

const only = "overlapping-policies";
const notes = `\
create table "Notes" (id uuid primary key, owner uuid, editor uuid, is_public boolean);
create index on "Notes" (owner);
create index on "Notes" (editor);
alter table "Notes" enable row level security;
`;

suite("overlapping-policies", () => {
  test("is said at the second policy, and once for a table", () =>
    check(
      `\
${notes}create policy "é" on "Notes" for select to authenticated using (owner = (select auth.uid()));
create policy "😀" on "Notes" for select to authenticated using (editor = (select auth.uid()));
-- <^^^^^^^^^^^^^^^^^^^^^^^^^ overlapping-policies
create policy c on "Notes" to authenticated using (is_public);
`,
      only,
    ));

  test("policies for other roles or commands, or of a role that skips them, do not meet", () =>
    check(
      `\
${notes}create policy a on "Notes" for select to authenticated using (owner = (select auth.uid()));
create policy b on "Notes" for select to anon using (is_public);
create policy c on "Notes" for update to authenticated using (owner = (select auth.uid()));
create policy d on "Notes" as restrictive for select to authenticated using (is_public);
create policy e on "Notes" for select to service_role using (true);
`,
      only,
    ));

  test("joins what is alike", () =>
    checkFix(
      `\
${notes}create policy a on "Notes" for update to authenticated using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
create policy b on "Notes" for update to authenticated using (editor = (select auth.uid())) with check (editor = (select auth.uid()) and is_public);
`,
      `\
${notes}create policy a on "Notes" for update to authenticated using ((owner = (select auth.uid())) or (editor = (select auth.uid()))) with check ((owner = (select auth.uid())) or (editor = (select auth.uid()) and is_public));
`,
      only,
    ));

  test("drops a twin", () =>
    checkFix(
      `\
${notes}create policy a on "Notes" for select to authenticated using (owner = (select auth.uid()));
create policy b on "Notes" for select to authenticated using (owner  =  (SELECT auth.uid()));
`,
      `\
${notes}create policy a on "Notes" for select to authenticated using (owner = (select auth.uid()));
`,
      only,
    ));
});
