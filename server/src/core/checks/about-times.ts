/** Columns that say when a row was changed last, and the function behind the trigger that keeps them. */
import type { Column } from "../schema/model.js";
import { quoteIdentifier } from "../sql/quote.js";

/** Whether a column is to say when its row was changed last. */
export function isLastChange({ name, type, generated }: Column): boolean {
  return (
    /^(?:updated|modified|changed)_(?:at|on)$|^last_(?:updated|modified|changed)(?:_at|_on)?$/.test(name) &&
    /^timestamp/.test(type) &&
    generated === undefined
  );
}

/** CREATE FUNCTION for a trigger that sets such a column; `name` as SQL writes it, names in backquotes. */
export function keeperText(name: string, column: string): string {
  return `create function \`${name}\`() returns \`trigger\` language \`plpgsql\` set \`search_path\` = '' as \`$$\`\nbegin\n  \`new.${quoteIdentifier(column)} := now()\`;\n  return \`new\`;\nend \`$$\``;
}
