import { check, checkFix } from "../support/checks.js";

const only = "soft-delete-unique";

suite("soft-delete-unique", () => {
  test("points at the key, and tells the three forms", () =>
    check(
      `\
create table "Note é" (
  id uuid primary key,
  "Name" text unique,
--            ^^^^^^ soft-delete-unique
  slug text,
  deleted_at timestamptz,
  constraint once unique (slug, deleted_at)
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ soft-delete-unique
);
create unique index low on "Note é" (lower("Name"));
create unique index live on "Note é" (slug) where "Note é".deleted_at is null;
create unique index with_id on "Note é" (id, slug);
create table parent (id uuid primary key, name text unique, archived_at date);
create table child (id uuid primary key, name text references parent (name));
create table plain (id uuid primary key, name text unique, deleted_at timestamptz not null);
create table flag (id uuid primary key, name text, is_deleted boolean, unique (name, is_deleted));
--                                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^ soft-delete-unique
`,
      only,
    ));

  test("makes it a partial index where it is made", () => {
    checkFix(
      "CREATE TABLE note (\n  id uuid PRIMARY KEY,\n  name text CONSTRAINT once UNIQUE NOT NULL,\n  deleted_at timestamptz\n);\n",
      "CREATE TABLE note (\n  id uuid PRIMARY KEY,\n  name text NOT NULL,\n  deleted_at timestamptz\n);\nCREATE UNIQUE INDEX once ON note (name) WHERE deleted_at IS NULL;\n",
      only,
    );
    checkFix(
      "create table note (id uuid primary key, a text, deleted_at timestamptz, unique (a, deleted_at));\n",
      "create table note (id uuid primary key, a text, deleted_at timestamptz);\ncreate unique index note_a_deleted_at_key on note (a) where deleted_at is null;\n",
      only,
    );
  });

  test("makes the successor first, and then drops the old one, behind older migrations", () => {
    const files =
      '-- file: supabase/migrations/1_a.sql\ncreate table note (id uuid primary key, "A" text unique, is_deleted boolean);\n-- file: supabase/migrations/2_b.sql\nselect 1;\n';
    checkFix(
      files,
      `${files}-- file: supabase/migrations/3_note_a_live.sql\ncreate unique index concurrently "note_A_live" on note ("A") where not is_deleted;\n-- file: supabase/migrations/4_drop_note_a_key.sql\nset lock_timeout = '5s';\nalter table note drop constraint "note_A_key";\n`,
      only,
    );
  });

  test("is silent for what nobody asks for a second time", () =>
    check(
      `\
create table person (id uuid primary key);
create table note (id uuid primary key, invite_token text unique, feed_url text unique, stripe_id text unique, deleted_at timestamptz, person_id uuid unique references person);
--                                                                                                                                                    ^^^^^^^^^^^^^^^^^^^^^^^^ soft-delete-unique
create table deleted_notes (id uuid primary key, name text unique, deleted_at timestamptz);
`,
      only,
    ));
});
