import { check, checkFix } from "../support/checks.js";

const only = "unvalidated-constraint";
const start = `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table app."Note é" (id int primary key, room int, size int);
`;

suite("unvalidated-constraint", () => {
  test("points at each constraint, and knows what is validated since", () =>
    check(
      `${start}\
-- file: supabase/migrations/2_keys.sql
alter table app."Note é" add constraint "Big 😀" check (size > 3) not valid, add foreign key (room) references app."Note é" not valid, add check (id > 0) not valid;
--                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unvalidated-constraint
--                                                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unvalidated-constraint
-- file: supabase/migrations/3_validate.sql
alter table app."Note é" validate constraint "Note é_id_check";
`,
      only,
    ));

  test("is silent for the newest migration, for NOT ENFORCED, and in a single script", () => {
    check(
      `${start}\
alter table app."Note é" add check (size > 3) not enforced;
-- file: supabase/migrations/2_keys.sql
alter table app."Note é" add check (size > 3) not valid;
`,
      only,
    );
    check("create table note (id int primary key);\nalter table note add check (id > 3) not valid;\n", only);
  });

  test("validates it in a new migration", () =>
    checkFix(
      `${start}ALTER TABLE app."Note é" ADD CONSTRAINT "Big" CHECK (size > 3) NOT VALID;\n-- file: supabase/migrations/2_more.sql\nselect 1;\n`,
      `${start}ALTER TABLE app."Note é" ADD CONSTRAINT "Big" CHECK (size > 3) NOT VALID;\n-- file: supabase/migrations/2_more.sql\nselect 1;\n-- file: supabase/migrations/3_validate_big.sql\nalter table app."Note é" validate constraint "Big";\n`,
      only,
    ));
});
