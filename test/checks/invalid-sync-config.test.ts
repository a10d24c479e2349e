import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const project = (yaml: string): string => `\
# file: powersync/sync-config.yaml
${yaml}-- file: supabase/migrations/1_a.sql
create table notes (id uuid primary key, owner uuid, "Title" text);
`;
const streams = (lines: string): string => project(`config:\n  edition: 3\nstreams:\n${lines}`);
const only = (text: string): void => check(text, "invalid-sync-config");

suite("invalid-sync-config", () => {
  test("what the compiler says stands where it belongs, in every kind of scalar", () =>
    only(
      streams(`\
  é:
    queries:
      - SELECT id FROM notes WHERE owner = auth.user_id() ORDER BY id
#                                                                  ^^ invalid-sync-config
      - "SELECT id, titel FROM notes WHERE owner = auth.user_id()"
#                   ^^^^^ invalid-sync-config
      - >-
        SELECT id
        FROM note
#            ^^^^ invalid-sync-config
        WHERE owner = auth.user_id()
`),
    ));

  test("broken YAML is said once, and not again in the compiler's words", () =>
    only(
      streams(`\
  a:
    query: SELECT id FROM notes WHERE owner = auth.user_id()
   b: c
# < invalid-sync-config
`),
    ));

  test("a key that is unknown is another check's finding", () =>
    only(streams("  a:\n    query: SELECT id FROM notes WHERE owner = auth.user_id()\nextra: 1\n")));

  test("a stream without a query, and one that is none", () =>
    only(
      streams(`\
  a:
# ^ invalid-sync-config
    priority: 1
  b: SELECT 1
#    ^^^^^^^^ invalid-sync-config
`),
    ));

  test("changes a name to the nearest one, quoted where it must be", () => {
    const where = "WHERE owner = auth.user_id()";
    checkFix(
      streams(`  a:\n    query: SELECT id, titel FROM notes ${where}\n`),
      streams(`  a:\n    query: SELECT id, "Title" FROM notes ${where}\n`),
      "invalid-sync-config",
    );
    checkFix(
      streams(`  a:\n    query: SELECT id FROM notess ${where}\n`),
      streams(`  a:\n    query: SELECT id FROM notes ${where}\n`),
      "invalid-sync-config",
    );
  });

  test("a table that a script of the project makes may be there", () => {
    const config = streams("  a:\n    query: SELECT id FROM pebbles WHERE owner = auth.user_id()\n");
    const found = (more: string): number =>
      allFindings(folderOf(filesOf(`${config}${more}`))).filter(({ message }) => /could not be found/.test(message))
        .length;
    assert.equal(found(""), 1);
    assert.equal(found("-- file: database.sql\ncreate table public.pebbles (id uuid primary key, owner uuid);\n"), 0);
  });
});
