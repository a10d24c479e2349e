/** What a migration tool's comment line tells. */
export interface Directive {
  /** Which section begins behind it. */
  readonly turns?: "up" | "down";
}

/**
 * The directive in a `--` comment that stretches from `at` to `end`; undefined when it is a plain comment. A directive ends the statement
 * before it, as the tools themselves cut there. Most of them count in the first column only.
 */
export function directiveIn(text: string, at: number, end: number, firstColumn: boolean): Directive | undefined {
  const line = text.slice(at, Math.min(end, at + 80));
  if (line.startsWith("--> statement-breakpoint")) return {};
  if (!firstColumn) return undefined;
  for (const [pattern, turns] of directives) {
    if (pattern.test(line)) return turns === undefined ? {} : { turns };
  }
  return undefined;
}

/** From the documentation of the tools: goose, sql-migrate, dbmate, node-pg-migrate, Play, rambler, tern, Liquibase, Atlas, sqlx, graphile-migrate. */
const directives: readonly (readonly [RegExp, "up" | "down" | undefined])[] = [
  [/^--\s*\+(?:goose|migrate)\s+up\b/i, "up"],
  [/^--\s*\+(?:goose|migrate)\s+down\b/i, "down"],
  [/^--\s*\+(?:goose|migrate)\s+\w/i, undefined],
  [/^--\s*migrate:up\b/i, "up"],
  [/^--\s*migrate:down\b/i, "down"],
  [/^--[\s-]*up\s+migration\s*$/i, "up"],
  [/^--[\s-]*down\s+migration\s*$/i, "down"],
  [/^--\s*rambler\s+up\s*$/i, "up"],
  [/^--\s*rambler\s+down\s*$/i, "down"],
  [/^--[\s-]*!Ups\s*$/, "up"],
  [/^--[\s-]*!Downs\s*$/, "down"],
  [/^---- create above \/ drop below ----/, "down"],
  [/^--\s*changeset\s+\S+:\S/i, undefined],
  [/^--\s*atlas:(?:txmode|delimiter)\b/, undefined],
  [/^--\s*no-transaction\s*$/i, undefined],
  [/^--!\s*(?:no-transaction|include|split|previous|hash)\b/i, undefined],
];
