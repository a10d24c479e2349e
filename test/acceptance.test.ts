import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Severity } from "../server/src/core/checks/check.js";
import type { Finding } from "../server/src/core/finding.js";
import type { Folder } from "../server/src/core/project.js";
import { allFindings, applyFix, filesOf, folderOf } from "./support/checks.js";
import { makeReplays, requestOf } from "./support/replays.js";

type Expected = readonly [check: string, line: string, severity?: Severity];

/** The classic mistakes of teams on Supabase and PowerSync: each must be caught under its own name, and at its own line. */
function catches(text: string, ...expected: readonly Expected[]): void {
  catchesIn(folderOf(filesOf(text)), expected);
}

function catchesIn(folder: Folder, expected: readonly Expected[]): void {
  const found = allFindings(folder).map(({ check, severity, uri, span }) => {
    const line = (folder.files.get(uri)?.text ?? "").slice(span.start).split("\n", 1)[0] ?? "";
    return { check, severity, line: line.trim() };
  });
  for (const [check, line, severity] of expected)
    assert.ok(
      found.some(
        (one) => one.check === check && one.line.includes(line) && (severity ?? one.severity) === one.severity,
      ),
      `${check} is not found at \`${line}\`, but\n${found.map((one) => `${one.severity} ${one.check}: ${one.line}`).join("\n")}`,
    );
}

const tenancy = `\
create table teams (id uuid primary key);
create table team_members (team_id uuid references teams, user_id uuid references auth.users, status text, primary key (team_id, user_id));
create table notes (id uuid primary key, team_id uuid references teams);
alter table notes enable row level security;
`;

