import { check, checkFix } from "../support/checks.js";

suite("blocking-not-null", () => {
  test("marks the clause, and trusts a check that is valid, alone or beside others", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, a text, b text, c text);
alter table note add constraint a_there check (a is not null and length(a) > 0);
alter table note add constraint b_there check (b is not null) not valid;
-- file: supabase/migrations/2_not_null.sql
alter table note alter a set not null, alter b set not null;
--                       ^^^^^^^^^^^^ blocking-not-null
`,
      "blocking-not-null",
    ));

  test("takes three migrations, so that no lock waits for the reading", () =>
    checkFix(
      '-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key, "Body" text);\n-- file: supabase/migrations/2_not_null.sql\nalter table note alter column "Body" set not null;\n',
      '-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key, "Body" text);\n-- file: supabase/migrations/2_not_null.sql\nalter table note add constraint "note_Body_not_null" check ("Body" is not null) not valid;\n-- file: supabase/migrations/3_validate_note_body.sql\nalter table note validate constraint "note_Body_not_null";\n-- file: supabase/migrations/4_note_body_not_null.sql\nset local lock_timeout = \'5s\';\nalter table note alter column "Body" set not null;\n\nalter table note drop constraint "note_Body_not_null";\n',
      "blocking-not-null",
    ));
});
