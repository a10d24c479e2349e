import { check, checkFix } from "../support/checks.js";

const only = (text: string): void => check(text, "unknown-column");
const begun =
  'create table posts (id uuid primary key, body text, "At" date);\ncreate table likes (post_id uuid, n int);\n';
const silent = (text: string): void => only(begun + text);

suite("unknown-column", () => {
  test("columns are marked where they stand, in every kind of statement", () =>
    only(
      `${begun}\
-- é 😀
create index on posts (bdy, lower(boddy)) include (at) where idd is null;
--                     ^^^ unknown-column
--                                ^^^^^ unknown-column
--                                                 ^^ unknown-column
--                                                           ^^^ unknown-column
alter table posts alter column bodi set not null, drop column if exists x, drop column y;
--                             ^^^^ unknown-column
--                                                                                     ^ unknown-column
alter table posts add constraint bdy unique (bdy), add check (length(bdi) > 0);
--                                           ^^^ unknown-column
--                                                                   ^^^ unknown-column
alter table likes add foreign key (post) references posts (idd);
--                                 ^^^^ unknown-column
--                                                         ^^^ unknown-column
create table a (b int check (c > 0), d int references posts (e), primary key (f));
--                           ^ unknown-column
--                                                           ^ unknown-column
--                                                                            ^ unknown-column
comment on column posts.bodie is 'é';
--                      ^^^^^ unknown-column
create policy p on posts using (owner = auth.uid()) with check (posts.owner is null and (select id) is null);
--                              ^^^^^ unknown-column
--                                                                    ^^^^^ unknown-column
create trigger t before update of bodie on posts for each row when (old.bodi is null) execute function f();
--                                ^^^^^ unknown-column
--                                                                      ^^^^ unknown-column
grant select (id, bodie) on posts to anon;
--                ^^^^^ unknown-column
insert into posts (id, "at") values ('😀', null) on conflict (idd) do update set bodie = excluded.bodi returning iid;
--                     ^^^^ unknown-column
--                                                            ^^^ unknown-column
--                                                                               ^^^^^ unknown-column
--                                                                                                ^^^^ unknown-column
--                                                                                                               ^^^ unknown-column
update posts p set bodi = l.m from likes l where p.id = l.post;
--                 ^^^^ unknown-column
--                          ^ unknown-column
--                                                        ^^^^ unknown-column
delete from posts where idd is null;
--                      ^^^ unknown-column
merge into posts p using likes l on l.post_id = p.i when matched then update set bod = l.m;
--                                                ^ unknown-column
--                                                                               ^^^ unknown-column
--                                                                                       ^ unknown-column
copy posts (id, bodi) from stdin;
\\.
`.replace("copy posts (id, bodi) from stdin;\n\\.\n", "select 1;\n"),
    ));

  test("queries: joins, results of WITH, queries in FROM, correlation, functions", () => {
    only(
      `${begun}select p.n from posts p join likes l using (id);\n--       ^ unknown-column\n--                                          ^^ unknown-column\n`,
    );
    only(
      `${begun}with a (x) as (select id, body from posts) select x, body, id from a;\n--                                                         ^^ unknown-column\n`,
    );
    only(
      `${begun}select s.body, s.n from (select * from posts where exists (select 1 from likes where m = id)) s;\n--               ^ unknown-column\n--                                                                                   ^ unknown-column\n`,
    );
    only(
      `${begun}select a, b from (values (1, 2)) v (a) where column1 = 1 and column2 = 2 and c = 3;\n--        ^ unknown-column\n--                                           ^^^^^^^ unknown-column\n--                                                                           ^ unknown-column\n`,
    );
    only(
      `${begun}select id from posts union select n from (select count(*) from likes) s;\n--                                ^ unknown-column\n`,
    );
    only(
      `${begun}select g, day, d from generate_series(1, 2) g, generate_series(1, 2) as t (day);\n--             ^ unknown-column\n`,
    );
    only(
      `${begun}create function f(out a int, out b text) language sql as 'select 1, null';\nselect a, b, c from f();\n--           ^ unknown-column\n`,
    );
    only(
      `${begun}create view v as select id as key, "At" from posts;\nalter view v rename column key to k;\nselect k, "At", key, at from v;\n--              ^^^ unknown-column\n--                   ^^ unknown-column\n`,
    );
  });

  test("what has a meaning is left alone", () => {
    silent(
      "select p, p.ctid, tableoid, posts.*, public.posts.id, count(*) as c from posts, posts p group by p.id, c order by c, lower(c::text);\n".replace(
        "count(*) as c",
        "1 as c",
      ),
    );
    silent(
      "select (r).any, (select max(n) from likes where post_id = p.id and p.body is null) from posts p, row_source() r;\n",
    );
    silent(
      "select l.x, value, x.key from posts, lateral (select id as x) l, jsonb_array_elements('[]') value, jsonb_each('{}') x;\n",
    );
    silent("select a.b, c from posts, unnest(array[1]) a (b), xmltable('/a' passing '<a/>' columns c int) x;\n");
    silent("select j.id, j.n from (posts join likes on true) j;\n");
    silent(
      "create function shout(posts) returns text language sql as 'select upper($1.body)';\nselect p.shout from posts p;\n",
    );
    silent("with t as (delete from likes returning post_id as p, *) select p, n from t;\n");
    silent("select body as b from posts union all select null order by b;\n");
    silent(
      "create table geo (p point, at geometry(point, 4326));\ncreate table part (id int) partition by range (id);\n",
    );
    silent(
      'select count from (select count(*) from posts) c, lateral (select coalesce(body), id::text, case when true then 1 end from posts) d where coalesce is null and id is null and "case" = 1;\n',
    );
  });

  test("tables that are not wholly known have any column", () => {
    silent("create table copy as select * from elsewhere.t;\nselect x from copy;\n");
    silent("create table made (id int;\nselect x from made;\nalter table made drop column y;\n");
    silent("alter table posts add colum extra text;\nselect extra from posts;\n".replace("colum ", "column if "));
    silent("create table child () inherits (elsewhere.parent);\nselect x from child;\n");
    silent(
      "create table child () inherits (posts);\nalter table posts add column extra text;\nselect extra, body from child;\n",
    );
    silent("create temporary table posts (x int);\ninsert into posts (x) values (1);\n");
    silent("do $$ begin execute 'alter table posts add column extra text'; end $$;\nselect extra from posts;\n");
    silent("select u.raw_user_meta_data, u.anything from auth.users u;\n");
  });

  test("a later statement of the file counts only for what stands behind it", () =>
    only(
      `${begun}select extra from posts;\n--     ^^^^^ unknown-column\nalter table posts add column extra text, add check (extra <> '');\nselect extra from posts;\n`,
    ));

  test("in functions arguments, variables and records are left alone; a column of a known table is not", () => {
    silent(
      "create function f(wanted uuid) returns setof posts language sql as $$ select * from posts where id = wanted or id = f.wanted $$;\n",
    );
    silent(
      "create function f() returns table (total int) language plpgsql as $$ declare who uuid; r record; begin for r in select * from posts loop select n into who from likes where post_id = who and r.x = total and found; end loop; end $$;\n",
    );
    silent(
      "create function f() returns trigger language plpgsql as $$ begin insert into likes (post_id) select new.id where tg_op = 'INSERT' and old.x is null; return new; end $$;\n",
    );
    silent(
      "create function f() returns void language plpgsql as $$ begin if to_regclass('x') is null then perform x from posts; end if; end $$;\n",
    );
    only(
      `${begun}create function f() returns void language plpgsql as $$ declare x int; begin\n  update posts set bodie = x where idd = 1 and x = p.q;\n--                 ^^^^^ unknown-column\n--                                 ^^^ unknown-column\nend $$;\n`,
    );
    only(
      `${begun}create function f() returns text begin atomic select bodie from posts; end;\n--                                                   ^^^^^ unknown-column\n`,
    );
  });

  test("the nearest column takes its place", () => {
    const table =
      'create table posts (id uuid primary key, "At" date);\nalter table posts enable row level security;\n';
    checkFix(`${table}select p.at from posts p;\n`, `${table}select p."At" from posts p;\n`, "unknown-column");
  });

  test("what cannot be read elsewhere does not hide a table that is whole", () =>
    only(`${begun}select x from nothing;\nselect x from posts;\n--     ^ unknown-column\n`));

  test("a column that one of several definitions of the table has may be there", () => {
    const twice = (column: string): string =>
      `-- file: db/migrations/1_a.sql\ncreate table if not exists notes (id uuid primary key);\n-- file: db/migrations/2_b.sql\ncreate table if not exists notes (id uuid primary key, title varchar(9), ${column} uuid);\ncreate index on notes (owner);\n`;
    only(twice("owner"));
    only(`${twice("owner_of")}--                     ^^^^^ unknown-column\n`);
    // What the only definition has is gone because something took it away.
    only(
      "create table notes (id uuid primary key, owner uuid);\nalter table notes drop column owner;\ncreate index on notes (owner);\n--                     ^^^^^ unknown-column\n",
    );
  });
});
