import { check, checkFix } from "../support/checks.js";

const only = "exposed-partition";
const events = `\
create table events (id uuid, at timestamptz, primary key (id, at)) partition by range (at);
alter table events enable row level security;
create policy seen on events for select to authenticated using (id is not null);
`;

suite("exposed-partition", () => {
  test("says which partition is open, behind an é and a 😀", () =>
    check(
      `\
${events}create table public."é 😀" partition of events for values from ('2026-01-01') to ('2027-01-01');
-- <^^^^^^^^^^^^^^^^^^^^^^ exposed-partition
grant select on "é 😀" to anon;
create table closed partition of events for values from ('2027-01-01') to ('2028-01-01');
`,
      only,
    ));

  test("is silent where the parent has none either", () =>
    check(
      `\
create table events (id uuid, at timestamptz, primary key (id, at)) partition by range (at);
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
grant select on events_2026 to anon;
`,
      only,
    ));

  test("enables it there too", () =>
    checkFix(
      `${events}create table part partition of events for values from ('2026-01-01') to ('2027-01-01');\ngrant select on part to anon;\n`,
      `${events}create table part partition of events for values from ('2026-01-01') to ('2027-01-01');\nalter table part enable row level security;\ngrant select on part to anon;\n`,
      only,
    ));
});
