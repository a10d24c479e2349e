/** Which locks statements take on tables that may be in use, by PostgreSQL's own rules. What is done while they are held is not told here. */
import type { RangeVar } from "@pgsql/types";
import { keyOf } from "../schema/model.js";
import type { Node, Statement } from "../sql/statement.js";
import { as, kindOf, walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { busyTable } from "./about-tables.js";
import type { StatementScene } from "./check.js";

/**
 * The table that a statement makes, and those it names when it may lock or change one: what a file itself makes is in nobody's way, and of
 * most statements no schema is needed to tell.
 */
export const namesIn: (statement: Statement) => {
  readonly makes: string | undefined;
  readonly locks: readonly string[];
} = memo(({ node }) => {
  const kind = node === undefined ? undefined : kindOf(node);
  const makes = as(node, "CreateStmt")?.relation;
  if (makes !== undefined) return { makes: nameIn(makes), locks: [] };
  const drop = as(node, "DropStmt");
  if (kind === undefined || !locking.has(kind)) return { makes: undefined, locks: [] };
  if (drop !== undefined) return { makes: undefined, locks: [""] };
  const locks: string[] = [];
  walk(node, (inner, range) => {
    if (inner === "RangeVar") locks.push(nameIn(range));
  });
  return { makes: undefined, locks };
});

function nameIn({ schemaname = "public", relname }: RangeVar): string {
  return `${schemaname}.${relname}`;
}

const locking: ReadonlySet<string> = new Set(
  "AlterTableStmt RenameStmt IndexStmt CreateTrigStmt CreatePolicyStmt AlterPolicyStmt TruncateStmt DropStmt InsertStmt UpdateStmt DeleteStmt".split(
    " ",
  ),
);

/** The table on which a statement takes ACCESS EXCLUSIVE, after PostgreSQL's AlterTableGetLockLevel. */
export function strongLock(scene: StatementScene): string | undefined {
  const alter = as(scene.statement.node, "AlterTableStmt");
  if (alter !== undefined && alter.objtype === "OBJECT_TABLE") {
    const strong = (alter.cmds ?? []).some((node) => !lighter.has(as(node, "AlterTableCmd")?.subtype ?? ""));
    return strong && !addsForeignKeyOnly(alter.cmds ?? []) ? busyTable(scene, alter.relation)?.name : undefined;
  }
  const rename = as(scene.statement.node, "RenameStmt");
  if (rename?.renameType === "OBJECT_TABLE" || rename?.renameType === "OBJECT_COLUMN")
    return busyTable(scene, rename.relation)?.name;
  return undefined;
}

/** The table on which a statement takes a lock that stops writes at least: SHARE, SHARE ROW EXCLUSIVE or ACCESS EXCLUSIVE. */
export function writeLock(scene: StatementScene): string | undefined {
  const { node } = scene.statement;
  if (node === undefined) return undefined;
  const held = strongLock(scene);
  if (held !== undefined) return held;
  const first = (relations: readonly (RangeVar | undefined)[]): string | undefined => {
    for (const relation of relations) {
      const table = relation === undefined ? undefined : busyTable(scene, relation);
      if (table !== undefined) return table.name;
    }
    return undefined;
  };
  switch (kindOf(node)) {
    case "AlterTableStmt": {
      const alter = as(node, "AlterTableStmt");
      return addsForeignKeyOnly(alter?.cmds ?? []) ? first([alter?.relation]) : undefined;
    }
    case "IndexStmt": {
      const index = as(node, "IndexStmt");
      return index?.concurrent === true ? undefined : first([index?.relation]);
    }
    case "CreateTrigStmt":
      return first([as(node, "CreateTrigStmt")?.relation]);
    case "CreatePolicyStmt":
      return first([as(node, "CreatePolicyStmt")?.table]);
    case "AlterPolicyStmt":
      return first([as(node, "AlterPolicyStmt")?.table]);
    case "TruncateStmt":
      return first((as(node, "TruncateStmt")?.relations ?? []).map((one) => as(one, "RangeVar")));
    case "DropStmt": {
      const drop = as(node, "DropStmt");
      const ofTable = drop?.removeType === "OBJECT_POLICY" || drop?.removeType === "OBJECT_TRIGGER";
      if (drop === undefined || (!ofTable && drop.removeType !== "OBJECT_TABLE")) return undefined;
      return first((drop.objects ?? []).map((object) => rangeOf(object, ofTable ? 1 : 0, scene)));
    }
    default:
      return undefined;
  }
}

/** The relation in a list of words, without the last `fewer` of them; IF EXISTS locks what is there. */
function rangeOf(object: Node, fewer: number, scene: StatementScene): RangeVar | undefined {
  const words = (as(object, "List")?.items ?? []).flatMap((word) => as(word, "String")?.sval ?? []);
  const names = words.slice(0, words.length - fewer);
  const relname = names.at(-1);
  if (relname === undefined) return undefined;
  const schemaname = names.at(-2);
  const range = { relname, ...(schemaname === undefined ? {} : { schemaname }) };
  const known = scene.before.tables.get(keyOf(schemaname ?? scene.before.searchPath[0] ?? "public", relname));
  return as(scene.statement.node, "DropStmt")?.missing_ok === true && known === undefined ? undefined : range;
}

/** SHARE UPDATE EXCLUSIVE or SHARE ROW EXCLUSIVE: reads, and mostly writes, go on. */
const lighter = new Set([
  "AT_ValidateConstraint",
  "AT_SetStatistics",
  "AT_SetOptions",
  "AT_ResetOptions",
  "AT_ClusterOn",
  "AT_DropCluster",
  "AT_SetRelOptions",
  "AT_ResetRelOptions",
  "AT_AttachPartition",
  "AT_EnableTrig",
  "AT_DisableTrig",
  "AT_EnableTrigAll",
  "AT_DisableTrigAll",
  "AT_EnableTrigUser",
  "AT_DisableTrigUser",
]);

function addsForeignKeyOnly(commands: readonly object[]): boolean {
  return commands.every((node) => {
    const command = as(node as never, "AlterTableCmd");
    return command?.subtype === "AT_AddConstraint" && as(command.def, "Constraint")?.contype === "CONSTR_FOREIGN";
  });
}
