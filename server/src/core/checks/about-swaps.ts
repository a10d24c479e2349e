/**
 * How a column in use gets another type or name: a second column, a trigger that keeps it in step, the old rows in batches, and for a
 * type a swap of names. Only for a column on which nothing stands, since all of that would have to be made anew.
 */
import type { ColumnDef } from "@pgsql/types";
import { type Column, keyOf, type Schema, type Table } from "../schema/model.js";
import { typeText } from "../schema/reading.js";
import { relationsRead } from "../schema/ties.js";
import { clauseAt, findWordsHere, tokenAt } from "../sql/clause.js";
import { quoteIdentifier, quoteLiteral } from "../sql/quote.js";
import type { Node, Statement } from "../sql/statement.js";
import { stringOf, walk } from "../sql/tree.js";
import { namesTheColumn } from "./about-predicates.js";
import { batchKey, fillInBatches, requirement } from "./about-steps.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import type { NewMigration } from "./check.js";

/** The migrations that change a column's type in steps; undefined where something stands on the column or the way is not clear. */
export function swapInSteps(
  statement: Statement,
  table: Table,
  column: Column,
  definition: ColumnDef,
  schema: Schema,
): readonly NewMigration[] | undefined {
  const key = batchKey(table);
  const values = valuesOf(statement, column, definition);
  if (key === undefined || values === undefined || !isPlain(table, column, schema)) return undefined;
  const name = freshName(table, `${column.name}_new`);
  const [sql, old, to] = [sqlName(table), quoteIdentifier(column.name), quoteIdentifier(name)];
  const step = `${table.name}_${name}`.slice(0, 63);
  const routine = sqlName({ schema: table.schema, name: step });
  const trigger = quoteIdentifier(step);
  const required = column.notNull ? requirement(statement, { sql, name: table.name }, name) : undefined;
  const write = (text: string): string => likeKeywords(statement, text);
  const alter = (text: string): string => write(`alter table \`${sql}\` ${text}`);
  const expand = [
    alter(`add column \`${to} ${typeText(definition.typeName)}\``),
    write(
      `create function \`${routine}\`() returns \`trigger\` language \`plpgsql\` set \`search_path\` = '' as \`$$\`\nbegin\n  \`new.${to} := ${values.inTrigger}\`;\n  return \`new\`;\nend \`$$\``,
    ),
    write(
      `create trigger \`${trigger}\` before insert or update on \`${sql}\` for each row execute function \`${routine}\`()`,
    ),
    ...(required === undefined ? [] : [required.add]),
  ];
  const value = column.default?.text;
  const swap = [
    ...(required?.enforce ?? []),
    write(`drop trigger \`${trigger}\` on \`${sql}\``),
    write(`drop function \`${routine}\`()`),
    alter(`drop column \`${old}\``),
    alter(`rename column \`${to}\` to \`${old}\``),
    ...(value === undefined ? [] : [alter(`alter column \`${old}\` set default \`${value}\``)]),
    ...(column.comment === undefined
      ? []
      : [write(`comment on column \`${sql}.${old}\` is \`${quoteLiteral(column.comment)}\``)]),
  ];
  const inOne = (slug: string, statements: readonly string[]): NewMigration => ({
    slug: `${slug}_${table.name}_${column.name}`,
    statements,
    outsideTransaction: false,
  });
  return [
    inOne("second", expand),
    fillInBatches(statement, table, key, name, values.inRow),
    ...(required === undefined ? [] : [inOne("validate", [required.validate])]),
    inOne("swap", swap),
  ];
}

