import { check, checkFix } from "../support/checks.js";

const only = "table-without-rls";

suite("table-without-rls", () => {
  test("marks the words that make the table, in mixed case and behind other letters", () =>
    check(
      `\
-- é 😀
create table "Notiz é" (id uuid primary key);
--<^^^^^^^^^^^^^^^^^^^ table-without-rls
grant select on "Notiz é" to anon;
`
        .replace("--<^", "-- <^")
        .replace("^ table", " table"),
      only,
    ));

  test("finds it behind a statement that does not parse, and in a served schema", () =>
    check(
      `\
-- file: supabase/config.toml
[api]
schemas = ["public", "api"]
-- file: supabase/migrations/20270101000000_a.sql
create tabel nothing (id int);
create schema api;
create table api.note (id uuid primary key);
-- <^^^^^^^^^^^^^^^^^ table-without-rls
grant all on api.note to authenticated;
`,
      only,
    ));

  test("counts the platform's own grants by the day of the migration", () =>
    check(
      `\
-- file: supabase/migrations/20260529000000_a.sql
create table before_may (id int);
-- <^^^^^^^^^^^^^^^^^^^ table-without-rls
-- file: supabase/migrations/20260601000000_b.sql
create table between (id int);
-- file: supabase/migrations/20261031000000_c.sql
create table after_october (id int);
`,
      only,
    ));

  test("asks the configuration for the months between", () => {
    const text = (said: string, mark: string): string => `\
-- file: supabase/config.toml
[api]
auto_expose_new_tables = ${said}
-- file: supabase/migrations/20260601000000_b.sql
create table note (id int);
${mark}`;
    check(text("true", "-- <^^^^^^^^^^^^^ table-without-rls\n"), only);
    check(text("false", ""), only);
  });

  test("follows REVOKE, REVOKE on all tables, and default privileges", () =>
    check(
      `\
-- file: supabase/migrations/20260101000000_a.sql
create table one (id int);
create table two (id int);
revoke all on all tables in schema public from anon, authenticated;
alter default privileges in schema public revoke all on tables from anon, authenticated;
create table three (id int);
`,
      only,
    ));

  test("finds what is left after REVOKE from one role", () =>
    check(
      `\
-- file: supabase/migrations/20260101000000_a.sql
create table one (id int);
-- <^^^^^^^^^^^^ table-without-rls
revoke all on one from anon;
`,
      only,
    ));

  test("is silent where dynamic SQL may enable it", () =>
    check(
      `\
-- file: supabase/migrations/20260101000000_a.sql
create table one (id int);
do $$ begin
  execute format('alter table %I enable row level security', 'one');
end $$;
`,
      only,
    ));

  test("is silent on partitions, foreign and temporary tables, and on the platform's", () =>
    check(
      `\
-- file: supabase/migrations/20260101000000_a.sql
create temporary table batch (id int);
create foreign table far (id int) server elsewhere;
create table auth.extra (id int);
create table parent (id int) partition by range (id);
alter table parent enable row level security;
create table child partition of parent for values from (1) to (2);
`,
      only,
    ));

  test("leaves a table with policies to the check for those", () =>
    check(
      `\
-- file: supabase/migrations/20260101000000_a.sql
create table one (id int);
create policy reads on one for select to authenticated using (true);
`,
      only,
    ));

  test("enables it with the owner's policy and an index, in words as the file writes them", () =>
    checkFix(
      `\
-- file: supabase/migrations/20270101000000_a.sql
CREATE TABLE "Note" (id uuid PRIMARY KEY, owner_id uuid REFERENCES auth.users (id));
GRANT ALL ON "Note" TO authenticated;
`,
      `\
-- file: supabase/migrations/20270101000000_a.sql
CREATE TABLE "Note" (id uuid PRIMARY KEY, owner_id uuid REFERENCES auth.users (id));
CREATE INDEX ON "Note" (owner_id);
ALTER TABLE "Note" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "owners read and change" ON "Note" FOR ALL TO authenticated USING (owner_id = (SELECT auth.uid())) WITH CHECK (owner_id = (SELECT auth.uid()));
GRANT ALL ON "Note" TO authenticated;
`,
      only,
    ));

  test("keeps a table readable that everybody may read", () =>
    checkFix(
      `\
-- file: supabase/migrations/20270101000000_a.sql
create table link (url text primary key);
grant select on link to anon, authenticated;
-- file: supabase/migrations/20270102000000_b.sql
select 1;
`,
      `\
-- file: supabase/migrations/20270101000000_a.sql
create table link (url text primary key);
grant select on link to anon, authenticated;
-- file: supabase/migrations/20270102000000_b.sql
select 1;
-- file: supabase/migrations/20270102000001_secure_link.sql
set local lock_timeout = '5s';
alter table link enable row level security;

create policy "everyone reads" on link for select to anon, authenticated using (true);
`,
      only,
      "Enable row level security and let everyone read in a new migration",
    ));
});
