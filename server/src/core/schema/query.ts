/**
 * The names in a query: what its FROM clauses bring in, what its expressions refer to, and which columns come out. It follows PostgreSQL's
 * rules of visibility where they decide whether a name means something, and is lenient where they only forbid it.
 */
import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  RangeVar,
  ReturningClause,
  SelectStmt,
  UpdateStmt,
  WithClause,
} from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { as, stringOf, walk } from "../sql/tree.js";
import { type Readers, readFrom, sourceOf } from "./from.js";
import { noteColumn, type Reading, requireColumn, spanOfName, systemColumns } from "./missing.js";
import { outputName } from "./output.js";
import type { Columns } from "./relations.js";
import { type Around, nowhere, readColumn, renamed, type Scope, type Source } from "./scope.js";

/** Beyond this depth of queries in queries nothing is read any more. */
const deepest = 40;

/** Reads a query or a statement that changes rows; the columns that come out, when they are known. */
export function readQuery(reading: Reading, node: Node | undefined, around: Around): Columns {
  if (node === undefined || around.depth > deepest) return undefined;
  if ("SelectStmt" in node) return readSelect(reading, node.SelectStmt, around);
  if ("InsertStmt" in node) return readInsert(reading, node.InsertStmt, around);
  if ("UpdateStmt" in node) return readUpdate(reading, node.UpdateStmt, around);
  if ("DeleteStmt" in node) return readDelete(reading, node.DeleteStmt, around);
  if ("MergeStmt" in node) return readMerge(reading, node.MergeStmt, around);
  return undefined;
}

/** Reads an expression, the queries in it included. */
export function readExpression(
  reading: Reading,
  node: Node | readonly Node[] | undefined,
  scope: Scope,
  around: Around,
): void {
  const inside: Around = { ...around, outer: scope, depth: around.depth + 1 };
  walk(node, (kind, inner) => {
    switch (kind) {
      case "ColumnRef":
        readColumn(reading, inner, scope);
        return "skip";
      case "SubLink":
        readQuery(reading, inner.subselect, inside);
        readExpression(reading, inner.testexpr, scope, inside);
        return "skip";
      case "SelectStmt":
        readSelect(reading, inner, inside);
        return "skip";
      case "TypeName":
        // A type's modifiers look like columns: geometry(Point).
        return "skip";
      default:
        return undefined;
    }
  });
}

const readers: Readers = { query: readQuery, expression: readExpression };

function readSelect(reading: Reading, select: SelectStmt, around: Around): Columns {
  const inside = withResults(reading, select.withClause, around);
  if (select.larg !== undefined) return readSetOperation(reading, select, inside);
  if (select.valuesLists !== undefined) {
    readExpression(reading, select.valuesLists, around.outer ?? nowhere, inside);
    const row = as(select.valuesLists[0], "List")?.items ?? [];
    return row.map((_value, at) => `column${at + 1}`);
  }
  const sources: Source[] = [];
  const scope: Scope = { sources, outer: around.outer };
  readFrom(reading, readers, select.fromClause, sources, scope, inside);
  readExpression(reading, select.targetList, scope, inside);
  readExpression(reading, select.whereClause, scope, inside);
  const outputs = outputsOf(select.targetList, sources);
  const named: Scope = { ...scope, outputs: outputs ?? namesGiven(select.targetList) };
  // A star of unknown columns may bring any name along.
  if (outputs !== undefined || !hasStar(select.targetList)) {
    for (const clause of [select.groupClause, select.sortClause, select.distinctClause])
      readExpression(reading, clause, named, inside);
  }
  readExpression(reading, select.havingClause, scope, inside);
  readExpression(reading, select.windowClause, scope, inside);
  readExpression(
    reading,
    [select.limitCount, select.limitOffset].filter((node) => node !== undefined),
    scope,
    inside,
  );
  return outputs;
}

/** UNION and its kin, as long as the chain may be; the first query names the columns. */
function readSetOperation(reading: Reading, select: SelectStmt, around: Around): Columns {
  const leaves: SelectStmt[] = [];
  const waiting = [select.rarg, select.larg];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.larg === undefined || next.withClause !== undefined) leaves.push(next);
    else waiting.push(next.rarg, next.larg);
  }
  const deeper = { ...around, depth: around.depth + 1 };
  if (deeper.depth > deepest) return undefined;
  const columns = leaves.map((leaf) => readSelect(reading, leaf, deeper));
  return columns[0];
}

function readInsert(reading: Reading, insert: InsertStmt, around: Around): Columns {
  const inside = withResults(reading, insert.withClause, around);
  const target = targetOf(reading, insert.relation);
  readTargets(reading, insert.cols, target);
  readQuery(reading, insert.selectStmt, { ...inside, depth: inside.depth + 1 });
  const scope: Scope = { sources: [target], outer: undefined };
  const conflict = insert.onConflictClause;
  if (conflict !== undefined) {
    for (const node of conflict.infer?.indexElems ?? []) {
      const element = as(node, "IndexElem");
      requireColumn(reading, target, element?.name, conflict.infer?.location ?? conflict.location ?? 0);
      readExpression(reading, element?.expr, scope, inside);
    }
    readExpression(reading, conflict.infer?.whereClause, scope, inside);
    readTargets(reading, conflict.targetList, target);
    const excluded: Source = { ...target, alias: "excluded", schema: undefined };
    const both: Scope = { sources: [target, excluded], outer: undefined };
    for (const node of conflict.targetList ?? []) readExpression(reading, as(node, "ResTarget")?.val, both, inside);
    readExpression(reading, conflict.whereClause, both, inside);
  }
  return readReturning(reading, insert.returningClause, [target], inside);
}

