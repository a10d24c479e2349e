import type { CreateFunctionStmt } from "@pgsql/types";
import { signature } from "../schema/fold-routines.js";
import { spanOfName } from "../schema/missing.js";
import { keyOf, type Routine, type Schema } from "../schema/model.js";
import { nameOf, targetSchema } from "../schema/reading.js";
import { as } from "../sql/tree.js";
import { statementsOf } from "./about-kinds.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import { check, type Fix, placeIn, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "accidental-overload",
  severity: "warning",
  area: "K",
  kind: "act",
  summary: "CREATE OR REPLACE gives a function other arguments, which leaves the old function beside it.",
  why: "Replacing goes by name and argument types. The old function goes on answering its callers, and a call that fits both is refused as ambiguous, also through the API.",
  instead: "Drop the old signature in the same migration, or give the other function another name.",
  silent: "functions that already have several signatures, and old ones that are made or dropped in the same file",
  turnOff:
    "when several signatures of one name are your way to version functions, and no client calls them by argument name through the API",
  bad: [
    "-- file: supabase/migrations/1_a.sql\ncreate function find(wanted text) returns int language sql immutable as $$ select 1 $$;\n-- file: supabase/migrations/2_b.sql\ncreate or replace function find(wanted text, most int default 10) returns int language sql immutable as $$ select most $$;",
  ],
  good: [
    "-- file: supabase/migrations/1_a.sql\ncreate function find(wanted text) returns int language sql immutable as $$ select 1 $$;\n-- file: supabase/migrations/2_b.sql\ndrop function find(text);\ncreate or replace function find(wanted text, most int default 10) returns int language sql immutable as $$ select most $$;",
    "-- file: supabase/migrations/1_a.sql\ncreate function find(wanted text) returns int language sql immutable as $$ select 1 $$;\n-- file: supabase/migrations/2_b.sql\ncreate or replace function find(sought text) returns int language sql immutable as $$ select 2 $$;",
    "create or replace function find(wanted text) returns int language sql immutable as $$ select 1 $$;\ncreate or replace function find(wanted uuid) returns int language sql immutable as $$ select 1 $$;",
  ],
  *file(scene) {
    for (const one of statementsOf(scene, ["CreateFunctionStmt"])) {
      const create = as(one.statement.node, "CreateFunctionStmt");
      // OR REPLACE says that the function is thought to be there.
      if (create?.replace !== true || one.statement.masked) continue;
      const [old, ...more] = one.remember("overloads before", () => overloads(create, one.before));
      const from = old?.origin.made?.uri;
      if (old === undefined || more.length > 0 || from === undefined || from === scene.uri) continue;
      const fresh = one
        .remember("overloads after", () => overloads(create, one.after))
        .find((other) => !isSame(other, old));
      // A function that works on other types than the old one is made so on purpose.
      if (fresh === undefined || !isSameCall(old, fresh) || isForCaller(old, fresh)) continue;
      const last = scene.statements.at(-1)?.after ?? one.after;
      if (!overloads(create, last).some((other) => isSame(other, old))) continue;
      const name = nameOf(create.funcname);
      const span = spanOfName(one.statement, name);
      yield {
        at: span === undefined ? wholeStatement(one) : placeIn(one, span),
        message: `\`${old.name}(${inputs(old)})\` stays beside \`${fresh.name}(${inputs(fresh)})\`: its callers still get the old one, and a call that fits both is ambiguous.`,
        related: [old.origin.changed ?? old.origin.made].flatMap((at) =>
          at === undefined ? [] : [{ at, message: "the function that stays" }],
        ),
        fixes: () => drop(one, old),
      };
    }
  },
});

function isSame(a: Routine, b: Routine): boolean {
  return signature(a.arguments) === signature(b.arguments);
}

function overloads(create: CreateFunctionStmt, schema: Schema): readonly Routine[] {
  const { schema: namespace, name } = nameOf(create.funcname);
  return schema.routines.get(keyOf(targetSchema(schema, namespace), name)) ?? [];
}

function inputs({ arguments: list }: Routine): string {
  return signature(list).replaceAll(",", ", ");
}

/** Whether one list of types begins the other, or the names of the arguments are the same: the same function as its author sees it. */
function isSameCall(old: Routine, fresh: Routine): boolean {
  const [a, b] = [goIn(old), goIn(fresh)];
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.every((argument, at) => argument.type === long[at]?.type)) return true;
  const names = (list: typeof a): string => list.map(({ name }) => name ?? "").join(",");
  if (names(a) === names(b) && a.every(({ name }) => name !== undefined)) return true;
  return short.length > 0 && short.every(({ name }) => name !== undefined && long.some((other) => other.name === name));
}

/** A function without arguments beside one with them is for the caller, or for a trigger: no call fits both. */
function isForCaller(old: Routine, fresh: Routine): boolean {
  const [short, long] = [goIn(old), goIn(fresh)].sort((a, b) => a.length - b.length);
  return short?.length === 0 && long?.some(({ hasDefault }) => !hasDefault) === true;
}

function goIn({ arguments: list }: Routine) {
  return list.filter(({ mode }) => mode !== "out" && mode !== "table");
}

function drop(scene: StatementScene, old: Routine): readonly Fix[] {
  const kind = old.kind === "procedure" ? "procedure" : "function";
  const text = likeKeywords(scene.statement, `drop ${kind} \`${sqlName(old)}(${inputs(old)})\``);
  return [
    {
      title: `Drop \`${old.name}(${inputs(old)})\` before it`,
      safe: false,
      edits: [{ at: placeIn(scene, { start: 0, end: 0 }), text: `${text};\n` }],
    },
  ];
}
