import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = "wide-grant";

suite("wide-grant", () => {
  test("is said once for a file, at the first, behind an é and a 😀", () =>
    check(
      `\
create table "é 😀" (id uuid primary key);
grant all privileges on table public."é 😀" to authenticated, anon;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ wide-grant
grant truncate on "é 😀" to anon;
alter default privileges in schema public grant insert, update on tables to public;
`,
      only,
    ));

  test("says which role logs in past row level security", () =>
    check(
      `\
create role worker login;
alter role worker bypassrls;
-- <^^^^^^^^^^^^^^^^^^^^^^^ wide-grant
create role copier login replication bypassrls;
create role quiet nologin bypassrls;
`,
      only,
    ));

  test("is silent on reading, on single commands for one table, on columns, and on the platform's schemas", () =>
    check(
      `\
create table notes (id uuid primary key, body text);
grant select on all tables in schema public to anon;
grant insert, update on notes to anon;
grant all (body) on notes to anon;
grant all on all tables in schema storage to anon;
grant all on all functions in schema public to anon;
grant all on notes to service_role;
revoke all on notes from anon;
`,
      only,
    ));

  test("lets anonymous callers read, and keeps what others have", () =>
    checkFix(
      "create table notes (id uuid primary key);\nGRANT ALL ON TABLE notes TO anon, authenticated;\ngrant delete on all tables in schema public to anon;\n",
      "create table notes (id uuid primary key);\nGRANT ALL ON TABLE notes TO authenticated;\nGRANT SELECT ON TABLE notes TO anon;\ngrant select on all tables in schema public to anon;\n",
      only,
    ));

  test("is quiet about what a tool wrote down", () => {
    const severity = (role: string): string | undefined =>
      allFindings(folderOf(filesOf(`create table note (id uuid primary key);\ngrant all on note to ${role};`))).find(
        ({ check }) => check === only,
      )?.severity;
    assert.equal(severity("anon"), "info");
    assert.equal(severity('"anon"'), "hint");
  });
});
