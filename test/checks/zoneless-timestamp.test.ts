import { check, checkFix } from "../support/checks.js";

const only = "zoneless-timestamp";

suite("zoneless-timestamp", () => {
  test("points at the type in all its forms", () =>
    check(
      `\
create table "Note é" (id int primary key, a timestamp(3), "B" timestamp without time zone not null, c timestamptz, d timestamp with time zone, e pg_catalog.timestamp[]);
--                                           ^^^^^^^^^^^^ zoneless-timestamp
--                                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^ zoneless-timestamp
--                                                                                                                                                ^^^^^^^^^^^^^^^^^^^^ zoneless-timestamp
alter table "Note é" alter column c type timestamp using c at time zone 'UTC', add column "f_local" timestamp;
--                                       ^^^^^^^^^ zoneless-timestamp
`,
      only,
    ));

  test("is silent where a column for the zone stands beside, also one that is there already", () =>
    check(
      `\
create table meeting (id int primary key, starts timestamp, timezone text);
alter table meeting add column ends timestamp;
create temporary table batch (a timestamp);
`,
      only,
    ));

  test("keeps case and precision", () => {
    checkFix(
      "CREATE TABLE note (a TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL);\n",
      "CREATE TABLE note (a TIMESTAMPTZ(3) NOT NULL);\n",
      only,
    );
    checkFix(
      "create table note (a timestamp default now());\n",
      "create table note (a timestamptz default now());\n",
      only,
    );
  });
});
