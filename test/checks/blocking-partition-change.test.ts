import { check, checkFix } from "../support/checks.js";

const name = "blocking-partition-change";
const first = (list: string): string => `-- file: supabase/migrations/1_a.sql
create table "Visit" (at date not null, who int) partition by ${list};
create table filled (at date not null, who int);
create table checked (at date not null, who int, constraint b check (at >= '2026-01-01' and at < '2027-01-01'));
-- file: supabase/migrations/20270101000000_b.sql
`;
const bounds = "for values from ('2026-01-01') to ('2027-01-01')";
const mark = (statement: string): string => `${statement};\n-- <${"^".repeat(statement.length - 4)} ${name}`;

suite(name, () => {
  test("a filled table without a check that fits", () => {
    check(`${first("range (at)")}-- é\n${mark(`alter table public."Visit" attach partition filled ${bounds}`)}`, name);
    check(
      `${first("range (at)")}${mark(`alter table "Visit" attach partition checked ${bounds.replace("2027", "2028")}`)}`,
      name,
    );
    check(`${first("list (who)")}${mark('alter table "Visit" attach partition filled for values in (1, 2)')}`, name);
    check(`${first("range (at)")}alter table "Visit" attach partition checked ${bounds};`, name);
    check(
      `${first("range (at)")}alter table checked add check (who > 0);\nalter table "Visit" attach partition filled default;`,
      name,
    );
    check(
      `${first("range (at)")}create table fresh (at date not null, who int);\nalter table "Visit" attach partition fresh ${bounds};`,
      name,
    );
  });

  test("a default partition is read too", () => {
    const rest = `create table rest partition of "Visit" default;\n`;
    check(
      `${first("range (at)").replace("create table filled", `${rest}create table filled`)}${mark(`alter table "Visit" attach partition checked ${bounds}`)}`,
      name,
    );
    check(`${first("range (at)")}${rest}alter table "Visit" attach partition checked ${bounds};`, name);
  });

  test("DETACH, unless it is CONCURRENTLY", () => {
    check(`${first("range (at)")}${mark('alter table "Visit" detach partition filled')}`, name);
    check(`${first("range (at)")}alter table "Visit" detach partition filled concurrently;`, name);
  });

  test("the rows are checked first, in the words of the bounds", () => {
    const before = first("range (at)");
    checkFix(
      `${before}ALTER TABLE "Visit" ATTACH PARTITION filled FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);\n`,
      `${before}-- file: supabase/migrations/20270101000001_bounds_of_filled.sql
SET lock_timeout = '5s';
ALTER TABLE filled ADD CONSTRAINT filled_bounds CHECK (at IS NOT NULL AND at >= '2026-01-01') NOT VALID;
-- file: supabase/migrations/20270101000002_validate_bounds_of_filled.sql
ALTER TABLE filled VALIDATE CONSTRAINT filled_bounds;
-- file: supabase/migrations/20270101000003_attach_filled.sql
ALTER TABLE "Visit" ATTACH PARTITION filled FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);

SET LOCAL lock_timeout = '5s';
ALTER TABLE filled DROP CONSTRAINT filled_bounds;
`,
      name,
    );
    checkFix(
      `${before}alter table "Visit" detach partition filled;\n`,
      `${before}-- file: supabase/migrations/20270101000001_detach_concurrently.sql\nalter table "Visit" detach partition filled concurrently;\n`,
      name,
    );
  });
});