suite("classic mistakes", () => {
  test("an index inside of CREATE TABLE", () =>
    catches("create table profiles (id uuid primary key, username text, index idx_username on profiles(username));", [
      "borrowed-syntax",
      "index idx_username",
    ]));

  test("a read policy that forgets who may read", () =>
    catches(
      `create table profiles (id uuid primary key references auth.users, deleted_at timestamptz);
alter table profiles enable row level security;
create policy "seen" on profiles for select using (deleted_at is null);
create policy "own" on profiles for update using (auth.uid() = id);`,
      ["open-policy", 'create policy "seen"'],
      ["blocked-soft-delete", 'create policy "seen"'],
      ["per-row-auth-call", "auth.uid() = id"],
      ["roleless-policy", 'create policy "own"'],
    ));

  test("the caller's teams looked up for every row", () =>
    catches(
      `${tenancy}create policy "team" on notes using (team_id in (select team_id from team_members where user_id = auth.uid() and status = 'active'));`,
      ["per-row-auth-call", "auth.uid() and status"],
    ));

  test("the caller's teams looked up through the policies of another table, and of their own", () => {
    const lookup = "team_id in (select team_id from team_members where user_id = auth.uid() and status = 'active')";
    catches(
      `${tenancy}alter table team_members enable row level security;
create policy "members" on team_members for select to authenticated using (user_id = (select auth.uid()));
create policy "team" on notes for select to authenticated using (${lookup});`,
      ["costly-membership", lookup],
    );
    catches(
      `${tenancy}alter table team_members enable row level security;
create policy "team" on team_members for select to authenticated using (${lookup});`,
      ["recursive-policy", lookup],
    );
  });

  test("a function that runs whatever it is given", () =>
    catches(
      `create function explain_analyze(query text) returns setof text language plpgsql as $$
begin
  return query execute 'explain analyze ' || query;
end $$;`,
      ["injectable-sql", "query;"],
    ));

  test("the same lookup in a table that lacks the column", () =>
    catches(
      `${tenancy.replace("(team_id uuid references teams, user_id", "(group_id uuid references teams, user_id").replace("key (team_id,", "key (group_id,")}create policy "team" on notes using (team_id in (select team_id from team_members where user_id = auth.uid() and status = 'active'));`,
      ["captured-column", "team_id from team_members"],
    ));

  test("a concurrent index amid other statements, in a file that the tool wraps", () => {
    const index = "create index concurrently users_email on users (email);";
    const base = "create table users (id uuid primary key, email text);";
    catches(
      `-- file: supabase/migrations/1_a.sql\n${base}\n-- file: supabase/migrations/2_b.sql\nalter table users add column name text;\n${index}\n`,
      ["concurrent-in-transaction", "concurrently users_email"],
    );
    catches(
      `-- file: db/migrations/1_a.sql\n-- +goose Up\n${base}\n-- file: db/migrations/2_b.sql\n-- +goose Up\n${index}\n`,
      ["concurrent-in-transaction", "concurrently users_email"],
    );
  });

  test("an index on a table that is in use", () =>
    catches(
      "-- file: supabase/migrations/1_a.sql\ncreate table users (id uuid primary key, email text);\n-- file: supabase/migrations/2_b.sql\ncreate index users_email on users (email);\n",
      ["blocking-index", "create index users_email"],
    ));

  test("a column, its data and its check in one transaction", () =>
    catches(
      `-- file: supabase/migrations/1_a.sql
create table users (id uuid primary key, name text);
-- file: supabase/migrations/2_b.sql
BEGIN;
ALTER TABLE users ADD COLUMN display_name text;
UPDATE users SET display_name = name WHERE display_name IS NULL;
ALTER TABLE users ADD CONSTRAINT display_name_length CHECK (length(display_name) < 50);
COMMIT;
-- file: supabase/migrations/3_c.sql
BEGIN;
ALTER TABLE users ADD COLUMN preferences jsonb DEFAULT '{}';
UPDATE users SET preferences = '{"theme": "dark"}' WHERE preferences = '{}';
ALTER TABLE users ADD CONSTRAINT preferences_there CHECK (preferences IS NOT NULL);
COMMIT;
`,
      ["held-lock", "UPDATE users SET display_name"],
      ["unbatched-backfill", "UPDATE users SET display_name"],
      ["blocking-constraint", "CHECK (length"],
      ["held-lock", "UPDATE users SET preferences"],
      ["unbatched-backfill", "UPDATE users SET preferences"],
      ["blocking-constraint", "CHECK (preferences"],
    ));

  test("a trigger's function that nobody made", () =>
    catches(
      "create table profiles (id uuid primary key, updated_at timestamptz);\ncreate trigger touch before update on profiles for each row execute function update_updated_at_column();\n",
      ["unknown-function", "update_updated_at_column()"],
    ));

  test("a function over tables that nobody made", () =>
    catches(
      `create table profiles (id uuid primary key);
create function stats(who uuid) returns bigint language sql stable as $$
  select count(*) from posts where author = who
$$;
create function loved(who uuid) returns setof bigint language plpgsql as $$
begin
  return query select count(*) from likes where author = who;
end $$;`,
      ["unknown-table", "posts where"],
      ["unknown-table", "likes where"],
    ));

  test("sync rules in a dialect that never was, which a fix turns into streams", () => {
    const text = `sync_rules:
  tables:
    profiles:
      columns: [id, username]
      parameters:
        user_id: token.sub
      data:
        - SELECT * WHERE id = $user_id
`;
    const named = `-- file: supabase/migrations/1_a.sql\ncreate table profiles (id uuid primary key, username text);\n# file: powersync/sync-config.yaml\n${text}`;
    catches(named, ["unknown-sync-key", "sync_rules"]);
    const fixes = allFindings(folderOf(filesOf(named))).flatMap((finding) =>
      finding.check === "unknown-sync-key" ? finding.fixes() : [],
    );
    assert.ok(
      fixes.some(({ edits }) => edits.some((one) => one.edits.some((edit) => /streams:/.test(edit.text)))),
      "no fix converts it",
    );
  });

  test("a profile that keeps its user from being deleted, and whose name stays taken", () =>
    catches(
      "create table profiles (id uuid references auth.users primary key, username text unique not null, deleted_at timestamptz);",
      ["fragile-auth-reference", "references auth.users"],
      ["soft-delete-unique", "unique not null", "hint"],
    ));

  test("an index of what is still active", () =>
    catches(
      "create table subscriptions (id uuid primary key, user_id uuid, status text, expires_at timestamptz);\ncreate index active on subscriptions (user_id) where status = 'active' and expires_at > now();",
      ["volatile-index", "now()"],
    ));
});

