import { check, checkFix } from "../support/checks.js";

const name = "accidental-overload";
const first = (list: string): string =>
  `-- file: supabase/migrations/1_a.sql\ncreate function find(${list}) returns int language sql as 'select 1';\n-- file: supabase/migrations/2_b.sql\n`;
const body = "returns int language sql as 'select 2';";

suite(name, () => {
  test("another argument, another type or fewer arguments leave the old function", () => {
    check(
      `${first("a text")}-- é\ncreate or replace function find(a text, b int) ${body}\n--                         ^^^^ ${name}`,
      name,
    );
    check(
      `${first("a text, b int")}create or replace function public.find(a text) ${body}\n--                                ^^^^ ${name}`,
      name,
    );
    check(
      `${first("a int")}create or replace function find(a bigint) ${body}\n--                         ^^^^ ${name}`,
      name,
    );
  });

  test("the same function, another one, or one that goes is left alone", () => {
    check(`${first("a text")}create or replace function find(a text default 'x', out b int) ${body}`, name);
    check(`${first("a text")}create function find(a text, b int) ${body}`, name);
    // For the caller, or for anybody.
    check(`${first("")}create or replace function find(a text) ${body}`, name);
    check(`${first("a text")}create or replace function find() ${body}`, name);
    check(`${first("")}create or replace function find(a text, b int default 1) ${body}`, name);
    check(
      `${first("")}create or replace function find(a text default '') ${body}\n--                         ^^^^ ${name}`,
      name,
    );
    check(`${first("a text")}create or replace function find(other uuid) ${body}`, name);
    check(`${first("a text")}create or replace function other.find(a text, b int) ${body}`, name);
    check(`${first("a text")}create or replace function find(a text, b int) ${body}\ndrop function find(text);`, name);
  });

  test("the old one is dropped first", () =>
    checkFix(
      `${first("a text")}CREATE OR REPLACE FUNCTION find(a text, b int) ${body}\n`,
      `${first("a text")}DROP FUNCTION find(text);\nCREATE OR REPLACE FUNCTION find(a text, b int) ${body}\n`,
      name,
    ));
});