function readUpdate(reading: Reading, update: UpdateStmt, around: Around): Columns {
  const inside = withResults(reading, update.withClause, around);
  const target = targetOf(reading, update.relation);
  const sources: Source[] = [target];
  const scope: Scope = { sources, outer: around.outer };
  readFrom(reading, readers, update.fromClause, sources, scope, inside);
  readTargets(reading, update.targetList, target);
  for (const node of update.targetList ?? []) readExpression(reading, as(node, "ResTarget")?.val, scope, inside);
  readExpression(reading, update.whereClause, scope, inside);
  return readReturning(reading, update.returningClause, sources, inside);
}

function readDelete(reading: Reading, remove: DeleteStmt, around: Around): Columns {
  const inside = withResults(reading, remove.withClause, around);
  const sources: Source[] = [targetOf(reading, remove.relation)];
  const scope: Scope = { sources, outer: around.outer };
  readFrom(reading, readers, remove.usingClause, sources, scope, inside);
  readExpression(reading, remove.whereClause, scope, inside);
  return readReturning(reading, remove.returningClause, sources, inside);
}

function readMerge(reading: Reading, merge: MergeStmt, around: Around): Columns {
  const inside = withResults(reading, merge.withClause, around);
  const target = targetOf(reading, merge.relation);
  const sources: Source[] = [target];
  const scope: Scope = { sources, outer: around.outer };
  readFrom(reading, readers, merge.sourceRelation === undefined ? [] : [merge.sourceRelation], sources, scope, inside);
  readExpression(reading, merge.joinCondition, scope, inside);
  for (const node of merge.mergeWhenClauses ?? []) {
    const clause = as(node, "MergeWhenClause");
    readTargets(reading, clause?.targetList, target);
    for (const one of clause?.targetList ?? []) readExpression(reading, as(one, "ResTarget")?.val, scope, inside);
    readExpression(reading, clause?.values, scope, inside);
    readExpression(reading, clause?.condition, scope, inside);
  }
  return readReturning(reading, merge.returningClause, sources, inside);
}

/** RETURNING, which also knows the rows as `old` and `new`. */
function readReturning(
  reading: Reading,
  clause: ReturningClause | undefined,
  sources: readonly Source[],
  around: Around,
): Columns {
  if (clause === undefined) return [];
  const [target] = sources;
  const rows = ["old", "new", ...(clause.options ?? []).flatMap((node) => as(node, "ReturningOption")?.value ?? [])];
  const named = target === undefined ? [] : rows.map((alias) => ({ ...target, alias, schema: undefined }));
  readExpression(reading, clause.exprs, { sources: [...sources, ...named], outer: around.outer }, around);
  return outputsOf(clause.exprs, sources);
}

/** The table that a statement changes, under its alias. */
function targetOf(reading: Reading, relation: RangeVar | undefined): Source {
  return sourceOf(reading, relation ?? {}, new Map());
}

/** The columns to which values are given. */
function readTargets(reading: Reading, targets: readonly Node[] | undefined, target: Source): void {
  if (target.columns === undefined) return;
  for (const node of targets ?? []) {
    const { name, location } = as(node, "ResTarget") ?? {};
    if (name === undefined || target.columns.includes(name) || systemColumns.has(name)) continue;
    const span = spanOfName(reading.statement, { schema: undefined, name }, location);
    if (span !== undefined) noteColumn(reading, name, span, target.shown, target.columns);
  }
}

/** Reads the queries of a WITH clause; what surrounds the query behind it. */
function withResults(reading: Reading, clause: WithClause | undefined, around: Around): Around {
  if (clause === undefined) return around;
  const withs = new Map(around.withs);
  const all = (clause.ctes ?? []).flatMap((node) => as(node, "CommonTableExpr") ?? []);
  // Behind RECURSIVE each knows all; what it is made of is told only once it is read.
  if (clause.recursive === true) for (const { ctename = "" } of all) withs.set(ctename, undefined);
  for (const { ctename = "", ctequery, aliascolnames, search_clause, cycle_clause } of all) {
    const columns = readQuery(reading, ctequery, {
      withs: new Map(withs),
      outer: around.outer,
      depth: around.depth + 1,
    });
    const own = renamed(
      columns,
      aliascolnames?.map((node) => stringOf(node) ?? ""),
    );
    withs.set(ctename, search_clause === undefined && cycle_clause === undefined ? own : undefined);
  }
  return { ...around, withs };
}

function outputsOf(targets: readonly Node[] | undefined, sources: readonly Source[]): Columns {
  const names: string[] = [];
  for (const node of targets ?? []) {
    const { name, val } = as(node, "ResTarget") ?? {};
    if (val === undefined) return undefined;
    const own = name ?? outputName(val);
    if (own !== undefined) {
      names.push(own);
      continue;
    }
    const fields = as(val, "ColumnRef")?.fields;
    if (fields === undefined || as(fields.at(-1), "A_Star") === undefined) return undefined;
    const qualifier = stringOf(fields.at(-2));
    const behind = qualifier === undefined ? sources : sources.filter(({ alias }) => alias === qualifier);
    if (behind.length === 0) return undefined;
    for (const { columns } of behind) {
      if (columns === undefined) return undefined;
      names.push(...columns);
    }
  }
  return names;
}

function namesGiven(targets: readonly Node[] | undefined): readonly string[] {
  return (targets ?? []).flatMap((node) => {
    const { name, val } = as(node, "ResTarget") ?? {};
    return name ?? (val === undefined ? [] : (outputName(val) ?? []));
  });
}

function hasStar(targets: readonly Node[] | undefined): boolean {
  return (targets ?? []).some((node) => {
    const fields = as(as(node, "ResTarget")?.val, "ColumnRef")?.fields;
    return fields !== undefined && as(fields.at(-1), "A_Star") !== undefined;
  });
}
