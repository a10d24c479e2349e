import type { Migration, Tool } from "../schema/history.js";
import type { Place } from "../schema/model.js";
import { tokensOf, wordOf } from "../sql/clause.js";
import { readSql } from "../sql/read.js";
import type { SqlFile, Statement } from "../sql/statement.js";
import { check, type FileScene, type SchemaScene } from "./check.js";

export default check({
  name: "rewritten-history",
  severity: "error",
  area: "F",
  kind: "state",
  summary:
    "A migration that is on the default branch is changed or gone, or a new one sorts before it or has its version.",
  why: "Databases that ran the migration keep what it did then, and fresh ones get something else. Tools that look at versions or checksums refuse the next push.",
  instead: "Restore what is merged and write a new migration; give a new one a version behind all that are merged.",
  silent:
    "changes of comments and layout, a squash that replaces all migrations, folders that git does not know, and `applied` set to anything but `git`",
  turnOff: "when merged migrations may change because no database lives longer than a test run",
  peers: "AT",
  bad: [
    "-- merged: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key, title text);\nalter table post enable row level security;",
    "-- merged: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- merged: supabase/migrations/2_b.sql\ncreate view titles as select id from post;\n-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;",
    "-- merged: supabase/migrations/2_b.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- file: supabase/migrations/2_b.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- file: supabase/migrations/1_a.sql\ncreate schema app;",
  ],
  good: [
    "-- merged: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- file: supabase/migrations/1_a.sql\n-- The posts.\nCREATE TABLE post (\n  id uuid primary key\n);\nalter table post enable row level security;\n-- file: supabase/migrations/2_b.sql\ncreate schema app;",
    "-- merged: supabase/migrations/1_a.sql\ncreate schema app;\n-- merged: supabase/migrations/2_b.sql\ncreate schema more;\n-- file: supabase/migrations/3_squashed.sql\ncreate schema app;\ncreate schema more;",
  ],
  *file(scene) {
    const { migration, history } = scene;
    if (migration === undefined || history === undefined) return;
    if (migration.state === "applied" && scene.merged !== undefined) {
      const at = firstChange(scene, readSql(scene.merged));
      if (at !== undefined)
        yield {
          at,
          message: `\`${fileName(migration.path)}\` is on the default branch and reads otherwise there: databases that ran it keep what it said.`,
        };
    }
    if (migration.state !== "pending" || ordersItself.has(history.tool)) return;
    const own = history.migrations.indexOf(migration);
    const later = history.migrations.slice(own + 1).findLast(({ state }) => state === "applied");
    const twin = history.migrations.find((other) => other !== migration && isTwin(history.tool, migration, other));
    const other = twin ?? later;
    if (other === undefined) return;
    yield {
      at: { uri: scene.uri, piece: undefined, span: { start: 0, end: firstLine(scene.sql) } },
      message:
        twin !== undefined
          ? `\`${fileName(other.path)}\` is merged and has the same version: the tool takes one of them for run already.`
          : `\`${fileName(other.path)}\` is merged and sorts behind this migration: databases that ran it skip this one, or refuse it.`,
    };
  },
  *schema(scene) {
    const merged = scene.history?.migrations.some(({ state }) => state === "applied") === true;
    // Where nothing merged is left the history was written anew.
    if (!merged) return;
    for (const path of scene.gone) {
      const at = besides(scene, path);
      if (at === undefined) continue;
      yield {
        at,
        message: `\`${fileName(path)}\` is on the default branch and gone here: databases that ran it keep what it did, and fresh ones miss it.`,
      };
    }
  },
});

/** Tools that keep the order in a file of their own. */
const ordersItself: ReadonlySet<Tool> = new Set<Tool>(["sqitch", "drizzle"]);

/** Tools that tell migrations apart by their version alone. */
const byVersion: ReadonlySet<Tool> = new Set<Tool>(["supabase", "goose", "dbmate", "flyway"]);

function isTwin(tool: Tool, migration: Migration, other: Migration): boolean {
  return other.state === "applied" && byVersion.has(tool) && other.version === migration.version;
}

function fileName(path: string): string {
  const words = path.split("/");
  const last = words.at(-1) ?? path;
  return last === "migration.sql" || last === "up.sql" ? words.slice(-2).join("/") : last;
}

/** The first statement that is not as it is on the default branch; the start of the file when only some are missing. */
function firstChange(scene: FileScene, merged: SqlFile): Place | undefined {
  const before = statementsOf(merged);
  const now = scene.statements;
  for (const [at, one] of now.entries()) {
    const old = before[at];
    if (old !== undefined && (old.text === one.statement.text || words(old) === words(one.statement))) continue;
    return { uri: scene.uri, piece: one.ordinal, span: { start: 0, end: one.statement.text.length } };
  }
  return before.length > now.length
    ? { uri: scene.uri, piece: undefined, span: { start: 0, end: firstLine(scene.sql) } }
    : undefined;
}

function statementsOf(file: SqlFile): readonly Statement[] {
  return file.pieces.flatMap(({ statement, section }) =>
    statement === undefined || section === "down" ? [] : [statement],
  );
}

/** A statement without comments and layout. */
function words(statement: Statement): string {
  return tokensOf(statement)
    .map((token) => wordOf(statement, token))
    .join(" ");
}

function firstLine({ text }: SqlFile): number {
  const end = text.indexOf("\n");
  return end < 0 ? text.length : end;
}

/** The start of the migration that now stands where one is gone. */
function besides({ history, source }: SchemaScene, path: string): Place | undefined {
  const all = history?.migrations ?? [];
  const next = all.find((migration) => migration.path > path) ?? all.at(-1);
  const file = next === undefined ? undefined : source(next.uri);
  return next === undefined || file === undefined
    ? undefined
    : { uri: next.uri, piece: undefined, span: { start: 0, end: firstLine(file) } };
}
