import { check, checkFix } from "../support/checks.js";

/** `mark` stands below the query. */
const streams = (sql: string, table: string, mark = ""): string => `\
# file: powersync/sync-config.yaml
config:
  edition: 3
streams:
  a:
    query: ${sql}
${mark}-- file: supabase/migrations/1_table.sql
${table}
`;

const only = (text: string): void => check(text, "missing-sync-id");
const pair = 'create table pair (a uuid, "B" uuid, c text, primary key (a, "B"));';

suite("missing-sync-id", () => {
  test("points at the select list", () =>
    only(streams("SELECT a, c FROM pair WHERE a = auth.user_id()", pair, "#                 ^^^^ missing-sync-id\n")));

  test("an id that repeats, one that may be null, and one that is neither", () => {
    const found = (table: string): void =>
      only(streams("SELECT * FROM t WHERE o = auth.user_id()", table, "#                 ^ missing-sync-id\n"));
    const silent = (table: string): void => only(streams("SELECT * FROM t WHERE o = auth.user_id()", table));
    found("create table t (id int, o uuid);");
    found("create table t (id int unique, o uuid);");
    found("create table t (id int not null, o uuid);\ncreate unique index on t (id) where o is null;");
    silent("create table t (id int not null unique, o uuid);");
    silent("create table t (id int not null, o uuid);\ncreate unique index on t (id);");
    silent("create table t (id int, at date, o uuid, primary key (id, at));");
    silent("create table t (like elsewhere, o uuid);");
  });

  test("the last of two columns named id counts", () =>
    only(streams("SELECT *, a || '.' || \"B\" AS id FROM pair WHERE a = auth.user_id()", pair)));

  test("an alias renames the id away", () =>
    only(
      streams(
        "SELECT id AS key FROM t WHERE o = auth.user_id()",
        "create table t (id uuid primary key, o uuid);",
        "#                 ^^ missing-sync-id\n",
      ),
    ));

  test("sends the key: in front of a list, behind a star", () => {
    const sql = "SELECT a, c FROM pair WHERE a = auth.user_id()";
    checkFix(
      streams(sql, pair),
      streams(sql.replace("SELECT ", "SELECT a || '.' || \"B\" AS id, "), pair),
      "missing-sync-id",
    );
    const star = "SELECT * FROM pair WHERE a = auth.user_id()";
    checkFix(streams(star, pair), streams(star.replace("*", "*, a || '.' || \"B\" AS id"), pair), "missing-sync-id");
    const table = "create table t (id uuid primary key, o uuid);";
    const list = "SELECT o FROM t WHERE o = auth.user_id()";
    checkFix(streams(list, table), streams(list.replace("o FROM", "id, o FROM"), table), "missing-sync-id");
  });
});
