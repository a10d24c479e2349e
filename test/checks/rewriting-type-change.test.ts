import { check } from "../support/checks.js";

suite("rewriting-type-change", () => {
  test("marks the type without its USING, and knows what is free", () =>
    check(
      `\
-- file: supabase/migrations/1_init.sql
create table note (id int primary key, a varchar(9), b numeric(4, 1), c timestamp, d text, e cidr);
-- file: supabase/migrations/2_types.sql
alter table note alter a type varchar(99), alter b type numeric(6, 1), alter c type timestamptz, alter e type inet;
alter table note alter a type varchar(5), alter b type numeric(6, 2), alter d type jsonb using d::jsonb;
--                            ^^^^^^^^^^ rewriting-type-change
--                                                     ^^^^^^^^^^^^^ rewriting-type-change
--                                                                                 ^^^^^ rewriting-type-change
`,
      "rewriting-type-change",
    ));
});
