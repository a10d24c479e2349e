import type { RangeVar } from "@pgsql/types";
import { type Column, displayName, keyOf, type Routine, type Table, type Trigger } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { relationName, resolve } from "../schema/reading.js";
import { bodyStatements } from "../sql/body.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node, SqlFile, Statement } from "../sql/statement.js";
import { as, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { cures, quoted, statementAt } from "./about-cures.js";
import { readBody } from "./about-routines.js";
import { sqlName } from "./about-tables.js";
import { isLastChange, keeperText } from "./about-times.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "stale-updated-at",
  severity: "hint",
  area: "C",
  kind: "state",
  summary: "A column says when a row was changed last, but no trigger keeps it.",
  why: "An update that forgets it leaves an old time behind, and whatever trusts it (last write wins, delta sync, caches, sorting) takes the older row for the newer.",
  instead: "A BEFORE UPDATE trigger that sets it, the same function for all tables.",
  silent:
    "a trigger before update runs a function that names the column or that nobody can read, each UPDATE in the project's functions sets it, or one server alone writes (no Supabase, no PowerSync, no such trigger anywhere)",
  turnOff: "when the object mapper of your only server sets the column in every update",
  bad: [
    "create table message (id uuid primary key, body text, updated_at timestamptz not null default now());",
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN new.updated_at := now(); RETURN new; END $$;\nCREATE TABLE room (id uuid PRIMARY KEY, updated_at timestamptz);\nCREATE TRIGGER touched BEFORE UPDATE ON room FOR EACH ROW EXECUTE FUNCTION touch();\nCREATE TABLE message (id uuid PRIMARY KEY, updated_at timestamptz);",
  ],
  good: [
    "create function touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;\ncreate table message (id uuid primary key, updated_at timestamptz);\ncreate trigger touched before update on message for each row execute function touch();",
    "create extension moddatetime schema extensions;\ncreate table message (id uuid primary key, updated_at timestamptz);\ncreate trigger touched before update on message for each row execute procedure extensions.moddatetime (updated_at);",
    "create table message (id uuid primary key, body text, updated_at timestamptz);\ncreate function edit(which uuid, what text) returns void language sql as $$ update message set body = what, updated_at = now() where id = which $$;",
  ],
  *schema(scene) {
    if (!isOpenToMany(scene)) return;
    for (const table of scene.schema.tables.unordered()) {
      const column = table.columns.find((one) => isLastChange(one) && !isLog(table, one));
      const at = column?.origin.made;
      if (column === undefined || at === undefined || !isJudged(table)) continue;
      if (isKept(scene, table, column) || isWritten(scene, table, column) || isTriggeredAtRunTime(scene, table))
        continue;
      yield {
        at,
        message: `No trigger keeps \`${displayName(table)}.${column.name}\`: after an update that forgets it, what trusts it takes the old row for the new one.`,
        fixes: () => fixesOf(scene, table, column),
      };
    }
  },
});

/** A row that says of a change when it was made is written once. */
function isLog({ columns }: Table, { name }: Column): boolean {
  return name.startsWith("changed") && !columns.some((one) => one.name.startsWith("created"));
}

/**
 * Whether more than one program writes: clients through the API or sync, or a trigger does it for some table already. Where a server alone
 * writes, its ORM mostly keeps such columns.
 */
function isOpenToMany({ facts, history, schema }: SchemaScene): boolean {
  if (history?.tool === "prisma") return false;
  if (facts.platform === "supabase" || facts.powersync) return true;
  return schema.tables.some(({ columns, triggers }) => triggers.some(keepsTime) && columns.some(isLastChange));
}

function keepsTime({ timing, events, function: { name } }: Trigger): boolean {
  return timing === "before" && events.includes("update") && /updated?|modif|touch|timestamp/i.test(name);
}

function isJudged(table: Table): boolean {
  if (isPlatformSchema(table.schema) || table.persistence === "temporary") return false;
  return table.kind !== "foreign" && table.partitionOf === undefined && table.inherits.length === 0;
}

function isKept(scene: SchemaScene, table: Table, column: Column): boolean {
  return table.triggers.some(({ timing, events, function: called }) => {
    if (timing !== "before" || !events.includes("update")) return false;
    const key = resolve(scene.schema, scene.schema.routines, called);
    const routines = key === undefined ? undefined : scene.schema.routines.get(key);
    return routines === undefined || routines.some((routine) => sets(scene, routine, column));
  });
}

/** Whether a block that makes triggers from text names the table, or asks the catalog for tables. */
function isTriggeredAtRunTime({ history, source }: SchemaScene, { name }: Table): boolean {
  return (history?.migrations ?? []).some(({ uri }) => {
    const file = source(uri);
    return file !== undefined && triggerBlocks(file).some((block) => block.has("pg_") || block.has(name));
  });
}

