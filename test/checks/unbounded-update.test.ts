import { check } from "../support/checks.js";

suite("unbounded-update", () => {
  test("takes a constant for no condition, and a subquery or a join for one", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, seen boolean);
-- file: supabase/migrations/2_fill.sql
update note set seen = true where 1 = 1;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unbounded-update
delete from note where id in (select 1);
update note set seen = true where seen is null;
`,
      "unbounded-update",
    ));
});
