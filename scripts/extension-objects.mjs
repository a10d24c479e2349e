// Writes what PostgreSQL and common extensions bring along, by name: functions with the numbers of their arguments and their volatility,
// and types. It asks the embedded database, so it need only run after that one was upgraded: `node scripts/extension-objects.mjs [FOLDER]`.
// FOLDER is where the packages of the extensions that come apart (pgvector, pg_ivm) are installed; without it their lists stay as they are.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { root } from "./packages.mjs";

const target = path.join(root, "server/src/core/schema/catalog-lists.ts");
const apart = { vector: "@electric-sql/pglite-pgvector", pg_ivm: "@electric-sql/pglite-pg_ivm" };

// What only the server itself can call takes or gives `internal`. Of a name with several volatilities the mildest counts.
const functions = (where) => `
select p.proname
    || case min(case p.provolatile when 'i' then 0 when 's' then 1 else 2 end) when 0 then ':' when 1 then '~' else '!' end
    || string_agg(distinct case
        when p.provariadic <> 0 then (p.pronargs - p.pronargdefaults) || '+'
        when p.pronargdefaults > 0 then (p.pronargs - p.pronargdefaults) || '-' || p.pronargs
        else p.pronargs::text end, ',') as entry
  from pg_proc p
  where ${where} and not ('internal'::regtype = any (p.proargtypes::oid[])) and p.prorettype <> 'internal'::regtype
    and p.proname ~ '^[a-z_][a-z0-9_]*$'
  group by p.proname order by p.proname collate "C"`;
// Arrays go by the name of their element, and a table's row type by that of the table.
const types = (where) => `
select t.typname as entry from pg_type t
  where ${where} and t.typtype <> 'c' and t.typname !~ '^_' order by t.typname collate "C"`;
const ofExtension = (classId, oid) =>
  `exists (select from pg_depend d join pg_extension e on e.oid = d.refobjid
    where d.classid = '${classId}'::regclass and d.objid = ${oid} and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and e.extname = $1)`;
const inCatalog = (column) => `${column} = 'pg_catalog'::regnamespace`;

async function listed(db, sql, ...values) {
  return (await db.query(sql, values)).rows.map(({ entry }) => entry).join(" ");
}

const found = new Map();
const extensions = await available();
for (const [name, extension] of Object.entries(extensions)) {
  // earthdistance stands on cube.
  const db = new PGlite({ extensions: { cube: extensions.cube, [name]: extension } });
  await db.exec(`create extension "${name}" cascade`);
  if (!found.has("pg_catalog")) {
    found.set("pg_catalog", {
      functions: await listed(db, functions(inCatalog("p.pronamespace"))),
      types: await listed(db, types(inCatalog("t.typnamespace"))),
    });
  }
  const own = {
    functions: await listed(db, functions(ofExtension("pg_proc", "p.oid")), name),
    types: await listed(db, types(ofExtension("pg_type", "t.oid")), name),
    requires: await listed(
      db,
      `select r.extname as entry from pg_extension e join pg_depend d on d.classid = 'pg_extension'::regclass and d.objid = e.oid
        join pg_extension r on d.refclassid = 'pg_extension'::regclass and r.oid = d.refobjid where e.extname = $1`,
      name,
    ),
  };
  found.set(name, own);
  await db.close();
}
if (process.argv[2] === undefined) {
  const { catalogLists } = await import(path.join(root, "out/server/src/core/schema/catalog-lists.js"));
  for (const name of Object.keys(apart)) if (catalogLists[name] !== undefined) found.set(name, catalogLists[name]);
}
writeFileSync(target, moduleOf(found));

/** Every extension that comes with the embedded database, by the name that CREATE EXTENSION gives it. */
async function available() {
  const folder = path.join(root, "node_modules/@electric-sql/pglite/dist/contrib");
  const all = {};
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".js"))
    .sort()) {
    const [extension] = Object.values(await import(pathToFileURL(path.join(folder, file)).href));
    const name = file.slice(0, -".js".length).replace("uuid_ossp", "uuid-ossp");
    // A module without SQL is no extension.
    if (name !== "auto_explain") all[name] = extension;
  }
  if (process.argv[2] !== undefined) {
    const require = createRequire(path.join(path.resolve(process.argv[2]), "package.json"));
    for (const [name, from] of Object.entries(apart)) {
      const exported = await import(pathToFileURL(require.resolve(from).replace(/\.cjs$/, ".js")).href);
      all[name] = exported[name];
    }
  }
  return all;
}

function moduleOf(lists) {
  const entries = [...lists]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { functions, types, requires }]) => {
      const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
      const needs = requires ? `\n    requires: ${JSON.stringify(requires)},` : "";
      return `  ${key}: {\n    functions: \`${broken(functions)}\`,\n    types: \`${broken(types)}\`,${needs}\n  },`;
    });
  return `/**
 * Generated by \`node scripts/extension-objects.mjs\` from the catalogs of PostgreSQL ${version()} and its extensions; the queries stand there.
 * A function is its name, its volatility (\`:\` immutable, \`~\` stable, \`!\` volatile) and the numbers of arguments it takes
 * (\`2\`, \`1-3\` with defaults, \`1+\` when variadic).
 */
export const catalogLists: Readonly<Record<string, CatalogList>> = {
${entries.join("\n")}
};

/** What the catalog or an extension brings along, as words. */
export interface CatalogList {
  readonly functions: string;
  readonly types: string;
  /** The extensions that CASCADE brings along. */
  readonly requires?: string;
}
`;
}

function version() {
  const { version } = JSON.parse(
    readFileSync(path.join(root, "node_modules/@electric-sql/pglite/package.json"), "utf8"),
  );
  return `18 (as embedded by @electric-sql/pglite ${version})`;
}

/** Words in long lines. */
function broken(words) {
  return words.replace(/(.{460,500}) /g, "$1\n");
}
