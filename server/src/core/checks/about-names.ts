/** What the checks of names share: where a name that means nothing is reported, and how it is put right. */
import type { MissingName } from "../schema/missing.js";
import { missingInBody, missingNames } from "../schema/missing-names.js";
import type { Place, Routine, Schema } from "../schema/model.js";
import type { Statement } from "../sql/statement.js";
import { as } from "../sql/tree.js";
import { type Gone, goneSince } from "./about-departures.js";
import { likeKeywords } from "./about-tables.js";
import { type Fix, placeIn, type SchemaScene, type StatementScene } from "./check.js";

/** A name that means nothing in the body of a routine. */
export interface InBody {
  readonly name: MissingName;
  readonly routine: Routine;
  readonly statement: Statement;
  readonly at: Place;
  /** What took it away after the routine was written. */
  readonly gone: Gone | undefined;
}

/** The names of a kind that a statement of a migration will not find. */
export function missingIn(
  { statement, before, after }: StatementScene,
  kind: MissingName["kind"],
): readonly MissingName[] {
  return missingNames(statement, before, after).filter((name) => name.kind === kind);
}

/** A name that can be put right where it stands. */
export type Correctable = Pick<MissingName, "meant" | "span">;

/** The names that the routines of a schema will not find when they are called. */
export function missingInBodies(scene: SchemaScene, kind: MissingName["kind"]): readonly InBody[] {
  return bodiesOf(scene).filter(({ name }) => name.kind === kind);
}

const remembered = new WeakMap<Schema, readonly InBody[]>();

function bodiesOf(scene: SchemaScene): readonly InBody[] {
  const known = remembered.get(scene.schema);
  if (known !== undefined) return known;
  const all = scene.schema.routines
    .values()
    .flatMap((overloads) => overloads.flatMap((routine) => inRoutine(scene, routine)));
  remembered.set(scene.schema, all);
  return all;
}

/** The statement that wrote a routine's body as it is now, and its place. */
export function definitionOf(
  scene: SchemaScene,
  { body }: Routine,
): { readonly statement: Statement; readonly place: Place } | undefined {
  const statement = body?.piece === undefined ? undefined : scene.source(body.uri)?.pieces[body.piece]?.statement;
  // A routine that a DO block makes has no statement of its own.
  return body === undefined || statement === undefined || as(statement.node, "CreateFunctionStmt") === undefined
    ? undefined
    : { statement, place: body };
}

function inRoutine(scene: SchemaScene, routine: Routine): readonly InBody[] {
  const definition = definitionOf(scene, routine);
  if (definition === undefined) return [];
  const { statement, place: body } = definition;
  return missingInBody(statement, scene.schema)
    .filter(({ kind, name }) => kind === "column" || !isMadeByRoutines(scene, name))
    .map((name) => ({
      name,
      routine,
      statement,
      at: { ...body, span: name.span },
      gone: goneSince(scene, body, { kind: name.kind, name: name.name }),
    }));
}

/** Whether some routine, block or trigger may make a relation of that name while it runs: a temporary or a transition table. */
function isMadeByRoutines({ history, source }: SchemaScene, name: string): boolean {
  for (const { uri } of history?.migrations ?? []) {
    for (const { statement } of source(uri)?.pieces ?? []) {
      if (statement?.text.includes(name) !== true) continue;
      const { node, text } = statement;
      if (as(node, "CreateTrigStmt")?.transitionRels !== undefined) return true;
      const runs = as(node, "CreateFunctionStmt") ?? as(node, "DoStmt");
      if (runs !== undefined && makesTables.test(text)) return true;
    }
  }
  return false;
}

const makesTables =
  /\bcreate\s+(?:(?:local|global)\s+)?(?:temp\s+|temporary\s+|unlogged\s+)?table\b|\binto\s+(?:temp|temporary|unlogged|table)\b|\bexecute\b/i;

/** The name that was meant in the place of the one that means nothing. */
export function renameIn(scene: StatementScene, { meant: look, span }: Correctable): readonly Fix[] {
  const meant = look();
  return meant === undefined
    ? []
    : [{ title: `Change to \`${meant}\``, safe: false, edits: [{ at: placeIn(scene, span), text: meant }] }];
}

/**
 * The same in a body: here while the migration is pending, and in a new one that replaces the routine. PostgreSQL looks up the names of a body
 * in SQL when it is made: what is wrong from the start keeps the new migration from being reached, and what is gone since is right up to there.
 */
export function renameInBody(
  scene: SchemaScene,
  {
    name: { meant: look, span },
    routine,
    statement,
    at,
    gone,
  }: Omit<InBody, "name" | "gone"> & {
    readonly name: Correctable;
    readonly gone?: Gone | undefined;
  },
): readonly Fix[] {
  const meant = look();
  if (meant === undefined) return [];
  const here: Fix = { title: `Change to \`${meant}\``, safe: false, edits: [{ at, text: meant }] };
  const text = statement.text.slice(0, span.start) + meant + statement.text.slice(span.end);
  const replaced = text.replace(
    /^create\s+(?!or\s+replace)/i,
    (create) => create + likeKeywords(statement, "or replace "),
  );
  const later: Fix = {
    title: `Replace \`${routine.name}\` in a new migration, with \`${meant}\``,
    safe: false,
    migrations: [{ slug: `correct_${routine.name}`, statements: [replaced], outsideTransaction: false }],
  };
  if (scene.history === undefined) return [here];
  if (scene.newest?.uri !== at.uri) return [later];
  if (routine.language !== "sql") return [here, later];
  return gone === undefined ? [here] : [later];
}
