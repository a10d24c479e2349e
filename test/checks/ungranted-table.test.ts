import { check, checkFix } from "../support/checks.js";

const only = "ungranted-table";

suite("ungranted-table", () => {
  test("marks the first policy whose role lacks the privilege", () =>
    check(
      `\
-- 😀
create table "Note" (id int);
alter table "Note" enable row level security;
grant select on "Note" to authenticated;
create policy reads on "Note" for select to authenticated using (true);
create policy adds on "Note" for insert to authenticated with check (false);
-- <^^^^^^^^^^^^^^^^^^^^^^^^ ungranted-table
`,
      only,
    ));

  test("knows automatic grants by the day, REVOKE, and grants to everybody", () =>
    check(
      `\
-- file: supabase/migrations/20260101000000_a.sql
create table old (id int);
alter table old enable row level security;
create policy reads on old for select to anon using (false);
create table closed (id int);
alter table closed enable row level security;
revoke all on closed from anon;
create policy reads on closed for select to anon using (false);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^ ungranted-table
-- file: supabase/migrations/20260701000000_b.sql
create table between (id int);
alter table between enable row level security;
create policy reads on between for select to anon using (false);
-- file: supabase/migrations/20261201000000_c.sql
create table late (id int);
alter table late enable row level security;
grant select on late to public;
create policy reads on late for select to anon using (false);
`,
      only,
    ));

  test("takes a policy for all commands as good with one of them granted", () =>
    check(
      `\
create table note (id int);
alter table note enable row level security;
grant select, insert on note to authenticated;
create policy own on note to authenticated using (false);
`,
      only,
    ));

  test("is silent for other roles, for the back end, and in schemas that are not served", () =>
    check(
      `\
create schema private;
create table private.note (id int);
alter table private.note enable row level security;
create policy own on private.note to authenticated using (false);
create table job (id int);
alter table job enable row level security;
create policy worker on job to worker using (true);
create policy backend on job using ((select auth.role()) = 'service_role');
`,
      only,
    ));

  test("is silent outside of the platform of roles that somebody else makes", () => {
    const note =
      "create table note (id int);\nalter table note enable row level security;\ncreate policy own on note to authenticated using (false);\n";
    check(`-- file: db/migrations/1_a.sql\n${note}`, only);
    check(
      `-- file: db/migrations/1_a.sql\ncreate role authenticated;\n${note.replace("(false);\n", `(false);\n-- <${"^".repeat(21)} ${only}\n`)}`,
      only,
    );
  });

  test("is silent where dynamic SQL grants", () =>
    check(
      `\
create table note (id int);
alter table note enable row level security;
create policy own on note to authenticated using (false);
do $$ begin execute 'grant select on note to authenticated'; end $$;
`,
      only,
    ));

  test("grants what the policies allow, but not what lets strangers write", () => {
    checkFix(
      `\
CREATE TABLE note (id uuid PRIMARY KEY, owner uuid);
CREATE INDEX ON note (owner);
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON note FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()));
CREATE POLICY edit ON note FOR UPDATE TO authenticated USING (owner = (SELECT auth.uid()));
`,
      `\
CREATE TABLE note (id uuid PRIMARY KEY, owner uuid);
CREATE INDEX ON note (owner);
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON note FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()));
GRANT SELECT, UPDATE ON note TO authenticated;
CREATE POLICY edit ON note FOR UPDATE TO authenticated USING (owner = (SELECT auth.uid()));
`,
      only,
    );
  });
});
