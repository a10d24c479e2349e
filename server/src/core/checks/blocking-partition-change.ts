import type { AlterTableStmt, PartitionBoundSpec, PartitionCmd } from "@pgsql/types";
import type { Table } from "../schema/model.js";
import { expressionSpan } from "../sql/expression.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, constantOf, walk } from "../sql/tree.js";
import { type BusyTable, busyTable, likeKeywords, tableNamed } from "./about-tables.js";
import { check, type Fix, type NewMigration, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "blocking-partition-change",
  severity: "warning",
  area: "E",
  kind: "act",
  summary:
    "A filled table is attached as a partition without a CHECK that fits its bounds, or a partition is detached without CONCURRENTLY.",
  why: "ATTACH reads every row of the table, and of the default partition, under ACCESS EXCLUSIVE: reads and writes of them wait. DETACH takes ACCESS EXCLUSIVE on the whole partitioned table.",
  instead:
    "Add a CHECK with the bounds NOT VALID and validate it before ATTACH, which then trusts it; DETACH CONCURRENTLY outside of a transaction.",
  silent: "a table that is made along with the change, and one whose validated CHECK names all values of the bounds",
  turnOff: "when partitions come and go in hours in which nobody uses the partitioned table",
  peers: "SQ PLS MP PML PF",
  bad: [
    "-- file: supabase/migrations/1_a.sql\ncreate table visit (at date not null, who int, primary key (at, who)) partition by range (at);\ncreate table visit_2026 (at date not null, who int, primary key (at, who));\nalter table visit enable row level security;\nalter table visit_2026 enable row level security;\n-- file: supabase/migrations/2_b.sql\nset lock_timeout = '5s';\nalter table visit attach partition visit_2026 for values from ('2026-01-01') to ('2027-01-01');",
    "-- file: supabase/migrations/1_a.sql\ncreate table visit (at date not null, who int, primary key (at, who)) partition by range (at);\ncreate table visit_2026 partition of visit for values from ('2026-01-01') to ('2027-01-01');\nalter table visit enable row level security;\nalter table visit_2026 enable row level security;\n-- file: supabase/migrations/2_b.sql\nALTER TABLE visit DETACH PARTITION visit_2026;",
  ],
  good: [
    "-- file: supabase/migrations/1_a.sql\ncreate table visit (at date not null, who int, primary key (at, who)) partition by range (at);\ncreate table visit_2026 (at date not null, who int, primary key (at, who), check (at >= '2026-01-01' and at < '2027-01-01'));\nalter table visit enable row level security;\nalter table visit_2026 enable row level security;\n-- file: supabase/migrations/2_b.sql\nset lock_timeout = '5s';\nalter table visit attach partition visit_2026 for values from ('2026-01-01') to ('2027-01-01');",
    "create table visit (at date not null, who int, primary key (at, who)) partition by range (at);\ncreate table visit_2026 partition of visit for values from ('2026-01-01') to ('2027-01-01');\nalter table visit enable row level security;\nalter table visit_2026 enable row level security;\nalter table visit detach partition visit_2026;",
  ],
  visit: {
    *AlterTableStmt(alter, scene) {
      for (const node of alter.cmds ?? []) {
        const command = as(node, "AlterTableCmd");
        const part = as(command?.def, "PartitionCmd");
        if (part === undefined) continue;
        if (command?.subtype === "AT_AttachPartition") yield* attached(scene, alter, part);
        else if (command?.subtype === "AT_DetachPartition" && part.concurrent !== true)
          yield* detached(scene, alter, part);
      }
    },
  },
});

function* attached(scene: StatementScene, alter: AlterTableStmt, { name, bound }: PartitionCmd) {
  const parent = tableNamed(scene.before, alter.relation);
  const partition = busyTable(scene, name);
  const values = bound === undefined ? [] : constantsIn(bound);
  if (bound === undefined || bound.is_default === true) return;
  if (partition?.table !== undefined && !fits(partition.table, parent, values)) {
    yield {
      at: wholeStatement(scene),
      message: `Reads of and writes to \`${partition.name}\` wait while PostgreSQL checks each of its rows against these bounds.`,
      fixes: () => validateFirst(scene, partition, parent, bound),
    };
    return;
  }
  const rest = parent?.defaultPartition === undefined ? undefined : scene.before.tables.get(parent.defaultPartition);
  if (rest === undefined || parent === undefined || fits(rest, parent, values)) return;
  if (busyTable(scene, { relname: rest.name, schemaname: rest.schema }) === undefined) return;
  yield {
    at: wholeStatement(scene),
    message: `Reads of and writes to \`${rest.name}\`, the default partition, wait while PostgreSQL looks whether rows of it belong into this one.`,
  };
}

