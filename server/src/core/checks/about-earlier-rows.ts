/** What became of a table's rows earlier in the same file: they were taken out, or carried over to another table. It reads what is written, not how many rows that took. */
import type { RangeVar, SelectStmt } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { as } from "../sql/tree.js";
import { statementsOf } from "./about-kinds.js";
import type { FileScene, StatementScene } from "./check.js";

/** Whether a table has no rows when a statement runs, because all were taken out before it in the file and none written since. */
export function wasEmptied(file: FileScene, one: StatementScene, relation: RangeVar | undefined): boolean {
  let empty = false;
  for (const { ordinal, statement } of statementsOf(file, ["DeleteStmt", "TruncateStmt", "InsertStmt", "CopyStmt"])) {
    if (ordinal >= one.ordinal) break;
    const removal = as(statement.node, "DeleteStmt");
    const emptied = as(statement.node, "TruncateStmt")?.relations?.map((node) => as(node, "RangeVar"));
    const written = as(statement.node, "InsertStmt")?.relation ?? as(statement.node, "CopyStmt")?.relation;
    if (isSame(removal?.relation, relation)) empty ||= removal?.whereClause === undefined;
    else if (emptied?.some((each) => isSame(each, relation)) === true) empty = true;
    else if (isSame(written, relation)) empty = false;
  }
  return empty;
}

/** Whether an INSERT … SELECT or CREATE TABLE AS before a statement took its rows from a table. */
export function wasCarriedOver(file: FileScene, one: StatementScene, relation: RangeVar | undefined): boolean {
  return statementsOf(file, ["InsertStmt", "CreateTableAsStmt"]).some(({ ordinal, statement }) => {
    if (ordinal >= one.ordinal) return false;
    const source = as(statement.node, "InsertStmt")?.selectStmt ?? as(statement.node, "CreateTableAsStmt")?.query;
    return sourcesOf(as(source, "SelectStmt")).some((each) => isSame(each, relation));
  });
}

/** Whether a statement that writes rows, or a block, names a column before a statement of the file: its values may have been carried over. */
export function mayHaveBeenCopied(file: FileScene, one: StatementScene, column: string): boolean {
  return statementsOf(file, ["UpdateStmt", "InsertStmt", "CreateTableAsStmt", "DoStmt"]).some(
    ({ ordinal, statement }) => ordinal < one.ordinal && new Set(statement.text.match(/\w+/g)).has(column),
  );
}

/** The relations in the FROM of a query and of what it unites; those of its subqueries only filter. */
function sourcesOf(select: SelectStmt | undefined): readonly RangeVar[] {
  if (select === undefined) return [];
  return [...sourcesOf(select.larg), ...sourcesOf(select.rarg), ...(select.fromClause ?? []).flatMap(joined)];
}

function joined(node: Node): readonly RangeVar[] {
  const join = as(node, "JoinExpr");
  if (join !== undefined) return [join.larg, join.rarg].flatMap((side) => (side === undefined ? [] : joined(side)));
  const relation = as(node, "RangeVar");
  return relation === undefined ? [] : [relation];
}

function isSame(one: RangeVar | undefined, other: RangeVar | undefined): boolean {
  if (one === undefined || other === undefined || one.relname !== other.relname) return false;
  return (one.schemaname ?? "public") === (other.schemaname ?? "public");
}
