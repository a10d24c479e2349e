/**
 * What people write out of habit from MySQL and SQLite, or because PostgreSQL has it elsewhere: each form, where it stands, and what
 * PostgreSQL has in its place. It judges text; whether the result parses is for the caller to see.
 */
import type { Edit, Span } from "../text/source.js";
import { likeKeywords } from "./about-tables.js";

/** One borrowed form in a statement. */
export interface Form {
  readonly span: Span;
  readonly message: string;
  /** What turns it into PostgreSQL's; none when only a person can. */
  readonly edits: readonly Edit[];
  /** Statements that have to follow the statement. */
  readonly after?: readonly string[];
}

/** What a form is looked for in. */
export interface Words {
  readonly text: string;
  /** The text with strings and comments blanked and backticks as double quotes; of the same length. */
  readonly skeleton: string;
  /** The table of the trigger or policy of that name, when there is one such table. */
  readonly ownerOf: (kind: "trigger" | "policy", name: string) => string | undefined;
}

export const name = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`;
export const qualified = String.raw`${name}(?:\s*\.\s*${name})*`;

/** The forms that a statement's first words show, and those of ALTER TABLE and of queries. */
export function formsIn(words: Words): readonly Form[] {
  return [...heads, ...(/^alter\s+table\b/i.test(words.skeleton) ? actions : []), ...anywhere].flatMap((find) =>
    find(words),
  );
}

type Find = (words: Words) => readonly Form[];
type Match = RegExpExecArray & { readonly indices: RegExpIndicesArray };

/** A form for each match; `group` is the number of the group that is marked. */
export function forms(
  pattern: string,
  group: number,
  make: (match: Match, words: Words) => Omit<Form, "span"> | undefined,
): Find {
  const expression = new RegExp(pattern, pattern.startsWith("^") ? "diu" : "dgiu");
  return (words) => {
    const all = expression.global
      ? [...words.skeleton.matchAll(expression)]
      : [expression.exec(words.skeleton)].filter((match) => match !== null);
    return all.flatMap((match) => {
      const found = match as Match;
      const made = make(found, words);
      return made === undefined ? [] : [{ ...made, span: span(found, group) }];
    });
  };
}

/** Where a group stands. */
export function span(match: Match, group: number): Span {
  const [start, end] = match.indices[group] ?? [0, 0];
  return { start, end };
}

/** What a group matched, as it is written. */
export function written(match: Match, group: number, { text }: Words): string {
  const { start, end } = span(match, group);
  return text.slice(start, end);
}

/** The edit that takes out a group and the white space behind it. */
function without(match: Match, group: number, { text }: Words): Edit {
  const { start, end } = span(match, group);
  return { span: { start, end: end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0) }, text: "" };
}

function put(offset: number, text: string): Edit {
  return { span: { start: offset, end: offset }, text };
}

/** Moves `moved` in front of the group `before`. */
function moved(match: Match, group: number, before: number, words: Words): readonly Edit[] {
  const { start, end } = span(match, group);
  const gap = /\s*$/.exec(words.text.slice(0, start))?.[0].length ?? 0;
  return [
    put(span(match, before).start, `${words.text.slice(start, end)} `),
    { span: { start: start - gap, end }, text: "" },
  ];
}

const unless = String.raw`if\s+not\s+exists`;

const heads: readonly Find[] = [
  forms(
    String.raw`^create\s+(${unless}|or\s+replace)?\s*policy\s+(${unless})?\s*(${name})\s+on\s+(${qualified})`,
    0,
    (match, words) => {
      const group = match[1] !== undefined ? 1 : match[2] !== undefined ? 2 : undefined;
      if (group === undefined) return undefined;
      const [policy, table] = [written(match, 3, words), written(match, 4, words)];
      return {
        message: `PostgreSQL has no \`${match[group]?.toLowerCase().replace(/\s+/g, " ")}\` for policies, so this statement fails.`,
        edits: [
          put(0, likeKeywords(words.text, `drop policy if exists \`${policy}\` on \`${table}\`;\n`)),
          without(match, group, words),
        ],
      };
    },
  ),
  forms(
    String.raw`^create\s+(trigger|function|procedure|(?:temp(?:orary)?\s+)?view)\s+(${unless})`,
    2,
    (match, words) => ({
      message: `PostgreSQL has no \`if not exists\` for a ${match[1]?.toLowerCase()}, so this statement fails; it has \`or replace\`.`,
      edits: [put(span(match, 1).start, likeKeywords(words.text, "or replace ")), without(match, 2, words)],
    }),
  ),
  forms(String.raw`^create\s+(type|domain|role|user|publication)\s+(${unless})`, 2, (match, words) => {
    const end = words.text.length;
    return {
      message: `PostgreSQL has no \`if not exists\` for a ${match[1]?.toLowerCase()}, so this statement fails.`,
      edits: [
        put(0, likeKeywords(words.text, "do $$\nbegin\n  ")),
        without(match, 2, words),
        put(end, likeKeywords(words.text, ";\nexception when duplicate_object then null;\nend\n$$")),
      ],
    };
  }),
  forms(
    String.raw`^create\s+(?:\w+\s+)??(?:table|schema|sequence|extension)\s+(${qualified})\s+(${unless})`,
    2,
    (match, words) => ({
      message: "`if not exists` stands before the name in PostgreSQL, so this statement fails.",
      edits: moved(match, 2, 1, words),
    }),
  ),
  forms(
    String.raw`^drop\s+(?:materialized\s+)?(?:table|view|index|type|function|schema|sequence|policy|trigger|role)\s+(${unless})`,
    1,
    (match, words) => ({
      message: "What is dropped has to exist: PostgreSQL knows `if exists` here, so this statement fails.",
      edits: [{ span: span(match, 1), text: likeKeywords(words.text, "if exists") }],
    }),
  ),
  forms(
    String.raw`^create\s+(?:\w+\s+)??(?:table|index|schema|sequence|extension)\s+(if\s+exists)`,
    1,
    (match, words) => ({
      message: "What is made must not exist: PostgreSQL knows `if not exists` here, so this statement fails.",
      edits: [{ span: span(match, 1), text: likeKeywords(words.text, "if not exists") }],
    }),
  ),
  forms(
    String.raw`^drop\s+(?:materialized\s+)?(?:table|view|index|type|function|schema|sequence|role)\s+(${qualified})\s+(if\s+exists)`,
    2,
    (match, words) => ({
      message: "`if exists` stands before the name in PostgreSQL, so this statement fails.",
      edits: moved(match, 2, 1, words),
    }),
  ),
  forms(
    String.raw`^drop\s+index\s+(?:concurrently\s+)?(?:if\s+(?:not\s+)?exists\s+)?${qualified}(\s+on\s+${qualified})\s*$`,
    1,
    (match) => ({
      message: "An index is dropped by its name alone in PostgreSQL, so this statement fails at `on`.",
      edits: [{ span: span(match, 1), text: "" }],
    }),
  ),
  forms(
    String.raw`^drop\s+(trigger|policy)\s+(?:if\s+(?:not\s+)?exists\s+)?(${name})\s*(?:cascade|restrict)?\s*$`,
    2,
    (match, words) => {
      const kind = match[1]?.toLowerCase() === "policy" ? "policy" : "trigger";
      const own = match[2] ?? "";
      const table = words.ownerOf(
        kind,
        own.startsWith('"') ? own.slice(1, -1).replaceAll('""', '"') : own.toLowerCase(),
      );
      return {
        message: `A ${kind} belongs to a table in PostgreSQL, so this statement fails without \`on\` and the table.`,
        edits: table === undefined ? [] : [put(span(match, 2).end, likeKeywords(words.text, ` on \`${table}\``))],
      };
    },
  ),
  forms(String.raw`^insert\s+((?:or\s+)?ignore)\s+into\b`, 1, (match, words) => ({
    message: "PostgreSQL has no `insert ignore`, so this statement fails; it has `on conflict do nothing`.",
    edits: [without(match, 1, words), put(words.text.length, likeKeywords(words.text, " on conflict do nothing"))],
  })),
];

