/**
 * Migration histories: which files of a workspace are migrations, of which tool, and in which order they run. It knows paths and
 * texts only; what the statements do is the fold's business.
 */

/** The tools whose folders are recognised. */
export type Tool =
  | "supabase"
  | "prisma"
  | "drizzle"
  | "knex"
  | "goose"
  | "dbmate"
  | "sqitch"
  | "flyway"
  | "diesel"
  | "plain";

/**
 * How a tool runs a file: in a transaction of its own (`file`), without one (`none`), as one query of several statements, which
 * PostgreSQL wraps unless there is only one (`implicit`), or nobody knows.
 */
export type Wrapping = "file" | "none" | "implicit" | "unknown";

/** One migration of a history. */
export interface Migration {
  readonly uri: string;
  /** Path relative to the workspace folder, with forward slashes. */
  readonly path: string;
  /** What the tool sorts by: a timestamp or a number, as written. */
  readonly version: string;
  /** `applied`: merged or run, never to be edited; `pending`: known not to be; `unknown`: nothing tells. */
  readonly state: "applied" | "pending" | "unknown";
}

/** Migrations that one tool runs one after the other. */
export interface History {
  /** The folder, relative to the workspace folder. */
  readonly folder: string;
  /** URI of the workspace folder, without a slash at the end. */
  readonly root: string;
  readonly tool: Tool;
  readonly migrations: readonly Migration[];
  /** Some of its migrations do more than their SQL says: what stands at the end is not known. */
  readonly partial?: true;
}
