/** Which functions give another answer at each call. Of a function that neither PostgreSQL nor the history knows, nothing is said. */
import type { Schema } from "../schema/model.js";
import { resolve } from "../schema/reading.js";
import type { Node } from "../sql/statement.js";
import { nameOf, walk } from "../sql/tree.js";

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
