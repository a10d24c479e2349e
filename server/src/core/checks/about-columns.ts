/** Where columns and their types are written, and how a type is written otherwise. What a type is good for its callers know. */
import type { ColumnDef, TypeName } from "@pgsql/types";
import type { Column, Constraint, Place } from "../schema/model.js";
import { indexAt, matchingParen, tokensOf, wordOf } from "../sql/clause.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, walk } from "../sql/tree.js";
import type { Span } from "../text/source.js";
import { isOpen, statementAt } from "./about-cures.js";
import { likeKeywords } from "./about-tables.js";
import type { PlacedEdit, SchemaScene } from "./check.js";

/** The columns that the elements of CREATE TABLE or the commands of ALTER TABLE define, or give another type. */
export function definedColumns(nodes: readonly Node[] | undefined): readonly ColumnDef[] {
  return (nodes ?? []).flatMap((node) => {
    const command = as(node, "AlterTableCmd");
    if (command === undefined) return as(node, "ColumnDef") ?? [];
    const definition = as(command.def, "ColumnDef");
    if (definition === undefined || !/^AT_(?:AddColumn|AlterColumnType)$/.test(command.subtype ?? "")) return [];
    return { ...definition, colname: definition.colname ?? command.name ?? "" };
  });
}

/** A column's definition in the statement that made it. */
export interface WrittenColumn {
  readonly statement: Statement;
  readonly definition: ColumnDef;
  /** Of its name. */
  readonly place: Place;
}

/** Where a column is defined; undefined for one that a DO block, LIKE or a query made. */
export function definitionOf(scene: SchemaScene, column: Column): WrittenColumn | undefined {
  const place = column.origin.made;
  const statement = statementAt(scene, place);
  if (place === undefined || statement === undefined) return undefined;
  let definition: ColumnDef | undefined;
  walk(statement.node, (kind, node) => {
    if (kind === "ColumnDef" && node.colname === column.name && (node.location ?? 0) === place.span.start)
      definition = node;
  });
  return definition === undefined ? undefined : { statement, definition, place };
}

/** Where a type is written, its length and zone included, the brackets of an array not. */
export function typeSpan(statement: Statement, type: TypeName | undefined): Span | undefined {
  const start = type?.location;
  if (start === undefined || start < 0) return undefined;
  const all = tokensOf(statement);
  const words = all.map((token) => wordOf(statement, token));
  let at = indexAt(statement, start);
  while (words[at + 1] === ".") at += 2;
  while (words[at + 1] === "precision" || words[at + 1] === "varying") at++;
  const open = all[at + 1];
  if (open !== undefined && words[at + 1] === "(") {
    const close = matchingParen(statement, open.start);
    if (close === undefined) return undefined;
    at = indexAt(statement, close);
  }
  if (/^with(?:out)?$/.test(words[at + 1] ?? "") && words[at + 2] === "time") at += 3;
  const end = all[at]?.end;
  return end === undefined ? undefined : { start, end };
}

/** The edit that gives a column another type where it is made; undefined where somebody may have run that. */
export function retyped(scene: SchemaScene, column: Column, type: string): PlacedEdit | undefined {
  const written = definitionOf(scene, column);
  const span = written === undefined ? undefined : typeSpan(written.statement, written.definition.typeName);
  // What a later statement made of it is not written there.
  if (written === undefined || span === undefined || column.origin.changed !== undefined) return undefined;
  if (!isOpen(scene, written.place)) return undefined;
  return { at: { ...written.place, span }, text: likeKeywords(written.statement, type) };
}

/** Whether a foreign key says who did something (`approved_by`): nobody looks rows up by it, and they outlive the person. */
export function isSignature({ columns }: Pick<Constraint, "columns">): boolean {
  return (
    columns.length === 1 && columns.every((column) => /_by(?:_(?:user_)?id)?$|[a-z]By(?:UserId|Id)?$/.test(column))
  );
}
