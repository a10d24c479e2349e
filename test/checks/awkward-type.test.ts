import { check, checkFix } from "../support/checks.js";

const only = "awkward-type";

suite("awkward-type", () => {
  test("points at the type, with its length and without the brackets of an array", () =>
    check(
      `\
create table app."Note é 😀" (id int primary key, a char(20), "B" pg_catalog.json[] not null, c character varying(20), d char, amount_due float);
--                                                  ^^^^^^^^ awkward-type
--                                                                ^^^^^^^^^^^^^^^ awkward-type
--                                                                                                                                        ^^^^^ awkward-type
alter table app."Note é 😀" alter column c type money, add e real, add weight_price real;
--                                              ^^^^^ awkward-type
create temporary table batch (a money);
create type pair as (a json);
`,
      only,
    ));

  test("writes the better type as the other one is written", () => {
    checkFix(
      "CREATE TABLE note (id int, a CHARACTER ( 20 ) NOT NULL, fee double precision);\n",
      "CREATE TABLE note (id int, a TEXT NOT NULL, fee double precision);\n",
      only,
    );
    checkFix(
      "create table note (price FLOAT8[] default '{}');\n",
      "create table note (price numeric[] default '{}');\n".replace("numeric", "NUMERIC"),
      only,
    );
  });

  test("takes json for chosen where Prisma would have made jsonb, and where jsonb was there", () => {
    check(
      "-- file: prisma/migrations/20270101000000_a/migration.sql\ncreate table note (id int primary key, meta json);\n",
      "awkward-type",
    );
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, meta jsonb, more text);
-- file: supabase/migrations/2_order.sql
alter table note alter column meta type json using meta::json;
alter table note alter column more type json using more::json;
--                                      ^^^^ awkward-type
`,
      "awkward-type",
    );
  });
});
