import type { AlterTableStmt, DropStmt } from "@pgsql/types";
import { keyOf, type Schema, type Table, type View } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { nameOf, relationName, resolve, stringsOf } from "../schema/reading.js";
import { findWords } from "../sql/clause.js";
import { as } from "../sql/tree.js";
import {
  alongWithColumns,
  callersOf,
  cascadingWithColumn,
  columnsOfType,
  type Dependent,
  goneBetween,
  referencing,
} from "./about-dependents.js";
import { statementsOf } from "./about-kinds.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import { check, type FileScene, type Fix, mayHoldRows, placeIn, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "hidden-drop",
  severity: "warning",
  area: "D",
  kind: "act",
  summary:
    "CASCADE or DROP COLUMN takes more along than the statement names: views, policies, keys, checks, indexes, triggers.",
  why: "PostgreSQL drops what stands on it and tells of it only in a notice. A policy that goes unseen is an outage or a leak, a unique key that goes lets rows repeat.",
  instead:
    "Write a DROP for each of them, so that a review sees it, and leave CASCADE out: what is forgotten then stops the migration.",
  silent:
    "nothing depends, or what goes is made again in the same file; keys and indexes over the dropped column alone",
  turnOff: "when a review reads the plan of another tool that lists everything CASCADE takes",
  peers: "SD MP PML",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key, name text);\ncreate table message (id uuid primary key, room uuid constraint in_room references room (id));\ncreate view names with (security_invoker = true) as select name from room;\n-- file: supabase/migrations/2_drop.sql\ndrop table room cascade;",
    "-- file: supabase/migrations/1_init.sql\ncreate table member (id uuid primary key, room uuid, who uuid, constraint once unique (room, who));\n-- file: supabase/migrations/2_drop.sql\nALTER TABLE member DROP COLUMN room;",
    "-- file: supabase/migrations/1_init.sql\ncreate table note (id uuid primary key, owner uuid);\nalter table note enable row level security;\ncreate function mine(who uuid) returns boolean language sql stable as $$ select who = auth.uid() $$;\ncreate policy own on note for select to authenticated using ((select mine(owner)));\n-- file: supabase/migrations/2_drop.sql\ndrop function mine(uuid) cascade;",
    "-- file: supabase/migrations/1_init.sql\ncreate type mood as enum ('sad');\ncreate table note (id uuid primary key, mood mood);\n-- file: supabase/migrations/2_drop.sql\ndrop type mood cascade;",
  ],
  good: [
    "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key, name text);\n-- file: supabase/migrations/2_drop.sql\ndrop table room cascade;",
    "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key, name text);\ncreate index on room (name);\n-- file: supabase/migrations/2_drop.sql\nalter table room drop column name;",
    "-- file: supabase/migrations/1_init.sql\ncreate table room (id uuid primary key, name text);\ncreate view names with (security_invoker = true) as select name from room;\n-- file: supabase/migrations/2_drop.sql\ndrop view names cascade;\ncreate view names with (security_invoker = true) as select name, id from room;",
  ],
  *file(scene) {
    for (const one of statementsOf(scene, ["DropStmt", "AlterTableStmt"])) {
      const drop = as(one.statement.node, "DropStmt");
      const alter = as(one.statement.node, "AlterTableStmt");
      const found = one.remember("what goes along", () =>
        drop?.behavior === "DROP_CASCADE"
          ? withObjects(drop, one)
          : alter?.objtype === "OBJECT_TABLE"
            ? withParts(alter, one)
            : [],
      );
      const gone = found.filter((dependent) => isLost(scene, one, dependent));
      if (gone.length === 0) continue;
      yield {
        at: wholeStatement(one),
        message: `This also drops ${listed(gone)}, and says so nowhere.`,
        fixes: () => spellOut(one, gone),
      };
    }
  },
});

/** Whether something is not made again, and not dropped by name further down, where a review sees it. */
function isLost({ statements }: FileScene, one: StatementScene, { name, table, later }: Dependent): boolean {
  const end = statements.at(-1)?.after;
  if (end === undefined || later(end) === "another") return false;
  // What goes with its own table is not missed.
  if (table !== undefined && !end.tables.has(keyOf(table.schema, table.name))) return false;
  const below = statements.slice(statements.indexOf(one) + 1);
  return !below.some(({ statement: { text } }) => /^(?:drop|alter)\b/i.test(text) && text.includes(name));
}

