import assert from "node:assert/strict";
import { allFindings, filesOf, folderOf, obeysLaws } from "./support/checks.js";

/** The titles and new files of all fixes of a check, after each was held against the laws. */
function cures(name: string, text: string): readonly (readonly [string, ...string[]])[] {
  const folder = folderOf(filesOf(text));
  return allFindings(folder)
    .filter(({ check }) => check === name)
    .flatMap((finding) =>
      finding.fixes().map((fix): readonly [string, ...string[]] => {
        obeysLaws(folder, finding, fix);
        const paths = fix.creates.map(({ uri }) => decodeURIComponent(uri.slice(folder.root.length + 1)));
        return [fix.title, ...paths];
      }),
    );
}

const tables = "create table a (id int primary key);\ncreate table b (id int primary key, a_id int references a);\n";
const concurrently = "Create an index on b (a_id) concurrently in a new migration";

suite("placing of fixes", () => {
  test("numbers Flyway's next version after the newest one, whatever repeatable migrations there are", () =>
    assert.deepEqual(
      cures(
        "unindexed-foreign-key",
        `-- file: sql/V9__a.sql\n${tables}-- file: sql/V10__b.sql\nselect 1;\n-- file: sql/R__v2.sql\ncreate or replace view v as select id from a;\n`,
      ),
      [[concurrently, "sql/V11__index_b_a_id.sql"]],
    ));

  test("takes no number of a description for a part of the version", () =>
    assert.deepEqual(
      cures(
        "unindexed-foreign-key",
        `-- file: supabase/migrations/20260101000000_a.sql\n${tables}-- file: supabase/migrations/20260102000000_2026_plans.sql\nselect 1;\n`,
      ),
      [[concurrently, "supabase/migrations/20260102000001_index_b_a_id.sql"]],
    ));

  test("goes on from a number with anything behind it", () =>
    assert.deepEqual(
      cures(
        "unindexed-foreign-key",
        `-- file: my #%é/migrations/001 a#1.sql\n${tables}-- file: my #%é/migrations/002%20b.sql\nselect 1;\n`,
      ),
      [[concurrently, "my #%é/migrations/003_index_b_a_id.sql"]],
    ));

  test("offers no new migration that would not come last", () =>
    assert.deepEqual(
      cures(
        "unindexed-foreign-key",
        `-- file: migrations/tables.sql\n${tables}-- file: migrations/views.sql\nselect 1;\n`,
      ),
      [],
    ));

  test("offers no new migration on what a later one drops or renames", () => {
    const history = (later: string): string =>
      `-- file: migrations/1_a.sql\n${tables}-- file: migrations/2_b.sql\nalter table b alter column a_id set not null;\n-- file: migrations/3_c.sql\n${later};\n`;
    assert.equal(cures("blocking-not-null", history("select 1")).length, 1);
    for (const later of ["drop table b", "alter table b rename to c", "alter table b drop column a_id"])
      assert.deepEqual(cures("blocking-not-null", history(later)), [], later);
  });

  test("offers nothing that must run alone where the tool wraps everything", () =>
    assert.deepEqual(
      cures(
        "unindexed-foreign-key",
        `-- file: drizzle/0000_a.sql\n${tables}-- file: drizzle/0001_b.sql\nselect 1;\n-- file: drizzle/meta/_journal.json\n{}\n`,
      ),
      [],
    ));

  test("ends lines as the file does that is edited, or that a new one stands beside", () => {
    const path = "supabase/migrations/20260101000000_a.sql";
    const folder = folderOf([{ path, text: tables.replaceAll("\n", "\r\n") }]);
    const finding = allFindings(folder).find(({ check }) => check === "unindexed-foreign-key");
    const texts = (finding?.fixes() ?? []).flatMap(({ edits, creates }) => [
      ...edits.flatMap((one) => one.edits.map(({ text }) => text)),
      ...creates.map(({ text }) => text),
    ]);
    assert.deepEqual(texts, [";\r\ncreate index on b (a_id)", "create index concurrently on b (a_id);\r\n"]);
  });

  test("says where a new file must be entered", () =>
    assert.deepEqual(
      cures(
        "unindexed-foreign-key",
        `-- file: sqitch.plan\n%project=x\n\na 2026-01-01T00:00:00Z a <a@b>\nb 2026-01-01T00:00:00Z a <a@b>\n-- file: deploy/a.sql\n${tables}-- file: deploy/b.sql\nselect 1;\n`,
      ),
      [[`${concurrently} (to be entered in sqitch.plan)`, "deploy/index_b_a_id.sql"]],
    ));

  test("offers nothing that would write the stand-in of a placeholder", () => {
    const text = (schema: string): string =>
      `-- file: migrations/1_a.sql\ncreate table ${schema}.a (id int primary key, a_id int references ${schema}.a);\n`;
    assert.deepEqual(cures("unindexed-foreign-key", text(":APP_SCHEMA")), []);
    assert.equal(cures("unindexed-foreign-key", text("_app")).length, 2);
  });
});
