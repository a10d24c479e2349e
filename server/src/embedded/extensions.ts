/** The extensions that the embedded database can really load, by the name that CREATE EXTENSION gives them. */
import type { Extension } from "@electric-sql/pglite";
import { btree_gin } from "@electric-sql/pglite/contrib/btree_gin";
import { btree_gist } from "@electric-sql/pglite/contrib/btree_gist";
import { citext } from "@electric-sql/pglite/contrib/citext";
import { fuzzystrmatch } from "@electric-sql/pglite/contrib/fuzzystrmatch";
import { hstore } from "@electric-sql/pglite/contrib/hstore";
import { intarray } from "@electric-sql/pglite/contrib/intarray";
import { ltree } from "@electric-sql/pglite/contrib/ltree";
import { pg_stat_statements } from "@electric-sql/pglite/contrib/pg_stat_statements";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { pgcrypto } from "@electric-sql/pglite/contrib/pgcrypto";
import { tablefunc } from "@electric-sql/pglite/contrib/tablefunc";
import { unaccent } from "@electric-sql/pglite/contrib/unaccent";
import { uuid_ossp } from "@electric-sql/pglite/contrib/uuid_ossp";

const available: Readonly<Record<string, Extension>> = {
  btree_gin,
  btree_gist,
  citext,
  fuzzystrmatch,
  hstore,
  intarray,
  ltree,
  pg_stat_statements,
  pg_trgm,
  pgcrypto,
  tablefunc,
  unaccent,
  "uuid-ossp": uuid_ossp,
};

/** Those that the statements create, and the two that Supabase has from the start: each one costs time at every start. */
export function extensionsFor(statements: readonly string[]): Record<string, Extension> {
  const wanted = new Set(["uuid-ossp", "pgcrypto"]);
  for (const statement of statements) {
    const [, name] = /^\s*create\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)"?/i.exec(statement) ?? [];
    if (name !== undefined) wanted.add(name.toLowerCase());
  }
  return Object.fromEntries(Object.entries(available).filter(([name]) => wanted.has(name)));
}
