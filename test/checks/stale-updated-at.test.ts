import { check, checkFix } from "../support/checks.js";

const only = "stale-updated-at";
const touch =
  "create function touch() returns trigger language plpgsql set search_path = '' as $$ begin new.updated_at := now(); return new; end $$;\n";

suite("stale-updated-at", () => {
  test("points at the column; a trigger that does something else does not help", () =>
    check(
      `\
create function log() returns trigger language plpgsql as $$ begin raise notice 'é 😀'; return new; end $$;
create table "Note é" (id int primary key, updated_at timestamptz default now());
--                                         ^^^^^^^^^^ stale-updated-at
create trigger logs before update on "Note é" for each row execute function log();
create table app.other (id int primary key, modified_at timestamp);
--                                          ^^^^^^^^^^^ stale-updated-at
create trigger after_all after update on app.other for each row execute function touch();
`,
      only,
    ));

  test("is silent where nobody can read what the trigger does, or the column is none of these", () =>
    check(
      `\
create function dyn() returns trigger language plpgsql as $$ begin execute 'select 1'; return new; end $$;
create table a (id int primary key, updated_at timestamptz);
create trigger t before insert or update on a for each row execute function dyn();
create table b (id int primary key, updated_at timestamptz);
create trigger t before update on b for each row execute function elsewhere.touch();
create table c (id int primary key, updated_at date, updated_by text, created_at timestamptz);
create temporary table d (updated_at timestamptz);
`,
      only,
    ));

  test("is silent where every UPDATE that is known sets it, and not where one forgets it", () =>
    check(
      `\
create table a (id int primary key, n int, updated_at timestamptz);
create table b (id int primary key, n int, updated_at timestamptz);
--                                         ^^^^^^^^^^ stale-updated-at
create function one() returns void language plpgsql as $$ begin update a set n = 1, updated_at = now(); update b set n = 1, updated_at = now(); end $$;
create function two() returns void language sql as $$ update b set n = 2 $$;
`,
      only,
    ));

  test("makes function and trigger, in the case of the table", () =>
    checkFix(
      "CREATE TABLE note (id int PRIMARY KEY, updated_at timestamptz);\n",
      "CREATE TABLE note (id int PRIMARY KEY, updated_at timestamptz);\nCREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$\nBEGIN\n  new.updated_at := now();\n  RETURN new;\nEND $$;\nCREATE TRIGGER note_set_updated_at BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION set_updated_at();\n",
      only,
    ));

  test("uses a function that is there already, behind where it is made", () =>
    checkFix(
      `create table note (id int primary key, updated_at timestamptz);\n${touch}`,
      `create table note (id int primary key, updated_at timestamptz);\n${touch}create trigger note_set_updated_at before update on note for each row execute function touch();\n`,
      only,
    ));

  test("is silent where one server writes, unless a trigger does it for another table", () => {
    const file = "# file: data-orchestrator.yaml\nplatform: postgres\n-- file: migrations/1_init.sql\n";
    check(`${file}create table note (id int primary key, updated_at timestamptz);\n`, only);
    check(
      `${file}\
${touch}\
create table room (id int primary key, updated_at timestamptz);
create trigger touched before update on room for each row execute function touch();
create table note (id int primary key, updated_at timestamptz);
--                                     ^^^^^^^^^^ stale-updated-at
`,
      only,
    );
    check(
      `\
-- file: prisma/migrations/20260101000000_init/migration.sql
CREATE TABLE "Note" (id int primary key, updated_at timestamptz);
`,
      only,
    );
  });

  test("takes the time in a log of changes for what it is", () =>
    check(
      `\
create table grade_history (id int primary key, changed_by uuid, changed_at timestamptz not null default now());
create table grade (id int primary key, created_at timestamptz, changed_at timestamptz);
--                                                              ^^^^^^^^^^ stale-updated-at
`,
      "stale-updated-at",
    ));

  test("says nothing of a table that a block with triggers made from text names", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table plan (id int primary key, updated_at timestamptz);
create table step (id int primary key, updated_at timestamptz);
--                                     ^^^^^^^^^^ stale-updated-at
create function touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
-- file: supabase/migrations/2_triggers.sql
do $$ declare t text; begin
  foreach t in array array['plan', 'goal'] loop
    execute format('create trigger %I_touch before update on %I for each row execute function touch()', t, t);
  end loop;
end $$;
`,
      "stale-updated-at",
    ));
});