function* detached(scene: StatementScene, alter: AlterTableStmt, { name }: PartitionCmd) {
  const parent = busyTable(scene, alter.relation);
  if (parent === undefined || name === undefined) return;
  const table = tableNamed(scene.before, alter.relation);
  yield {
    at: wholeStatement(scene),
    message: `Reads of and writes to all partitions of \`${parent.name}\` wait for this, and it for them.`,
    fixes: () => (table?.defaultPartition !== undefined || scene.facts.postgres < 14 ? [] : concurrently(scene)),
  };
}

/** Whether some validated check names the columns of the division and all values of the bounds: then the rows are taken to fit. */
function fits(table: Table, parent: Table | undefined, values: readonly string[]): boolean {
  const columns = parent?.partitionBy?.columns ?? [];
  return table.constraints.some(({ kind, validated, expression }) => {
    if (kind !== "check" || !validated || expression === undefined) return false;
    const named = constantsIn(expression.node);
    return values.every((value) => named.includes(value)) && columns.every((name) => expression.text.includes(name));
  });
}

function constantsIn(node: Node | PartitionBoundSpec): readonly string[] {
  const found: string[] = [];
  const nodes = "lowerdatums" in node || "listdatums" in node ? [{ PartitionBoundSpec: node }] : [node as Node];
  walk(nodes as readonly Node[], (kind, constant) => {
    if (kind === "A_Const") found.push(String(constantOf({ A_Const: constant })));
  });
  return found;
}

/** CHECK NOT VALID, VALIDATE, ATTACH: three migrations, as each must not hold the locks of the one before. */
function validateFirst(
  scene: StatementScene,
  partition: BusyTable,
  parent: Table | undefined,
  bound: PartitionBoundSpec,
): readonly Fix[] {
  const condition = conditionOf(scene.statement, parent, bound);
  if (condition === undefined || scene.file.history === undefined) return [];
  const plain = (partition.table?.name ?? partition.name).slice(0, 50);
  const name = quoteIdentifier(`${plain}_bounds`);
  const write = (text: string): string => likeKeywords(scene.statement, text);
  const step = (slug: string, ...statements: readonly string[]): NewMigration => ({
    slug: `${slug}_${plain}`,
    statements,
    outsideTransaction: false,
  });
  const alter = `alter table \`${partition.sql}\``;
  return [
    {
      title: "Check the rows first, in migrations of their own",
      safe: false,
      takesOut: [wholeStatement(scene)],
      migrations: [
        step("bounds_of", write(`${alter} add constraint \`${name}\` check (${condition}) not valid`)),
        step("validate_bounds_of", write(`${alter} validate constraint \`${name}\``)),
        step("attach", scene.statement.text, write(`${alter} drop constraint \`${name}\``)),
      ],
    },
  ];
}

/** The bounds of a division by one column as a condition, names in backquotes. */
function conditionOf(statement: Statement, parent: Table | undefined, bound: PartitionBoundSpec): string | undefined {
  const [column, ...more] = parent?.partitionBy?.columns ?? [];
  if (column === undefined || more.length > 0) return undefined;
  const sql = `\`${quoteIdentifier(column)}\``;
  const text = (node: Node | undefined): string | undefined => {
    const span = node === undefined ? undefined : expressionSpan(statement, node);
    return span === undefined ? undefined : `\`${statement.text.slice(span.start, span.end)}\``;
  };
  if (parent?.partitionBy?.strategy === "list") {
    const values = (bound.listdatums ?? []).map((node) => (constantOf(node) === null ? undefined : text(node)));
    return values.length === 0 || values.includes(undefined) ? undefined : `${sql} in (${values.join(", ")})`;
  }
  if (parent?.partitionBy?.strategy !== "range") return undefined;
  const [low, high] = [bound.lowerdatums?.[0], bound.upperdatums?.[0]];
  // MINVALUE and MAXVALUE stand there as names.
  const limits = [
    as(low, "ColumnRef") === undefined ? [">=", text(low)] : undefined,
    as(high, "ColumnRef") === undefined ? ["<", text(high)] : undefined,
  ].filter((limit) => limit !== undefined);
  if (limits.some(([, value]) => value === undefined)) return undefined;
  return [`${sql} is not null`, ...limits.map(([sign, value]) => `${sql} ${sign} ${value}`)].join(" and ");
}

/** The same statement with CONCURRENTLY, in a migration of its own. */
function concurrently(scene: StatementScene): readonly Fix[] {
  const { history } = scene.file;
  if (history === undefined || scene.file.migration === undefined) return [];
  const text = scene.statement.text + likeKeywords(scene.statement, " concurrently");
  return [
    {
      title: "Detach it CONCURRENTLY, in a migration of its own",
      safe: false,
      takesOut: [wholeStatement(scene)],
      migrations: [{ slug: "detach_concurrently", statements: [text], outsideTransaction: true }],
    },
  ];
}
