import { check, checkFix } from "../support/checks.js";

const only = (text: string): void => check(text, "borrowed-syntax");
const fixed = (before: string, after: string): void => checkFix(before, after, "borrowed-syntax");
/** A file of a history that is not Supabase's. */
const plain = (text: string): string => `-- file: db/migrations/001_a.sql\n${text}`;

suite("borrowed-syntax", () => {
  test("an inline index is marked, and the plain error beside it is not said", () =>
    check(
      plain(`\
-- é 😀
create table profiles (
  id uuid primary key,
  name text, -- 😀
  index idx_name on profiles(name),
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ borrowed-syntax
  key (id)
-- <^^^^^^ borrowed-syntax
);
create table "Other" (id uuid primary key);
`),
    ));

  test("inline indexes become statements behind the table, in its case; comments stay", () =>
    fixed(
      plain(
        "CREATE TABLE app.a (\n  id UUID PRIMARY KEY, -- the key\n\n  -- for the feed\n  INDEX by_name ON a (name DESC),\n  name TEXT,\n  UNIQUE KEY (name(20))\n);\nSELECT 1;\n",
      ),
      plain(
        "CREATE TABLE app.a (\n  id UUID PRIMARY KEY, -- the key\n\n  -- for the feed\n  name TEXT\n);\nCREATE INDEX by_name ON app.a (name DESC);\nCREATE UNIQUE INDEX ON app.a (name);\nSELECT 1;\n",
      ),
    ));

  test("a column may be called key or index", () =>
    only(plain("create table a (key varchar(20), index int,, x text);\n")));

  test("a timestamp that keeps itself up to date becomes a trigger", () =>
    fixed(
      plain("create table note (id bigint primary key, seen timestamptz on update current_timestamp(3));\n"),
      plain(`\
create table note (id bigint primary key, seen timestamptz);
create or replace function touch_note_seen() returns trigger language plpgsql set search_path = '' as $$
begin
  new.seen = now();
  return new;
end
$$;
create trigger touch_note_seen before update on note for each row execute function touch_note_seen();
`),
    ));

  const pairs: readonly (readonly [before: string, after: string])[] = [
    [
      'create policy if not exists "own rows" on app.a for select using (true)',
      'drop policy if exists "own rows" on app.a;\ncreate policy "own rows" on app.a for select using (true)',
    ],
    [
      "CREATE OR REPLACE POLICY p ON a USING (true)",
      "DROP POLICY IF EXISTS p ON a;\nCREATE POLICY p ON a USING (true)",
    ],
    [
      "create trigger if not exists t before update on a for each row execute function suppress_redundant_updates_trigger()",
      "create or replace trigger t before update on a for each row execute function suppress_redundant_updates_trigger()",
    ],
    [
      "alter table a add x int, add constraint if not exists c check (x > 0)",
      "alter table a add x int, drop constraint if exists c, add constraint c check (x > 0)",
    ],
    [
      "create type if not exists mood as enum ('a', 'b')",
      "do $$\nbegin\n  create type mood as enum ('a', 'b');\nexception when duplicate_object then null;\nend\n$$",
    ],
    ["DROP INDEX IF EXISTS i ON t", "DROP INDEX IF EXISTS i"],
    ["drop index if not exists i", "drop index if exists i"],
    ["create table x if not exists (id bigint primary key)", "create table if not exists x (id bigint primary key)"],
    ["alter table a add column c if not exists text", "alter table a add column if not exists c text"],
    ['alter table a add "C d" if not exists text', 'alter table a add if not exists "C d" text'],
    ["alter table a drop column c varchar(120) null, drop column d", "alter table a drop column c, drop column d"],
    ["alter table a drop column b drop column c", "alter table a drop column b, drop column c"],
    ["drop table a if exists", "drop table if exists a"],
    ["alter table a drop column c if exists", "alter table a drop column if exists c"],
    [
      "ALTER TABLE a MODIFY COLUMN c varchar(20) NOT NULL",
      "ALTER TABLE a ALTER COLUMN c TYPE varchar(20), ALTER COLUMN c SET NOT NULL",
    ],
    ["alter table a drop foreign key a_b", "alter table a drop constraint a_b"],
    ["alter table a add unique index by_b (b)", "create unique index by_b on a (b)"],
    ["insert ignore into a (b) values (1)", "insert into a (b) values (1) on conflict do nothing"],
    ["select b from a order by b limit 5, 10", "select b from a order by b limit 10 offset 5"],
    ["select `b`, `Total` from `a` where c = 'it`s'", "select b, \"Total\" from a where c = 'it`s'"],
  ];
  // What is made along with it may be changed without a lock to speak of, so no other check has a word on it.
  const made = 'create table a (b int, c text, d int, "Total" int, id int primary key);\n';
  for (const [before, after] of pairs) {
    test(before, () => fixed(plain(`${made}  ${before};\nselect 2;\n`), plain(`${made}  ${after};\nselect 2;\n`)));
  }

  test("a trigger is dropped from the only table that has one of that name", () =>
    fixed(
      plain(
        'create table "T" (id bigint primary key);\ncreate trigger t before update on "T" for each row execute function f();\n-- migrate:down\ndrop trigger t;\n',
      ),
      plain(
        'create table "T" (id bigint primary key);\ncreate trigger t before update on "T" for each row execute function f();\n-- migrate:down\ndrop trigger t on "T";\n',
      ),
    ));

  test("where something else is wrong too, only what PostgreSQL stumbles over is said", () => {
    only(
      plain(
        "alter table a add column c if not exists text,, add d int;\n--                         ^^^^^^^^^^^^^ borrowed-syntax\n",
      ),
    );
    only(plain("alter table a add column c text,, add column d if not exists int;\n"));
  });

  test("a file in another dialect is left alone; a borrowed backtick in a Supabase migration is not", () => {
    only("-- file: drizzle/0000_a.sql\nCREATE TABLE `a` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL);\n");
    only(
      "-- file: db/clickhouse/migrations/0001_a.up.sql\ncreate table a (`b` String) engine = ReplacingMergeTree;\nselec 1;\n",
    );
    only("-- file: schema.mysql.sql\ncreate table a (id int auto_increment);\n");
    only("create table `a` (id bigint primary key);\n--           ^^^ borrowed-syntax\n");
  });
});
