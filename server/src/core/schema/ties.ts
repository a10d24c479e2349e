/**
 * What a relation is tied to besides its key: its bare name, and what it points at or reads. Whoever drops a table finds by these words
 * what goes along, without looking through all tables, and depends on nothing else.
 */
import type { Node } from "../sql/statement.js";
import { walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import type { Policy, Publication, Routine, Table, View } from "./model.js";
import { relationName } from "./reading.js";

/** A name as it is written in a query. */
export interface WrittenRelation {
  readonly schema: string | undefined;
  readonly name: string;
}

/** The words under which `Names.tiedTo` finds a value. */
export const tie = {
  /** Is called so, in whatever schema. */
  named: (name: string): string => `named ${name}`,
  /** Lies in the schema of that name. */
  within: (schema: string): string => `in ${schema}`,
  /** Is a partition or a child of the table of that key. */
  under: (key: string): string => `under ${key}`,
  /** Has a foreign key to the table of that key, or publishes it. */
  to: (key: string): string => `to ${key}`,
  /** Reads, in a policy or a query, a relation that is written with this last word. */
  reads: (name: string): string => `reads ${name}`,
};

/** The relations that a query or expression names, as they are written there. */
export const relationsRead: (node: Node) => readonly WrittenRelation[] = memo((node) => {
  const found: WrittenRelation[] = [];
  walk(node, (kind, range) => {
    if (kind === "RangeVar") found.push(relationName(range));
  });
  return found;
});

const readIn = (node: Node | undefined): readonly string[] =>
  node === undefined ? [] : relationsRead(node).map(({ name }) => tie.reads(name));

const readByPolicies = memo((policies: readonly Policy[]) =>
  policies.flatMap(({ using, check }) => [...readIn(using?.node), ...readIn(check?.node)]),
);

const referencesIn = memo((constraints: Table["constraints"]) =>
  constraints.flatMap(({ references }) => (references === undefined ? [] : tie.to(references.table))),
);

export const tiesOfTable = ({
  schema,
  name,
  partitionOf,
  inherits,
  constraints,
  policies,
}: Table): readonly string[] => [
  ...tiesByName({ schema, name }),
  ...(partitionOf === undefined ? [] : [tie.under(partitionOf)]),
  ...inherits.map(tie.under),
  ...referencesIn(constraints),
  ...readByPolicies(policies),
];

export const tiesOfView = ({ schema, name, query }: View): readonly string[] => [
  ...tiesByName({ schema, name }),
  ...readIn(query.node),
];

export const tiesOfPublication = ({ tables }: Publication): readonly string[] =>
  tables.map(({ table }) => tie.to(table));

export const tiesOfRoutines = ([first]: readonly Routine[]): readonly string[] =>
  first === undefined ? [] : tiesByName(first);

/** Of what is tied by nothing but its name. */
export function tiesByName({ schema, name }: { readonly schema: string; readonly name: string }): readonly string[] {
  return [tie.within(schema), tie.named(name)];
}
