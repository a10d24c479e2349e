import { check } from "../support/checks.js";

const name = "rewritten-history";
const folder = "supabase/migrations";
const merged = (file: string, text: string): string => `-- merged: ${folder}/${file}\n${text}\n`;
const here = (file: string, text: string): string => `-- file: ${folder}/${file}\n${text}\n`;
const table = "create table post (id uuid primary key);";

suite(name, () => {
  test("the first statement that was changed is marked", () => {
    check(
      `${merged("1_a.sql", `${table}\nselect 1;`)}${here("1_a.sql", `-- é\n${table}\nselect 2;\n-- <^^^^ ${name}\nselect 3;`)}`,
      name,
    );
    check(
      `${merged("1_a.sql", `${table}\nselect 1;`)}${here("1_a.sql", `${table}\n-- <${"^".repeat(table.length - 4)} ${name}`)}`,
      name,
    );
  });

  test("comments, layout and the case of key words are no change", () =>
    check(
      `${merged("1_a.sql", `${table}\n-- migrate:down`)}${here("1_a.sql", `/* é */ CREATE TABLE post\n  (id uuid PRIMARY KEY);`)}`,
      name,
    ));

  test("one that is gone is told where it stood, unless all are", () => {
    const text = `${merged("1_a.sql", table)}${merged("2_b.sql", "select 1;")}`;
    check(`${text}${here("1_a.sql", table)}${here("3_c.sql", `select 3;\n-- <^^^^^ ${name}`)}`, name);
    check(`${text}${here("3_c.sql", table)}`, name);
    check(`${text.replaceAll("2_b.sql", "2_b.down.sql")}${here("1_a.sql", table)}`, name);
  });

  test("a new one comes behind all that are merged, with a version of its own", () => {
    const first = `${merged("2_b.sql", table)}${here("2_b.sql", table)}`;
    check(`${first}${here("1_a.sql", `select 1;\n-- <^^^^^ ${name}`)}`, name);
    check(`${first}${here("2_c.sql", `select 1;\n-- <^^^^^ ${name}`)}`, name);
    check(`${first}${here("3_c.sql", "select 1;")}${here("3_d.sql", "select 1;")}`, name);
  });

  test("what git does not tell, or is not to be asked, is left alone", () => {
    check(`${here("1_a.sql", table)}${here("0_b.sql", "select 1;")}`, name);
    check(
      `# file: data-orchestrator.yaml\napplied: unknown\n${merged("1_a.sql", "select 1;")}${here("1_a.sql", table)}`,
      name,
    );
  });
});
