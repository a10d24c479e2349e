import type { RangeVar } from "@pgsql/types";
import { as, kindOf } from "../sql/tree.js";
import { wasEmptied } from "./about-earlier-rows.js";
import { namesIn, strongLock } from "./about-locks.js";
import { splitOff } from "./about-splits.js";
import { busyTable } from "./about-tables.js";
import { check, type FileScene, type Report, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "held-lock",
  severity: "warning",
  area: "F",
  kind: "act",
  summary: "Slow work follows a strong lock in one transaction, or one transaction locks three tables that are in use.",
  why: "A lock is kept until the transaction ends: behind ACCESS EXCLUSIVE all reads and writes of the table wait as long as the slow work takes.",
  instead: "Split the file: what locks in one migration, what takes long in the next.",
  silent:
    "the slow work touches only tables made along with it, nothing wraps the file in a transaction, or the locks only switch row level security on",
  turnOff: "when the application is stopped while migrations run, so that no traffic meets the lock",
  peers: "PLS SM EU MP PF",
  bad: [
    "-- file: supabase/migrations/1_init.sql\ncreate table users (id uuid primary key, dark boolean);\n-- file: supabase/migrations/2_preferences.sql\nalter table users add column preferences jsonb default '{}';\nupdate users set preferences = '{\"theme\": \"dark\"}' where dark;",
    "-- file: migrations/1_init.sql\ncreate table users (id int primary key, dark boolean);\n-- file: migrations/2_all.sql\nBEGIN;\nALTER TABLE users ADD COLUMN name text;\nCREATE INDEX users_name ON users (name);\nCOMMIT;",
    "-- file: supabase/migrations/1_init.sql\ncreate table a (id int primary key);\ncreate table b (id int primary key);\ncreate table c (id int primary key);\n-- file: supabase/migrations/2_all.sql\nalter table a add column x int;\nalter table b add column x int;\nalter table c add column x int;",
  ],
  good: [
    "-- file: supabase/migrations/1_init.sql\ncreate table users (id uuid primary key, dark boolean);\n-- file: supabase/migrations/2_add.sql\nalter table users add column preferences jsonb;\nalter table users add column name text;",
    "-- file: supabase/migrations/1_init.sql\ncreate table users (id uuid primary key);\n-- file: supabase/migrations/2_add.sql\nalter table users add column name text;\ncreate table pets (id uuid primary key, name text);\ninsert into pets select gen_random_uuid(), 'rex';\ncreate index on pets (name);",
    "-- file: migrations/1_init.sql\ncreate table users (id int primary key, dark boolean);\n-- file: migrations/2_all.sql\nBEGIN;\nALTER TABLE users ADD COLUMN name text;\nCOMMIT;\nUPDATE users SET name = '' WHERE dark;",
    "-- file: supabase/migrations/1_init.sql\ncreate table users (id uuid primary key, dark boolean);\n-- file: supabase/migrations/2_fill.sql\nupdate users set dark = false where dark is null;\nalter table users alter column dark set default false;",
  ],
  *file(scene) {
    for (const transaction of transactionsIn(scene)) yield* judge(scene, transaction);
  },
});

/** What locks something that was there before the file, by the transaction it runs in. */
function transactionsIn({ statements }: FileScene): readonly (readonly StatementScene[])[] {
  if (!statements.some(({ inTransaction }) => inTransaction === true)) return [];
  const made = new Set<string>();
  const all: StatementScene[][] = [];
  let open: StatementScene[] | undefined;
  for (const one of statements) {
    const { makes, locks } = namesIn(one.statement);
    if (makes !== undefined) made.add(makes);
    if (one.inTransaction !== true) open = undefined;
    else if (locks.length === 0) {
      if (endsTransaction(one)) open = undefined;
    } else if (!locks.every((name) => made.has(name))) {
      if (open === undefined) {
        open = [];
        all.push(open);
      }
      open.push(one);
    }
  }
  return all;
}

function* judge(scene: FileScene, transaction: readonly StatementScene[]): Iterable<Report> {
  let held: Held[] = [];
  let spread = false;
  for (const one of transaction) {
    const slow = slowWork(one);
    const [first] = held;
    if (slow !== undefined && first !== undefined) {
      if (wasEmptied(scene, one, touchedBy(one))) continue;
      yield {
        at: wholeStatement(one),
        message: `\`${first.table}\` stays locked, reads included, until this ${slow} is done: both run in one transaction.`,
        related: [{ at: wholeStatement(first.scene), message: `takes the lock on \`${first.table}\`` }],
        fixes: () => splitOff(scene, one),
      };
      // One cause, one finding: what follows waits for the same lock.
      held = [];
      continue;
    }
    const table = strongLock(one);
    if (table === undefined) continue;
    held.push({ table, scene: one });
    const tables = [...new Set(held.filter((lock) => !onlyProtects(lock.scene)).map((lock) => lock.table))];
    if (tables.length === 3 && !spread) {
      spread = true;
      yield {
        at: wholeStatement(one),
        message: `One transaction keeps ${tables.map((name) => `\`${name}\``).join(", ")} locked together: traffic on all of them waits for the last, and another transaction that takes them in another order deadlocks with it.`,
        severity: "info",
        fixes: () => splitOff(scene, one),
      };
    }
  }
}

interface Held {
  readonly table: string;
  readonly scene: StatementScene;
}

function endsTransaction({ statement }: StatementScene): boolean {
  const kind = as(statement.node, "TransactionStmt")?.kind;
  return kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK";
}

function touchedBy({ statement: { node } }: StatementScene): RangeVar | undefined {
  return as(node, "IndexStmt")?.relation ?? as(node, "AlterTableStmt")?.relation;
}

/** Switching row level security on is quick, and tables that stay open while a file is split are worse than a short lock. */
function onlyProtects({ statement }: StatementScene): boolean {
  const commands = as(statement.node, "AlterTableStmt")?.cmds ?? [];
  return commands.length > 0 && commands.every((node) => protecting.has(as(node, "AlterTableCmd")?.subtype ?? ""));
}

const protecting = new Set(["AT_EnableRowSecurity", "AT_ForceRowSecurity"]);

/** What takes as long as the table is large, in words; undefined for what is quick or touches only tables made along with it. */
function slowWork(scene: StatementScene): string | undefined {
  const { node } = scene.statement;
  if (node === undefined) return undefined;
  const busy = (relation: RangeVar | undefined): boolean => busyTable(scene, relation) !== undefined;
  switch (kindOf(node)) {
    case "UpdateStmt":
      return busy(as(node, "UpdateStmt")?.relation) ? "UPDATE" : undefined;
    case "DeleteStmt":
      return busy(as(node, "DeleteStmt")?.relation) ? "DELETE" : undefined;
    case "InsertStmt": {
      const insert = as(node, "InsertStmt");
      const rows = as(insert?.selectStmt, "SelectStmt");
      return rows?.fromClause !== undefined && busy(insert?.relation) ? "INSERT" : undefined;
    }
    case "IndexStmt": {
      const index = as(node, "IndexStmt");
      return index?.concurrent !== true && busy(index?.relation) ? "index build" : undefined;
    }
    case "AlterTableStmt": {
      const alter = as(node, "AlterTableStmt");
      const validates = (alter?.cmds ?? []).some(
        (one) => as(one, "AlterTableCmd")?.subtype === "AT_ValidateConstraint",
      );
      return validates && busy(alter?.relation) ? "validation" : undefined;
    }
    default:
      return undefined;
  }
}
