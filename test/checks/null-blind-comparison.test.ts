import { check, checkFix } from "../support/checks.js";

const name = "null-blind-comparison";
const table = "create table post (id uuid primary key, title text, parent uuid);\n";

suite(name, () => {
  test("comparisons are marked where they stand, wherever they are written", () =>
    check(
      `${table}-- é 😀
create policy p on post using (title = null or title is null);
--                             ^^^^^^^^^^^^ null-blind-comparison
alter table post add check (title != NULL::text);
--                          ^^^^^^^^^^^^^^^^^^^ null-blind-comparison
create function f(a int) returns int language plpgsql as 'begin if a <> null and ''x'' = ''y'' then a := null; end if; return a = null; end';
--                                                                 ^^^^^^^^^ null-blind-comparison
--                                                                                                                            ^^^^^^^^ null-blind-comparison
select 1 where 1 not in (1, null);
--             ^^^^^^^^^^^^^^^^^^ null-blind-comparison`,
      name,
    ));

  test("assignments and tests are left alone", () =>
    check(
      `${table}update post set title = null where title is not null and title is distinct from null;
create function f(a int default null) returns int language plpgsql as $$ declare b int = null; begin b = null; b := null; return nullif(a, null); end $$;
select 1 where 1 in (1, null);`,
      name,
    ));

  test("NOT IN counts where the column may be NULL and nothing keeps NULL out", () =>
    check(
      `${table}select 1 from post where id not in (select p.parent from post p where p.title = 'x');
--                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ null-blind-comparison
select 1 from post where id not in (select p.parent from post p where p.parent = id);
select 1 from post where id not in (select p.id from post p) and id not in (select coalesce(parent, id) from post);
select 1 from post where id not in (select x from elsewhere) and id in (select parent from post);`,
      name,
    ));

  test("the right test takes its place", () => {
    checkFix(`${table}delete from post where title=NULL;`, `${table}delete from post where title IS NULL;`, name);
    checkFix(
      `${table}delete from post where title <> null;`,
      `${table}delete from post where title is not null;`,
      name,
    );
    checkFix(
      `${table}DELETE FROM post WHERE id NOT IN (SELECT parent FROM post);`,
      `${table}DELETE FROM post WHERE id NOT IN (SELECT parent FROM post WHERE parent IS NOT NULL);`,
      name,
    );
  });
});