/** The migrations that put a second column beside one, each following the other; undefined as above. */
export function expandInSteps(
  statement: Statement,
  table: Table,
  column: Column,
  name: string,
  schema: Schema,
): readonly NewMigration[] | undefined {
  const key = batchKey(table);
  if (key === undefined || column.type === "unknown" || !isPlain(table, column, schema)) return undefined;
  const [sql, old, to] = [sqlName(table), quoteIdentifier(column.name), quoteIdentifier(name)];
  const step = `${table.name}_${name}_${column.name}`.slice(0, 63);
  const routine = sqlName({ schema: table.schema, name: step });
  const write = (text: string): string => likeKeywords(statement, text);
  // Whoever writes a name means it; on an insert the second column has no default, so that a value in it was written.
  const body = [
    `\nbegin\n  if \`tg_op\` = \`'INSERT'\` and \`new.${to}\` is null or \`tg_op\` = \`'UPDATE'\` and \`new.${to}\` is not distinct from \`old.${to}\` then`,
    `\n    \`new.${to} := new.${old}\`;\n  else\n    \`new.${old} := new.${to}\`;\n  end if;\n  return \`new\`;\nend `,
  ].join("");
  const expand = [
    write(`alter table \`${sql}\` add column \`${to} ${column.type}\``),
    write(
      `create function \`${routine}\`() returns \`trigger\` language \`plpgsql\` set \`search_path\` = '' as \`$$\`${body}\`$$\``,
    ),
    write(
      `create trigger \`${quoteIdentifier(step)}\` before insert or update on \`${sql}\` for each row execute function \`${routine}\`()`,
    ),
  ];
  return [
    { slug: `add_${table.name}_${name}`, statements: expand, outsideTransaction: false },
    fillInBatches(statement, table, key, name, old),
  ];
}

function freshName(table: Table, wanted: string): string {
  return table.columns.some(({ name }) => name === wanted) ? freshName(table, `${wanted}_`) : wanted;
}

/** No key, check, index, policy, view, trigger, publication or grant names it, and no other table shares it. */
function isPlain(table: Table, column: Column, schema: Schema): boolean {
  const key = keyOf(table.schema, table.name);
  const { name } = column;
  if (table.kind !== "table" || !table.complete || table.partitionOf !== undefined || table.inherits.length > 0)
    return false;
  if (column.generated !== undefined) return false;
  if (table.constraints.some(({ columns }) => columns.includes(name))) return false;
  const stored = table.columns.some(
    ({ generated, default: value }) => generated !== undefined && namesTheColumn(value?.node, name),
  );
  if (stored || table.grants.some(({ columns }) => columns !== undefined)) return false;
  if (
    table.indexes.some(
      ({ columns, include, predicate }) =>
        include.includes(name) ||
        namesTheColumn(predicate?.node, name) ||
        columns.some((one) => one.name === name || namesTheColumn(one.expression?.node, name)),
    )
  )
    return false;
  for (const other of schema.tables.unordered()) {
    if (other.inherits.includes(key) || other.partitionOf === key) return false;
    if (other.constraints.some(({ references }) => references?.table === key && references.columns.includes(name)))
      return false;
    for (const { using, check } of other.policies)
      if (
        [using, check].some(
          (one) => namesTheColumn(one?.node, name) && (other === table || mentionsTable(one?.node, table)),
        )
      )
        return false;
  }
  if (schema.views.some(({ query }) => mentionsTable(query.node, table))) return false;
  return !schema.publications.some(({ tables }) =>
    tables.some((one) => one.table === key && one.columns !== undefined),
  );
}

function mentionsTable(node: Node | undefined, { name }: Table): boolean {
  return node !== undefined && relationsRead(node).some((written) => written.name === name);
}

/** The new value, of a row and of a trigger's NEW; undefined when USING calls something that a search path may hide. */
function valuesOf(
  statement: Statement,
  column: Column,
  { raw_default: using, typeName }: ColumnDef,
): { readonly inRow: string; readonly inTrigger: string } | undefined {
  if (using === undefined) {
    const own = quoteIdentifier(column.name);
    // Without a cast, so that what does not fit is refused, as ALTER COLUMN TYPE does, and not cut off.
    return { inRow: own, inTrigger: `new.${own}` };
  }
  const from = typeName?.location;
  const word = from === undefined ? undefined : findWordsHere(statement, ["using"], from);
  if (from === undefined || word === undefined) return undefined;
  const start = tokenAt(statement, word.end)?.start ?? word.end;
  const text = statement.text.slice(start, clauseAt(statement, from).end);
  const places: number[] = [];
  let clear = true;
  walk(using, (kind, node) => {
    if (kind === "ColumnRef") {
      clear &&= node.fields?.length === 1 && stringOf(node.fields[0]) !== undefined;
      places.push(node.location ?? 0);
    } else if (kind === "FuncCall" || kind === "SubLink") clear = false;
  });
  if (!clear) return undefined;
  const inTrigger = places
    .sort((a, b) => b - a)
    .reduce((done, place) => `${done.slice(0, place - start)}new.${done.slice(place - start)}`, text);
  return { inRow: text, inTrigger };
}
