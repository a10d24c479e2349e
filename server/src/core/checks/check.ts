import type { History, Migration, Wrapping } from "../schema/history.js";
import type { Place, Schema, Table } from "../schema/model.js";
import type { SqlFile, Statement } from "../sql/statement.js";
import type { NodeKind, NodeOf } from "../sql/tree.js";
import type { CompilerMessage } from "../sync/compiler.js";
import type { SyncDocument } from "../sync/document.js";
import type { Span } from "../text/source.js";

/**
 * The shape of a check: plain data and one or two generator functions. A check sees a scene and yields reports; it knows no
 * settings, no suppressions, no editor and no other check.
 */
export interface Check {
  /** Kebab-case noun phrase for what was found; the same word is diagnostic code, setting key, suppression and page anchor. */
  readonly name: string;
  /** The default; a report may carry another where the catalogue has exceptions. `off` is for those who switch it on. */
  readonly severity: Severity | "off";
  /** Area of the catalogue. */
  readonly area: keyof typeof areas;
  /**
   * `act` judges what running a statement does, in migrations that are not known to be applied; `state` judges the schema at the
   * end of the history; `text` judges what is written, wherever it stands.
   */
  readonly kind: "act" | "state" | "text";
  /** What is found, in one sentence. */
  readonly summary: string;
  /** What it costs, in one or two sentences. */
  readonly why: string;
  /** What to do about it, in one or two sentences. */
  readonly instead: string;
  /** When it stays silent, in one sentence; the standing guards are not repeated. */
  readonly silent?: string;
  /** When a project is better off without it, in words that go on after "Turn it off". */
  readonly turnOff: string;
  /** Peers that have it, by short name; in brackets behind one, how far. */
  readonly peers?: string;
  /** Every one must raise this check. Several files in one text: `-- file: PATH` or `# file: PATH` lines. */
  readonly bad: readonly string[];
  /** None may raise this check. */
  readonly good: readonly string[];
  /** By kind of statement, as PostgreSQL's tree names it (`CreateStmt`, `AlterTableStmt`, `IndexStmt`, …). */
  readonly visit?: { readonly [Kind in NodeKind]?: (node: NodeOf<Kind>, scene: StatementScene) => Iterable<Report> };
  /** For every statement, also one that does not parse. */
  readonly statement?: (scene: StatementScene) => Iterable<Report>;
  /** For a whole SQL file. */
  readonly file?: (scene: FileScene) => Iterable<Report>;
  /** Once for the schema at the end of a history. */
  readonly schema?: (scene: SchemaScene) => Iterable<Report>;
  /** For a PowerSync sync configuration. */
  readonly sync?: (scene: SyncScene) => Iterable<Report>;
}

export type Severity = "error" | "warning" | "info" | "hint";

/** The areas of the catalogue, in the order of the documentation. */
export const areas = {
  A: "Indexes",
  B: "Constraints and keys",
  C: "Columns and types",
  D: "Tables and schemas",
  E: "Partitions, triggers, enums",
  F: "Transactions, locks, history",
  G: "Data changes",
  H: "RLS presence",
  I: "RLS logic",
  J: "Exposure around RLS",
  K: "SQL correctness",
  N: "PowerSync",
} as const;

/** Other tools, by the short names that the checks use. */
const peerNames: Readonly<Record<string, string>> = {
  AT: "Atlas",
  EU: "eugene",
  MP: "MigrationPilot",
  PF: "pgfence",
  PGA: "pganalyze",
  PGL: "pglinter",
  PGR: "pgrls",
  PGX: "pgexplain",
  PH: "PgHero",
  PLS: "Postgres Language Server",
  PML: "pg-migration-lint",
  PSY: "PowerSync's own tools",
  RG: "supabase-rls-guard",
  RT: "rlsautotest",
  SD: "pg-schema-diff",
  SM: "strong_migrations",
  SPL: "splinter",
  SQ: "Squawk",
};

/** The peers that know a check, by their full names. */
export function peersOf({ peers }: Check): readonly string[] {
  return (peers?.split(/ (?=[A-Z])/) ?? []).map((peer) =>
    peer.replace(/^[A-Z0-9]+/, (short) => peerNames[short] ?? short),
  );
}

/** What a check yields. */
export interface Report {
  readonly at: Place;
  /** One sentence in the present tense that names the user's object in backticks and says the effect. */
  readonly message: string;
  readonly severity?: Severity;
  readonly related?: readonly Related[];
  /** Made only when somebody asks for them; the most useful first. */
  readonly fixes?: () => readonly Fix[];
  /** The place can simply go. */
  readonly unnecessary?: boolean;
  /** What the history lacks; nothing is said where the rest of the project tells of it. */
  readonly absent?: Absent;
}

/** A name that a history does not know. */
export interface Absent {
  readonly kind: "relation" | "column" | "function" | "type";
  readonly name: string;
  /** The table that lacks the column. */
  readonly of?: string;
}

export interface Related {
  readonly at: Place;
  readonly message: string;
}

/** A cure: edits of what stands, new migrations, or both. */
export interface Fix {
  readonly title: string;
  /** True only when behaviour cannot change; nothing else is applied in bulk. */
  readonly safe: boolean;
  readonly edits?: readonly PlacedEdit[];
  /** Statements that go, each with its semicolon and, when it stands alone there, its lines. */
  readonly takesOut?: readonly Place[];
  /** New migrations, in the order in which they are to run. */
  readonly migrations?: readonly NewMigration[];
}

