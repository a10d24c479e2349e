import { check, checkFix } from "../support/checks.js";

const name = "ambiguous-column";
const table = "create table post (id uuid primary key, title text);\n";
const made = (body: string): string =>
  `${table}create function f(title text, out id uuid) language plpgsql as $$\nbegin\n${body}\nend $$;`;

suite(name, () => {
  test("bare names are marked in every kind of query", () =>
    check(
      made(`select p.id into f.id from post p where title = 'é';
--                                      ^^^^^ ambiguous-column
  if exists (select 1 from post where post.title = title) then null; end if;
--                                                 ^^^^^ ambiguous-column
  update post set title = upper(title) where post.id = f.id returning id into f.id;
--                              ^^^^^ ambiguous-column
--                                                                    ^^ ambiguous-column
  delete from post where id is null;
--                       ^^ ambiguous-column
  insert into post (id, title) values (f.id, f.title) on conflict (id) do nothing;
--                                                                 ^^ ambiguous-column`),
      name,
    ));

  test("names that can mean only one thing are left alone", () =>
    check(
      made(`id := title;
  insert into post (id, title) values (id, title);
  select 1 from elsewhere where title = 'x';
  select 1 from post p, (select title as t) x where p.title = x.t;
  for r in select p.title as title from post p order by p.title loop end loop;`),
      name,
    ));

  test("other languages and settings are left alone", () => {
    check(
      `${table}create function f(title text) returns setof post language sql as $$ select * from post where title = $1 $$;`,
      name,
    );
    check(
      made("select 1 from post where title = 'x';").replace(
        "plpgsql as",
        "plpgsql set plpgsql.variable_conflict = 'use_column' as",
      ),
      name,
    );
  });

  test("the table's name is written before it", () =>
    checkFix(
      made("  select 1 from post p where title = 'x';"),
      made("  select 1 from post p where p.title = 'x';"),
      name,
    ));
});
