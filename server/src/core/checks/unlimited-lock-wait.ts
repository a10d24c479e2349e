import { resolve } from "../schema/reading.js";
import { as, constantOf, nameOf, walk } from "../sql/tree.js";
import { namesIn, strongLock, writeLock } from "./about-locks.js";
import { likeKeywords } from "./about-tables.js";
import { check, placeIn, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "unlimited-lock-wait",
  severity: "info",
  area: "F",
  kind: "act",
  summary: "A strong lock is asked for on a table in use, with no lock_timeout; told once a file.",
  why: "While the statement waits behind one long query for its ACCESS EXCLUSIVE (or SHARE) lock, every query that comes later waits behind it: a migration that takes milliseconds stops all traffic of the table for as long as that query runs.",
  instead: "Set lock_timeout to a few seconds before it, and run the migration again when it fails.",
  silent: "a lock_timeout or statement_timeout that is set before, and tables made along with the change",
  turnOff: "when the role or the connection that runs the migrations has a lock_timeout of its own",
  peers: "SQ PLS SM EU SD MP PF",
  bad: [
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- file: supabase/migrations/2_b.sql\nalter table post add column title text;",
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- file: supabase/migrations/2_b.sql\nset lock_timeout = 0;\nDROP POLICY IF EXISTS own ON post;",
  ],
  good: [
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- file: supabase/migrations/2_b.sql\nset lock_timeout = '5s';\nalter table post add column title text;",
    "create table post (id uuid primary key);\nalter table post enable row level security;\nalter table post add column title text;",
    "-- file: supabase/migrations/1_a.sql\ncreate table post (id uuid primary key);\nalter table post enable row level security;\n-- file: supabase/migrations/2_b.sql\ncreate index concurrently on post (id);",
  ],
  *file(scene) {
    let limited: "session" | "transaction" | undefined;
    const made = new Set<string>();
    for (const one of scene.statements) {
      if (as(one.statement.node, "TransactionStmt") !== undefined && limited === "transaction") limited = undefined;
      const set = limitIn(one);
      if (set !== undefined) limited = set === "none" ? undefined : set;
      if (limited !== undefined) continue;
      const { makes, locks } = namesIn(one.statement);
      if (makes !== undefined) made.add(makes);
      if (locks.every((name) => made.has(name))) continue;
      const table = writeLock(one);
      if (table === undefined || !isThere(one, table)) continue;
      yield {
        at: wholeStatement(one),
        message: isShared(one)
          ? `Without a lock_timeout this waits for its lock on \`${table}\` as long as any write runs there, and all later writes wait behind it.`
          : `Without a lock_timeout this waits for its lock on \`${table}\` as long as any query runs there, and all later ones wait behind it.`,
        fixes: () => {
          const text = likeKeywords(
            one.statement,
            `set${one.inTransaction === true ? " local" : ""} \`lock_timeout\` = \`'5s'\`;\n`,
          );
          const edits = [{ at: placeIn(one, { start: 0, end: 0 }), text }];
          return [{ title: "Set lock_timeout before it", safe: false, edits }];
        },
      };
      return;
    }
  },
});

/** SHARE and SHARE ROW EXCLUSIVE let reads pass. */
function isShared(one: StatementScene): boolean {
  const { kind } = one;
  return (
    kind === "IndexStmt" || kind === "CreateTrigStmt" || (kind === "AlterTableStmt" && strongLock(one) === undefined)
  );
}

/** A table that a whole history does not have is another check's: the statement fails at once. */
function isThere({ before }: StatementScene, shown: string): boolean {
  const [name = "", schema] = shown.split(".").reverse();
  return before.beginning !== "whole" || resolve(before, before.tables, { schema, name }) !== undefined;
}

/** How long a statement limits waits from here on; `none` when it lifts the limit. */
function limitIn({ statement }: StatementScene): "session" | "transaction" | "none" | undefined {
  const set = as(statement.node, "VariableSetStmt");
  if (set !== undefined && limits.has(set.name ?? "")) {
    const value = constantOf(set.args?.[0]);
    if (set.kind !== "VAR_SET_VALUE" || value === 0 || /^0\D*$/.test(String(value))) return "none";
    return set.is_local === true ? "transaction" : "session";
  }
  if (as(statement.node, "SelectStmt") === undefined || !/set_config/i.test(statement.text)) return undefined;
  let found: "session" | undefined;
  walk(statement.node, (kind, call) => {
    if (kind !== "FuncCall" || nameOf(call.funcname)?.name !== "set_config") return;
    if (limits.has(String(constantOf(call.args?.[0])))) found = "session";
  });
  return found;
}

/** A limit on the whole statement ends its wait too. */
const limits: ReadonlySet<string> = new Set(["lock_timeout", "statement_timeout"]);
