import { check, checkFix } from "../support/checks.js";

const name = "disabled-trigger";
const first = `-- file: supabase/migrations/1_a.sql
create table "Post" (id uuid primary key);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger t before insert on "Post" for each row execute function f();
-- file: supabase/migrations/2_b.sql
`;

suite(name, () => {
  test("what stays off is marked", () =>
    check(
      `${first}-- é
alter table "Post" disable trigger t;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ disabled-trigger
alter table public."Post" disable trigger all;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ disabled-trigger
set session_replication_role to 'replica';
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ disabled-trigger`,
      name,
    ));

  test("what comes on again or goes is left alone", () => {
    check(`${first}alter table "Post" disable trigger t;\nalter table "Post" enable always trigger t;`, name);
    check(`${first}alter table "Post" disable trigger t;\nalter table "Post" enable trigger all;`, name);
    check(`${first}alter table "Post" disable trigger t;\ndrop trigger t on "Post";`, name);
    check(`${first}alter table "Post" disable trigger all;\ndrop table "Post";`, name);
    check(`${first}set session_replication_role = replica;\nreset session_replication_role;`, name);
  });

  test("it is switched on before the end of the transaction", () =>
    checkFix(
      `${first}BEGIN;\nALTER TABLE "Post" DISABLE TRIGGER t;\nINSERT INTO "Post" VALUES (NULL);\nCOMMIT;\n`,
      `${first}BEGIN;\nALTER TABLE "Post" DISABLE TRIGGER t;\nINSERT INTO "Post" VALUES (NULL);\nALTER TABLE "Post" ENABLE TRIGGER t;\nCOMMIT;\n`,
      name,
    ));
});
