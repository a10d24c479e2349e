import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

suite("rewriting-type-change", () => {
  test("marks the type without its USING, and knows what is free", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, a varchar(9), b numeric(4, 1), c timestamp, d text, e cidr);
-- file: supabase/migrations/2_types.sql
alter table note alter a type varchar(99), alter b type numeric(6, 1), alter c type timestamptz, alter e type inet;
alter table note alter a type varchar(5), alter b type numeric(6, 2), alter d type jsonb using d::jsonb;
--                            ^^^^^^^^^^ rewriting-type-change
--                                                     ^^^^^^^^^^^^^ rewriting-type-change
--                                                                                 ^^^^^ rewriting-type-change
`,
      "rewriting-type-change",
    ));

  test("changes the type in steps, with default, comment and all", () =>
    checkFix(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, size int not null default 3);
comment on column note.size is 'it''s';
-- file: supabase/migrations/2_types.sql
create table other (id int);
alter table note alter size type text using 'n' || size::text;
`,
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, size int not null default 3);
comment on column note.size is 'it''s';
-- file: supabase/migrations/2_types.sql
create table other (id int);
-- file: supabase/migrations/3_second_note_size.sql
set local lock_timeout = '5s';
alter table note add column size_new text;

create function note_size_new() returns trigger language plpgsql set search_path = '' as $$
begin
  new.size_new := 'n' || new.size::text;
  return new;
end $$;

create trigger note_size_new before insert or update on note for each row execute function note_size_new();

alter table note add constraint note_size_new_not_null check (size_new is not null) not valid;
-- file: supabase/migrations/4_fill_note_size_new.sql
do $$
declare
  first_key note.id%type;
  last_key note.id%type;
begin
  select id into first_key from note order by id limit 1;
  while first_key is not null loop
    select id into last_key
    from (select id from note where id >= first_key order by id limit 5000) as batch
    order by id desc limit 1;
    update note set size_new = 'n' || size::text
    where id between first_key and last_key and size_new is null;
    commit;
    select id into first_key from note where id > last_key order by id limit 1;
  end loop;
end $$;
-- file: supabase/migrations/5_validate_note_size.sql
alter table note validate constraint note_size_new_not_null;
-- file: supabase/migrations/6_swap_note_size.sql
set local lock_timeout = '5s';
alter table note alter column size_new set not null;

alter table note drop constraint note_size_new_not_null;

drop trigger note_size_new on note;

drop function note_size_new();

alter table note drop column size;

alter table note rename column size_new to size;

alter table note alter column size set default 3;

comment on column note.size is 'it''s';
`,
      "rewriting-type-change",
    ));

  test("has no steps where something stands on the column, or the migration is not the newest", () => {
    const table = "create table note (id int primary key, size int, more int);\n";
    const change = "alter table note alter column size type bigint;\n";
    const fixesAfter = (made: string, after = ""): number => {
      const text = `-- file: supabase/migrations/1_init.sql\n${table}${made}-- file: supabase/migrations/2_types.sql\n${change}${after}`;
      const found = allFindings(folderOf(filesOf(text))).filter((one) => one.check === "rewriting-type-change");
      assert.equal(found.length, 1, made);
      return found[0]?.fixes().length ?? 0;
    };
    assert.equal(fixesAfter(""), 1);
    assert.equal(fixesAfter("create index on note (more);\n"), 1);
    for (const made of [
      "create index on note (size);\n",
      "create index on note (more) where size > 3;\n",
      "create index on note (more) include (size);\n",
      "alter table note add check (size > 3);\n",
      "create view big as select id from note where size > 3;\n",
      "create policy p on note using (size > 3);\n",
      "create table child () inherits (note);\n",
      "grant select (size) on note to anon;\n",
      "create publication p for table note (id, size);\n",
    ])
      assert.equal(fixesAfter(made), 0, made);
    assert.equal(fixesAfter("", "-- file: supabase/migrations/3_more.sql\nselect 1;\n"), 0);
  });
});
