/**
 * Which relations a name may mean, and what is known of their columns. It says that something is not there only where nobody else can
 * have made it: not the platform, not an extension, not a tool, not a part of the history that cannot be read.
 */

import { quoteIdentifier } from "../sql/quote.js";
import { nearest } from "../text/nearest.js";
import { isOutsider } from "./fold-tables.js";
import { displayName, keyOf, type Schema, type Table } from "./model.js";
import { isPlatformSchema } from "./platform.js";
import { resolve } from "./reading.js";
import { tie } from "./ties.js";

/** Names of columns, in order; undefined when not all of them are known. */
export type Columns = readonly string[] | undefined;

/** What a name means: a table, view or sequence. */
export interface Relation {
  /** The name as people write it. */
  readonly shown: string;
  readonly columns: Columns;
}

/** A name as it is written. */
export interface WrittenName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** The relation of that name, when the schema has one. */
export function relationNamed(schema: Schema, written: WrittenName): Relation | undefined {
  const key = resolve(schema, schema.tables, written);
  const temporary = written.schema === undefined ? schema.tables.get(keyOf("pg_temp", written.name)) : undefined;
  const table = temporary ?? (key === undefined ? undefined : schema.tables.get(key));
  if (table !== undefined && !isOutsider(table))
    return { shown: displayName(table), columns: columnsOf(schema, table) };
  const viewKey = resolve(schema, schema.views, written);
  const view = viewKey === undefined ? undefined : schema.views.get(viewKey);
  return view === undefined ? undefined : { shown: displayName(view), columns: view.columns };
}

/** Whether it is certain that a name which `relationNamed` does not find means nothing. */
export function isMissing(schema: Schema, written: WrittenName): boolean {
  return isCertain(schema, written) && !isSomewhere(schema, written.name);
}

/** The relation that somebody most likely meant, as SQL writes it in the place of the name's last word. */
export function nearestRelation(schema: Schema, written: WrittenName): string | undefined {
  const all = [...[...schema.tables.unordered()].filter((table) => !isOutsider(table)), ...schema.views.unordered()];
  const here = (one: { readonly schema: string }): boolean =>
    written.schema === undefined
      ? schema.searchPath.includes(one.schema) || one.schema === "pg_temp"
      : one.schema === written.schema;
  const near = nearest(
    written.name,
    all.filter(here).map(({ name }) => name),
  );
  return near === undefined ? undefined : quoteIdentifier(near);
}

/** A table's columns, those of its parents among them: what a parent gets later its children get too. */
function columnsOf(schema: Schema, table: Table, depth = 0): Columns {
  if (!table.complete || schema.unreadRelations > 0 || depth > 16) return undefined;
  const own = table.columns.map(({ name }) => name);
  const parents = table.partitionOf === undefined ? table.inherits : [table.partitionOf, ...table.inherits];
  for (const key of parents) {
    const parent = schema.tables.get(key);
    const inherited = parent === undefined ? undefined : columnsOf(schema, parent, depth + 1);
    if (inherited === undefined) return undefined;
    for (const name of inherited) if (!own.includes(name)) own.push(name);
  }
  return own;
}

/** Whether the history tells of every relation that a name like this could mean. */
function isCertain(schema: Schema, { schema: namespace, name }: WrittenName): boolean {
  if (schema.unreadRelations > 0 || schema.beginning === "late") return false;
  if (namespace !== undefined && (isPlatformSchema(namespace) || !schema.namespaces.has(namespace))) return false;
  if (/^pg_|_seq$/.test(name) || known.has(name)) return false;
  return schema.extensions.entries().every(([extension]) => withoutRelations.has(extension));
}

/** Whether any schema has a relation of that name: a search path that is set elsewhere may lead there. */
function isSomewhere(schema: Schema, name: string): boolean {
  const named = tie.named(name);
  if ([schema.sequences, schema.types, schema.views].some((kind) => kind.tiedTo(named).length > 0)) return true;
  if (schema.tables.with(named).some((table) => !isOutsider(table))) return true;
  return schema.indexes.has(keyOf("public", name));
}

/** Relations that migration tools keep, and those of PostGIS and HypoPG. */
const known: ReadonlySet<string> = new Set(
  (
    "_prisma_migrations __drizzle_migrations knex_migrations knex_migrations_lock goose_db_version schema_migrations " +
    "flyway_schema_history __diesel_schema_migrations schema_version spatial_ref_sys geometry_columns geography_columns " +
    "raster_columns raster_overviews hypopg_list_indexes hypopg_hidden_indexes"
  ).split(" "),
);

/** Extensions that bring no relations, or only such as are known by their schema, by `pg_` or by the list above. */
const withoutRelations: ReadonlySet<string> = new Set(
  (
    "address_standardizer autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance file_fdw " +
    "fuzzystrmatch hstore http hypopg index_advisor insert_username intagg intarray isn lo ltree moddatetime pageinspect " +
    "pg_buffercache pg_cron pg_freespacemap pg_graphql pg_hashids pg_jsonschema pg_net pg_prewarm pg_repack pg_stat_monitor " +
    "pg_stat_statements pg_tle pg_trgm pg_visibility pg_walinspect pgaudit pgcrypto pgjwt pgmq pgroonga pgrouting pgrowlocks " +
    "pgsodium pgstattuple plpgsql plpgsql_check plv8 postgis postgres_fdw refint rum seg sslinfo supabase_vault tablefunc tcn " +
    "tsm_system_rows tsm_system_time unaccent uuid-ossp vector wrappers xml2"
  ).split(" "),
);
