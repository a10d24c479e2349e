import { check, checkFix } from "../support/checks.js";

const only = "self-granted-access";
const profiles = `\
create table profiles (id uuid primary key, name text, role text);
alter table profiles enable row level security;
grant select, update on profiles to authenticated;
create policy see on profiles for select to authenticated using (true);
`;
const admins = `\
create table notes (id uuid primary key);
alter table notes enable row level security;
grant select on notes to authenticated;
create policy admins on notes for select to authenticated using (exists (select 1 from profiles p where p.id = (select auth.uid()) and p.role in ('admin', 'boss')));
`;

suite("self-granted-access", () => {
  test("says which policy lets them write what others believe, behind an é and a 😀", () =>
    check(
      `\
${profiles}create policy "é 😀" on profiles for update to authenticated using (id = (select auth.uid()));
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^ self-granted-access
${admins}`,
      only,
    ));

  test("looks into functions, and knows a role that a subquery answers", () => {
    check(
      `\
${profiles}create policy own on profiles for update to authenticated using ((select auth.uid()) = id);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^ self-granted-access
create function my_role() returns text language sql stable security definer set search_path = '' as $$ select p.role from public.profiles p where p.id = (select auth.uid()) $$;
create table notes (id uuid primary key);
alter table notes enable row level security;
grant select on notes to authenticated;
create policy admins on notes for select to authenticated using ((select my_role()) = 'admin');
`,
      only,
    );
  });

  test("is silent where a trigger, WITH CHECK or the grants keep the column, and where nothing believes it", () => {
    check(
      `\
${profiles}create policy own on profiles for update to authenticated using (id = (select auth.uid())) with check (id = (select auth.uid()) and role is not distinct from 'user');
${admins}`,
      only,
    );
    check(
      `\
${profiles}create function keep() returns trigger language plpgsql as $$ begin new.role := old.role; return new; end $$;
create trigger keep before update on profiles for each row execute function keep();
create policy own on profiles for update to authenticated using (id = (select auth.uid()));
${admins}`,
      only,
    );
    check(
      `\
${profiles}create policy own on profiles for update to authenticated using (id = (select auth.uid()));
`,
      only,
    );
  });

  test("is silent about rows that no policy shows to those who ask", () =>
    check(
      `\
${profiles.replace(/create policy \w+ on profiles for select [^;]*;/, "")}create policy own on profiles for update to authenticated using (id = (select auth.uid()));
${admins}`,
      only,
    ));

  test("takes the column out of the grant", () =>
    checkFix(
      `\
${profiles}create policy own on profiles for update to authenticated using (id = (select auth.uid()));
${admins}`,
      `\
${profiles.replace("grant select, update on profiles to authenticated;", "grant select, update on profiles to authenticated;\nrevoke update on profiles from authenticated;\ngrant update (id, name) on profiles to authenticated;")}create policy own on profiles for update to authenticated using (id = (select auth.uid()));
${admins}`,
      only,
    ));
});
