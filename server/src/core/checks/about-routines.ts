/**
 * What the project's own functions do: the queries in their bodies and the functions these call. A body that is not to be read (another
 * language, text made at run time) is no answer.
 */
import type { Routine, Schema, Table } from "../schema/model.js";
import { resolve } from "../schema/reading.js";
import { bodyOf, bodyStatements } from "../sql/body.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, nameOf, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { type Held, hasDynamic, holds } from "./about-access.js";
import { statementAt } from "./about-cures.js";
import { sqlName } from "./about-tables.js";
import type { SchemaScene } from "./check.js";

/** A function's body as it is written. */
export interface ReadBody {
  /** The text between the quotes, or the whole statement of one without quotes. */
  readonly text: string;
  /** What it runs, as far as it is static. */
  readonly nodes: readonly Node[];
  /** It runs text that is made at run time. */
  readonly dynamic: boolean;
}

/** The body of a function; undefined when nobody can read it. */
export function readBody(scene: SchemaScene, routine: Routine): ReadBody | undefined {
  const statement = statementAt(scene, routine.body);
  const create = as(statement?.node, "CreateFunctionStmt");
  if (statement === undefined || create === undefined || nameOf(create.funcname)?.name !== routine.name)
    return undefined;
  return bodyIn(statement).body;
}

const bodyIn: (statement: Statement) => { readonly body: ReadBody | undefined } = memo((statement) => {
  const atomic = as(statement.node, "CreateFunctionStmt")?.sql_body;
  if (atomic !== undefined) return { body: { text: statement.text, nodes: [atomic], dynamic: false } };
  const body = bodyOf(statement);
  if (body === undefined) return { body: undefined };
  const text = statement.text.slice(body.span.start, body.span.end).replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
  const nodes = bodyStatements(statement).flatMap(({ statement: inner }) => inner.node ?? []);
  return { body: { text, nodes, dynamic: body.language === "plpgsql" && /\bexecute\b/i.test(text) } };
});

/** Whether a body changes rows, by its words. */
export function writesRows({ text }: ReadBody): boolean {
  return /\b(?:insert\s+into|update\s+(?:only\s+)?[\w".]+\s+(?:as\s+)?(?:\w+\s+)?set|delete\s+from|truncate)\b/i.test(
    text,
  );
}

/** The project's functions that something calls, all overloads of each name. */
export function routinesIn(node: Node | readonly Node[] | undefined, schema: Schema): readonly Routine[] {
  const found = new Set<Routine>();
  walk(node, (kind, call) => {
    if (kind !== "FuncCall") return;
    const written = nameOf(call.funcname);
    if (written === undefined) return;
    const key = resolve(schema, schema.routines, { schema: written.schema, name: written.name });
    for (const routine of key === undefined ? [] : (schema.routines.get(key) ?? [])) found.add(routine);
  });
  return [...found];
}

/** The functions that something calls, and those that these call. */
export function routinesBehind(scene: SchemaScene, node: Node | readonly Node[] | undefined): readonly Routine[] {
  return withCallees(scene, routinesIn(node, scene.schema));
}

interface CalledName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** The names that a body calls; what PL/pgSQL assigns or tests is no statement of its own, so the words count too. */
const callsIn: (body: ReadBody) => readonly CalledName[] = memo(({ text, nodes }) => {
  const found = new Map<string, CalledName>();
  const keep = (schema: string | undefined, name: string): void => {
    found.set(`${schema}.${name}`, { schema, name });
  };
  walk(nodes, (kind, call) => {
    const name = kind === "FuncCall" ? nameOf(call.funcname) : undefined;
    if (name !== undefined) keep(name.schema, name.name);
  });
  for (const [, schema, name] of text
    .toLowerCase()
    .matchAll(/(?:"?([a-z_][\w$]*)"?\s*\.\s*)?"?\b([a-z_][\w$]*)"?\s*\(/g))
    keep(schema, name ?? "");
  return [...found.values()];
});

/** Functions and those that they call. */
export function withCallees(scene: SchemaScene, routines: readonly Routine[]): readonly Routine[] {
  const found = new Set(routines);
  for (const routine of found) for (const inner of calledBy(scene, routine)) found.add(inner);
  return [...found];
}

function calledBy(scene: SchemaScene, routine: Routine): readonly Routine[] {
  const known = callees(scene).get(routine);
  if (known !== undefined) return known;
  const found = new Set<Routine>();
  const body = readBody(scene, routine);
  for (const name of body === undefined ? [] : callsIn(body)) {
    const key = resolve(scene.schema, scene.schema.routines, name);
    for (const inner of key === undefined ? [] : (scene.schema.routines.get(key) ?? [])) found.add(inner);
  }
  callees(scene).set(routine, [...found]);
  return [...found];
}

const callees: (scene: SchemaScene) => Map<Routine, readonly Routine[]> = memo(() => new Map());

/** Whether a trigger may keep a column from being written as the caller likes: one that runs before, and names it or cannot be read. */
export function isGuardedByTrigger(
  scene: SchemaScene,
  { triggers }: Table,
  event: "insert" | "update",
  column: string,
): boolean {
  return triggers.some((trigger) => {
    if (!trigger.enabled || trigger.timing !== "before" || !trigger.events.includes(event)) return false;
    const key = resolve(scene.schema, scene.schema.routines, trigger.function);
    const [routine] = key === undefined ? [] : (scene.schema.routines.get(key) ?? []);
    const body = routine === undefined ? undefined : readBody(scene, routine);
    return body === undefined || body.dynamic || body.text.toLowerCase().includes(column.toLowerCase());
  });
}

/** A function's name with the types by which PostgreSQL tells it from others, as SQL. */
export function signatureOf(routine: Routine): string {
  const types = routine.arguments.filter(({ mode }) => mode !== "out" && mode !== "table").map(({ type }) => type);
  return `${sqlName(routine)}(${types.join(", ")})`;
}

/** Whether a role may call a function, as far as the history tells. */
export function mayExecute(scene: SchemaScene, routine: Routine, role: string): Held {
  const held = routine.grants.filter(({ privilege }) => privilege === "execute" || privilege === "all");
  // What PostgreSQL gives to everybody it gives on any day.
  if (held.some((grant) => grant.role === "public")) return hasDynamic(scene, "execution") ? "unknown" : "yes";
  return holds(scene, { grants: held, origin: routine.origin }, role, "execute");
}
