import { check, checkFix } from "../support/checks.js";

const only = "unscoped-storage-policy";

suite("unscoped-storage-policy", () => {
  test("says which policy is for every bucket, and which lists a public one, behind an é and a 😀", () =>
    check(
      `\
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true), ('files', 'files', false);
create policy "é 😀" on storage.objects for insert to authenticated with check ((storage.foldername(name))[1] = (select auth.uid()::text));
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unscoped-storage-policy
create policy b on storage.objects for select using (bucket_id = 'avatars');
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unscoped-storage-policy
create policy c on storage.objects for select to authenticated using (bucket_id = 'files');
create policy d on storage.objects for select to authenticated using (bucket_id = 'avatars' and owner = (select auth.uid()));
`,
      only,
    ));

  test("a bucket that is closed later is not public", () =>
    check(
      `\
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
update storage.buckets set public = false where id = 'avatars';
create policy b on storage.objects for select using (bucket_id = 'avatars');
`,
      only,
    ));

  test("is silent on restrictive policies, closed doors, own files, and functions that get the row", () =>
    check(
      `\
create policy a on storage.objects as restrictive to authenticated using (name <> 'x');
create policy b on storage.objects for delete to authenticated using (false);
create policy c on storage.objects for delete to authenticated using (owner = (select auth.uid()));
create policy d on storage.objects for select to authenticated using (public.may_read(name));
create policy e on storage.objects to service_role using (true);
create table objects (id uuid primary key, name text);
create policy f on objects for select to authenticated using (name <> '');
`,
      only,
    ));

  test("asks for the only bucket there is", () =>
    checkFix(
      `\
insert into storage.buckets (id, name) values ('my files', 'my files');
CREATE POLICY up ON storage.objects FOR INSERT TO authenticated WITH CHECK (name <> '' OR owner = (SELECT auth.uid()));
`,
      `\
insert into storage.buckets (id, name) values ('my files', 'my files');
CREATE POLICY up ON storage.objects FOR INSERT TO authenticated WITH CHECK (bucket_id = 'my files' AND (name <> '' OR owner = (SELECT auth.uid())));
`,
      only,
    ));
});
