import { check, checkFix } from "../support/checks.js";

const only = "forgeable-owner";
const notes = `\
create table "Notes" (id uuid primary key, "Owner" uuid not null, team uuid, body text);
create index on "Notes" ("Owner");
alter table "Notes" enable row level security;
grant all on "Notes" to authenticated;
create policy see on "Notes" for select to authenticated using (team is not null);
`;

suite("forgeable-owner", () => {
  test("says which policy leaves the owner free, behind an é and a 😀", () =>
    check(
      `\
${notes}create policy "é 😀" on "Notes" for update to authenticated using ("Owner" = (select auth.uid())) with check (team is not null);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^ forgeable-owner
create policy add on "Notes" for insert to authenticated with check (body <> '');
-- <^^^^^^^^^^^^^^^^^^^^^^^^ forgeable-owner
`,
      only,
    ));

  test("is silent where a trigger, a grant, a restrictive policy or another test keeps the owner", () => {
    check(
      `\
${notes}create function keep() returns trigger language plpgsql as $$ begin new."Owner" := old."Owner"; return new; end $$;
create trigger keep before update on "Notes" for each row execute function keep();
create policy edit on "Notes" for update to authenticated using ("Owner" = (select auth.uid())) with check (team is not null);
`,
      only,
    );
    check(
      `\
${notes}create policy own on "Notes" as restrictive for update to authenticated using (true) with check ("Owner" = (select auth.uid()));
create policy edit on "Notes" for update to authenticated using ("Owner" = (select auth.uid())) with check (team is not null);
`,
      only,
    );
    check(
      `\
${notes}create policy edit on "Notes" for update to authenticated using ("Owner" = (select auth.uid())) with check (is_admin() or team is not null);
create policy add on "Notes" for insert to authenticated with check ((select auth.jwt() ->> 'aal') = 'aal2');
`,
      only,
    );
  });

  test("is silent where open-policy speaks, and where the changed row would be out of sight", () =>
    check(
      `\
create table notes (id uuid primary key, owner uuid references auth.users (id));
alter table notes enable row level security;
grant all on notes to authenticated;
create policy add on notes for insert to authenticated with check (true);
create policy see on notes for select to authenticated using (owner = (select auth.uid()));
create policy edit on notes for update to authenticated using (owner = (select auth.uid())) with check (id is not null);
`,
      only,
    ));

  test("asks for the owner after the change too", () =>
    checkFix(
      `${notes}CREATE POLICY edit ON "Notes" FOR UPDATE TO authenticated USING ("Owner" = (SELECT auth.uid())) WITH CHECK (team IS NOT NULL OR body IS NULL);\n`,
      `${notes}CREATE POLICY edit ON "Notes" FOR UPDATE TO authenticated USING ("Owner" = (SELECT auth.uid())) WITH CHECK ((team IS NOT NULL OR body IS NULL) AND "Owner" = (SELECT auth.uid()));\n`,
      only,
    ));
});