/** A replacement of the text at a place. */
export interface PlacedEdit {
  readonly at: Place;
  readonly text: string;
}

/** A migration to be written; the history it goes to gives it version, file name and notation. */
export interface NewMigration {
  /** Words for the file name, e.g. `index_messages_room_id`. */
  readonly slug: string;
  /** Statements without semicolons. */
  readonly statements: readonly string[];
  /** True when the statements must not run in a transaction (CONCURRENTLY). */
  readonly outsideTransaction: boolean;
}

/** What is true of the whole project, whatever is looked at. */
export interface Facts {
  /** Supabase brings roles, schemas and an API of its own. */
  readonly platform: "supabase" | "postgres";
  /** Major version of the server the migrations run on. */
  readonly postgres: number;
  /** There is a PowerSync configuration. */
  readonly powersync: boolean;
  /** What the API serves, by the configuration or by default. */
  readonly api: {
    readonly schemas: readonly string[];
    /** New tables of `public` get grants for the API's roles by themselves; undefined when it is not said. */
    readonly exposesNewTables: boolean | undefined;
  };
}

/** One statement and the schema just before it. */
export interface StatementScene {
  readonly facts: Facts;
  readonly file: FileScene;
  /** Ordinal of its piece in the file. */
  readonly ordinal: number;
  readonly statement: Statement;
  /** The kind of its node; undefined when it does not parse. */
  readonly kind: NodeKind | undefined;
  /** What the statements before this one add up to. */
  readonly before: Schema;
  /** What is there after it. */
  readonly after: Schema;
  /** Runs inside a transaction, written or added by the runner; undefined when nobody knows. */
  readonly inTransaction: boolean | undefined;
  /**
   * What was computed of this statement before, for as long as the schemas around it answer the same to all that was asked; for hooks that go
   * over a whole file after every edit. The computation sees nothing else that may change.
   */
  readonly remember: <Answer>(what: string, compute: () => Answer) => Answer;
}

/** One SQL file and the migration it is, if it is one. */
export interface FileScene {
  readonly facts: Facts;
  readonly uri: string;
  readonly sql: SqlFile;
  /** Undefined for a script that belongs to no history. */
  readonly migration: Migration | undefined;
  readonly history: History | undefined;
  readonly wrapping: Wrapping;
  /** It is the last file of its history and not known to be applied: a fix may add to it. */
  readonly newest: boolean;
  /** The text on the default branch, when the file is there and reads otherwise. */
  readonly merged: string | undefined;
  /** Every statement of the forward section, in order. */
  readonly statements: readonly StatementScene[];
  /** The schema before the first statement. */
  readonly start: Schema;
  /** URIs of migrations known to be pending: tables they make are empty everywhere. */
  readonly pending: ReadonlySet<string>;
}

/** The schema at the end of a history. */
export interface SchemaScene {
  readonly facts: Facts;
  readonly schema: Schema;
  readonly history: History | undefined;
  /** The text that stands at a place, and what surrounds it. */
  readonly source: (uri: string) => SqlFile | undefined;
  /** The newest migration when it is not known to be applied: a fix may add to it. */
  readonly newest: Migration | undefined;
  /** Paths of migrations that are on the default branch and gone here. */
  readonly gone: readonly string[];
  /** The sync configurations of the same project. */
  readonly sync: readonly SyncDocument[];
}

/** A sync configuration and the schema it reads from; undefined when no migrations are known. */
export interface SyncScene {
  readonly facts: Facts;
  readonly uri: string;
  readonly document: SyncDocument;
  readonly schema: Schema | undefined;
  readonly history: History | undefined;
  /** What PowerSync's own compiler says; empty when it is not there. */
  readonly compiled: readonly CompilerMessage[];
}

/** A check as it stands in its file; only there so that the file is typed. */
export function check(definition: Check): Check {
  return definition;
}

/** A place in the statement of a scene. */
export function placeIn(scene: StatementScene, span: Span): Place {
  return { uri: scene.file.uri, piece: scene.ordinal, span };
}

/** The whole statement of a scene. */
export function wholeStatement(scene: StatementScene): Place {
  return placeIn(scene, { start: 0, end: scene.statement.text.length });
}

/**
 * Whether a table that a statement touches may hold rows and serve traffic: not made in the same file, not in a migration known to be
 * pending, not within the hour before by the times in the file names, not temporary.
 */
export function mayHoldRows(table: Table, file: FileScene): boolean {
  if (table.persistence === "temporary") return false;
  const made = table.origin.made?.uri;
  return made === undefined || (made !== file.uri && !file.pending.has(made) && !isWithinTheHour(made, file.uri));
}

/** Versions of the first minute of a day are numbers that people count up, not times. */
const version = /\/(\d{8})(?!0000)(\d\d)(\d\d)\d\d[_-][^/]*(?:\/[^/]*)?$/;

const number = /\/(\d+)_[^/]*$/;

/** Whether one migration was begun less than an hour after another: a table that young has next to no rows. */
function isWithinTheHour(first: string, second: string): boolean {
  // Which of two files of one version runs first is not known.
  if (number.exec(first)?.[1] !== undefined && number.exec(first)?.[1] === number.exec(second)?.[1]) return true;
  const one = version.exec(first);
  const other = version.exec(second);
  if (one === null || other === null || one[1] !== other[1]) return false;
  const minutes = (match: RegExpExecArray): number => Number(match[2]) * 60 + Number(match[3]);
  const between = minutes(other) - minutes(one);
  return between >= 0 && between < 60;
}
