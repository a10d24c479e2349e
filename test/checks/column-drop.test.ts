import assert from "node:assert/strict";
import { allFindings, check, filesOf, folderOf } from "../support/checks.js";

const only = "column-drop";

suite("column-drop", () => {
  test("points at each column, quoted, in a schema, behind a broken statement", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table app."Note é" (id int primary key, "Da" int, b int, c int);
-- file: supabase/migrations/2_drop.sql
creat table x;
/* 😀 */ alter table app."Note é" drop column "Da", alter column b drop default, drop if exists c cascade, drop column if exists d;
--                                ^^^^^^^^^^^^^^^^ column-drop
--                                                                               ^^^^^^^^^^^^^^^^^^^^^^^^ column-drop
`,
      only,
    ));

  test("is silent for what came in the same change, a swap, a view and a temporary table", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, a int);
-- file: supabase/migrations/2_drop.sql
alter table note add column b int;
alter table note drop column b;
alter table note drop column a, add column a bigint;
create temporary table batch (id int, a int);
alter table batch drop column a;
`,
      only,
    ));

  test("does not say that values are gone which the file may have copied", () => {
    const told = (copy: string) =>
      allFindings(
        folderOf(
          filesOf(`\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, label text, title text);
-- file: supabase/migrations/2_drop.sql
${copy}
alter table note drop column label;
`),
        ),
      ).find((one) => one.check === only)?.message;
    assert.match(told("update note set title = label;") ?? "", /^Apps that are out there/);
    assert.match(told("update note set title = labels;") ?? "", /^The values of `note\.label` are gone/);
  });
});
