import type { Node } from "@pgsql/types";

export type { Node } from "@pgsql/types";

/**
 * One SQL statement, known by its text alone: the same text is the same value wherever it stands.
 * All offsets in it, those of the tree included, are UTF-16 units into `text`.
 */
export interface Statement {
  /** The statement without its semicolon and without the comments before it. */
  readonly text: string;
  /** PostgreSQL's own tree, `{ CreateStmt: {…} }`; undefined when the text does not parse or is too large to be parsed. */
  readonly node: Node | undefined;
  /** Why it does not parse; the one error that may stand beside a tree is a missing semicolon. */
  readonly error: SyntaxFault | undefined;
  /** Present when placeholders (`:name`, `{{ }}`, …) had to be masked: names in the tree may be stand-ins that begin with `_`. */
  readonly masked?: true;
}

/** A syntax error of one statement. */
export interface SyntaxFault {
  /** PostgreSQL's own words, without position. */
  readonly message: string;
  /** Where, as an offset into the statement's text. */
  readonly offset: number;
  /** Present when the statement itself is whole and only the semicolon behind it is missing: put one at `offset`. */
  readonly missingSemicolon?: true;
}

/** What stands at one place of a SQL file. Comments between pieces belong to none. */
export interface Piece {
  /** `sql`: a statement; `psql`: a backslash command; `copy`: the data of COPY … FROM stdin; `directive`: a migration tool's comment line. */
  readonly kind: "sql" | "psql" | "copy" | "directive";
  readonly start: number;
  readonly end: number;
  /** Present when `kind` is `sql`. */
  readonly statement?: Statement;
  /** Whether a forward migration runs it: pieces below `-- +goose Down`, `-- migrate:down` and alike are `down`. */
  readonly section: "up" | "down";
}

/** A SQL text, cut into its pieces. */
export interface SqlFile {
  readonly text: string;
  readonly pieces: readonly Piece[];
}