/** What DROP … CASCADE takes along. */
function withObjects(drop: DropStmt, { before, after, file }: StatementScene): readonly Dependent[] {
  const objects = drop.objects ?? [];
  const written = objects.map((object) => {
    const names = stringsOf(as(object, "List")?.items);
    return { schema: names.at(-2), name: names.at(-1) ?? "" };
  });
  switch (drop.removeType) {
    case "OBJECT_TABLE":
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW": {
      const keys = new Set(
        written.flatMap((name) => resolve(before, before.tables, name) ?? resolve(before, before.views, name) ?? []),
      );
      return goneBetween(
        before,
        after,
        (relation) => keys.has(keyOf(relation.schema, relation.name)) || isFresh(relation, file),
      );
    }
    case "OBJECT_SCHEMA": {
      const names = new Set(objects.map((object) => as(object, "String")?.sval));
      return goneBetween(before, after, (relation) => names.has(relation.schema) || isFresh(relation, file));
    }
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return objects.flatMap((object) => {
        const key = resolve(before, before.types, nameOf(as(object, "TypeName")?.names));
        const type = key === undefined ? undefined : before.types.get(key);
        if (type === undefined || isPlatformSchema(type.schema)) return [];
        return columnsOfType(sqlName(type), before);
      });
    case "OBJECT_FUNCTION":
      return objects.flatMap((object) => {
        const key = resolve(before, before.routines, nameOf(as(object, "ObjectWithArgs")?.objname));
        // Of several of one name nobody can say here which one a call means.
        return key === undefined || before.routines.get(key)?.length !== 1 ? [] : callersOf(key, before);
      });
    default:
      return [];
  }
}

function isFresh(relation: Table | View, file: FileScene): boolean {
  return relation.origin.made?.uri === file.uri || isPlatformSchema(relation.schema);
}

/** What DROP COLUMN takes along, and DROP CONSTRAINT … CASCADE. */
function withParts({ relation, cmds }: AlterTableStmt, scene: StatementScene): readonly Dependent[] {
  const commands = (cmds ?? []).flatMap((node) => as(node, "AlterTableCmd") ?? []);
  const drops = commands.filter(({ subtype }) => subtype === "AT_DropColumn" || subtype === "AT_DropConstraint");
  // Most commands drop nothing, and the schema before a statement has its price.
  if (drops.length === 0) return [];
  const { before, file } = scene;
  const key = resolve(before, before.tables, relationName(relation));
  const table = key === undefined ? undefined : before.tables.get(key);
  if (table === undefined || isPlatformSchema(table.schema) || !mayHoldRows(table, file)) return [];
  const columns = new Set(drops.flatMap(({ subtype, name }) => (subtype === "AT_DropColumn" ? (name ?? []) : [])));
  const named = new Set(drops.map(({ name }) => name));
  const kept = { ...table, constraints: table.constraints.filter(({ name }) => !named.has(name)) };
  const found = new Map(alongWithColumns(kept, columns).map((one) => [one.shown, one]));
  for (const { subtype, name = "", behavior } of drops) {
    if (behavior !== "DROP_CASCADE") continue;
    const more = subtype === "AT_DropColumn" ? cascadingWithColumn(table, name, before) : ofKey(table, name, before);
    for (const one of more) found.set(one.shown, one);
  }
  return [...found.values()];
}

function ofKey(table: Table, name: string, schema: Schema): readonly Dependent[] {
  const constraint = table.constraints.find((one) => one.name === name);
  return constraint?.kind === "primary key" || constraint?.kind === "unique"
    ? referencing(table, constraint.columns, schema)
    : [];
}

function listed(gone: readonly Dependent[]): string {
  const shown = gone.slice(0, 5).map((one) => one.shown);
  const rest = gone.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  return shown.length === 1 ? (shown[0] ?? "") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** A DROP for each before the statement, which does without CASCADE then. */
function spellOut(one: StatementScene, gone: readonly Dependent[]): readonly Fix[] {
  const { statement } = one;
  const drops = gone.map(({ drop }) => drop);
  if (drops.includes(undefined)) return [];
  const text = drops.map((drop) => `${likeKeywords(statement, drop ?? "")};\n`).join("");
  const edits = [{ at: placeIn(one, { start: 0, end: 0 }), text }];
  for (let from = 0; ; ) {
    const word = findWords(statement, ["cascade"], from);
    if (word === undefined) break;
    const start = statement.text.slice(0, word.start).trimEnd().length;
    edits.push({ at: placeIn(one, { start, end: word.end }), text: "" });
    from = word.end;
  }
  return [{ title: "Write each DROP out", safe: false, edits }];
}
