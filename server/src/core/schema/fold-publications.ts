import type { AlterPublicationStmt, CreatePublicationStmt, PublicationObjSpec } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { keyOf, type Publication, type PublishedTable, type Schema } from "./model.js";
import { changedHere, type Folding, madeHere, placeOf, relationName, resolve, stringsOf, wholeOf } from "./reading.js";

/** CREATE PUBLICATION. */
export function createPublication(schema: Schema, create: CreatePublicationStmt, fold: Folding): Schema {
  const name = create.pubname ?? "";
  if (schema.publications.has(name)) return schema;
  const empty: Publication = {
    name,
    allTables: create.for_all_tables === true,
    namespaces: [],
    tables: [],
    operations: ["insert", "update", "delete", "truncate"],
    viaRoot: false,
    origin: madeHere(wholeOf(fold)),
  };
  const made = withObjects(schema, publicationOptions(empty, create.options), create.pubobjects, fold);
  return { ...schema, publications: schema.publications.put(name, made) };
}

/** ALTER PUBLICATION … ADD, DROP, SET. */
export function alterPublication(schema: Schema, alter: AlterPublicationStmt, fold: Folding): Schema {
  const known = schema.publications.get(alter.pubname ?? "");
  if (known === undefined) return schema;
  const base = publicationOptions(known, alter.options);
  const named = withObjects(schema, { ...base, tables: [], namespaces: [] }, alter.pubobjects, fold);
  let changed: Publication = base;
  if (alter.pubobjects !== undefined && alter.pubobjects.length > 0) {
    const tables = new Set(named.tables.map(({ table }) => table));
    const kept = base.tables.filter(({ table }) => !tables.has(table));
    if (alter.action === "AP_DropObjects") {
      changed = {
        ...base,
        tables: kept,
        namespaces: base.namespaces.filter((name) => !named.namespaces.includes(name)),
      };
    } else if (alter.action === "AP_SetObjects") changed = named;
    else
      changed = { ...base, tables: [...kept, ...named.tables], namespaces: [...base.namespaces, ...named.namespaces] };
  }
  changed = { ...changed, origin: changedHere(known.origin, wholeOf(fold)) };
  return { ...schema, publications: schema.publications.put(known.name, changed) };
}

function withObjects(
  schema: Schema,
  publication: Publication,
  objects: readonly Node[] | undefined,
  fold: Folding,
): Publication {
  const tables: PublishedTable[] = [];
  const namespaces: string[] = [];
  for (const node of objects ?? []) {
    if (!("PublicationObjSpec" in node)) continue;
    const object: PublicationObjSpec = node.PublicationObjSpec;
    if (object.pubtable?.relation !== undefined) {
      const written = relationName(object.pubtable.relation);
      const start = object.pubtable.relation.location ?? 0;
      tables.push({
        table:
          resolve(schema, schema.tables, written) ??
          keyOf(written.schema ?? schema.searchPath[0] ?? "public", written.name),
        columns: object.pubtable.columns === undefined ? undefined : stringsOf(object.pubtable.columns),
        filtered: object.pubtable.whereClause !== undefined,
        place: placeOf(fold, { start, end: start + written.name.length }),
      });
    } else if (object.pubobjtype === "PUBLICATIONOBJ_TABLES_IN_SCHEMA") namespaces.push(object.name ?? "");
    else if (object.pubobjtype === "PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA")
      namespaces.push(schema.searchPath[0] ?? "public");
  }
  return { ...publication, tables, namespaces };
}

function publicationOptions(publication: Publication, options: readonly Node[] | undefined): Publication {
  let changed = publication;
  for (const node of options ?? []) {
    if (!("DefElem" in node) || node.DefElem.arg === undefined) continue;
    const { defname, arg } = node.DefElem;
    const word = "String" in arg ? (arg.String.sval ?? "") : "";
    if (defname === "publish")
      changed = { ...changed, operations: word.split(",").map((name) => name.trim().toLowerCase()) };
    else if (defname === "publish_via_partition_root") changed = { ...changed, viaRoot: /^(true|on|1)$/i.test(word) };
  }
  return changed;
}
