import type { FuncCall } from "@pgsql/types";
import { catalogFunction, functionsOfPlatform } from "../schema/catalog.js";
import { signature } from "../schema/fold-routines.js";
import { keyOf, type Policy, type Routine, type Schema } from "../schema/model.js";
import { resolve } from "../schema/reading.js";
import { bodyExpressions, bodyOf, bodyStatements } from "../sql/body.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, nameOf, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { namesColumn } from "./about-callers.js";
import { cures, headOf } from "./about-cures.js";
import { definitionOf } from "./about-names.js";
import { routinesIn } from "./about-routines.js";
import { sqlName } from "./about-tables.js";
import { check, type SchemaScene } from "./check.js";

export default check({
  name: "mislabelled-volatility",
  severity: "warning",
  area: "K",
  kind: "state",
  summary:
    "A function is IMMUTABLE but reads tables, settings or the clock; or it is STABLE but writes; or a policy compares a column with a read-only function that is left VOLATILE.",
  why: "PostgreSQL believes the label: it keeps the first answer of an IMMUTABLE function in plans and indexes, refuses to write in one that is not VOLATILE, and looks nothing up in an index by a VOLATILE one.",
  instead: "Say STABLE of what only reads, and leave VOLATILE what writes or gives another answer at each call.",
  silent: "bodies that cannot be read, and calls of functions whose own label is not known",
  turnOff:
    "when labels are wrong on purpose, such as IMMUTABLE for a lookup in a table that never changes and whose indexes you rebuild",
  peers: "MP PGR",
  bad: [
    "create table setting (name text primary key, value text);\nalter table setting enable row level security;\ncreate function setting_of(wanted text) returns text language sql immutable as $$ select value from setting where name = wanted $$;",
    "create function today() returns date language sql immutable as $$ select current_date $$;",
    "create table member (room_id uuid, user_id uuid, primary key (room_id, user_id));\nalter table member enable row level security;\ncreate index on member (user_id);\ncreate function my_id() returns uuid language sql as $$ select auth.uid() $$;\ncreate policy members on member for select to authenticated using (user_id = my_id());",
    "create table visit (at timestamptz primary key);\nalter table visit enable row level security;\ncreate function visited() returns void language plpgsql stable as $$ begin insert into visit values (now()); end $$;",
  ],
  good: [
    "create table setting (name text primary key, value text);\nalter table setting enable row level security;\ncreate function setting_of(wanted text) returns text language sql stable as $$ select value from setting where name = wanted $$;\ncreate function slug(title text) returns text language plpgsql immutable as $$ begin return lower(concat_ws('-', title)); end $$;\ncreate function visited() returns void language plpgsql as $$ begin insert into setting values ('visited', now()::text); end $$;",
  ],
  *schema(scene) {
    for (const routine of scene.schema.routines.values().flat()) {
      if (routine.volatility === "volatile" || routine.kind !== "function") continue;
      const definition = definitionOf(scene, routine);
      const read = definition === undefined ? undefined : nodesOf(definition.statement);
      if (definition === undefined || read === undefined) continue;
      const label = routine.volatility.toUpperCase();
      const writes = firstWrite(read.nodes);
      const reason = writes ?? (routine.volatility === "immutable" ? changingRead(read.nodes) : undefined);
      if (reason === undefined) continue;
      const right = writes === undefined && !isVolatileRead(read.nodes) ? "stable" : "volatile";
      yield {
        at: headOf(scene, definition.place),
        ...(writes !== undefined && { severity: "error" as const }),
        message:
          writes === undefined
            ? `\`${routine.name}\` is ${label} but ${reason}: plans and indexes go on with an answer that is out of date.`
            : `\`${routine.name}\` is ${label} but ${reason}, which PostgreSQL refuses when it is called.`,
        fixes: () => relabel(scene, routine, right),
      };
    }
    yield* slowHelpers(scene);
  },
});

/** Functions that policies call, only read, and are not said to. */
function* slowHelpers(scene: SchemaScene) {
  const seen = new Set<Routine>();
  for (const table of scene.schema.tables.values()) {
    for (const policy of table.policies) {
      for (const routine of compared(policy).flatMap((call) => calledBy(call, scene.schema))) {
        if (routine.volatility !== "volatile" || routine.kind !== "function" || seen.has(routine)) continue;
        seen.add(routine);
        const definition = definitionOf(scene, routine);
        const read = definition === undefined ? undefined : nodesOf(definition.statement);
        if (definition === undefined || read === undefined || read.dynamic || !onlyReads(read.nodes, scene.schema))
          continue;
        yield {
          at: headOf(scene, definition.place),
          message: `\`${routine.name}\` only reads but is VOLATILE, so the policies of \`${table.name}\` that compare a column with it find no rows by an index.`,
          fixes: () => relabel(scene, routine, "stable"),
        };
      }
    }
  }
}

/**
 * The calls that a column of the row is compared with, and that take none: STABLE, an index finds their rows. Elsewhere the label changes
 * nothing, and a subquery runs once whatever it is.
 */
const compared: (policy: Policy) => readonly FuncCall[] = memo(({ using }) => {
  const calls: FuncCall[] = [];
  walk(using === undefined ? [] : [using.node], (kind, node) => {
    if (kind === "SubLink") return "skip";
    if (kind !== "A_Expr" || node.kind !== "AEXPR_OP") return undefined;
    for (const [one, other] of [
      [node.lexpr, node.rexpr],
      [node.rexpr, node.lexpr],
    ]) {
      const call = as(one, "FuncCall");
      if (call !== undefined && as(other, "ColumnRef") !== undefined && !namesColumn(call.args ?? [])) calls.push(call);
    }
    return undefined;
  });
  return calls;
});

