import { check, checkFix } from "../support/checks.js";

const only = "blocking-maintenance";
const start = `\
-- file: supabase/migrations/1_init.sql
create schema app;
create table app."Note é" (id int primary key, room int);
create materialized view app.counts as select room, count(*) as n from app."Note é" group by room;
create unique index on app.counts (room) where room > 3;
create materialized view empty as select 1 as a with no data;
-- file: supabase/migrations/2_keep.sql
`;

suite("blocking-maintenance", () => {
  test("finds each of them, and leaves plain VACUUM alone", () =>
    check(
      `${start}\
vacuum full app."Note é";
-- <^^^^^^^^^^^^^^^^^^^^ blocking-maintenance
vacuum (full false, analyze) app."Note é";
vacuum full;
-- <^^^^^^^ blocking-maintenance
vacuum; analyze;
cluster app."Note é";
-- <^^^^^^^^^^^^^^^^ blocking-maintenance
alter table app."Note é" set unlogged, set tablespace fast;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blocking-maintenance
/* 😀 */ refresh materialized view app.counts;
--       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blocking-maintenance
refresh materialized view app.counts with no data;
refresh materialized view empty;
/* again */ refresh materialized view empty;
--          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ blocking-maintenance
create temporary table batch (id int);
cluster batch;
`,
      only,
    ));

  test("refreshes concurrently where a unique index over plain columns is there", () =>
    checkFix(
      `${start.replace("(room) where room > 3", "(room)")}REFRESH MATERIALIZED VIEW app.counts;\n`,
      `${start.replace("(room) where room > 3", "(room)")}REFRESH MATERIALIZED VIEW CONCURRENTLY app.counts;\n`,
      only,
    ));
});
