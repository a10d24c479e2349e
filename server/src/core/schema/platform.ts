import type { DefaultGrant, Namespace, Schema, Sequence, Type } from "./model.js";
import { Names } from "./names.js";
import { tiesByName, tiesOfPublication, tiesOfRoutines, tiesOfTable, tiesOfView } from "./ties.js";

/**
 * What a platform brings along before the first migration runs. Supabase lets the roles of its API at every new table of `public`, or
 * did so until 2026: such grants are marked as automatic, and whoever asks decides by the day whether they were really given. PostgreSQL
 * itself lets everybody execute a function.
 */

/** The schema of a database in which nothing has been created. */
export const emptySchema: Schema = {
  tables: Names.none("tables", tiesOfTable),
  views: Names.none("views", tiesOfView),
  types: Names.none<Type>("types", tiesByName),
  routines: Names.none("routines", tiesOfRoutines),
  sequences: Names.none<Sequence>("sequences", tiesByName),
  indexes: Names.none("indexes"),
  namespaces: Names.none<Namespace>("namespaces").put("public", {
    name: "public",
    grants: [],
    origin: { made: undefined, changed: undefined },
  }),
  extensions: Names.none("extensions"),
  publications: Names.none("publications", tiesOfPublication),
  roles: Names.none("roles"),
  defaultGrants: [{ namespace: undefined, kind: "functions", role: "public", privilege: "execute", automatic: true }],
  searchPath: ["public"],
  unread: 0,
  unreadRelations: 0,
  unreadNames: 0,
  beginning: undefined,
  dump: undefined,
};

const automatic: readonly DefaultGrant[] = (["tables", "functions"] as const).flatMap((kind) =>
  ["anon", "authenticated", "service_role"].map((role) => ({
    namespace: "public",
    kind,
    role,
    privilege: "all",
    automatic: true as const,
  })),
);

const supabaseSchema: Schema = { ...emptySchema, defaultGrants: [...emptySchema.defaultGrants, ...automatic] };

/** The schema in which the first migration of a project finds the database. */
export function schemaAtStart(platform: "supabase" | "postgres"): Schema {
  return platform === "supabase" ? supabaseSchema : emptySchema;
}

/** The schemas that the platform brings along and looks after. */
const platformSchemas =
  /^(?:auth|storage|realtime|_realtime|vault|extensions|graphql|graphql_public|cron|net|pgmq|pgsodium|pgbouncer|supabase_\w+|pg_catalog|information_schema)$/;

/** Whether the platform, not the project, looks after a schema. */
export function isPlatformSchema(name: string): boolean {
  return platformSchemas.test(name);
}

/** The primary key of a table that the platform brings along: a reference that names no column means this one. */
export function platformKey(schema: string, name: string): readonly string[] {
  return keyed.has(`${schema}.${name}`) ? ["id"] : [];
}

const keyed = new Set([
  "auth.users",
  "auth.identities",
  "auth.sessions",
  "storage.buckets",
  "storage.objects",
  "vault.secrets",
]);
