/** What later migrations dropped or renamed. It goes by names as they are written, and is asked only about what is not there any more. */
import type { Place } from "../schema/model.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, nameOf } from "../sql/tree.js";
import type { SchemaScene } from "./check.js";

/** A table (or view), column or function that is gone. */
export interface Departed {
  readonly kind: "table" | "column" | "function";
  readonly name: string;
}

/** The statement that took something away. */
export interface Gone {
  readonly at: Place;
  /** Its other name, when it was only renamed. */
  readonly renamed: string | undefined;
}

/** The last statement behind a place of the history that dropped or renamed something of that name. */
export function goneSince(scene: SchemaScene, since: Place, departed: Departed): Gone | undefined {
  const migrations = scene.history?.migrations ?? [];
  const first = migrations.findIndex(({ uri }) => uri === since.uri);
  let found: Gone | undefined;
  for (const { uri } of migrations.slice(Math.max(0, first))) {
    const pieces = scene.source(uri)?.pieces ?? [];
    for (const [ordinal, { statement, section }] of pieces.entries()) {
      if (statement === undefined || section === "down") continue;
      if (uri === since.uri && ordinal <= (since.piece ?? -1)) continue;
      // Most statements neither drop nor rename.
      if (!/^(?:drop|alter)\b/i.test(statement.text) || !mentions(statement, departed.name)) continue;
      const way = departure(statement.node, departed);
      if (way === undefined) continue;
      const at: Place = { uri, piece: ordinal, span: { start: 0, end: statement.text.length } };
      found = { at, renamed: way.renamed };
    }
  }
  return found;
}

function mentions(statement: Statement, name: string): boolean {
  return statement.text.toLowerCase().includes(name.toLowerCase());
}

function departure(
  node: Node | undefined,
  { kind, name }: Departed,
): { readonly renamed: string | undefined } | undefined {
  const dropped = as(node, "DropStmt");
  if (dropped !== undefined) {
    const isIt = (dropped.objects ?? []).some((object) => lastName(object) === name);
    return isIt && droppedKinds[kind].includes(dropped.removeType ?? "") ? { renamed: undefined } : undefined;
  }
  const rename = as(node, "RenameStmt");
  if (rename !== undefined) {
    const type = rename.renameType ?? "";
    const old =
      kind === "column"
        ? type === "OBJECT_COLUMN"
          ? rename.subname
          : undefined
        : droppedKinds[kind].includes(type)
          ? (rename.relation?.relname ?? lastName(rename.object))
          : undefined;
    return old === name ? { renamed: rename.newname } : undefined;
  }
  if (kind !== "column") return undefined;
  const drops = (as(node, "AlterTableStmt")?.cmds ?? []).some((command) => {
    const one = as(command, "AlterTableCmd");
    return one?.subtype === "AT_DropColumn" && one.name === name;
  });
  return drops ? { renamed: undefined } : undefined;
}

function lastName(object: Node | undefined): string | undefined {
  return nameOf(as(object, "List")?.items ?? as(object, "ObjectWithArgs")?.objname)?.name;
}

const droppedKinds: Readonly<Record<Departed["kind"], readonly string[]>> = {
  table: ["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"],
  column: [],
  function: ["OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"],
};
