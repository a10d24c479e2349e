import { check, checkFix } from "../support/checks.js";

const only = "policyless-table";

suite("policyless-table", () => {
  test("says which table is closed to all, behind an é and a 😀", () =>
    check(
      `\
create table public."Notes é 😀" (id uuid primary key);
grant select on "Notes é 😀" to anon;
alter table "Notes é 😀" enable row level security;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ policyless-table
`,
      only,
    ));

  test("is silent on partitions, without a grant, and where a comment or a function says who uses it", () =>
    check(
      `\
create table jobs (id uuid primary key);
grant all on jobs to authenticated;
-- Only the server works through the queue.
alter table jobs enable row level security;
create table runs (id uuid primary key);
alter table runs enable row level security;
create table events (id uuid, at timestamptz, primary key (id, at)) partition by range (at);
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
alter table events enable row level security;
alter table events_2026 enable row level security;
grant select on events, events_2026 to authenticated;
create policy seen on events for select to authenticated using (true);
`,
      only,
    ));

  test("sketches policies for the owner, as far as the grants go", () =>
    checkFix(
      `\
CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE);
GRANT SELECT, DELETE ON notes TO authenticated;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
`,
      `\
CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE);
GRANT SELECT, DELETE ON notes TO authenticated;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE INDEX ON notes (owner);
CREATE POLICY "owners read" ON notes FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()));
CREATE POLICY "owners delete" ON notes FOR DELETE TO authenticated USING (owner = (SELECT auth.uid()));
`,
      only,
    ));
});
