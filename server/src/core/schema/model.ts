import type { Names } from "./names.js";
import type { Expression, Origin, Place } from "./place.js";

export type { Expression, Origin, Place } from "./place.js";

/**
 * What a database consists of, as an immutable value. Two makers fill it: the fold over migrations, and the catalog of a
 * database; whoever reads it cannot tell which. Names are as PostgreSQL stores them: folded to lower case unless quoted.
 */
export interface Schema {
  /** Keyed by `keyOf(schema, name)`, as are views, types, routines, sequences and indexes. */
  readonly tables: Names<Table>;
  readonly views: Names<View>;
  readonly types: Names<Type>;
  /** All overloads of one name. */
  readonly routines: Names<readonly Routine[]>;
  readonly sequences: Names<Sequence>;
  /** From an index's name to the key of the table or materialized view that carries it. */
  readonly indexes: Names<string>;
  readonly namespaces: Names<Namespace>;
  readonly extensions: Names<Extension>;
  readonly publications: Names<Publication>;
  readonly roles: Names<Role>;
  readonly defaultGrants: readonly DefaultGrant[];
  /** Where unqualified names are looked up, and the first of which gets what is created. */
  readonly searchPath: readonly string[];
  /** Number of statements whose effect could not be read (dynamic SQL): what they made is unknown. */
  readonly unread: number;
  /** Those among them that may have made, changed or dropped tables, views or columns. */
  readonly unreadRelations: number;
  /** Those that may have made, changed or dropped functions, types, roles or extensions. */
  readonly unreadNames: number;
  /** `late` when the first statement about a relation is about one that nothing made: the history does not tell of everything. */
  readonly beginning: "whole" | "late" | undefined;
  /** URI of the file that is a dump and being run: it makes all that it names, and stands for what was there before. */
  readonly dump: string | undefined;
}

export interface Namespace {
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly origin: Origin;
}

export interface Table {
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "partitioned" | "foreign";
  readonly persistence: "permanent" | "unlogged" | "temporary";
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  readonly policies: readonly Policy[];
  readonly triggers: readonly Trigger[];
  readonly rls: { readonly enabled: boolean; readonly forced: boolean; readonly place: Place | undefined };
  readonly grants: readonly Grant[];
  /** How a partitioned table divides its rows: by range, list or hash; `columns` is undefined when some of them are expressions. */
  readonly partitionBy?: { readonly strategy: string; readonly columns: readonly string[] | undefined };
  /** Key of the partition that takes what fits into no other. */
  readonly defaultPartition?: string;
  /** Key of the partitioned parent. */
  readonly partitionOf: string | undefined;
  /** Keys of the tables it inherits from. */
  readonly inherits: readonly string[];
  readonly replicaIdentity: "default" | "full" | "nothing" | { readonly index: string };
  readonly comment: string | undefined;
  /** False when the columns are not all known (CREATE TABLE AS, LIKE of an unknown table). */
  readonly complete: boolean;
  readonly origin: Origin;
}

export interface Column {
  readonly name: string;
  /** As `format_type` writes it: `character varying(20)`, `timestamp with time zone`, `integer[]`. */
  readonly type: string;
  readonly notNull: boolean;
  readonly default: Expression | undefined;
  /** The column's values are made by the server: `serial`, identity or a stored or virtual expression. */
  readonly generated: "identity" | "serial" | "stored" | "virtual" | undefined;
  readonly comment: string | undefined;
  readonly origin: Origin;
}

export interface Constraint {
  readonly kind: "primary key" | "unique" | "foreign key" | "check" | "exclude";
  /** As PostgreSQL names it, also when the statement gives no name. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly references:
    | { readonly table: string; readonly schema: string; readonly name: string; readonly columns: readonly string[] }
    | undefined;
  readonly onDelete: "no action" | "restrict" | "cascade" | "set null" | "set default" | undefined;
  readonly expression: Expression | undefined;
  readonly validated: boolean;
  readonly deferrable: boolean;
  readonly origin: Origin;
}

export interface Index {
  readonly name: string;
  readonly method: string;
  readonly columns: readonly IndexColumn[];
  readonly include: readonly string[];
  readonly unique: boolean;
  readonly nullsNotDistinct: boolean;
  readonly predicate: Expression | undefined;
  /** Name of the constraint that owns it. */
  readonly constraint: string | undefined;
  readonly origin: Origin;
}

/** A column of an index, or an expression in its place. */
export interface IndexColumn {
  readonly name: string | undefined;
  readonly expression: Expression | undefined;
  readonly descending: boolean;
  readonly operatorClass: string | undefined;
  /** Where NULLs stand and by which collation it sorts, when the statement says so. */
  readonly nulls?: "first" | "last";
  readonly collation?: string;
}

export type Command = "all" | "select" | "insert" | "update" | "delete";

