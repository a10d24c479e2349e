import { check, checkFix } from "../support/checks.js";

const only = "exposed-sensitive-column";
const open = (columns: string): string => `\
create table profiles (id uuid primary key, ${columns});
alter table profiles enable row level security;
grant select on profiles to authenticated;
create policy seen on profiles for select to authenticated using (true);
`;

suite("exposed-sensitive-column", () => {
  test("says which column, behind an é and a 😀", () =>
    check(
      `\
-- é 😀
create table profiles (id uuid primary key, name text, api_key text, card_number text);
--                                                     ^^^^^^^ exposed-sensitive-column
alter table profiles enable row level security;
grant select on profiles to authenticated;
create policy seen on profiles for select to authenticated using (true);
alter table profiles add column "ssn" text;
`,
      only,
    ));

  test("is silent on times, counts and flags of that name, and on names that only sound alike", () =>
    check(
      open(
        "password_changed_at timestamptz, token_count integer, has_password boolean, tokens text[], secretary text, share_token text",
      ),
      only,
    ));

  test("is silent where each sees their own rows, or something restricts", () => {
    check(open("api_key text").replace("using (true)", "using (id = (select auth.uid()))"), only);
    check(
      `${open("api_key text")}create policy own on profiles as restrictive for select to authenticated using (id = (select auth.uid()));\n`,
      only,
    );
  });

  test("grants the other columns", () =>
    checkFix(
      open("name text, api_key text"),
      open("name text, api_key text").replace(
        "grant select on profiles to authenticated;",
        "grant select on profiles to authenticated;\nrevoke select on profiles from authenticated;\ngrant select (id, name) on profiles to authenticated;",
      ),
      only,
    ));
});
