/**
 * Whether a history tells of a database from its first day. One that begins with work on a table that nothing made was started on a
 * database that was there already: what it does not tell of may exist all the same.
 */
import type { RangeVar } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { as, mayMiss, walk } from "../sql/tree.js";
import { isOutsider } from "./fold-tables.js";
import type { Schema } from "./model.js";
import { isPlatformSchema } from "./platform.js";
import { relationName, resolve, stringsOf } from "./reading.js";

/**
 * What a statement says about the beginning of its history, which `schema` tells up to here: `whole` when it makes a relation, `late` when
 * it works on one that nothing made, undefined when it says nothing of relations of the project.
 */
export function beginningAt(schema: Schema, node: Node): Schema["beginning"] {
  const made = as(node, "CreateStmt")?.relation ?? as(node, "CreateForeignTableStmt")?.base?.relation;
  if (made?.relpersistence === "t") return undefined;
  if ("CreateFunctionStmt" in node || "DoStmt" in node || mayMiss(node)) return undefined;
  const used = relationsIn(node).filter(
    ({ schema: namespace, name }) => !isPlatformSchema(namespace ?? "") && !name.startsWith("pg_"),
  );
  // A table may refer to itself.
  if (used.some((written) => written.name !== made?.relname && !isThere(schema, written))) return "late";
  return used.length > 0 || made !== undefined || "ViewStmt" in node || "CreateTableAsStmt" in node
    ? "whole"
    : undefined;
}

interface Written {
  readonly schema: string | undefined;
  readonly name: string;
}

/** The relations a statement works on; what it makes and the results of WITH are left out. */
function relationsIn(node: Node): readonly Written[] {
  const drop = as(node, "DropStmt");
  const comment = as(node, "CommentStmt");
  if (drop !== undefined) {
    const ofTable = drop.removeType === "OBJECT_POLICY" || drop.removeType === "OBJECT_TRIGGER";
    if (!ofTable && drop.removeType !== "OBJECT_TABLE" && drop.removeType !== "OBJECT_VIEW") return [];
    return (drop.objects ?? []).flatMap((object) => listed(object, ofTable ? 1 : 0));
  }
  if (comment !== undefined) {
    if (comment.objtype === "OBJECT_COLUMN") return listed(comment.object, 1);
    return comment.objtype === "OBJECT_TABLE" || comment.objtype === "OBJECT_VIEW" ? listed(comment.object, 0) : [];
  }
  const grant = as(node, "GrantStmt");
  if (grant !== undefined && grant.objtype !== "OBJECT_TABLE") return [];
  const alter = as(node, "AlterTableStmt");
  if (alter !== undefined && alter.objtype !== "OBJECT_TABLE" && alter.objtype !== "OBJECT_VIEW") return [];
  const rename = as(node, "RenameStmt");
  if (rename !== undefined && rename.renameType !== "OBJECT_TABLE" && rename.relationType !== "OBJECT_TABLE") return [];
  const found: Written[] = [];
  const made = new Set<RangeVar | undefined>([
    as(node, "ViewStmt")?.view,
    as(node, "CreateTableAsStmt")?.into?.rel,
    as(node, "CompositeTypeStmt")?.typevar,
    as(node, "CreateSeqStmt")?.sequence,
    as(node, "AlterSeqStmt")?.sequence,
    as(node, "SelectStmt")?.intoClause?.rel,
    rename?.renameType === "OBJECT_INDEX" ? rename.relation : undefined,
  ]);
  const withs = new Set<string>();
  walk(node, (kind, inner) => {
    if (kind === "CommonTableExpr") withs.add(inner.ctename ?? "");
    if (kind === "RangeVar" && !made.has(inner)) found.push(relationName(inner));
  });
  return found.filter(({ schema, name }) => schema !== undefined || !withs.has(name));
}

/** The name in a list of words, without the last `fewer` of them. */
function listed(object: Node | undefined, fewer: number): readonly Written[] {
  const words = stringsOf(as(object, "List")?.items);
  const names = fewer === 0 ? words : words.slice(0, -fewer);
  const name = names.at(-1);
  return name === undefined ? [] : [{ schema: names.at(-2), name }];
}

function isThere(schema: Schema, written: Written): boolean {
  const key = resolve(schema, schema.tables, written);
  const table = key === undefined ? undefined : schema.tables.get(key);
  if (table !== undefined && !isOutsider(table)) return true;
  return [schema.views, schema.sequences].some((kind) => resolve(schema, kind, written) !== undefined);
}
