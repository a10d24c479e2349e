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

  test("says nothing of rows that the file carried over or took out before", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key);
create table room (id int primary key);
create table seat (id int primary key);
create table door (id int primary key);
-- file: supabase/migrations/2_move.sql
create table item (id int primary key);
insert into item select n.id from item i join note n on n.id = i.id where n.id not in (select id from seat);
create table old as select * from item union all select id from room;
delete from door;
drop table note;
drop table public.room;
drop table door;
drop table seat;
-- <^^^^^^^^^^^ destroyed-rows
`,
      "destroyed-rows",
    ));
});
