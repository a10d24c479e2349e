import { check, checkFix } from "../support/checks.js";

const only = "trusted-user-metadata";
const notes =
  'create table "Notes" (id uuid primary key, team text);\nalter table "Notes" enable row level security;\n';

suite("trusted-user-metadata", () => {
  test("says which key is believed, in every way to write it", () =>
    check(
      `\
${notes}create policy "é 😀" on "Notes" for select to authenticated using ((select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');
--                                                                                       ^^^^^^^^^^^^^^^ trusted-user-metadata
create policy b on "Notes" for update to authenticated using (((select auth.jwt()) #>> '{user_metadata,role}'::text[]) = 'admin');
--                                                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ trusted-user-metadata
create policy c on "Notes" for delete to authenticated using ((select u.raw_user_meta_data ->> 'role' from auth.users u where u.id = auth.uid()) = 'admin');
--                                                                    ^^^^^^^^^^^^^^^^^^^^ trusted-user-metadata
create policy d on "Notes" for insert to authenticated with check ((current_setting('request.jwt.claims', true)::jsonb -> 'user_metadata' ->> 'role') = 'admin');
--                                                                                                                        ^^^^^^^^^^^^^^^ trusted-user-metadata
`,
      only,
    ));

  test("is said once of a function, whatever asks it", () =>
    check(
      `\
${notes}create function public.is_admin() returns boolean language plpgsql stable as $$
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^ trusted-user-metadata
begin
  return (select auth.jwt() -> 'user_metadata' ->> 'role' = 'admin');
end $$;
create policy a on "Notes" for select to authenticated using ((select is_admin()));
create policy b on "Notes" for delete to authenticated using ((select public.is_admin()));
`,
      only,
    ));

  test("a text or a column of that name is none", () =>
    check(
      `\
${notes}alter table "Notes" add column user_metadata jsonb;
create policy a on "Notes" for select to authenticated using (team = 'user_metadata' or user_metadata ->> 'open' = 'yes');
`,
      only,
    ));

  test("asks for what only the server writes", () =>
    checkFix(
      `${notes}create policy a on "Notes" for select to authenticated using ((select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');\n`,
      `${notes}create policy a on "Notes" for select to authenticated using ((select auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');\n`,
      only,
    ));
});
