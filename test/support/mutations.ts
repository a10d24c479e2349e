/** Texts as they are while somebody types, pastes and breaks them: edits of real text, made by fast-check so that a failure shrinks. */
import fc from "fast-check";

/** An edit by shares of the text's length, so that it fits any text. */
export interface Mutation {
  /** Where, from 0 to 1. */
  readonly at: number;
  /** How many units go. */
  readonly removed: number;
  readonly added: string;
}

/** What people type and paste: halves of quotes and comments, keywords, names, other dialects, things that are no text. */
const pieces: readonly string[] = [
  ..."'\"`$;,.(){}[]:\\/*-|&%#@!<>=\n\t ",
  ..."aeé😀\u0000\ufeff\ud800\u2028",
  ...("$$ $body$ '' \"\" -- /* */ :: := :name {{x}} $" + "{x} \\echo $1 E' U&'").split(" "),
  ...(
    "select from where with recursive lateral create alter drop table view function policy trigger index on using if not exists " +
    "begin end commit do language plpgsql returns insert into update set delete references primary key unique check default null " +
    "as and or in join left left outer union all grant to public enable row level security auth.uid() concurrently execute"
  ).split(" "),
  "create table t (id uuid primary key, a int);\n",
  "create function f() returns void language plpgsql as $$ begin perform 1; end $$;\n",
  "select * from (select 1) a, lateral (select 2) b where exists (select 1);\n",
  "index i on t (a),",
  "copy t from stdin;\n1\t2\n\\.\n",
  "-- +goose Down\n",
  "-- data-orchestrator: allow syntax-error because x\n",
  "streams:\n",
  "  - query: SELECT * FROM a\n",
  "&a [*a, *a]\n",
  "? : - | >-\n",
];

/** One edit: mostly small, now and then a large cut. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof(
    { weight: 6, arbitrary: fc.nat(3) },
    { weight: 2, arbitrary: fc.nat(60) },
    { weight: 1, arbitrary: fc.nat(2000) },
  ),
  added: fc
    .array(
      fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...pieces) },
        { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
      ),
      {
        maxLength: 4,
      },
    )
    .map((parts) => parts.join("")),
});

/** Where in a text a mutation strikes. */
export function placeOf(text: string, { at, removed }: Mutation): { readonly start: number; readonly removed: number } {
  const start = Math.min(text.length, Math.floor(at * (text.length + 1)));
  return { start, removed: Math.min(removed, text.length - start) };
}

/** The text after a mutation. */
export function mutated(text: string, mutation: Mutation): string {
  const { start, removed } = placeOf(text, mutation);
  return text.slice(0, start) + mutation.added + text.slice(start + removed);
}
