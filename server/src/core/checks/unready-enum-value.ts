import type { Column, Place, Schema } from "../schema/model.js";
import { resolve } from "../schema/reading.js";
import { bodyStatements } from "../sql/body.js";
import { expressionSpan } from "../sql/expression.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, nameOf, stringOf, walk } from "../sql/tree.js";
import type { Span } from "../text/source.js";
import { within } from "./about-bodies.js";
import { statementsOf } from "./about-kinds.js";
import { splitOff } from "./about-splits.js";
import { tableNamed } from "./about-tables.js";
import { check, placeIn, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "unready-enum-value",
  severity: "error",
  area: "E",
  kind: "act",
  summary: "A label is added to an enum and used in the same transaction.",
  why: "PostgreSQL lets nobody use a label before the transaction that added it has ended: the statement fails (55P04), and the migration with it.",
  instead: "Use the label in a next migration, which runs in a transaction of its own.",
  silent: "a type that is made in the same file, and the bodies of functions, which run later",
  turnOff: "when your runner ends the transaction after each statement, though its files do not show it",
  peers: "PLS MP PF",
  bad: [
    "-- file: supabase/migrations/1_a.sql\ncreate type mood as enum ('sad', 'ok');\ncreate table post (id uuid primary key, mood mood);\nalter table post enable row level security;\n-- file: supabase/migrations/2_b.sql\nalter type mood add value 'happy';\nalter table post alter column mood set default 'happy';",
    "-- file: supabase/migrations/1_a.sql\ncreate type mood as enum ('sad', 'ok');\n-- file: supabase/migrations/2_b.sql\nalter type mood add value 'happy';\nselect 'happy'::mood;",
  ],
  good: [
    "-- file: supabase/migrations/1_a.sql\ncreate type mood as enum ('sad', 'ok');\ncreate table post (id uuid primary key, mood mood, title text);\nalter table post enable row level security;\n-- file: supabase/migrations/2_b.sql\nalter type mood add value 'happy';\nselect 1 from post where title = 'happy' or mood = 'ok';\n-- file: supabase/migrations/3_c.sql\nalter table post alter column mood set default 'happy';",
    "create type mood as enum ('sad');\nalter type mood add value 'happy';\nselect 'happy'::mood;",
  ],
  *file(scene) {
    if (statementsOf(scene, ["AlterEnumStmt"]).length === 0) return;
    let added: Added[] = [];
    for (const one of scene.statements) {
      if (as(one.statement.node, "TransactionStmt") !== undefined) added = [];
      if (added.length === 0 && as(one.statement.node, "AlterEnumStmt") === undefined) continue;
      if (one.inTransaction !== true) continue;
      const add = additionOf(one);
      if (add !== undefined) added.push(add);
      else if (added.length > 0) {
        const use = firstUse(one, added);
        if (use === undefined) continue;
        yield {
          at: use.at,
          message: `\`${use.added.label}\` becomes a label of \`${use.added.type}\` in this same transaction, so this statement fails.`,
          related: [{ at: use.added.at, message: "adds the label" }],
          fixes: () => splitOff(scene, one),
        };
      }
    }
  },
});

interface Added {
  readonly type: string;
  readonly label: string;
  readonly at: Place;
}

function additionOf(scene: StatementScene): Added | undefined {
  const alter = as(scene.statement.node, "AlterEnumStmt");
  // Renaming a label has no such limit.
  if (alter?.newVal === undefined || alter.oldVal !== undefined) return undefined;
  const written = nameOf(alter.typeName);
  if (written === undefined) return undefined;
  const key = resolve(scene.before, scene.before.types, { schema: written.schema, name: written.name });
  const type = key === undefined ? undefined : scene.before.types.get(key);
  if (type?.origin.made?.uri === scene.file.uri || type?.labels.includes(alter.newVal) === true) return undefined;
  return { type: written.name, label: alter.newVal, at: wholeStatement(scene) };
}

interface Use {
  readonly added: Added;
  readonly at: Place;
}

/** The first place where a statement needs a label to be one. */
function firstUse(scene: StatementScene, added: readonly Added[]): Use | undefined {
  const { statement } = scene;
  if (as(statement.node, "CreateFunctionStmt") !== undefined || statement.masked) return undefined;
  const runs = as(statement.node, "DoStmt") === undefined ? [{ start: 0, statement }] : bodyStatements(statement);
  for (const { start, statement: inner } of runs) {
    const found = useIn(inner, added, scene.after);
    if (found === undefined) continue;
    return { added: found.added, at: placeIn(scene, within({ start }, found.span)) };
  }
  return undefined;
}

function useIn(
  statement: Statement,
  added: readonly Added[],
  schema: Schema,
): { readonly added: Added; readonly span: Span } | undefined {
  const columns = columnsIn(statement, schema);
  let found: { readonly added: Added; readonly node: Node } | undefined;
  const meet = (type: string | undefined, value: Node | undefined): void => {
    for (const node of as(value, "List")?.items ?? (value === undefined ? [] : [value])) {
      const label = stringOf(as(node, "A_Const") === undefined ? undefined : node);
      const one = added.find((known) => known.label === label && isType(type, known.type));
      if (one !== undefined) found ??= { added: one, node };
    }
  };
  const typeOf = (node: Node | undefined): string | undefined => {
    const name = stringOf(as(node, "ColumnRef")?.fields?.at(-1));
    return columns.find((column) => column.name === name)?.type;
  };
  walk(statement.node, (kind, node) => {
    if (kind === "TypeCast") meet(nameOf(node.typeName?.names)?.name, node.arg);
    else if (kind === "A_Expr") {
      meet(typeOf(node.lexpr), node.rexpr);
      meet(typeOf(node.rexpr), node.lexpr);
    } else if (kind === "ColumnDef") {
      for (const constraint of node.constraints ?? [])
        meet(nameOf(node.typeName?.names)?.name, as(constraint, "Constraint")?.raw_expr);
    } else if (kind === "AlterTableCmd" && node.subtype === "AT_ColumnDefault") {
      meet(columns.find((column) => column.name === node.name)?.type, node.def);
    } else if (kind === "UpdateStmt") {
      for (const target of node.targetList ?? []) {
        const { name, val } = as(target, "ResTarget") ?? {};
        meet(columns.find((column) => column.name === name)?.type, val);
      }
    } else if (kind === "InsertStmt") {
      const table = tableNamed(schema, node.relation);
      const names = node.cols?.map((one) => as(one, "ResTarget")?.name) ?? table?.columns.map(({ name }) => name) ?? [];
      for (const row of as(node.selectStmt, "SelectStmt")?.valuesLists ?? []) {
        for (const [at, value] of (as(row, "List")?.items ?? []).entries())
          meet(table?.columns.find(({ name }) => name === names[at])?.type, value);
      }
    }
  });
  const span = found === undefined ? undefined : expressionSpan(statement, found.node);
  return found === undefined || span === undefined ? undefined : { added: found.added, span };
}

function isType(type: string | undefined, name: string): boolean {
  return type !== undefined && type.replace(/\[\]$/, "").split(".").at(-1)?.replaceAll('"', "") === name;
}

/** The columns of all tables that a statement names. */
function columnsIn(statement: Statement, schema: Schema): readonly Column[] {
  const columns: Column[] = [];
  walk(statement.node, (kind, node) => {
    if (kind === "RangeVar") columns.push(...(tableNamed(schema, node)?.columns ?? []));
  });
  return columns;
}
