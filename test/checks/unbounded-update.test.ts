import assert from "node:assert/strict";
import { allFindings, check, filesOf, folderOf } from "../support/checks.js";

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

  test("is louder about rows that go than about rows that change", () => {
    const severity = (statement: string) =>
      allFindings(
        folderOf(
          filesOf(
            `-- file: supabase/migrations/1_init.sql\ncreate table note (id int primary key, a int);\n-- file: supabase/migrations/2_all.sql\n${statement};`,
          ),
        ),
      ).find((one) => one.check === "unbounded-update")?.severity;
    assert.equal(severity("delete from note"), "warning");
    assert.equal(severity("update note set a = 1"), "info");
  });
});
