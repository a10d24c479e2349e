import type { InferClause, InsertStmt } from "@pgsql/types";
import type { Index, Schema, Table } from "../schema/model.js";
import { findWords, matchingParen, tokenAt } from "../sql/clause.js";
import type { Statement } from "../sql/statement.js";
import { as, walk } from "../sql/tree.js";
import type { Span } from "../text/source.js";
import { partsOf, within } from "./about-bodies.js";
import { definitionOf } from "./about-names.js";
import { likeKeywords, sqlColumns, sqlName, tableNamed } from "./about-tables.js";
import { check, type Fix, mayHoldRows, placeIn } from "./check.js";

export default check({
  name: "unmatched-conflict-target",
  severity: "error",
  area: "K",
  kind: "act",
  summary: "ON CONFLICT names columns that no unique index covers exactly, or a constraint that is not there.",
  why: "PostgreSQL refuses the INSERT (42P10), whether or not there is a conflict.",
  instead: "Create a unique index on exactly these columns, or name those of one that is there.",
  silent:
    "targets that are expressions, a partial index whose predicate is repeated, and tables that the history does not wholly tell of",
  turnOff: "when unique indexes are made outside of the migrations, such as by a tool that tunes the live database",
  bad: [
    "create table member (room_id uuid, user_id uuid, primary key (room_id, user_id));\nalter table member enable row level security;\ninsert into member values (gen_random_uuid(), gen_random_uuid()) on conflict (user_id) do nothing;",
    "create table tag (id uuid primary key, name text unique deferrable);\nalter table tag enable row level security;\ncreate function keep(wanted text) returns void language sql as $$ insert into tag values (gen_random_uuid(), wanted) on conflict (name) do nothing $$;",
    "create table tag (id uuid primary key, name text);\nalter table tag enable row level security;\ncreate unique index on tag (name) where name <> '';\ninsert into tag values (gen_random_uuid(), 'a') on conflict (name) do update set name = excluded.name;",
  ],
  good: [
    "create table member (room_id uuid, user_id uuid, primary key (room_id, user_id));\nalter table member enable row level security;\ninsert into member values (gen_random_uuid(), gen_random_uuid()) on conflict (user_id, room_id) do nothing;\ninsert into member values (gen_random_uuid(), gen_random_uuid()) on conflict on constraint member_pkey do nothing;\ninsert into member values (gen_random_uuid(), gen_random_uuid()) on conflict do nothing;",
    "create table tag (id uuid primary key, name text);\nalter table tag enable row level security;\ncreate unique index on tag (name) where name <> '';\ncreate unique index on tag (lower(name));\ninsert into tag values (gen_random_uuid(), 'a') on conflict (name) where name <> '' do nothing;\ninsert into tag values (gen_random_uuid(), 'a') on conflict (lower(name)) do nothing;",
  ],
  *statement(scene) {
    const { statement, before, after } = scene;
    if (!/\bconflict\b/i.test(statement.text)) return;
    if (as(statement.node, "CreateFunctionStmt") !== undefined) return;
    for (const part of partsOf(statement)) {
      for (const found of unmatchedIn(part.statement, part.start === 0 ? before : after)) {
        const { table, columns } = found;
        yield {
          at: placeIn(scene, within(part, found.span)),
          message: `${found.lack}, so this INSERT fails.`,
          fixes: () =>
            mayHoldRows(table, scene.file) || part.start > 0 || columns.length === 0
              ? []
              : [
                  {
                    title: "Create the unique index before it",
                    safe: false,
                    edits: [
                      {
                        at: placeIn(scene, { start: 0, end: 0 }),
                        text: `${likeKeywords(statement, indexOn(table, columns, ""))};\n`,
                      },
                    ],
                  },
                ],
        };
      }
    }
  },
  *schema(scene) {
    if (scene.history === undefined) return;
    for (const routine of scene.schema.routines.values().flat()) {
      const definition = definitionOf(scene, routine);
      if (definition === undefined || !/\bconflict\b/i.test(definition.statement.text)) continue;
      for (const part of partsOf(definition.statement)) {
        for (const found of unmatchedIn(part.statement, scene.schema)) {
          yield {
            at: {
              ...definition.place,
              span: within(part, found.span),
            },
            message: `${found.lack}, so \`${routine.name}\` fails when it gets here.`,
            fixes: () => later(definition.statement, found),
          };
        }
      }
    }
  },
});

