import type { RangeVar, RoleSpec, TypeName } from "@pgsql/types";
import { expressionSpan } from "../sql/expression.js";
import type { Node, Statement } from "../sql/statement.js";
import type { Span } from "../text/source.js";
import {
  type DefaultGrant,
  type Expression,
  type Grant,
  keyOf,
  type Origin,
  type Place,
  type Schema,
} from "./model.js";

/** The statement being folded and where it stands; `base` is its offset within the piece when it stands inside a DO block. */
export interface Folding {
  readonly uri: string;
  readonly piece: number;
  readonly statement: Statement;
  readonly base: number;
}

/** The place of a span of the folded statement. */
export function placeOf(fold: Folding, span: Span): Place {
  return { uri: fold.uri, piece: fold.piece, span: { start: span.start + fold.base, end: span.end + fold.base } };
}

/** The place of the whole statement. */
export function wholeOf(fold: Folding): Place {
  return placeOf(fold, { start: 0, end: fold.statement.text.length });
}

/** The origin of something made by this statement. */
export function madeHere(place: Place): Origin {
  return { made: place, changed: undefined };
}

/** The origin of something that this statement changes. */
export function changedHere(origin: Origin, place: Place): Origin {
  return { made: origin.made, changed: place };
}

/** An expression of the folded statement. Its text and place are looked up when somebody asks: few are, and looking needs tokens. */
export function expressionOf(fold: Folding, node: Node): Expression {
  let known: Span | undefined;
  const span = (): Span => {
    known ??= expressionSpan(fold.statement, node) ?? { start: 0, end: 0 };
    return known;
  };
  return {
    node,
    get text() {
      return fold.statement.text.slice(span().start, span().end);
    },
    place: {
      uri: fold.uri,
      piece: fold.piece,
      get span() {
        return { start: span().start + fold.base, end: span().end + fold.base };
      },
    },
  };
}

/** The strings of a list of String nodes. */
export function stringsOf(nodes: readonly Node[] | undefined): readonly string[] {
  const strings: string[] = [];
  for (const node of nodes ?? []) if ("String" in node) strings.push(node.String.sval ?? "");
  return strings;
}

/** Schema (undefined when not written) and name out of a list of String nodes; a catalog name before them is dropped. */
export function nameOf(nodes: readonly Node[] | undefined): {
  readonly schema: string | undefined;
  readonly name: string;
} {
  const parts = stringsOf(nodes);
  return { schema: parts.at(-2), name: parts.at(-1) ?? "" };
}

/** Schema (undefined when not written) and name of a relation. */
export function relationName(relation: RangeVar | undefined): {
  readonly schema: string | undefined;
  readonly name: string;
} {
  return { schema: relation?.schemaname, name: relation?.relname ?? "" };
}

/** The schema in which a new object of that name is made. */
export function targetSchema(schema: Schema, written: string | undefined): string {
  return written ?? schema.searchPath[0] ?? "public";
}

/** The grants that a new object of that schema gets by default privileges. */
export function defaultGrantsOn(schema: Schema, namespace: string, kind: DefaultGrant["kind"]): readonly Grant[] {
  return schema.defaultGrants
    .filter((known) => known.kind === kind && (known.namespace === undefined || known.namespace === namespace))
    .map(({ role, privilege, automatic }) => ({
      role,
      privilege,
      columns: undefined,
      place: undefined,
      ...(automatic && { automatic }),
    }));
}

interface Lookup {
  has(key: string): boolean;
}

/** The key under which a name is found along the search path; undefined when there is no such thing. */
export function resolve(
  schema: Schema,
  kind: Lookup,
  name: { readonly schema: string | undefined; readonly name: string },
): string | undefined {
  if (name.schema !== undefined) {
    const key = keyOf(name.schema, name.name);
    return kind.has(key) ? key : undefined;
  }
  for (const namespace of schema.searchPath) {
    const key = keyOf(namespace, name.name);
    if (kind.has(key)) return key;
  }
  // A temporary object is found before all others, wherever the path leads.
  const temporary = keyOf("pg_temp", name.name);
  return kind.has(temporary) ? temporary : undefined;
}

/** The role's name; PUBLIC is `public`, CURRENT_USER and its kin are their own words. */
export function roleName(role: RoleSpec | undefined): string {
  switch (role?.roletype) {
    case "ROLESPEC_PUBLIC":
      return "public";
    case "ROLESPEC_CURRENT_ROLE":
      return "current_role";
    case "ROLESPEC_CURRENT_USER":
      return "current_user";
    case "ROLESPEC_SESSION_USER":
      return "session_user";
    default:
      return role?.rolename ?? "";
  }
}

/** The names of a list of RoleSpec nodes. */
export function roleNames(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ("RoleSpec" in node ? [roleName(node.RoleSpec)] : []));
}

/** The type as PostgreSQL's `format_type` writes it. */
export function typeText(type: TypeName | undefined): string {
  if (type === undefined) return "";
  const { schema, name } = nameOf(type.names);
  const own = schema === undefined || schema === "pg_catalog" ? formatted[name] : undefined;
  // As the search path of most leads to them, types of `public` go by their bare name.
  const base =
    own ?? (schema === undefined || schema === "pg_catalog" || schema === "public" ? name : `${schema}.${name}`);
  const modifiers = (type.typmods ?? []).flatMap((node) => {
    if (!("A_Const" in node)) return [];
    const { ival, sval } = node.A_Const;
    return ival !== undefined ? [String(ival.ival ?? 0)] : sval !== undefined ? [sval.sval ?? ""] : [];
  });
  return withModifiers(base, name, modifiers) + "[]".repeat(type.arrayBounds === undefined ? 0 : 1);
}

/** `timestamp with time zone` keeps its precision in the middle; `bpchar` without one is `"char"`'s neighbour `character(1)`. */
function withModifiers(base: string, name: string, modifiers: readonly string[]): string {
  if (name === "interval") return base;
  if (modifiers.length === 0) return base;
  const list = `(${modifiers.join(",")})`;
  const [head, ...tail] = base.split(" ");
  return /^time(stamp)?(tz)?$/.test(name) ? `${[head + list, ...tail].join(" ")}` : base + list;
}

/** The names by which `format_type` shows PostgreSQL's own types. */
const formatted: Readonly<Record<string, string>> = {
  bool: "boolean",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  int: "integer",
  float4: "real",
  float8: "double precision",
  bpchar: "character",
  varchar: "character varying",
  varbit: "bit varying",
  decimal: "numeric",
  time: "time without time zone",
  timetz: "time with time zone",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
  serial: "integer",
  serial4: "integer",
  serial2: "smallint",
  smallserial: "smallint",
  serial8: "bigint",
  bigserial: "bigint",
};

/** The type of an argument or a result: PostgreSQL keeps no length or precision of those. */
export function plainType(type: TypeName | undefined): string {
  return typeText(type).replace(/\([\d,]+\)/, "");
}

/** The integer type behind `serial` and its kin. */
export function isSerial(type: TypeName | undefined): boolean {
  const { schema, name } = nameOf(type?.names);
  return schema === undefined && /^(big|small)?serial[248]?$/.test(name);
}

/** Whether the value of an option says yes. */
export function isTrue(arg: Node | undefined): boolean {
  if (arg === undefined) return false;
  if ("Boolean" in arg) return arg.Boolean.boolval === true;
  if ("String" in arg) return /^(true|on|yes|1)$/i.test(arg.String.sval ?? "");
  return "Integer" in arg && arg.Integer.ival === 1;
}
