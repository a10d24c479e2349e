/** Names of types and roles that mean nothing at a point of the history; what somebody else may have made is left alone. */
import { quoteIdentifier } from "../sql/quote.js";
import type { Statement } from "../sql/statement.js";
import { mayMiss, nameOf, walk } from "../sql/tree.js";
import { nearest } from "../text/nearest.js";
import type { Span } from "../text/source.js";
import {
  extensionsAlong,
  extensionsWith,
  isCatalogType,
  isExtensionType,
  isListed,
  listedNames,
  type Platform,
} from "./catalog.js";
import { spanOfName } from "./missing.js";
import { keyOf, type Schema } from "./model.js";
import { isPlatformSchema } from "./platform.js";
import { platformRoles } from "./platform-lists.js";
import { tie } from "./ties.js";

/** A type or role that is not there. */
export interface MissingObject {
  readonly span: Span;
  /** The name as it is written. */
  readonly shown: string;
  /** The extensions that bring it. */
  readonly from: readonly string[];
  /** What was most likely meant, as SQL writes it; looked for when somebody asks. */
  readonly meant: () => string | undefined;
}

/** The types that a statement names and nothing has made; `schemas` are those before and after it. */
export function missingTypes(
  statement: Statement,
  schemas: readonly Schema[],
  platform: Platform,
): readonly MissingObject[] {
  const { node: root } = statement;
  // CREATE AGGREGATE and its kin write all their options in the form of types.
  if (root === undefined || statement.masked || "DefineStmt" in root || mayMiss(root)) return [];
  const found = new Map<string, MissingObject>();
  walk(root, (kind, node) => {
    if (kind !== "TypeName" || node.pct_type === true) return;
    const written = nameOf(node.names);
    if (written === undefined) return;
    const shown = written.schema === undefined ? written.name : `${written.schema}.${written.name}`;
    if (found.has(shown) || schemas.some((schema) => isType(schema, written, platform))) return;
    if (!schemas.some(({ beginning }) => beginning === "whole")) return;
    if (!schemas.every((schema) => isCertain(schema, written.schema))) return;
    const from = extensionsWith("types", written.name);
    if (from.length > 0 && platform === "postgres" && !schemas.some(({ extensions }) => extensions.some(() => true)))
      return;
    const span = spanOfName(statement, { schema: written.schema, name: written.name }, node.location ?? 0);
    if (span === undefined) return;
    const meant = (): string | undefined => nearestType(schemas, written, platform);
    found.set(shown, { span, shown, from, meant: from.length > 0 ? () => undefined : meant });
  });
  return [...found.values()];
}

interface Written {
  readonly schema?: string;
  readonly name: string;
}

function isType(schema: Schema, { schema: namespace, name }: Written, platform: Platform): boolean {
  // The type of an array begins with an underscore, as other names may too.
  return [name, ...(name.startsWith("_") ? [name.slice(1)] : [])].some((one) =>
    isNamed(schema, namespace, one, platform),
  );
}

function isNamed(schema: Schema, namespace: string | undefined, name: string, platform: Platform): boolean {
  if ((namespace === undefined || namespace === "pg_catalog") && isCatalogType(name)) return true;
  const kinds = [schema.types, schema.tables, schema.views];
  // A search path that is set elsewhere may lead to any schema.
  if (
    kinds.some((kind) =>
      namespace === undefined ? kind.tiedTo(tie.named(name)).length > 0 : kind.has(keyOf(namespace, name)),
    )
  )
    return true;
  const created = schema.extensions.entries().map(([extension]) => extension);
  return [...extensionsAlong(created, platform)].some((extension) => isExtensionType(extension, name));
}

function isCertain(schema: Schema, namespace: string | undefined): boolean {
  if (schema.unreadNames > 0 || schema.beginning === "late") return false;
  if (!schema.extensions.entries().every(([name]) => isListed(name))) return false;
  if (namespace === undefined)
    return schema.searchPath.every((one) => one === "extensions" || schema.namespaces.has(one));
  return namespace === "extensions" || (schema.namespaces.has(namespace) && !isPlatformSchema(namespace));
}

function nearestType(schemas: readonly Schema[], { schema: namespace, name }: Written, platform: Platform) {
  const own = schemas.flatMap((schema) =>
    schema.types
      .values()
      .filter((type) => (namespace === undefined ? schema.searchPath.includes(type.schema) : type.schema === namespace))
      .map((type) => type.name),
  );
  const near = nearest(name, own);
  if (near !== undefined || namespace !== undefined) return near === undefined ? undefined : quoteIdentifier(near);
  const created = schemas.flatMap(({ extensions }) => extensions.entries().map(([extension]) => extension));
  const along = [...extensionsAlong(created, platform)].flatMap((extension) => [...listedNames(extension, "types")]);
  return nearest(name, [...common, ...along]);
}

/** What people mean when they mistype a type of PostgreSQL. */
const common =
  "bigint boolean bytea char date integer interval json jsonb numeric real smallint text time timestamp timestamptz uuid varchar inet".split(
    " ",
  );

/**
 * The roles that a statement names and nobody has made. A server's administrator makes roles too, so that without a platform only a slip in
 * writing one that is known counts.
 */
export function missingRoles(
  statement: Statement,
  schemas: readonly Schema[],
  platform: Platform,
): readonly MissingObject[] {
  const { node: root } = statement;
  if (root === undefined || statement.masked || "CreateRoleStmt" in root || mayMiss(root)) return [];
  const found = new Map<string, MissingObject>();
  walk(root, (kind, node) => {
    if (kind !== "RoleSpec" || node.roletype !== "ROLESPEC_CSTRING") return;
    const name = node.rolename ?? "";
    if (name === "" || name === "postgres" || /^pg_/.test(name) || found.has(name)) return;
    if (platform === "supabase" && platformRoles.includes(name)) return;
    if (schemas.some((schema) => schema.unreadNames > 0 || schema.roles.has(name))) return;
    const meant = (): string | undefined => nearestRole(schemas, name, platform);
    const sure = platform === "supabase" && schemas.some(({ beginning }) => beginning === "whole");
    if (!sure && meant() === undefined) return;
    const span = spanOfName(statement, { schema: undefined, name }, node.location ?? 0);
    if (span !== undefined) found.set(name, { span, shown: name, from: [], meant });
  });
  return [...found.values()];
}

function nearestRole(schemas: readonly Schema[], name: string, platform: Platform): string | undefined {
  const own = schemas.flatMap(({ roles }) => roles.entries().map(([role]) => role));
  const near = nearest(name, platform === "supabase" ? [...platformRoles, ...own] : own);
  return near === undefined ? undefined : quoteIdentifier(near);
}
