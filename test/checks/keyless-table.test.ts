import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = "keyless-table";

suite("keyless-table", () => {
  test("points at the head of the statement", () =>
    check(
      `\
create table if not exists public."Note é" (
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ keyless-table
  a int
);
create table copied as select 1 as a;
-- <^^^^^^^^^^^^^^^ keyless-table
create table keyed (a int, b int, primary key (a, b));
create table event (at date) partition by range (at);
-- <^^^^^^^^^^^^^^ keyless-table
create table event_1 partition of event for values from ('2026-01-01') to ('2026-02-01');
create table child () inherits (keyed);
create unlogged table cache (a int);
`,
      only,
    ));

  const severity = (more: string): string | undefined =>
    allFindings(folderOf(filesOf(`-- file: supabase/migrations/1_a.sql\ncreate table note (a int);\n${more}`))).find(
      (one) => one.check === only,
    )?.severity;

  test("is an error once it is published or synced", () => {
    assert.equal(severity(""), "info");
    assert.equal(severity("create publication p for table note;"), "error");
    assert.equal(severity("create publication p for all tables;"), "error");
    assert.equal(severity("create publication p for table note with (publish = 'insert');"), "info");
    assert.equal(severity("create publication p for table note;\nalter table note replica identity full;"), "info");
    assert.equal(
      severity(
        "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  n:\n    query: SELECT a AS id FROM note\n",
      ),
      "error",
    );
  });

  test("gives it a uuid key before the other columns", () => {
    checkFix(
      "CREATE TABLE note (\n  -- é\n  a int,\n  b int\n);\n",
      "CREATE TABLE note (\n  -- é\n  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),\n  a int,\n  b int\n);\n".replace(
        "id UUID",
        "id UUID",
      ),
      only,
    );
    checkFix(
      "create table note (a int);\n",
      "create table note (id uuid primary key default gen_random_uuid(), a int);\n",
      only,
    );
  });

  test("makes `id` the key, in place or by way of an index", () => {
    checkFix(
      "create table note (\n  id int not null,\n  a int\n);\n",
      "create table note (\n  id int not null primary key,\n  a int\n);\n",
      only,
    );
    const files =
      "-- file: supabase/migrations/1_a.sql\ncreate table note (id int not null);\n-- file: supabase/migrations/2_b.sql\nselect 1;\n";
    checkFix(
      files,
      `${files}-- file: supabase/migrations/3_index_note_id.sql\ncreate unique index concurrently note_pkey on note (id);\n-- file: supabase/migrations/4_note_key.sql\nset lock_timeout = '5s';\nalter table note add constraint note_pkey primary key using index note_pkey;\n`,
      only,
    );
  });

  test("uses a unique index that is there", () =>
    checkFix(
      '-- file: supabase/migrations/20270101000000_example.sql\ncreate table note (a int not null);\ncreate unique index "A" on note (a);\n',
      '-- file: supabase/migrations/20270101000000_example.sql\ncreate table note (a int not null);\ncreate unique index "A" on note (a);\n'.concat(
        "-- file: supabase/migrations/20270101000001_note_key.sql\nset lock_timeout = '5s';\nalter table note add primary key using index \"A\";\n",
      ),
      only,
    ));

  test("is silent for what Prisma makes by itself", () =>
    check(
      `\
-- file: prisma/migrations/20260101000000_init/migration.sql
CREATE TABLE "_NoteToTag" ("A" TEXT NOT NULL, "B" TEXT NOT NULL);
CREATE TABLE "_Note" ("A" TEXT NOT NULL);
-- <^^^^^^^^^^^^^^^^ keyless-table
`,
      only,
    ));
});