interface Unmatched {
  readonly span: Span;
  readonly lack: string;
  readonly table: Table;
  readonly columns: readonly string[];
}

function unmatchedIn(statement: Statement, schema: Schema): readonly Unmatched[] {
  const found: Unmatched[] = [];
  if (statement.masked || schema.unread > 0) return found;
  walk(statement.node, (kind, node) => {
    if (kind !== "InsertStmt") return;
    const one = unmatched(statement, node, schema);
    if (one !== undefined) found.push(one);
  });
  return found;
}

function unmatched(statement: Statement, insert: InsertStmt, schema: Schema): Unmatched | undefined {
  const target = insert.onConflictClause?.infer;
  const table = tableNamed(schema, insert.relation);
  if (target === undefined || table === undefined || !table.complete || table.origin.made === undefined)
    return undefined;
  if (table.kind === "foreign") return undefined;
  const from = target.location ?? 0;
  if (target.conname !== undefined) {
    const name = target.conname;
    if (table.constraints.some((constraint) => constraint.name === name)) return undefined;
    const word = findWords(statement, ["constraint"], from);
    const token = word === undefined ? undefined : tokenAt(statement, word.end);
    if (token === undefined) return undefined;
    const lack = `\`${table.name}\` has no constraint \`${name}\``;
    return { span: { start: token.start, end: token.end }, lack, table, columns: [] };
  }
  const columns = columnsOf(target);
  if (columns === undefined || columns.some((name) => !table.columns.some((column) => column.name === name)))
    return undefined;
  if (table.indexes.some((index) => covers(index, columns, target, table))) return undefined;
  const open = findWords(statement, ["("], from)?.start;
  const close = open === undefined ? undefined : matchingParen(statement, open);
  if (open === undefined || close === undefined) return undefined;
  const shown = columns.map((name) => `\`${name}\``).join(", ");
  const lack = `No unique index of \`${table.name}\` is on exactly ${shown}`;
  return { span: { start: open, end: close + 1 }, lack, table, columns };
}

/** The columns of a target that is nothing but columns. */
function columnsOf({ indexElems }: InferClause): readonly string[] | undefined {
  const names: string[] = [];
  for (const node of indexElems ?? []) {
    const element = as(node, "IndexElem");
    if (element?.name === undefined || element.collation !== undefined || element.opclass !== undefined)
      return undefined;
    names.push(element.name);
  }
  return names.length === 0 ? undefined : names;
}

function covers(index: Index, columns: readonly string[], target: InferClause, table: Table): boolean {
  if (!index.unique || (index.predicate !== undefined && target.whereClause === undefined)) return false;
  const owner = table.constraints.find(({ name }) => name === index.constraint);
  if (owner?.deferrable === true) return false;
  const names = new Set(index.columns.map(({ name }) => name));
  return !names.has(undefined) && names.size === new Set(columns).size && columns.every((name) => names.has(name));
}

function later(statement: Statement, { table, columns }: Unmatched): readonly Fix[] {
  // Beside a deferrable key, which has such an index, a second one is no cure to be offered.
  const twin = table.indexes.some(
    ({ unique, columns: own }) => unique && own.map(({ name }) => name).join() === columns.join(),
  );
  if (columns.length === 0 || table.kind === "partitioned" || twin) return [];
  return [
    {
      title: "Create the unique index in a new migration",
      safe: false,
      migrations: [
        {
          slug: `unique_${table.name}_${columns.join("_")}`,
          statements: [likeKeywords(statement, indexOn(table, columns, " concurrently"))],
          outsideTransaction: true,
        },
      ],
    },
  ];
}

function indexOn(table: Table, columns: readonly string[], how: string): string {
  return `create unique index${how} on \`${sqlName(table)}\` (\`${sqlColumns(columns)}\`)`;
}
