import type { Node } from "../sql/statement.js";
import type { Span } from "../text/source.js";

/**
 * A place in a document. `piece` is the ordinal of a SQL file's piece and `span` lies within that piece's statement, so that a place
 * stays true while text before it changes; without a piece, `span` lies within the whole document.
 */
export interface Place {
  readonly uri: string;
  readonly piece: number | undefined;
  readonly span: Span;
}

/** Who made an object and who changed it last; undefined for what the platform brings along and for a catalog's objects. */
export interface Origin {
  readonly made: Place | undefined;
  readonly changed: Place | undefined;
}

/** An expression with its tree; `text` is the source as written. Offsets in the tree count from the start of the statement at `place`. */
export interface Expression {
  readonly text: string;
  readonly node: Node;
  readonly place: Place;
}
