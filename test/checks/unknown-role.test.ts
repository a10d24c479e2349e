import { check, checkFix } from "../support/checks.js";

const name = "unknown-role";
const table = "create table post (id uuid primary key);\n";

suite(name, () => {
  test("roles are marked where they stand", () =>
    check(
      `${table}-- é
grant select on post to authenticated, reader;
--                                     ^^^^^^ unknown-role
create policy p on post to "Reader" using (true);
--                         ^^^^^^^^ unknown-role
alter table post owner to admin;
--                        ^^^^^ unknown-role
alter default privileges for role admin grant select on tables to anon;
--                                ^^^^^ unknown-role`,
      name,
    ));

  test("roles that are there are left alone", () =>
    check(
      `${table}create role reader;
create user "Writer";
alter role reader rename to readers;
grant select on post to readers, "Writer", public, current_user, pg_read_all_data, supabase_auth_admin;
drop role if exists gone;`,
      name,
    ));

  test("without a platform only a slip counts", () =>
    check(
      `-- file: migrations/1_a.sql
create role reader;
${table}grant select on post to admin;
grant select on post to raeder;
--                      ^^^^^^ unknown-role`,
      name,
    ));

  test("the nearest name takes its place", () =>
    checkFix(`${table}grant select on post to "service-role";`, `${table}grant select on post to service_role;`, name));
});
