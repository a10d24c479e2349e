import { check, checkFix } from "../support/checks.js";

const project = (sql: string, streams: string): string =>
  `-- file: supabase/migrations/20270101000000_a.sql\n${sql}\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n${streams}`;

const only = (text: string): void => check(text, "unpublished-table");
const notes = 'create table "Notes" (id uuid primary key, owner uuid);';

suite("unpublished-table", () => {
  test("every table that is named, once, also where it only decides who sees something", () =>
    only(
      project(
        `${notes}\ncreate table members (id uuid primary key, "user" uuid);\ncreate publication powersync for table "Notes";`,
        `\
  a:
    query: SELECT * FROM "Notes" WHERE owner IN (SELECT id FROM members WHERE "user" = auth.user_id())
#                                                               ^^^^^^^ unpublished-table
  b:
    query: SELECT * FROM members WHERE "user" = auth.user_id()
  c:
    query: SELECT * FROM unknown WHERE owner = auth.user_id()
`,
      ),
    ));

  test("a publication that is made later, for a schema, or for the parent of a partition", () => {
    const stream = '  a:\n    query: SELECT * FROM "Notes" WHERE owner = auth.user_id()\n';
    only(project(`create publication powersync;\n${notes}\nalter publication powersync add table "Notes";`, stream));
    only(project(`${notes}\ncreate publication powersync for tables in schema public;`, stream));
    const parts =
      'create table all_notes (id uuid, owner uuid, primary key (id, owner)) partition by hash (owner);\ncreate table "Notes" partition of all_notes for values with (modulus 1, remainder 0);\ncreate publication powersync for table all_notes;';
    only(project(parts, stream));
  });

  test("a table that has left it", () =>
    only(
      project(
        `${notes}\ncreate publication powersync for table "Notes";\nalter publication powersync drop table "Notes";`,
        `\
  a:
    query: SELECT * FROM "Notes" WHERE owner = auth.user_id()
#                        ^^^^^^^ unpublished-table
`,
      ),
    ));

  test("silent when dynamic SQL may have made the publication", () =>
    only(
      project(
        `${notes}\ndo $$ begin execute 'create publication ' || 'powersync' || ' for all tables'; end $$;`,
        '  a:\n    query: SELECT * FROM "Notes" WHERE owner = auth.user_id()\n',
      ),
    ));

  test("adds the table by a migration of its own", () => {
    const before = project(
      `${notes}\ncreate table tags (id uuid primary key);\ncreate publication powersync for table tags;`,
      '  a:\n    query: SELECT * FROM "Notes" WHERE owner = auth.user_id()\n',
    );
    const [sql = "", yaml = ""] = before.split("# file: powersync/sync-config.yaml\n");
    checkFix(
      before,
      `# file: powersync/sync-config.yaml\n${yaml}${sql}-- file: supabase/migrations/20270101000001_publish_notes.sql\nalter publication powersync add table public."Notes";\n`,
      "unpublished-table",
    );
  });
});
