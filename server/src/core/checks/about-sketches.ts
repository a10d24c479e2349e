/** Policies as a start: who owns a row does with it what the grants allow. They are for people to read before they are run. */
import type { Table } from "../schema/model.js";
import { ownerColumns } from "../schema/owner.js";
import { rowPrivileges } from "./about-access.js";
import { leadsIndex, quoted, type TableColumn } from "./about-cures.js";
import { sqlName } from "./about-tables.js";
import type { SchemaScene } from "./check.js";

/** What lets the owners at their rows; key words in lower case, names in backquotes. */
export interface Sketch {
  /** The column that says who owns a row. */
  readonly owner: string;
  readonly statements: readonly string[];
  readonly indexes: readonly TableColumn[];
}

/** The sketch for a table whose rows have an owner; none where nothing says who that is. */
export function ownerSketch(scene: SchemaScene, table: Table, privileges: ReadonlySet<string>): Sketch | undefined {
  const [owner] = scene.facts.platform === "supabase" ? ownerColumns(table, scene.schema) : [];
  if (owner === undefined || privileges.size === 0) return undefined;
  const statements = commandsOf(privileges).map((command) => policyOf(command, `\`${sqlName(table)}\``, owner));
  return { owner, statements, indexes: leadsIndex(table, owner) ? [] : [{ table, column: owner }] };
}

function commandsOf(privileges: ReadonlySet<string>): readonly string[] {
  const commands = rowPrivileges.filter((privilege) => privileges.has(privilege));
  return commands.length === rowPrivileges.length ? ["all"] : commands;
}

function policyOf(command: string, table: string, owner: string): string {
  const test = `(${quoted(owner)} = (select \`auth.uid()\`))`;
  const using = command === "insert" ? "" : ` using ${test}`;
  const check = command === "select" || command === "delete" ? "" : ` with check ${test}`;
  return `create policy \`"owners ${deeds[command] ?? command}"\` on ${table} for ${command} to \`authenticated\`${using}${check}`;
}

const deeds: Readonly<Record<string, string>> = {
  all: "read and change",
  select: "read",
  insert: "add",
  update: "change",
  delete: "delete",
};