/** The functions of that name that take so many arguments. */
function calledBy({ funcname = [], args = [] }: FuncCall, schema: Schema): readonly Routine[] {
  return routinesIn({ FuncCall: { funcname } }, schema).filter(({ arguments: list }) => {
    const goIn = list.filter(({ mode }) => mode !== "out" && mode !== "table");
    return args.length <= goIn.length && goIn.slice(args.length).every(({ hasDefault }) => hasDefault);
  });
}

function relabel(scene: SchemaScene, routine: Routine, volatility: string) {
  return cures(scene, routine.body, {
    title: `Label \`${routine.name}\` ${volatility.toUpperCase()}`,
    slug: `label_${routine.name}`,
    statements: [
      `alter function \`${sqlName(routine)}(${signature(routine.arguments).replaceAll(",", ", ")})\` ${volatility}`,
    ],
  });
}

interface Read {
  readonly nodes: readonly Node[];
  readonly dynamic: boolean;
}

/** What a body runs and evaluates; undefined when it cannot be read. */
const nodesOf: (statement: Statement) => Read | undefined = memo((statement) => {
  const atomic = as(statement.node, "CreateFunctionStmt")?.sql_body;
  if (atomic !== undefined) return { nodes: [atomic], dynamic: false };
  const body = bodyOf(statement);
  if (body === undefined || statement.masked) return undefined;
  const parts = [...bodyStatements(statement), ...bodyExpressions(statement)];
  const dynamic = body.language === "plpgsql" && /\bexecute\b/i.test(body.text);
  return { nodes: parts.flatMap(({ statement: inner }) => inner.node ?? []), dynamic };
});

const firstWrite: (nodes: readonly Node[]) => string | undefined = memo((nodes) => {
  let found: string | undefined;
  walk(nodes, (kind, node) => {
    if (kind !== "InsertStmt" && kind !== "UpdateStmt" && kind !== "DeleteStmt") return;
    if (node.relation?.schemaname !== "pg_temp") found ??= `writes to \`${node.relation?.relname}\``;
  });
  return found;
});

/** A table, a setting or a clock that a body reads. */
const changingRead: (nodes: readonly Node[]) => string | undefined = memo((nodes) => {
  let found: string | undefined;
  const withs = new Set<string>();
  walk(nodes, (kind, node) => {
    if (kind === "CommonTableExpr") withs.add(node.ctename ?? "");
  });
  walk(nodes, (kind, node) => {
    if (kind === "RangeVar" && (node.schemaname !== undefined || !withs.has(node.relname ?? "")))
      found ??= node.schemaname === "pg_catalog" ? undefined : `reads \`${node.relname}\``;
    else if (kind === "SQLValueFunction") found ??= "asks for the time or the user";
    else if (kind === "FuncCall") {
      const name = nameOf(node.funcname);
      if (name !== undefined && (changing.has(name.name) || name.schema === "auth")) found ??= `calls \`${name.name}\``;
    }
  });
  return found;
});

/** Settings, clocks and chance; what only depends on time zone or locale is often called immutable on purpose. */
const changing: ReadonlySet<string> = new Set(
  "current_setting now transaction_timestamp statement_timestamp clock_timestamp timeofday random gen_random_uuid uuid_generate_v4 nextval currval lastval txid_current".split(
    " ",
  ),
);

function isVolatileRead(nodes: readonly Node[]): boolean {
  let found = false;
  walk(nodes, (kind, node) => {
    if (kind !== "FuncCall") return;
    const name = nameOf(node.funcname)?.name ?? "";
    if (changing.has(name) && catalogFunction(name)?.volatility !== "stable") found = true;
  });
  return found;
}

/** Whether all that a body does is known to be reading. */
function onlyReads(nodes: readonly Node[], schema: Schema): boolean {
  let reads = true;
  if (nodes.some((node) => !("SelectStmt" in node) && !("List" in node) && !("ReturnStmt" in node))) return false;
  walk(nodes, (kind, node) => {
    if (kind === "InsertStmt" || kind === "UpdateStmt" || kind === "DeleteStmt" || kind === "MergeStmt") reads = false;
    if (kind === "SelectStmt" && (node.lockingClause !== undefined || node.intoClause !== undefined)) reads = false;
    if (kind === "FuncCall" && !isStable(nameOf(node.funcname), schema)) reads = false;
  });
  return reads;
}

function isStable(name: ReturnType<typeof nameOf>, schema: Schema): boolean {
  if (name === undefined) return false;
  if (name.schema !== undefined && functionsOfPlatform(name.schema)?.has(name.name) === true)
    return name.schema === "auth" || name.schema === "storage";
  const key =
    name.schema === undefined
      ? resolve(schema, schema.routines, { schema: undefined, name: name.name })
      : keyOf(name.schema, name.name);
  const own = key === undefined ? undefined : schema.routines.get(key);
  if (own !== undefined) return own.every(({ volatility }) => volatility !== "volatile");
  const listed = name.schema === undefined || name.schema === "pg_catalog" ? catalogFunction(name.name) : undefined;
  return listed !== undefined && listed.volatility !== "volatile";
}