const actions: readonly Find[] = [
  forms(String.raw`\badd\s+(constraint\s+(${unless})\s+(${name}))`, 2, (match, words) => {
    const { start } = span(match, 0);
    const constraint = written(match, 3, words);
    return {
      message: "PostgreSQL has no `if not exists` for constraints, so this statement fails.",
      edits: [
        put(start, likeKeywords(words.text, `drop constraint if exists \`${constraint}\`, `)),
        without(match, 2, words),
      ],
    };
  }),
  forms(String.raw`\badd\s+(?:column\s+)?(?!constraint\b|column\b)(${name})\s+(${unless})`, 2, (match, words) => ({
    message: "`if not exists` stands before the name in PostgreSQL, so this statement fails.",
    edits: moved(match, 2, 1, words),
  })),
  forms(String.raw`\bdrop\s+(?:column|constraint)\s+(${name})\s+(if\s+exists)`, 2, (match, words) => ({
    message: "`if exists` stands before the name in PostgreSQL, so this statement fails.",
    edits: moved(match, 2, 1, words),
  })),
  forms(
    String.raw`\bdrop\s+column\s+(?:if\s+exists\s+)?${name}(\s+(?!if\b|cascade\b|restrict\b|(?:add|drop|alter|rename)\b)[^,;]+?)\s*(?=,|$|;|\b(?:add|drop|alter)\s+column\b)`,
    1,
    (match) => ({
      message: "A column is dropped by its name alone, so this statement fails at what follows.",
      edits: [{ span: span(match, 1), text: "" }],
    }),
  ),
  forms(String.raw`(?<!,)\s+((?:add|drop|alter)\s+(?:column|constraint)\b)`, 1, (match, words) => {
    const before = words.skeleton.slice(0, span(match, 1).start).trimEnd();
    if (before.endsWith(",") || depthOf(before) !== 0) return undefined;
    if (new RegExp(String.raw`^alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?${qualified}$`, "iu").test(before))
      return undefined;
    return {
      message: "A comma is missing before this action, so this statement fails.",
      edits: [put(before.length, ",")],
    };
  }),
  forms(
    String.raw`\b(modify\s+(?:column\s+)?(${name})\s+)([^,;]+?)\s*(?:\bnot\s+null\s*)?(?=,|$|;)`,
    1,
    (match, words) => {
      const column = written(match, 2, words);
      const required = /\bnot\s+null\s*$/i.test(match[0]);
      const both = required ? `, alter column \`${column}\` set not null` : "";
      return {
        message: "PostgreSQL has no `modify`, so this statement fails; it has `alter column … type`.",
        edits: [
          {
            span: span(match, 0),
            text: likeKeywords(words.text, `alter column \`${column}\` type \`${written(match, 3, words)}\`${both}`),
          },
        ],
      };
    },
  ),
  forms(String.raw`\bdrop\s+(foreign\s+key)\s+(?:if\s+exists\s+)?${name}`, 1, (match, words) => ({
    message: "A foreign key is a constraint in PostgreSQL, so this statement fails at `foreign`.",
    edits: [{ span: span(match, 1), text: likeKeywords(words.text, "constraint") }],
  })),
  forms(
    String.raw`^alter\s+table\s+(?:if\s+exists\s+)?(${qualified})\s+(add\s+(unique\s+)?(?:index|key)\s+(${name})?\s*(\([^;]*\)))\s*$`,
    2,
    (match, words) => {
      const [table, unique, index, list] = [1, 3, 4, 5].map((group) => written(match, group, words));
      const create = `create ${unique === "" ? "" : "unique "}index \`${index}\`${index === "" ? "" : " "}on \`${table}\` \`${list}\``;
      return {
        message: "An index is made by a statement of its own in PostgreSQL, so this statement fails.",
        edits: [{ span: { start: 0, end: words.text.length }, text: likeKeywords(words.text, create) }],
      };
    },
  ),
];

const anywhere: readonly Find[] = [
  forms(String.raw`\blimit\s+((\d+)\s*,\s*(\d+))(?!\s*[.\w])`, 1, (match, words) => ({
    message: "PostgreSQL takes one number behind `limit`, so this statement fails; the other goes behind `offset`.",
    edits: [{ span: span(match, 1), text: likeKeywords(words.text, `${match[3]} offset ${match[2]}`) }],
  })),
];

function depthOf(text: string): number {
  let depth = 0;
  for (const unit of text.replace(/"[^"]*"/g, "")) depth += unit === "(" ? 1 : unit === ")" ? -1 : 0;
  return depth;
}