export interface Policy {
  readonly name: string;
  readonly command: Command;
  readonly permissive: boolean;
  /** `public` when the statement names no role. */
  readonly roles: readonly string[];
  readonly using: Expression | undefined;
  readonly check: Expression | undefined;
  readonly origin: Origin;
}

export interface Trigger {
  readonly name: string;
  readonly timing: "before" | "after" | "instead of";
  readonly events: readonly ("insert" | "update" | "delete" | "truncate")[];
  readonly forEach: "row" | "statement";
  /** Schema (undefined when not written) and name of the function. */
  readonly function: { readonly schema: string | undefined; readonly name: string };
  readonly enabled: boolean;
  readonly origin: Origin;
}

export interface View {
  readonly schema: string;
  readonly name: string;
  readonly materialized: boolean;
  /** Names of the output columns; undefined when they cannot be told without a database. */
  readonly columns: readonly string[] | undefined;
  readonly query: Expression;
  readonly securityInvoker: boolean;
  /** False for a materialized view that was made WITH NO DATA and not refreshed since. */
  readonly populated?: boolean;
  readonly indexes: readonly Index[];
  readonly grants: readonly Grant[];
  readonly comment: string | undefined;
  readonly origin: Origin;
}

export interface Type {
  readonly schema: string;
  readonly name: string;
  readonly kind: "enum" | "domain" | "composite" | "range" | "base";
  /** Labels of an enum, in order. */
  readonly labels: readonly string[];
  /** Base type of a domain. */
  readonly base: string | undefined;
  readonly columns: readonly Column[];
  readonly origin: Origin;
}

export interface Routine {
  readonly schema: string;
  readonly name: string;
  readonly kind: "function" | "procedure" | "aggregate";
  readonly arguments: readonly RoutineArgument[];
  /** As `format_type` writes it; undefined for a procedure and for RETURNS TABLE. */
  readonly returns: string | undefined;
  readonly returnsSet: boolean;
  readonly language: string;
  readonly volatility: "immutable" | "stable" | "volatile";
  readonly definer: boolean;
  /** The settings of its SET clauses, e.g. `search_path`. */
  readonly settings: ReadonlyMap<string, string>;
  readonly grants: readonly Grant[];
  /** The statement that wrote its body as it is now; undefined for a catalog's routines. */
  readonly body: Place | undefined;
  /** What a call may change unseen, by the words of its body: tables and columns, or other things such as grants and policies. */
  readonly changes: "nothing" | "things" | "relations";
  readonly origin: Origin;
}

export interface RoutineArgument {
  readonly name: string | undefined;
  readonly type: string;
  readonly mode: "in" | "out" | "inout" | "variadic" | "table";
  readonly hasDefault: boolean;
}

export interface Sequence {
  readonly schema: string;
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly origin: Origin;
}

export interface Extension {
  readonly name: string;
  readonly schema: string | undefined;
  readonly origin: Origin;
}

export interface Publication {
  readonly name: string;
  readonly allTables: boolean;
  /** Schemas published as a whole. */
  readonly namespaces: readonly string[];
  readonly tables: readonly PublishedTable[];
  /** The `publish` option: insert, update, delete, truncate. */
  readonly operations: readonly string[];
  readonly viaRoot: boolean;
  readonly origin: Origin;
}

export interface PublishedTable {
  /** Key of the table. */
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  readonly filtered: boolean;
  readonly place: Place | undefined;
}

export interface Role {
  readonly name: string;
  readonly login: boolean;
  readonly bypassRls: boolean;
  readonly replication: boolean;
  readonly memberOf: readonly string[];
  readonly origin: Origin;
}

/** A privilege held by a role; grants of ALL are spelled out as `all`. */
export interface Grant {
  readonly role: string;
  /** Lower case: select, insert, update, delete, truncate, references, trigger, usage, execute, all. */
  readonly privilege: string;
  /** Set when the grant covers these columns only. */
  readonly columns: readonly string[] | undefined;
  readonly place: Place | undefined;
  /** The platform's own doing, if it still did so on that day. */
  readonly automatic?: true;
}

/** What ALTER DEFAULT PRIVILEGES grants on objects that are made later. */
export interface DefaultGrant {
  readonly namespace: string | undefined;
  readonly kind: "tables" | "sequences" | "functions" | "types" | "schemas";
  readonly role: string;
  readonly privilege: string;
  readonly automatic?: true;
}

/** The key of a qualified name; NUL cannot stand in an identifier. */
export function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`;
}

/** The name as people write it: without the schema when it is `public`. */
export function displayName(object: { readonly schema: string; readonly name: string }): string {
  // A schema that a template names has no name that people know.
  const isPlain = object.schema === "public" || /^__+$/.test(object.schema);
  return isPlain ? object.name : `${object.schema}.${object.name}`;
}

/** The column of that name. */
export function columnOf(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name);
}
