import { check, checkFix } from "../support/checks.js";

const only = "duplicate-index";

suite("duplicate-index", () => {
  test("points at the one that can go: not the key, not the older", () =>
    check(
      `\
create table "Note é" (id int primary key, "Who" text, constraint "only" unique ("Who"));
create index a on "Note é" (id);
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^ duplicate-index
create unique index b on "Note é" ("Who");
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ duplicate-index
create index c on "Note é" (lower("Who")) where id > 3;
create index d on "Note é" (lower("Note é"."Who")) where id > 3;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ duplicate-index
`,
      only,
    ));

  test("is silent where anything differs", () =>
    check(
      `\
create table note (id int primary key, a int, b text);
create index on note (a);
create index on note (a desc);
create index on note (a nulls first);
create index on note using hash (a);
create index on note (b);
create index on note (b collate "C");
create index on note (b varchar_pattern_ops);
create index on note (a) where b is null;
create index on note (a) where b is not null;
create index on note (b) include (a);
create unique index on note (b, a) nulls not distinct;
create unique index on note (b, a);
`
        // The leading part of the last two, and of the one with more to it.
        .replace("create index on note (b);\n", ""),
      only,
    ));

  test("takes it out of the newest migration, and drops it concurrently behind older ones", () => {
    const made = "create table note (id int primary key, a int);\ncreate index x on note (a);\n";
    checkFix(`${made}create index y on note (a);\n`, made, only);
    const file = "-- file: supabase/migrations";
    checkFix(
      `${file}/1_a.sql\n${made}CREATE INDEX "Y" ON note (a);\n${file}/2_b.sql\nselect 1;\n`,
      `${file}/1_a.sql\n${made}CREATE INDEX "Y" ON note (a);\n${file}/2_b.sql\nselect 1;\n${file}/3_drop_y.sql\nDROP INDEX CONCURRENTLY "Y";\n`,
      only,
    );
  });

  test("is silent for partitions, which have what their parent has, and for temporary tables", () =>
    check(
      `\
create table event (id int, at date) partition by range (at);
create index on event (at);
create index on event (at, id);
create table event_1 partition of event for values from ('2026-01-01') to ('2026-02-01');
create temporary table batch (id int);
create index on batch (id);
create index on batch (id);
`.replace("create index on event (at, id);\n", ""),
      only,
    ));

  test("is silent for the index by which replicas know the rows", () =>
    check(
      `\
create table note (id int primary key, a int not null unique);
create unique index by_a on note (a);
alter table note replica identity using index by_a;
`,
      only,
    ));
});
