import type { Statement } from "./statement.js";

/** A static SQL statement inside a body. */
export interface BodyStatement {
  /** Where it begins in the text of the statement that holds the body. */
  readonly start: number;
  readonly statement: Statement;
  /** Whether it runs only sometimes: inside IF, CASE, a loop or an exception handler. */
  readonly guarded: boolean;
}

/** The SQL statements inside a DO block or the quoted body of a function or procedure in language sql or plpgsql. */
export function bodyStatements(statement: Statement): readonly BodyStatement[] {
  throw new Error(String(statement));
}
