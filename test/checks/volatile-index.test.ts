import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = "volatile-index";
const table = `\
create table note (id int primary key, z timestamptz, p timestamp(3), d date, x text, j jsonb);
create function plain(a text) returns text language plpgsql as $$ begin return a; end $$;
create function fixed(a text) returns text language plpgsql immutable as $$ begin return a; end $$;
create function short(a text) returns text language sql as $$ select lower(a) $$;
`;

suite("volatile-index", () => {
  test("points at the part, behind other letters and in quotes", () =>
    check(
      `\
create table "Note é" (id int primary key, "At" timestamptz, x text);
create index "é 😀" on "Note é" (id) where x = '😀' and "At" < now() + interval '1 day';
--                                                             ^^^^^ volatile-index
create index on public."Note é" (lower(x), ("At"::date));
--                                          ^^^^^^^^^^ volatile-index
`,
      only,
    ));

  const refuses = (expression: string): boolean =>
    allFindings(folderOf(filesOf(`${table}create index on note ((${expression}));`))).some((one) => one.check === only);

  // What PostgreSQL 17 refuses (42P17) and takes, tried there.
  test("refuses what PostgreSQL refuses", () => {
    for (const expression of [
      "z::date",
      "date(z)",
      "date_trunc('day', z)",
      "extract(epoch from z)",
      "z + interval '1 day'",
      "d::text",
      "x::date",
      "(j->>'a')::timestamptz",
      "to_char(p, 'YYYY')",
      "concat(x, x)",
      "format('%s', x)",
      "to_tsvector(x)",
      "plain(x)",
      "p::timestamptz",
      "current_date - d",
      "z > d",
    ])
      assert.ok(refuses(expression), expression);
  });

  test("takes what PostgreSQL takes", () => {
    for (const expression of [
      "p::date",
      "date_trunc('day', p)",
      "date_trunc('day', z, 'UTC')",
      "extract(day from p)",
      "(z at time zone 'UTC')::date",
      "p + interval '1 day'",
      "(j->>'a')::int",
      "x || x",
      "to_tsvector('english', x)",
      "fixed(x)",
      "short(x)",
      "d + 1",
      "z > '2026-01-01'::timestamptz",
      "x::uuid",
      "somebodys(z)",
    ])
      assert.ok(!refuses(expression), expression);
  });

  test("takes the moment out of the predicate and the column into the key", () => {
    checkFix(
      `${table}CREATE INDEX soon ON note (id) WHERE (x = 'a' OR x = 'b') AND z > now() AND d IS NULL;\n`,
      `${table}CREATE INDEX soon ON note (id, z) WHERE (x = 'a' OR x = 'b') AND d IS NULL;\n`,
      only,
    );
    checkFix(
      `${table}create unique index soon on note (x) where z > now();\n`,
      `${table}create unique index soon on note (x);\n`,
      only,
    );
  });

  test("cuts a time in UTC", () =>
    checkFix(
      `${table}create index day on note (date_trunc('day', note.z));\n`,
      `${table}create index day on note (date_trunc('day', (note.z at time zone 'UTC')));\n`,
      only,
    ));
});
