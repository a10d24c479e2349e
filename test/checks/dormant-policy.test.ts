import { check, checkFix } from "../support/checks.js";

const only = "dormant-policy";

suite("dormant-policy", () => {
  test("marks the first policy, once a table, with quoted and qualified names", () =>
    check(
      `\
-- é
create schema api;
create table api."Note" (id int);
create policy "é reads" on api."Note" for select to authenticated using (true);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ dormant-policy
create policy other on api."Note" for delete to authenticated using (false);
`,
      only,
    ));

  test("marks the statement that switches it off", () =>
    check(
      `\
create table note (id int);
alter table note enable row level security;
create policy reads on note for select to authenticated using (true);
alter table note disable row level security;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ dormant-policy
`,
      only,
    ));

  test("is silent where dynamic SQL may enable it, and on tables that no statement made", () => {
    check(
      `\
create table note (id int);
create policy reads on note for select to authenticated using (true);
do $$ declare t text; begin
  for t in select tablename from pg_tables loop execute 'alter table ' || t || ' enable row level security'; end loop;
end $$;
`,
      only,
    );
    check("create policy reads on elsewhere for select to authenticated using (true);\n", only);
  });

  test("is silent without the API's roles", () =>
    check(
      "-- file: migrations/1_a.sql\ncreate table note (id int);\ncreate policy reads on note to app using (true);\n",
      only,
    ));

  test("enables row level security behind the table, or in a new migration", () => {
    checkFix(
      "create table note (id int);\ncreate policy reads on note for select to authenticated using (true);\ngrant select on note to authenticated;\n",
      "create table note (id int);\nalter table note enable row level security;\ncreate policy reads on note for select to authenticated using (true);\ngrant select on note to authenticated;\n",
      only,
    );
    checkFix(
      "-- file: supabase/migrations/20260101000000_a.sql\nCREATE TABLE note (id int);\nCREATE POLICY reads ON note FOR SELECT TO authenticated USING (true);\n-- file: supabase/migrations/20260102000000_b.sql\nselect 1;\n",
      "-- file: supabase/migrations/20260101000000_a.sql\nCREATE TABLE note (id int);\nCREATE POLICY reads ON note FOR SELECT TO authenticated USING (true);\n-- file: supabase/migrations/20260102000000_b.sql\nselect 1;\n-- file: supabase/migrations/20260102000001_secure_note.sql\nSET lock_timeout = '5s';\nALTER TABLE note ENABLE ROW LEVEL SECURITY;\n",
      only,
    );
  });
});