/** What the first design takes for granted: the tables that its migrations name and do not make. */
const given = {
  path: "supabase/migrations/20251231090000_given.sql",
  text: `create table users (id uuid primary key default gen_random_uuid(), email text, dark_mode boolean);
create table posts (id uuid primary key, user_id uuid not null references users, created_at timestamptz not null, deleted_at timestamptz);
create table likes (id uuid primary key, post_id uuid not null references posts);
create table subscriptions (id uuid primary key, user_id uuid not null references users, status text, expires_at timestamptz);
create table team_members (team_id uuid, user_id uuid references auth.users on delete cascade, status text not null, primary key (team_id, user_id));
create table team_data (id uuid primary key, team_id uuid not null);
`,
};

const design = "test/fixtures/workspaces/seed";
const designFiles = readdirSync(design, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(sql|ya?ml)$/.test(file))
  .map((file) => ({ path: file.split(path.sep).join("/"), text: readFileSync(path.join(design, file), "utf8") }));

suite("a first design, as it was drawn", function () {
  this.timeout(60_000);

  test("each of its errors is found", () =>
    catchesIn(folderOf(designFiles), [
      ["borrowed-syntax", "INDEX idx_username", "error"],
      ["borrowed-syntax", "INDEX idx_created_at", "error"],
      ["unknown-function", "update_updated_at_column()", "error"],
      ["open-policy", 'CREATE POLICY "Users can view public profiles"'],
      ["blocked-soft-delete", 'CREATE POLICY "Users can view public profiles"', "warning"],
      ["per-row-auth-call", "auth.uid() = id", "warning"],
      ["roleless-policy", 'CREATE POLICY "Users can update own profile"', "info"],
      ["unknown-table", "team_data FOR ALL", "error"],
      ["unknown-table", "team_members", "error"],
      ["per-row-auth-call", "auth.uid()", "warning"],
      ["roleless-policy", 'CREATE POLICY "Efficient team access"', "info"],
      ["unknown-table", "likes l", "error"],
      ["concurrent-in-transaction", "CONCURRENTLY idx_posts_user_created", "error"],
      ["unknown-table", "subscriptions(user_id)", "error"],
      ["volatile-index", "NOW()", "error"],
      ["blocking-index", "CREATE INDEX idx_active_subscriptions", "warning"],
      ["blocking-index", "CREATE INDEX idx_email_lower", "warning"],
      ["held-lock", "UPDATE users", "warning"],
      ["blocking-constraint", "CONSTRAINT preferences_not_null", "warning"],
      ["unknown-type", "order_stat NOT NULL", "error"],
      ["unknown-role", "authenticatd", "error"],
      ["unready-enum-value", "'sent';", "error"],
      ["accidental-overload", "order_total(order_id UUID, with_shipping", "warning"],
      ["unknown-sync-key", "sync_rules", "error"],
    ]));

  test("its fixes, one after the other, leave migrations that PostgreSQL runs and nothing that a fix could cure", async () => {
    let folder = folderOf([given, ...designFiles]);
    catchesIn(folder, [
      ["unindexed-foreign-key", "references users, created_at", "warning"],
      ["dormant-policy", 'CREATE POLICY "Efficient team access"', "error"],
      ["unbatched-backfill", "UPDATE users", "info"],
    ]);
    const request = () => requestOf(folder, given.path);
    const replays = makeReplays([request()]);
    try {
      const refused = (await replays.replay(request())).map(({ message }) => message);
      assert.ok(refused.length >= 6, refused.join("\n"));
      const applied: string[] = [];
      for (let next = nextFix(folder); next !== undefined; next = nextFix(folder)) {
        const [fix] = next.fixes();
        assert.ok(fix !== undefined && applied.length < 100, applied.join("\n"));
        applied.push(`${next.check}: ${fix.title}`);
        folder = applyFix(folder, fix);
      }
      for (const rows of [undefined, "with rows"] as const)
        assert.deepEqual(await replays.replay(request(), rows), [], applied.join("\n"));
      const left = allFindings(folder).filter(({ uri }) => uri.endsWith(".sql"));
      assert.deepEqual(
        left.filter(({ severity }) => severity === "error" || severity === "warning").map(({ message }) => message),
        [],
      );
    } finally {
      await replays.close();
    }
  });
});

/** The finding to be cured next: of the newest migration first, since a fix may leave an older one to a new one. */
function nextFix(folder: Folder): Finding | undefined {
  return allFindings(folder)
    .filter(({ uri, fixes }) => uri.endsWith(".sql") && fixes().length > 0)
    .sort((a, b) => (a.uri < b.uri ? 1 : a.uri > b.uri ? -1 : 0))[0];
}
