import { check, checkFix } from "../support/checks.js";

suite("concurrent-in-transaction", () => {
  test("marks the word, in a transaction that the file opens or the runner adds", () =>
    check(
      `\
-- file: migrations/1_a.sql
begin;
create index concurrently a on t (b);
--           ^^^^^^^^^^^^ concurrent-in-transaction
commit;
create index concurrently c on t (d);
`,
      "concurrent-in-transaction",
    ));

  test("is silent where nobody knows, where the statement stands alone, and below a rollback", () =>
    check(
      `\
-- file: migrations/1_a.sql
create index concurrently a on t (b);
select 1;
-- file: supabase/migrations/1_b.sql
create index concurrently b on t (b);
-- file: db/migrations/1_c.sql
-- +goose Up
select 1;
-- +goose Down
drop index concurrently c;
`,
      "concurrent-in-transaction",
    ));

  test("moves the statement, with goose's word for running outside a transaction", () =>
    checkFix(
      "-- file: db/migrations/00001_a.sql\n-- +goose Up\nselect 1;\nvacuum t;\n",
      "-- file: db/migrations/00001_a.sql\n-- +goose Up\nselect 1;\n-- file: db/migrations/00002_vacuum.sql\n-- +goose NO TRANSACTION\n-- +goose Up\nvacuum t;\n\n-- +goose Down\n",
      "concurrent-in-transaction",
    ));
});
