import { check } from "../support/checks.js";

const only = "column-drop";

suite("column-drop", () => {
  test("points at each column, quoted, in a schema, behind a broken statement", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table app."Note é" (id int primary key, "Da" int, b int, c int);
-- file: supabase/migrations/2_drop.sql
creat table x;
/* 😀 */ alter table app."Note é" drop column "Da", alter column b drop default, drop if exists c cascade, drop column if exists d;
--                                ^^^^^^^^^^^^^^^^ column-drop
--                                                                               ^^^^^^^^^^^^^^^^^^^^^^^^ column-drop
`,
      only,
    ));

  test("is silent for what came in the same change, a swap, a view and a temporary table", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, a int);
-- file: supabase/migrations/2_drop.sql
alter table note add column b int;
alter table note drop column b;
alter table note drop column a, add column a bigint;
create temporary table batch (id int, a int);
alter table batch drop column a;
`,
      only,
    ));
});