/** The words of each such block; `pg_` stands for a look into the catalog. */
const triggerBlocks = memo(({ pieces }: SqlFile): readonly ReadonlySet<string>[] =>
  pieces.flatMap(({ statement }) => {
    const text = as(statement?.node, "DoStmt") === undefined ? "" : (statement?.text ?? "");
    if (!/\bexecute\b/i.test(text) || !/\btrigger\b/i.test(text)) return [];
    return [new Set([...(text.match(/\w+/g) ?? []), ...(/\b(?:pg_|information_schema)/.test(text) ? ["pg_"] : [])])];
  }),
);

/** Whether a function names the column, or cannot be read. */
function sets(scene: SchemaScene, routine: Routine, { name }: Column): boolean {
  const body = readBody(scene, routine);
  return body === undefined || body.dynamic || new RegExp(`\\b${name}\\b`, "i").test(body.text);
}

/** Whether the project's functions update the table, and never without the column. */
function isWritten(scene: SchemaScene, table: Table, column: Column): boolean {
  const writes = updatesOf(scene).get(keyOf(table.schema, table.name)) ?? [];
  return writes.length > 0 && writes.every((columns) => columns.includes(column.name));
}

/** The columns that each UPDATE and upsert in a function sets, by table. */
const updatesOf: (scene: SchemaScene) => ReadonlyMap<string, readonly (readonly string[])[]> = memo((scene) => {
  const { schema } = scene;
  const updates = new Map<string, (readonly string[])[]>();
  for (const routine of [...schema.routines.unordered()].flat()) {
    const statement = statementAt(scene, routine.body);
    for (const { relation, columns } of statement === undefined ? [] : updatesIn(statement)) {
      const key = resolve(schema, schema.tables, relationName(relation));
      if (key !== undefined) updates.set(key, [...(updates.get(key) ?? []), columns]);
    }
  }
  return updates;
});

interface Update {
  readonly relation: RangeVar | undefined;
  readonly columns: readonly string[];
}

const updatesIn: (statement: Statement) => readonly Update[] = memo((statement) => {
  if (!/update/i.test(statement.text)) return [];
  const found: Update[] = [];
  const note = (relation: RangeVar | undefined, targets: readonly Node[] | undefined): void => {
    found.push({ relation, columns: (targets ?? []).flatMap((target) => as(target, "ResTarget")?.name ?? []) });
  };
  const own = as(statement.node, "CreateFunctionStmt")?.sql_body;
  const nodes = bodyStatements(statement).flatMap(({ statement: inner }) => inner.node ?? []);
  walk(own === undefined ? nodes : [own], (kind, node) => {
    if (kind === "UpdateStmt") note(node.relation, node.targetList);
    if (kind !== "InsertStmt" || node.onConflictClause?.action !== "ONCONFLICT_UPDATE") return;
    note(node.relation, node.onConflictClause.targetList);
  });
  return found;
});

function fixesOf(scene: SchemaScene, table: Table, column: Column): readonly Fix[] {
  const known = keeperOf(scene, column);
  const own = { schema: table.schema, name: `set_${column.name}` };
  const taken = scene.schema.routines.has(keyOf(own.schema, own.name));
  const name = sqlName(known ?? (taken ? { ...own, name: `set_${table.name}_${column.name}` } : own));
  const trigger = quoteIdentifier(`${table.name}_set_${column.name}`.slice(0, 63));
  const routine = keeperText(name, column.name);
  const create = `create trigger \`${trigger}\` before update on \`${sqlName(table)}\` for each row execute function \`${name}\`()`;
  const made = table.origin.made;
  // The function may be made further down than the table.
  const body = known?.body;
  const near = body !== undefined && body.uri === made?.uri && (body.piece ?? 0) > (made.piece ?? 0) ? body : made;
  return cures(scene, near, {
    title: `Keep ${quoted(column.name)} by a trigger`,
    slug: `keep_${table.name}_${column.name}`,
    statements: known === undefined ? [routine, create] : [create],
  });
}

/** A function of the project that already does it for another table. */
function keeperOf(scene: SchemaScene, { name }: Column): Routine | undefined {
  const assigns = new RegExp(
    `\\bnew\\s*\\.\\s*${name}\\s*:?=\\s*(?:now\\(\\)|current_timestamp|clock_timestamp\\(\\)|timezone\\()`,
    "i",
  );
  for (const routines of scene.schema.routines.values()) {
    const found = routines.find((routine) => {
      const text = routine.returns === "trigger" ? readBody(scene, routine)?.text : undefined;
      return (
        text !== undefined && assigns.test(text) && !/\bif\b/i.test(text) && (text.match(/:?=/g) ?? []).length === 1
      );
    });
    if (found !== undefined) return found;
  }
  return undefined;
}
