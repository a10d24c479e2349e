import { check, checkFix } from "../support/checks.js";

const name = "broken-function";
const table = "create table post (id uuid primary key, title text, seen timestamptz);\n";

suite(name, () => {
  test("what a later statement took away is marked in the body", () =>
    check(
      `-- file: supabase/migrations/1_a.sql
${table}create function g() returns int language sql as 'select 1';
create function f() returns int language plpgsql as $$ begin if (select seen from post) > now() then return g(); end if; return 2; end $$;
--                                                                      ^^^^ broken-function
--                                                                                                          ^ broken-function
-- file: supabase/migrations/2_b.sql
alter table post drop column seen, drop column title;
alter function g() rename to h;`,
      name,
    ));

  test("a table that goes, and comes back", () => {
    const made = `-- file: supabase/migrations/1_a.sql\n${table}create function f() returns bigint language sql as $$ select count(*) from post $$;\n`;
    const mark = "--                                                                         ^^^^ broken-function\n";
    check(`${made}${mark}-- file: supabase/migrations/2_b.sql\ndrop table post;`, name);
    check(`${made}-- file: supabase/migrations/2_b.sql\ndrop table post;\n${table}`, name);
  });

  test("what never was is another check's", () => {
    const text = `${table}create function f() returns bigint language sql as $$ select count(*) from posts $$;\n`;
    check(text, name);
    check(
      `${text}--                                                                         ^^^^^ unknown-table\n`,
      "unknown-table",
    );
  });

  test("fields that the row of a trigger does not have", () =>
    check(
      `${table}create table room (id uuid primary key, "Name" text);
create function f() returns trigger language plpgsql as $$
begin
  -- new.nothing
  new.updated := now(); new.title := old."Name"; perform new.id;
--    ^^^^^^^ broken-function
  return new;
end $$;
create trigger f before insert on post for each row execute function f();
create trigger f before insert on room for each row execute function f();
create function unused() returns trigger language plpgsql as $$ begin new.updated := now(); return new; end $$;
create function g() returns trigger language plpgsql as $$ begin if tg_table_name = 'x' then new.updated := now(); end if; return new; end $$;
create trigger g before insert on post for each row execute function g();`,
      name,
    ));

  test("the new name takes the place of the old one in a new migration", () =>
    checkFix(
      `-- file: supabase/migrations/1_a.sql
${table}create function f() returns setof text language sql as $$ select title from post $$;
-- file: supabase/migrations/20270101000000_b.sql
alter table post rename column title to headline;
`,
      `-- file: supabase/migrations/1_a.sql
${table}create function f() returns setof text language sql as $$ select title from post $$;
-- file: supabase/migrations/20270101000000_b.sql
alter table post rename column title to headline;
-- file: supabase/migrations/20270101000001_correct_f.sql
create or replace function f() returns setof text language sql as $$ select headline from post $$;
`,
      name,
    ));
});
