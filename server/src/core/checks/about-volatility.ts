/**
 * Which functions give another answer at each call, and which expressions depend on more than the row. Of a function that neither
 * PostgreSQL nor the history knows, nothing is said.
 */
import { columnOf, type Schema, type Table } from "../schema/model.js";
import { resolve, typeText } from "../schema/reading.js";
import type { Node } from "../sql/statement.js";
import { as, type NodeOf, nameOf, stringOf, walk } from "../sql/tree.js";
import { callerCall } from "./about-callers.js";

/** The first call of a volatile function in an expression, by name. */
export function volatileCall(expression: Node | undefined, schema: Schema): string | undefined {
  let found: string | undefined;
  walk(expression, (kind, node) => {
    if (kind !== "FuncCall" || found !== undefined) return;
    const written = nameOf(node.funcname);
    if (written === undefined) return;
    const key = resolve(schema, schema.routines, { schema: written.schema, name: written.name });
    const routines = key === undefined ? undefined : schema.routines.get(key);
    const isVolatile =
      routines === undefined
        ? volatileFunctions.has(written.name)
        : routines.every(({ volatility }) => volatility === "volatile");
    if (isVolatile) found = written.name;
  });
  return found;
}

/**
 * The volatile functions that stand in defaults: those of PostgreSQL 18 (`select proname from pg_proc where provolatile = 'v'`, without
 * administration), of uuid-ossp and of pgcrypto.
 */
const volatileFunctions = new Set([
  "clock_timestamp",
  "gen_random_uuid",
  "uuidv4",
  "uuidv7",
  "nextval",
  "random",
  "random_normal",
  "timeofday",
  "currval",
  "lastval",
  "setval",
  "pg_current_wal_lsn",
  "txid_current",
  "uuid_generate_v1",
  "uuid_generate_v1mc",
  "uuid_generate_v4",
  "gen_random_bytes",
  "gen_salt",
]);

/** A part of an expression that is not the same for the same row for ever. */
export interface Unsteady {
  readonly node: Node;
  /** A clause that says on what it depends. */
  readonly why: string;
  /** The time with zone that is read in the session's zone, where that is the reason. */
  readonly time?: Node;
}

/** The first part of an expression over a table that is not IMMUTABLE, as PostgreSQL asks of an index. */
export function changing(expression: Node | undefined, table: Table | undefined, schema: Schema): Unsteady | undefined {
  let found: Unsteady | undefined;
  walk(expression, (...visited) => {
    const [kind, node] = visited;
    if (found !== undefined) return "skip";
    if (kind === "SQLValueFunction") found = { node: { SQLValueFunction: node }, why: dependsOnMoment };
    else if (kind === "FuncCall") found = changingCall(node, table, schema);
    else if (kind === "TypeCast") found = changingCast(node, table);
    else if (kind === "A_Expr") found = changingSum(node, table);
    return undefined;
  });
  return found;
}

const dependsOnMoment = "it depends on the moment or the session";

function changingCall(call: NodeOf<"FuncCall">, table: Table | undefined, schema: Schema): Unsteady | undefined {
  const node: Node = { FuncCall: call };
  const written = nameOf(call.funcname);
  if (written === undefined) return undefined;
  const { name } = written;
  const caller = callerCall(call);
  if (caller !== undefined) return { node, why: `\`${caller}()\` depends on who calls` };
  const key = resolve(schema, schema.routines, { schema: written.schema, name });
  const routines = key === undefined ? undefined : schema.routines.get(key);
  if (routines !== undefined) {
    // PostgreSQL puts the body of a simple SQL function in its place and looks at that.
    const all = routines.every(({ volatility, language }) => volatility !== "immutable" && language === "plpgsql");
    return all ? { node, why: `\`${name}()\` is not declared IMMUTABLE` } : undefined;
  }
  if (written.schema !== undefined && written.schema !== "pg_catalog") return undefined;
  if (volatileFunctions.has(name)) return { node, why: `\`${name}()\` gives another answer at each call` };
  if (moments.has(name)) return { node, why: `\`${name}()\` depends on the moment` };
  if (settled.has(name)) return { node, why: `\`${name}()\` is not IMMUTABLE, as it depends on settings` };
  if (name === "to_timestamp" && call.args?.length === 2)
    return { node, why: "`to_timestamp()` of a text depends on settings" };
  if (name === "to_tsvector" && call.args?.length === 1)
    return { node, why: "`to_tsvector()` without a configuration depends on a setting" };
  const time = call.args?.[/^(?:date_trunc|date_part|extract)$/.test(name) ? 1 : 0];
  const cuts = call.args?.length === 1 ? /^(?:date|time|timestamp)$/ : /^(?:date_trunc|date_part|extract)$/;
  if (time !== undefined && call.args?.length !== 3 && cuts.test(name) && typeOfNode(time, table) === zoned)
    return { node, why: `\`${name}()\` of a time with zone depends on the session's zone`, time };
  return undefined;
}

