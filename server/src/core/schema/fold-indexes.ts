import type { IndexElem, IndexStmt } from "@pgsql/types";
import type { Node } from "../sql/statement.js";
import { changeTable } from "./changing.js";
import { freshName } from "./fold-constraints.js";
import { type Index, type IndexColumn, keyOf, type Schema } from "./model.js";
import { outputName } from "./output.js";
import { expressionOf, type Folding, madeHere, relationName, resolve, stringsOf, wholeOf } from "./reading.js";

/** CREATE INDEX, on a table or a materialized view. */
export function createIndex(schema: Schema, create: IndexStmt, fold: Folding): Schema {
  const columns = (create.indexParams ?? []).flatMap((node) =>
    "IndexElem" in node ? [indexColumn(node.IndexElem, fold)] : [],
  );
  const name =
    create.idxname ?? freshName(schema, `${create.relation?.relname}_${columns.map(columnWord).join("_")}_idx`);
  const index: Index = {
    name,
    method: create.accessMethod ?? "btree",
    columns,
    include: (create.indexIncludingParams ?? []).flatMap((node) =>
      "IndexElem" in node && node.IndexElem.name !== undefined ? [node.IndexElem.name] : [],
    ),
    unique: create.unique === true,
    nullsNotDistinct: create.nulls_not_distinct === true,
    predicate: create.whereClause === undefined ? undefined : expressionOf(fold, create.whereClause),
    constraint: undefined,
    origin: madeHere(wholeOf(fold)),
  };
  const view = resolve(schema, schema.views, relationName(create.relation));
  const found = view === undefined ? undefined : schema.views.get(view);
  if (view !== undefined && found !== undefined) {
    if (found.indexes.some((known) => known.name === name)) return schema;
    return {
      ...schema,
      views: schema.views.put(view, { ...found, indexes: [...found.indexes, index] }),
      indexes: schema.indexes.put(keyOf(found.schema, name), view),
    };
  }
  return changeTable(schema, create.relation, (table) =>
    schema.indexes.has(keyOf(table.schema, name)) ? table : { ...table, indexes: [...table.indexes, index] },
  );
}

/** One column or expression of an index. */
export function indexColumn(element: IndexElem, fold: Folding): IndexColumn {
  const expression: Node | undefined = element.expr;
  const collation = stringsOf(element.collation).at(-1);
  const nulls = nullsOrder[element.nulls_ordering ?? ""];
  return {
    name: element.name,
    expression: expression === undefined ? undefined : expressionOf(fold, expression),
    descending: element.ordering === "SORTBY_DESC",
    operatorClass: element.opclass === undefined ? undefined : stringsOf(element.opclass).at(-1),
    ...(nulls !== undefined && { nulls }),
    ...(collation !== undefined && { collation }),
  };
}

const nullsOrder: Readonly<Record<string, "first" | "last">> = {
  SORTBY_NULLS_FIRST: "first",
  SORTBY_NULLS_LAST: "last",
};

/** The word that stands for a column in an index's name: for an expression its function, else `expr` (ChooseIndexColumnNames). */
function columnWord({ name, expression }: IndexColumn): string {
  if (name !== undefined) return name;
  const word = expression === undefined ? undefined : outputName(expression.node);
  return word === undefined || word === "?column?" ? "expr" : word;
}
