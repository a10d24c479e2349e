import { displayName, type Schema } from "../schema/model.js";
import { relationName, resolve } from "../schema/reading.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Statement } from "../sql/statement.js";
import { as, constantOf } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { statementsOf } from "./about-kinds.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import { check, type FileScene, type Fix, placeIn, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "disabled-trigger",
  severity: "warning",
  area: "E",
  kind: "act",
  summary: "A trigger, or every trigger by session_replication_role, is still switched off at the end of the file.",
  why: "What the trigger guards or keeps up to date stops without a sound; with all of them go the foreign keys.",
  instead: "Switch it on again in the same migration, or drop a trigger that is not wanted any more.",
  silent: "a trigger or table that the file drops afterwards, and SET LOCAL, which ends with the transaction",
  turnOff: "when triggers are switched on again by a later step of the deployment that is not a migration",
  peers: "PLS MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- file: supabase/migrations/2_b.sql\nalter table post disable trigger user;\nupdate post set id = id where id is null;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\nset session_replication_role = replica;\ninsert into post values (gen_random_uuid());",
  ],
  good: [
    "create table post (id uuid primary key);\nalter table post enable row level security;\nalter table post disable trigger user;\ninsert into post values (gen_random_uuid());\nalter table post enable trigger user;\nset session_replication_role = replica;\ninsert into post values (gen_random_uuid());\nset session_replication_role = default;\nbegin;\nset local session_replication_role = replica;\ncommit;",
  ],
  *file(scene) {
    const off = new Map<string, Off>();
    for (const one of statementsOf(scene, ["DropStmt", "VariableSetStmt", "AlterTableStmt"]))
      if (switches(one.statement)) follow(off, one);
    for (const { scene: one, message, back } of off.values())
      yield { at: wholeStatement(one), message, fixes: () => switchOn(scene, one, back) };
  },
});

/** Something that is switched off, and the statement that switches it on again, names in backquotes. */
interface Off {
  readonly scene: StatementScene;
  readonly message: string;
  readonly back: string;
}

/** Whether a statement may switch triggers, or drop what has them; most do neither, and need no schema. */
const switches: (statement: Statement) => boolean = memo(
  ({ node, text }) =>
    as(node, "DropStmt") !== undefined ||
    as(node, "VariableSetStmt")?.name === "session_replication_role" ||
    (as(node, "AlterTableStmt") !== undefined && /\btrigger\b/i.test(text)),
);

function follow(off: Map<string, Off>, scene: StatementScene): void {
  const { node } = scene.statement;
  const set = as(node, "VariableSetStmt");
  if (set?.name === "session_replication_role" && set.is_local !== true) {
    const value = constantOf(set.args?.[0]);
    if (set.kind !== "VAR_SET_VALUE" || value === "origin") off.delete("");
    else if (value === "replica")
      off.set("", {
        scene,
        message:
          "Triggers and foreign keys do nothing from here on: what follows in this session is written unchecked.",
        back: "set session_replication_role = default",
      });
    return;
  }
  const alter = as(node, "AlterTableStmt");
  const table =
    alter === undefined
      ? undefined
      : scene.remember("table after", () => tableNamed(scene.after, relationName(alter.relation)));
  if (alter !== undefined && table !== undefined) {
    for (const command of alter.cmds ?? []) {
      const { subtype = "", name } = as(command, "AlterTableCmd") ?? {};
      const [, verb, which] = /^AT_(Enable|Disable)(?:Always|Replica)?(Trig(?:All|User)?)$/.exec(subtype) ?? [];
      if (verb === undefined || which === undefined) continue;
      const all = which !== "Trig";
      const key = `${table.key}\0${all ? "" : name}`;
      if (verb === "Enable") {
        for (const known of [...off.keys()])
          if (known === key || (all && known.startsWith(table.key))) off.delete(known);
        continue;
      }
      const word = which === "TrigAll" ? "all" : which === "TrigUser" ? "user" : `\`${quoteIdentifier(name ?? "")}\``;
      off.set(key, {
        scene,
        message: all
          ? `The triggers of \`${table.shown}\` stay off after this file, and nothing says so when they are missed.`
          : `\`${name}\` of \`${table.shown}\` stays off after this file, and nothing says so when it is missed.`,
        back: `alter table \`${table.sql}\` enable trigger ${word}`,
      });
    }
  }
  // What is dropped needs no switching on.
  if (as(node, "DropStmt") === undefined || off.size === 0) return;
  for (const key of [...off.keys()]) {
    const [namespace = "", name = "", trigger = ""] = key.split("\0");
    const left = scene.remember(`after ${namespace}.${name}`, () =>
      tableNamed(scene.after, { schema: namespace, name }),
    )?.triggers;
    const had = scene.remember(`before ${namespace}.${name}`, () =>
      tableNamed(scene.before, { schema: namespace, name }),
    )?.triggers;
    if (key === "") continue;
    if (left === undefined || (trigger !== "" && had?.includes(trigger) === true && !left.includes(trigger)))
      off.delete(key);
  }
}

function tableNamed(schema: Schema, written: { readonly schema: string | undefined; readonly name: string }) {
  const key = resolve(schema, schema.tables, written);
  const table = key === undefined ? undefined : schema.tables.get(key);
  if (key === undefined || table === undefined) return undefined;
  const triggers = table.triggers.map(({ name }) => name);
  return { key, shown: displayName(table), sql: sqlName(table), triggers };
}

/** At the end of the file, before a COMMIT that ends it. */
function switchOn(file: FileScene, one: StatementScene, back: string): readonly Fix[] {
  const last = file.statements.findLast(({ statement }) => as(statement.node, "TransactionStmt") === undefined);
  if (last === undefined) return [];
  const end = last.statement.text.length;
  const text = `;\n${likeKeywords(one.statement, back)}`;
  return [
    { title: "Switch it on again at the end", safe: false, edits: [{ at: placeIn(last, { start: end, end }), text }] },
  ];
}
