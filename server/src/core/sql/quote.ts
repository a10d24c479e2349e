/** A name as SQL writes it: bare when PostgreSQL would read it back the same, else in double quotes. */
export function quoteIdentifier(name: string): string {
  throw new Error(name);
}

/** A string constant. */
export function quoteLiteral(value: string): string {
  throw new Error(value);
}
