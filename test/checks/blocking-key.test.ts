import { check, checkFix } from "../support/checks.js";

suite("blocking-key", () => {
  test("marks the key in the statement, or in the column it comes with", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int not null, "Slug" text);
-- file: supabase/migrations/2_keys.sql
alter table note add primary key (id), add column code text unique;
--                   ^^^^^^^^^^^^^^^^ blocking-key
--                                                          ^^^^^^ blocking-key
alter table note add constraint by_slug unique using index some_index;
`,
      "blocking-key",
    ));

  test("builds the index first, in two migrations when the file is wrapped", () =>
    checkFix(
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key, slug text);\n-- file: supabase/migrations/2_key.sql\nselect 1;\nalter table note add unique (slug);\n",
      "-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key, slug text);\n-- file: supabase/migrations/2_key.sql\nselect 1;\n-- file: supabase/migrations/3_index_note_slug_key.sql\ncreate unique index concurrently note_slug_key on note (slug);\n-- file: supabase/migrations/4_note_slug_key.sql\nset lock_timeout = '5s';\nalter table note add constraint note_slug_key unique using index note_slug_key;\n",
      "blocking-key",
    ));

  test("says nothing of a key or a column that is there", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, handle text unique);
-- file: supabase/migrations/2_dump.sql
create table if not exists note (id int, handle text);
alter table only note add constraint other_pkey primary key (id);
alter table only note add constraint note_handle_key unique (handle);
alter table note add column if not exists handle text unique;
alter table note add constraint note_id_handle_key unique (id, handle);
--                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blocking-key
`,
      "blocking-key",
    ));
});
