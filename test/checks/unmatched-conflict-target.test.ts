import { check, checkFix } from "../support/checks.js";

const name = "unmatched-conflict-target";
const table = 'create table "Tag" (id uuid primary key, name text, room uuid, unique (room, name));\n';

suite(name, () => {
  test("targets are marked where they stand", () =>
    check(
      `${table}-- é
insert into "Tag" (name) values ('😀') on conflict (name) do nothing;
--                                                 ^^^^^^ unmatched-conflict-target
insert into public."Tag" (name) values ('a') on conflict on constraint tag_pkey do nothing;
--                                                                     ^^^^^^^^ unmatched-conflict-target
with new as (insert into "Tag" (name) values ('a') on conflict (id, room) do update set name = 'b' returning id) select * from new;
--                                                             ^^^^^^^^^^ unmatched-conflict-target
do $$ begin insert into "Tag" (name) values ('a') on conflict (room) do nothing; end $$;
--                                                            ^^^^^^ unmatched-conflict-target`,
      name,
    ));

  test("what an index covers in any order, or nobody can tell, is left alone", () =>
    check(
      `${table}insert into "Tag" (name) values ('a') on conflict (name, room) do nothing;
insert into "Tag" (name) values ('a') on conflict on constraint "Tag_pkey" do nothing;
insert into "Tag" (name) values ('a') on conflict (lower(name)) do nothing;
insert into "Tag" (name) values ('a') on conflict (nothing) do nothing;
insert into elsewhere (name) values ('a') on conflict (name) do nothing;
create table copy as select * from elsewhere;
insert into copy values (1) on conflict (id) do nothing;`,
      name,
    ));

  test("an index that comes later does not help the statement, but the function", () =>
    check(
      `-- file: supabase/migrations/1_a.sql
${table}insert into "Tag" (name) values ('a') on conflict (name) do nothing;
--                                                ^^^^^^ unmatched-conflict-target
create function keep() returns void language sql as $$ insert into "Tag" (name) values ('a') on conflict (name) do nothing $$;
-- file: supabase/migrations/2_b.sql
create unique index on "Tag" (name);`,
      name,
    ));

  test("the index is made first, or in a new migration", () => {
    checkFix(
      `${table}INSERT INTO "Tag" (name) VALUES ('a') ON CONFLICT (name) DO NOTHING;`,
      `${table}CREATE UNIQUE INDEX ON "Tag" (name);\nINSERT INTO "Tag" (name) VALUES ('a') ON CONFLICT (name) DO NOTHING;`,
      name,
    );
  });
});
