/** Remembers what was said of a statement within a schema, for as long as the schema answers the same to all that was asked. */
import type { Statement } from "../sql/statement.js";
import type { Schema } from "./model.js";
import { dependOn, holds, type Trace, traced } from "./tracing.js";

/** The same function, which computes again only when something it asked the schema for is another thing now. */
export function remembering<Answer>(
  compute: (statement: Statement, schema: Schema) => Answer,
): (statement: Statement, schema: Schema) => Answer {
  const known = new WeakMap<Statement, { schema: Schema; readonly answer: Answer; readonly trace: Trace }>();
  return (statement, schema) => {
    const entry = known.get(statement);
    if (entry !== undefined && (entry.schema === schema || holds(entry.trace, entry.schema, schema))) {
      entry.schema = schema;
      dependOn(entry.trace);
      return entry.answer;
    }
    const { answer, trace } = traced(() => compute(statement, schema));
    known.set(statement, { schema, answer, trace });
    return answer;
  };
}
