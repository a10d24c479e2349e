import { check, checkFix } from "../support/checks.js";

const only = (text: string): void => check(text, "unknown-table");
const fixed = (before: string, after: string): void => checkFix(before, after, "unknown-table");
/** Two tables to begin with: the history is whole. */
const begun =
  'create table posts (id uuid primary key, body text);\ncreate table app.users (id uuid primary key);\ncreate table "Rooms" (id uuid);\n';
const silent = (text: string): void => only(begun + text);

suite("unknown-table", () => {
  test("names are marked where they stand, in every kind of statement", () =>
    only(`${begun}\
-- é 😀
comment on table psots is 'é 😀';
--               ^^^^^ unknown-table
alter table public.psots add column é text;
--                 ^^^^^ unknown-table
create index on psots (body);
--              ^^^^^ unknown-table
create policy p on psots using (true);
--                 ^^^^^ unknown-table
create trigger t after insert on psots for each row execute function f();
--                               ^^^^^ unknown-table
create table likes (post uuid references post (id), id uuid primary key);
--                                       ^^^^ unknown-table
grant select on psots to anon;
--              ^^^^^ unknown-table
drop table psots;
--         ^^^^^ unknown-table
drop policy p on psots;
--               ^^^^^ unknown-table
truncate posts, psots;
--              ^^^^^ unknown-table
insert into psots values (1);
--          ^^^^^ unknown-table
update psots set body = '😀' where id in (select id from "rooms");
--     ^^^^^ unknown-table
--                                                       ^^^^^^^ unknown-table
delete from psots using posts p;
--          ^^^^^ unknown-table
merge into posts p using news n on n.id = p.id when matched then do nothing;
--                       ^^^^ unknown-table
create view v as with a as (select 1) select * from a join psots on true, lateral (select p.id from nowhere) x;
--                                                         ^^^^^ unknown-table
--                                                                                        ^ unknown-table
--                                                                                                  ^^^^^^^ unknown-table
create publication pub for table posts, psots;
--                                      ^^^^^ unknown-table
do $$ begin perform 1 from psots; end $$;
--                         ^^^^^ unknown-table
select 1;
`));

  test("a qualifier that no table of the query has", () => {
    only(
      `${begun}select p.id, x.id, (select p.body) from posts p where posts.id is null;\n--           ^ unknown-table\n--                                                    ^^^^^ unknown-table\n`,
    );
    silent("update posts as p set body = excluded.body from posts excluded returning old.body, new.id, p.id;\n");
    silent("insert into posts as p values (null, '') on conflict (id) do update set body = excluded.body || p.body;\n");
  });

  test("the nearest name takes its place, quoted where it must be", () => {
    fixed(
      "create table posts (id uuid primary key);\nselect id from public.psots;\n",
      "create table posts (id uuid primary key);\nselect id from public.posts;\n",
    );
    fixed(
      'create table "Rooms" (id uuid primary key);\nselect id from rooms;\n',
      'create table "Rooms" (id uuid primary key);\nselect id from "Rooms";\n',
    );
  });

  test("a function is put right where it stands and, once applied, in a new migration", () => {
    const tables = "-- file: supabase/migrations/1_a.sql\ncreate table posts (id uuid primary key);\n";
    const wrong = "create function n() returns bigint language sql as 'select count(*) from psots';\n";
    const right = wrong.replace("psots", "posts");
    fixed(
      `${tables}-- file: supabase/migrations/2_b.sql\n${wrong}`,
      `${tables}-- file: supabase/migrations/2_b.sql\n${right}`,
    );
    fixed(
      `${tables}${wrong}-- file: supabase/migrations/2_b.sql\nselect 1;\n`,
      `${tables}${wrong}-- file: supabase/migrations/2_b.sql\nselect 1;\n-- file: supabase/migrations/3_correct_n.sql\n${right.replace("create", "create or replace")}`,
    );
  });

  test("a function is judged by the schema at the end, in its last version", () => {
    only(
      "create table posts (id uuid);\ncreate function f() returns void language sql as $$ select from likes $$;\ncreate table likes (id uuid);\n",
    );
    only(
      "create table posts (id uuid);\ncreate function f() returns void language sql as $$ select from likes $$;\ncreate or replace function f() returns void language sql as $$ select from posts $$;\nalter function f() stable;\n",
    );
    only(
      "create table posts (id uuid);\ncreate function f() returns void language plpgsql as $$ begin perform 1 from posts; if true then delete from likes; end if; end $$;\n--                                                                                                           ^^^^^ unknown-table\n",
    );
  });

  test("what the platform, a tool or an extension brings is there", () => {
    silent(
      "select * from auth.users, storage.nothing, pg_class, pg_stat_activity, information_schema.tables, cron.job, _prisma_migrations;\n",
    );
    silent("select * from other.thing;\n");
    silent("create extension postgis;\nselect * from spatial_ref_sys;\n");
    silent("create extension timescaledb;\nselect * from hypertables;\n");
    silent("select last_value from posts_id_seq;\ncreate sequence counter;\nselect * from counter;\n");
  });

  test("what the statement does not count on may be missing", () =>
    silent(
      "drop table if exists psots;\nalter table if exists psots add column a int;\ndrop trigger if exists t on psots;\nalter table if exists psots rename to a;\n",
    ));

  test("a name without schema may lead anywhere the search path goes", () => {
    silent("select * from users;\n");
    silent("set search_path = app;\nselect * from users;\n");
  });

  test("what is made on the way is there", () => {
    silent(
      "create temporary table a (id int);\ninsert into a values (1);\nselect * into b from a;\ncreate table c as select * from b;\nselect * from c, b;\n",
    );
    silent(
      "alter table posts rename to articles;\nselect * from articles;\nalter table articles set schema app;\nselect * from app.articles;\n",
    );
    silent("do $$ begin create table d (id int); insert into d values (1); end $$;\nselect * from d;\n");
    silent(
      "with recursive tree as (select id from posts union all select p.id from posts p, tree) select * from tree;\n",
    );
    silent(
      "create function f() returns void language plpgsql as $$ begin create temp table work (id int); insert into work values (1); end $$;\ncreate function g() returns void language sql as 'select from work';\n",
    );
    silent(
      "create trigger t after insert on posts referencing new table as fresh for each statement execute function f();\ncreate function f() returns trigger language plpgsql as $$ begin perform 1 from fresh; return null; end $$;\n",
    );
  });

  test("a function may call another that makes what it reads", () =>
    silent(
      "create function make(name text) returns void language plpgsql as $$ begin execute format('create temp table %I ()', name); end $$;\ncreate function f() returns void language plpgsql as $$ begin perform make('work'); perform 1 from work; end $$;\n",
    ));

  test("a statement that cannot be read may have made anything", () => {
    silent("do $$ begin execute 'create table made (id int)'; end $$;\nselect * from made;\n");
    silent(
      "create function make() returns void language plpgsql as $$ begin execute 'create table made (id int)'; end $$;\nselect make();\nselect * from made;\n",
    );
    silent("create view made as selec 1;\nselect * from made;\n");
    silent("create table made (id int;\nselect * from made;\n");
    silent("import foreign schema s from server f into app;\nselect * from app.made;\n");
    silent("do $$ begin if true then drop table posts; end if; end $$;\nselect * from posts;\n");
  });

  test("a broken statement hides nothing behind it", () =>
    only(`${begun}select from from;\nselect * from psots;\n--            ^^^^^ unknown-table\n`));

  test("a history that begins late is not judged, and neither is a script beside it", () => {
    only("alter table users add column a int;\ncreate table posts (id uuid);\nselect * from likes;\n");
    only("create table posts (id uuid, author uuid references users);\nselect * from likes;\n");
    only(
      "insert into storage.buckets values (1);\ncreate table posts (id uuid);\nselect * from likes;\n--            ^^^^^ unknown-table\n",
    );
    only(`-- file: supabase/migrations/1_a.sql\n${begun}-- file: supabase/snippets/a.sql\nselect * from psots;\n`);
    only(`-- file: query.sql\n${begun}select * from psots;\n`);
  });

  test("placeholders may stand for any name", () =>
    only(
      `-- file: db/migrations/001_a.sql\n${begun}select * from :table, {{ other }};\nselect * from "{{ other }}", "x_{{ other }}";\n`,
    ));

  test("thousands of queries in queries are survived", () =>
    silent(
      `select * from ${"(select * from ".repeat(400)}posts${") a".repeat(400)};\nselect 1 ${"union all select 1 ".repeat(5000)};\n`,
    )).timeout(20_000);

  test("what the rest of the project tells of is there", () => {
    const late = (other: string): string =>
      `-- file: db/migrations/1_a.sql\ncreate table posts (id uuid primary key);\ninsert into likes values (1);\n${other}`;
    check(late("-- file: docs/setup.sql\nCREATE TABLE IF NOT EXISTS public.likes (id int);\n"), "unknown-table");
    check(late("-- file: docs/setup.sql\nalter table draft rename to likes;\n"), "unknown-table");
    check(late("-- file: db/migrations/2_b.sql\nalter table likes add column at date;\n"), "unknown-table");
    check(late("drop policy if exists p on public.likes;\\n"), "unknown-table");
    const marked = late("").replace("values (1);\n", "values (1);\n--          ^^^^^ unknown-table\n");
    // What is only made later is missing all the same, and what sounds like it is something else.
    check(`${marked}-- file: db/migrations/2_b.sql\ncreate table likes (id int);\n`, "unknown-table");
    check(`${marked}-- file: docs/setup.sql\ncreate table likes_of_posts (likes int);\n`, "unknown-table");
  });
});
