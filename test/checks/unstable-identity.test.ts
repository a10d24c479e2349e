import { check, checkFix } from "../support/checks.js";

const only = "unstable-identity";
const notes = `\
create table "Notes" (id uuid primary key, email text, login text, tenant uuid);
create index on "Notes" (tenant);
alter table "Notes" enable row level security;
`;

suite("unstable-identity", () => {
  test("says by what the caller is known, behind an é and a 😀", () =>
    check(
      `\
${notes}create policy "é 😀" on "Notes" for select to authenticated using (lower(email) = lower((select auth.email())));
--                                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unstable-identity
create policy b on "Notes" for update to authenticated using ((select auth.jwt() ->> 'email') like '%@example.com');
--                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unstable-identity
create policy c on "Notes" for delete to authenticated using (auth.uid() in ('5a9f4c1e-4d1b-4b0e-9b58-6f1d7a9f2f10', '5a9f4c1e-4d1b-4b0e-9b58-6f1d7a9f2f11'));
--                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unstable-identity
create policy d on "Notes" for insert to authenticated with check (login = current_user);
--                                                                 ^^^^^^^^^^^^^^^^^^^^ unstable-identity
create policy e on "Notes" for select to authenticated using (tenant = (select current_setting('app.tenant')::uuid));
--                                                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unstable-identity
`,
      only,
    ));

  test("is silent on ids, on claims that are only looked for, and on settings that the API makes", () =>
    check(
      `\
${notes}create policy a on "Notes" for select to authenticated using (tenant = (select auth.uid()));
create policy b on "Notes" for select to authenticated using ((select auth.email()) is not null);
create policy c on "Notes" for select to authenticated using (tenant = (select (current_setting('request.jwt.claims')::jsonb ->> 'sub')::uuid));
create policy d on "Notes" for select to authenticated using (current_user = 'authenticated');
`,
      only,
    ));

  test("reads an unset setting as NULL", () =>
    checkFix(
      `${notes}create policy a on "Notes" for select to authenticated using (tenant = (select current_setting('app.tenant')::uuid));\n`,
      `${notes}create policy a on "Notes" for select to authenticated using (tenant = (select current_setting('app.tenant', true)::uuid));\n`,
      only,
    ));
});
