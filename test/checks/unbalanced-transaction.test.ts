import { check, checkFix } from "../support/checks.js";

const name = "unbalanced-transaction";
const one = "select 1;\n";

suite(name, () => {
  test("what has no partner is marked", () => {
    check(`-- é\nbegin;\n-- <^ ${name}\n${one}`, name);
    check(`${one}rollback;\n-- <^^^^ ${name}\n`, name);
    check(`start transaction;\n${one}begin work;\n-- <^^^^^^ ${name}\ncommit;`, name);
    check(`begin;\ncommit and chain;\n${one}end;\nend;\n--^ ${name}`.replace("--^", "-- <"), name);
  });

  test("a tool that opens a transaction itself needs no other", () =>
    check(
      `-- file: db/migrations/1_a.sql\n-- +goose Up\nbegin;\n-- <^ ${name}\n${one}commit;\n-- file: db/migrations/2_b.sql\n-- +goose NO TRANSACTION\n-- +goose Up\nbegin;\n${one}commit;\n-- +goose Down\nrollback;`,
      name,
    ));

  test("pairs, savepoints and bodies are left alone", () =>
    check(
      `begin;\nsavepoint a;\nrollback to a;\nrelease a;\n${one}commit;\nstart transaction;\nrollback;\ndo $$ begin commit; end $$;`,
      name,
    ));

  test("it is paired, or goes", () => {
    checkFix(`BEGIN;\n${one}`, `BEGIN;\nselect 1;\nCOMMIT;\n`, name);
    checkFix(`${one}commit;\n${one}`, `${one}${one}`, name);
    checkFix(
      `-- file: db/migrations/1_a.sql\n-- +goose Up\nbegin;\n${one}commit;\n`,
      `-- file: db/migrations/1_a.sql\n-- +goose Up\n${one}`,
      name,
    );
  });
});
