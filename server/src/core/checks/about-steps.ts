/**
 * How a change to a table in use is taken apart into steps none of which locks it for long: rows filled in batches by key, and a column
 * made required by way of a check. It writes SQL; whether the change is worth the steps its callers decide.
 */
import type { Constraint as ConstraintNode } from "@pgsql/types";
import type { Table } from "../schema/model.js";
import { clauseAt } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Statement } from "../sql/statement.js";
import { likeKeywords, sqlName } from "./about-tables.js";
import type { NewMigration } from "./check.js";

/** The column by which a table's rows can be gone through in order: a key of one column. */
export function batchKey(table: Table | undefined): string | undefined {
  const key = table?.constraints.find(({ kind }) => kind === "primary key");
  return key?.columns.length === 1 ? key.columns[0] : undefined;
}

/** The migration that sets a column of the old rows, a few thousand at a time; `value` is SQL, key words as written. */
export function fillInBatches(
  statement: Statement,
  table: Table,
  key: string,
  column: string,
  value: string,
): NewMigration {
  const [sql, by, to] = [sqlName(table), quoteIdentifier(key), quoteIdentifier(column)];
  const free = (name: string): string => (table.columns.some((one) => one.name === name) ? free(`${name}_`) : name);
  const [first, last] = [free("first_key"), free("last_key")];
  const block = `do \`$$\`
declare
  \`${first} ${sql}.${by}\`%type;
  \`${last} ${sql}.${by}\`%type;
begin
  select \`${by}\` into \`${first}\` from \`${sql}\` order by \`${by}\` limit 1;
  while \`${first}\` is not null loop
    select \`${by}\` into \`${last}\`
    from (select \`${by}\` from \`${sql}\` where \`${by}\` >= \`${first}\` order by \`${by}\` limit 5000) as batch
    order by \`${by}\` desc limit 1;
    update \`${sql}\` set \`${to} = ${value}\`
    where \`${by}\` between \`${first}\` and \`${last}\` and \`${to}\` is null;
    commit;
    select \`${by}\` into \`${first}\` from \`${sql}\` where \`${by}\` > \`${last}\` order by \`${by}\` limit 1;
  end loop;
end \`$$\``;
  return {
    slug: `fill_${table.name}_${column}`,
    statements: [likeKeywords(statement, block)],
    outsideTransaction: true,
  };
}

/** The statements by which a column becomes required without a scan under a strong lock, each of them for a transaction of its own. */
export interface Requirement {
  /** Binds what is written from then on: rows that are added, and old ones that are changed. */
  readonly add: string;
  readonly validate: string;
  /** SET NOT NULL, which trusts the check, and the end of the check. */
  readonly enforce: readonly string[];
}

/** How a column becomes required. */
export function requirement(
  statement: Statement,
  table: { readonly sql: string; readonly name: string },
  column: string,
): Requirement {
  const name = table.name.split(".").at(-1) ?? table.name;
  const check = quoteIdentifier(`${name}_${column}_not_null`.slice(0, 63));
  const quoted = quoteIdentifier(column);
  const write = (text: string): string => likeKeywords(statement, `alter table \`${table.sql}\` ${text}`);
  return {
    add: write(`add constraint \`${check}\` check (\`${quoted}\` is not null) not valid`),
    validate: write(`validate constraint \`${check}\``),
    enforce: [write(`alter column \`${quoted}\` set not null`), write(`drop constraint \`${check}\``)],
  };
}

/** The constraints of a column as they are written: each from its first word up to the next one or to the end of the column. */
export function constraintTexts(
  statement: Statement,
  location: number,
  constraints: readonly ConstraintNode[],
): readonly { readonly constraint: ConstraintNode; readonly start: number; readonly text: string }[] {
  const { end } = clauseAt(statement, location);
  const sorted = [...constraints].sort((a, b) => (a.location ?? 0) - (b.location ?? 0));
  return sorted.map((constraint, at) => {
    const start = constraint.location ?? 0;
    return { constraint, start, text: statement.text.slice(start, sorted[at + 1]?.location ?? end).trim() };
  });
}
