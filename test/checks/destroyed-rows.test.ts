import { check } from "../support/checks.js";

suite("destroyed-rows", () => {
  test("speaks of each table, quoted and qualified, and not of what nothing made", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table app."Note é" (id int primary key);
create table room (id int primary key);
-- file: supabase/migrations/2_drop.sql
drop table app."Note é";
-- <^^^^^^^^^^^^^^^^^^^ destroyed-rows
truncate room;
-- <^^^^^^^^^ destroyed-rows
drop table if exists never_there;
create temp table t (a int);
drop table t;
`,
      "destroyed-rows",
    ));
});
