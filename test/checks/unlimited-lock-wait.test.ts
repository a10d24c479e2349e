import { check, checkFix } from "../support/checks.js";

const name = "unlimited-lock-wait";
const first =
  '-- file: supabase/migrations/1_a.sql\ncreate table "Post" (id uuid primary key, owner uuid);\n-- file: supabase/migrations/2_b.sql\n';

suite(name, () => {
  test("the first strong lock of a file is marked, and no other", () => {
    for (const statement of [
      'alter table "Post" add column é int',
      'create index on public."Post" (id)',
      'truncate "Post"',
      'drop table "Post"',
      'drop policy p on "Post"',
      'create trigger t before insert on "Post" for each row execute function f()',
      'alter table "Post" rename to post',
    ])
      check(
        `${first}create table room (id uuid primary key);\n-- é\n${statement};\n-- <${"^".repeat(statement.length - 4)} ${name}\nalter table "Post" add column other int;`,
        name,
      );
  });

  test("limits hold until they end", () => {
    const alter = 'alter table "Post" add column other int;';
    const marked = `${alter}\n-- <${"^".repeat(alter.length - 5)} ${name}`;
    check(`${first}set statement_timeout to '1min';\n${alter}`, name);
    check(`${first}select set_config('lock_timeout', '5s', false);\n${alter}`, name);
    check(`${first}set lock_timeout = '5s';\nreset lock_timeout;\n${marked}`, name);
    check(`${first}set lock_timeout = '0ms';\n${marked}`, name);
    check(`${first}begin;\nset local lock_timeout = '5s';\ncommit;\n${marked}`, name);
  });

  test("what does not stop writes, or stands on no known table, is left alone", () => {
    check(`${first}create index concurrently on "Post" (id);`, name);
    check(
      `${first}alter table "Post" validate constraint c;\ncomment on table "Post" is 'é';\nupdate "Post" set id = id;`,
      name,
    );
    check(`${first}alter table posts add column other int;\ndrop table if exists posts;`, name);
  });

  test("a limit is set before it, for the transaction where there is one", () => {
    checkFix(
      `${first}COMMENT ON TABLE "Post" IS '';\nALTER TABLE "Post" ADD COLUMN other int;`,
      `${first}COMMENT ON TABLE "Post" IS '';\nSET LOCAL lock_timeout = '5s';\nALTER TABLE "Post" ADD COLUMN other int;`,
      name,
    );
    checkFix(
      `${first}alter table "Post" add column other int;`,
      `${first}set lock_timeout = '5s';\nalter table "Post" add column other int;`,
      name,
    );
  });
});