const zoned = "timestamp with time zone";

/** Casts between times with zone, times without, and text go by settings of the session. */
function changingCast(cast: NodeOf<"TypeCast">, table: Table | undefined): Unsteady | undefined {
  const from = typeOfNode(cast.arg, table);
  const to = bare(typeText(cast.typeName));
  const node: Node = { TypeCast: cast };
  // A constant is read once, when the index is made.
  if (from === undefined || cast.arg === undefined || as(cast.arg, "A_Const") !== undefined || from === to)
    return undefined;
  if (from === zoned && /^(?:date|time without|timestamp without)/.test(to))
    return { node, why: "a cast of a time with zone depends on the session's zone", time: cast.arg };
  const times = /^(?:date|time|interval)/;
  const texts = /^(?:text|character varying)$/;
  if ((times.test(from) && texts.test(to)) || (texts.test(from) && times.test(to)))
    return { node, why: `a cast from ${from} to ${to} depends on the session's settings` };
  if (/^(?:date|timestamp without)/.test(from) && to === zoned)
    return { node, why: `a cast from ${from} to ${to} depends on the session's zone` };
  return undefined;
}

/** A time with zone and an interval, a date or a time without: how long a day is and when it begins is the zone's. */
function changingSum(sum: NodeOf<"A_Expr">, table: Table | undefined): Unsteady | undefined {
  const operator = stringOf(sum.name?.[0]);
  if (sum.kind !== "AEXPR_OP" || !/^(?:[-+]|<|<=|=|>=|>|<>)$/.test(operator ?? "")) return undefined;
  const types = [typeOfNode(sum.lexpr, table), typeOfNode(sum.rexpr, table)];
  const [other] = types.filter((type) => type !== zoned);
  if (!types.includes(zoned) || other === undefined || !/^(?:interval|date|timestamp)/.test(other)) return undefined;
  // A constant is read once, when the index is made, and then compared as what it stands for.
  return {
    node: { A_Expr: sum },
    why: `\`${operator}\` between a time with zone and ${other} depends on the session's zone`,
  };
}

/** The type of a column or of what is plain to see; undefined when it is neither. */
function typeOfNode(node: Node | undefined, table: Table | undefined): string | undefined {
  const fields = as(node, "ColumnRef")?.fields;
  const column = stringOf(fields?.at(-1));
  if (column !== undefined && table !== undefined) return bare(columnOf(table, column)?.type ?? "") || undefined;
  const cast = as(node, "TypeCast");
  if (cast !== undefined) return bare(typeText(cast.typeName));
  const call = as(node, "FuncCall");
  if (nameOf(call?.funcname)?.name === "timezone") {
    const inner = typeOfNode(call?.args?.[1], table);
    return inner === zoned
      ? "timestamp without time zone"
      : inner === "timestamp without time zone"
        ? zoned
        : undefined;
  }
  const json = as(node, "A_Expr");
  return json !== undefined && /^#?->>$/.test(stringOf(json.name?.[0]) ?? "") ? "text" : undefined;
}

function bare(type: string): string {
  return type.replace(/\(\d+\)/, "");
}

/** Stable functions that tell the time. */
const moments = new Set(["now", "transaction_timestamp", "statement_timestamp"]);

/** Stable functions that people take for immutable ones (`select proname from pg_proc where provolatile = 's'`, those that stand in indexes). */
const settled = new Set([
  "concat",
  "concat_ws",
  "format",
  "to_char",
  "to_date",
  "to_number",
  "array_to_string",
  "to_json",
  "to_jsonb",
  "row_to_json",
  "json_build_object",
  "jsonb_build_object",
  "json_build_array",
  "jsonb_build_array",
  "unaccent",
  "current_schema",
  "pg_typeof",
]);
