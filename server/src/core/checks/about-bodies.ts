/** A statement together with what its body runs and evaluates, each with the place where its offsets begin. It knows trees, not their sense. */
import { bodyExpressions, bodyStatements } from "../sql/body.js";
import type { Statement } from "../sql/statement.js";
import type { Span } from "../text/source.js";

/** A statement, or one inside its body. */
export interface Part {
  /** What its offsets count from, in the text of the statement around it. */
  readonly start: number;
  readonly statement: Statement;
}

/** A span of a part, in the text of the statement around it. */
export function within({ start }: Pick<Part, "start">, span: Span): Span {
  return { start: span.start + start, end: span.end + start };
}

/** The statement itself and everything in its body. */
export function partsOf(statement: Statement): readonly Part[] {
  return [{ start: 0, statement }, ...bodyStatements(statement), ...bodyExpressions(statement)];
}
