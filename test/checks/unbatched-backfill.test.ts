import { check, checkFix } from "../support/checks.js";

const name = "unbatched-backfill";
const first =
  '-- file: supabase/migrations/1_a.sql\ncreate table "Post" (id uuid primary key, title text, shown text);\ncreate table room (id uuid primary key, title text);\n-- file: supabase/migrations/20270101000000_b.sql\n';

suite(name, () => {
  test("loose conditions and joins are marked", () => {
    for (const statement of [
      "update \"Post\" set shown = 'é' where shown is null and title is not null",
      "update \"Post\" p set shown = title where p.title <> ''",
      'update "Post" set shown = room.title from room where room.id = "Post".id',
      'update public."Post" set shown = title where shown is distinct from title',
    ])
      check(`${first}-- é\n${statement};\n-- <${"^".repeat(statement.length - 4)} ${name}`, name);
  });

  test("values, lists and what another check tells are left alone", () => {
    for (const statement of [
      "update \"Post\" set shown = title where title = 'a' and shown is null",
      "update \"Post\" set shown = title where title in ('a', 'b')",
      'update "Post" set shown = title',
      'update "Post" set shown = v.b from (values (1, 2)) as v (a, b) where v.a = "Post".id',
      'update "Post" set shown = title where id in (select id from room limit 10)',
    ])
      check(`${first}${statement};`, name);
  });

  test("a default that came with the column is the value of every row, and any other value is not", () => {
    const added = `${first}alter table room add column kind jsonb default '{}', add column n int default 0;\n`;
    for (const statement of [
      "update room set kind = '[]' where kind = '{}'::jsonb",
      "update room set n = 1 where n = 0",
    ])
      check(`${added}${statement};\n-- <${"^".repeat(statement.length - 4)} ${name}`, name);
    for (const statement of [
      "update room set kind = '[]' where kind = '[1]'",
      "update room set n = 1 where title = 'a'",
    ])
      check(`${added}${statement};`, name);
    check(`${added}-- file: supabase/migrations/20270102000000_c.sql\nupdate room set n = 1 where n = 0;`, name);
  });

  test("the column is filled in batches, in a migration of its own", () =>
    checkFix(
      `${first}ALTER TABLE "Post" ADD COLUMN b text;\nUPDATE "Post" SET b = lower(title) WHERE b IS NULL;\n`,
      `${first}ALTER TABLE "Post" ADD COLUMN b text;
-- file: supabase/migrations/20270101000001_fill_post_b.sql
DO $$
DECLARE
  first_key "Post".id%TYPE;
  last_key "Post".id%TYPE;
BEGIN
  SELECT id INTO first_key FROM "Post" ORDER BY id LIMIT 1;
  WHILE first_key IS NOT NULL LOOP
    SELECT id INTO last_key
    FROM (SELECT id FROM "Post" WHERE id >= first_key ORDER BY id LIMIT 5000) AS BATCH
    ORDER BY id DESC LIMIT 1;
    UPDATE "Post" SET b = lower(title)
    WHERE id BETWEEN first_key AND last_key AND b IS NULL;
    COMMIT;
    SELECT id INTO first_key FROM "Post" WHERE id > last_key ORDER BY id LIMIT 1;
  END LOOP;
END $$;
-- file: supabase/migrations/20270101000002_analyze_post.sql
ANALYZE "Post";
`,
      name,
    ));

  test("knows that a column which came with a default is NULL nowhere", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, body text);
-- file: supabase/migrations/2_fill.sql
alter table note add column kind text default 'plain', add column size int;
update note set kind = 'plain' where kind is null;
update note set size = 0 where size is null;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unbatched-backfill
`,
      "unbatched-backfill",
    ));
});
