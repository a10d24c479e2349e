import { check, checkFix } from "../support/checks.js";

const only = "definer-view";
const rooms = "create table rooms (id uuid primary key, name text);\nalter table rooms enable row level security;\n";

suite("definer-view", () => {
  test("marks the words that make the view", () =>
    check(
      `\
-- é
${rooms}create or replace view public."Räume" (name) as select name from rooms;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ definer-view
grant select on public."Räume" to authenticated;
`,
      only,
    ));

  test("looks through other views, and at auth.users", () =>
    check(
      `\
${rooms}create view inside as select * from rooms;
create view outside as select * from inside join only_here on true;
-- <^^^^^^^^^^^^^^^ definer-view
create view people as select id from auth.users;
-- <^^^^^^^^^^^^^^ definer-view
grant select on outside, people to anon;
`,
      only,
    ));

  test("is silent on an invoker, a materialized view, and one that nobody may read", () =>
    check(
      `\
-- file: supabase/migrations/20260101000000_a.sql
${rooms}create view a with (security_invoker) as select * from rooms;
create view b with (security_invoker = off) as select * from rooms;
alter view b set (security_invoker = true);
create materialized view c as select * from rooms;
create view d as select * from rooms;
revoke select on d from anon, authenticated;
`,
      only,
    ));

  test("is silent where a policy shows everything to whoever may read the view", () => {
    const view = (to: string, mark = ""): string =>
      `create table room (id int);\nalter table room enable row level security;\ncreate policy p on room for select to ${to} using (true);\ncreate view v as select * from room;\n${mark}grant select on v to anon;\n`;
    check(view("public"), only);
    check(view("authenticated", `-- <^^^^^^^^^ ${only}\n`), only);
  });

  test("is silent on a server before 15", () =>
    check(
      `\
# file: data-orchestrator.yaml
postgres: 14
-- file: supabase/migrations/20260101000000_a.sql
${rooms}create view d as select * from rooms;
`,
      only,
    ));

  test("adds the option to those that are there, in the words of the file", () => {
    const grant = "grant select on names to anon;\n";
    checkFix(
      `${rooms}CREATE VIEW names AS SELECT name FROM rooms;\n${grant}`,
      `${rooms}CREATE VIEW names WITH (security_invoker = true) AS SELECT name FROM rooms;\n${grant}`,
      only,
    );
    checkFix(
      `${rooms}create view names with (security_barrier) as select name from rooms;\n${grant}`,
      `${rooms}create view names with (security_invoker = true, security_barrier) as select name from rooms;\n${grant}`,
      only,
    );
  });

  test("alters a view of an older migration", () =>
    checkFix(
      `\
-- file: supabase/migrations/20260101000000_a.sql
${rooms}create view names as select name from rooms;
-- file: supabase/migrations/20260102000000_b.sql
select 1;
`,
      `\
-- file: supabase/migrations/20260101000000_a.sql
${rooms}create view names as select name from rooms;
-- file: supabase/migrations/20260102000000_b.sql
select 1;
-- file: supabase/migrations/20260102000001_names_security_invoker.sql
alter view names set (security_invoker = true);
`,
      only,
    ));
});
