/** What a person writes into the filter, read and applied. Nothing here knows how tables are shown. */
import type { PanelTable } from "../../server/src/protocol.js";

/** Whether a table is wanted. */
export type Accept = (table: PanelTable) => boolean;

/**
 * Reads a filter: words that all must occur in the qualified name, and conditions: `rls:off`, `rls:on`, `rls:forced`,
 * `policies:0`, `has:findings`, `kind:view`. A condition that is not understood is taken as a word.
 */
export function readFilter(text: string): Accept {
  const accepts = text.toLowerCase().split(/\s+/).filter(Boolean).map(readWord);
  return (table) => accepts.every((accept) => accept(table));
}

function readWord(word: string): Accept {
  const [, name, value] = /^([a-z]+):(.+)$/.exec(word) ?? [];
  if (name === "rls" && value !== undefined) return ({ rls }) => rls?.startsWith(value) === true;
  if (name === "kind" && value !== undefined) return ({ kind }) => kind.startsWith(value);
  if (name === "has" && value === "findings") return ({ findings }) => findings > 0;
  if (name === "policies" && value !== undefined) return ({ policies }) => String(policies) === value;
  return ({ schema, name }) => `${schema}.${name}`.toLowerCase().includes(word);
}
