import { keyOf, type Policy, type Schema, type Table } from "../schema/model.js";
import { asksCaller, leadsToUser, ownerColumns } from "../schema/owner.js";
import { quoteIdentifier } from "../sql/quote.js";
import type { Node } from "../sql/statement.js";
import { as, stringOf, walk } from "../sql/tree.js";
import { type Branch, type Flow, flows } from "../sync/streams.js";
import { verdict } from "./about-verdicts.js";
import { check, type Fix, type SyncScene } from "./check.js";

export default check({
  name: "unfiltered-stream",
  severity: "error",
  area: "N",
  kind: "text",
  summary:
    "A stream sends rows that belong to somebody, or that row level security protects, to every user: some way through its condition asks nothing about the user.",
  why: "Row level security does not limit sync. What a stream selects lies on every device that subscribes to it.",
  instead:
    "Compare the owner with `auth.user_id()`, or ask for a membership: `room_id IN (SELECT room_id FROM room_members WHERE user_id = auth.user_id())`.",
  silent:
    "the table has neither an owner column nor row level security, or its policies show all of it, or the same rows, to everybody",
  turnOff: "when every user may have all data, such as a catalogue that is protected out of habit",
  bad: [
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner_id uuid references auth.users (id));\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes\n",
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid, shared bool);\nalter table notes enable row level security;\ncreate policy own on notes for select to authenticated using (owner = (select auth.uid()));\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE shared = true OR owner = auth.user_id()\n",
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\nalter table notes enable row level security;\n# file: powersync/sync-config.yaml\nbucket_definitions:\n  notes:\n    data:\n      - SELECT * FROM notes\n",
  ],
  good: [
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid references auth.users (id));\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE owner = auth.user_id()\n",
    "-- file: supabase/migrations/1_countries.sql\ncreate table countries (id text primary key, name text);\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  countries:\n    query: SELECT * FROM countries\n",
    "-- file: supabase/migrations/1_profiles.sql\ncreate table profiles (id uuid primary key references auth.users (id), name text);\nalter table profiles enable row level security;\ncreate policy all_see on profiles for select to authenticated using (true);\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  profiles:\n    query: SELECT * FROM profiles\n",
    "-- file: supabase/migrations/1_rooms.sql\ncreate table rooms (id uuid primary key, owner uuid, is_public bool);\nalter table rooms enable row level security;\ncreate policy seen on rooms for select to authenticated using (is_public or owner = (select auth.uid()));\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  rooms:\n    query: SELECT * FROM rooms WHERE is_public = true OR owner = auth.user_id()\n",
    "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes\n",
  ],
  *sync(scene) {
    const { schema } = scene;
    if (schema === undefined) return;
    for (const flow of flows(scene.document)) {
      const { source, branches } = flow;
      const table = source === undefined ? undefined : schema.tables.get(keyOf(source.schema ?? "public", source.name));
      if (source === undefined || table === undefined) continue;
      const owners = ownerColumns(table, schema);
      if (owners.length === 0 && !table.rls.enabled) continue;
      for (const branch of branches ?? []) {
        if (branch.gate !== "none" || isShownToAll(table, branch)) continue;
        const what = table.rls.enabled ? "row level security protects it" : `\`${owners[0]}\` says whose each row is`;
        const rows = branch.filtered ? "rows" : "every row";
        yield {
          at: { uri: scene.uri, piece: undefined, span: branch.span ?? source.span },
          message: `\`${flow.definition.name}\` sends ${rows} of \`${table.name}\` to every user, though ${what}.`,
          severity: branch.filtered ? "info" : "error",
          fixes: () => fixesOf(flow, branch, { table, owners, schema, uri: scene.uri }),
        };
      }
    }
  },
});

/** The policies let every signed-in user read what the branch sends: all rows, or those that the same columns let through. */
function isShownToAll(table: Table, branch: Branch): boolean {
  if (!table.rls.enabled || table.policies.some((policy) => !policy.permissive && reads(policy))) return false;
  return table.policies.filter(reads).some(({ using }) => {
    if (using === undefined) return true;
    return alternatives(using.node).some((one) => {
      if (verdict(one, "stranger", table) === true) return true;
      if (asksCaller(one)) return false;
      const columns = columnsIn(one);
      return columns !== undefined && columns.length > 0 && columns.every((column) => branch.tests.includes(column));
    });
  });
}

function reads({ command, roles }: Policy): boolean {
  return (command === "all" || command === "select") && (roles.includes("public") || roles.includes("authenticated"));
}

function alternatives(node: Node): readonly Node[] {
  const logic = as(node, "BoolExpr");
  return logic?.boolop === "OR_EXPR" ? (logic.args ?? []).flatMap(alternatives) : [node];
}

/** The columns that a condition names; undefined when it asks another query or a function. */
function columnsIn(node: Node): readonly string[] | undefined {
  const columns: string[] = [];
  let plain = true;
  walk(node, (kind, inner) => {
    if (kind === "SubLink" || kind === "FuncCall") plain = false;
    if (kind === "ColumnRef") columns.push(stringOf(inner.fields?.at(-1)) ?? "");
  });
  return plain ? columns : undefined;
}

interface Cure {
  readonly table: Table;
  readonly owners: readonly string[];
  readonly schema: Schema;
  readonly uri: SyncScene["uri"];
}

/** Conditions made of the table's own owner column, and of a membership that its foreign keys lead to. */
function fixesOf({ query, definition, source, branches }: Flow, branch: Branch, cure: Cure): readonly Fix[] {
  const { text } = query.statement;
  // One side of an OR without a place of its own: behind the whole condition it would bind to the last side alone.
  if (branch.span === undefined && branches?.length !== 1) return [];
  const select = as(query.statement.node, "SelectStmt");
  if (!query.exact || definition.dialect !== "stream" || select === undefined || text.includes("--")) return [];
  const joined = select.fromClause?.length !== 1 || as(select.fromClause[0], "RangeVar") === undefined;
  const prefix = joined && source !== undefined ? `${quoteIdentifier(source.alias)}.` : "";
  const end = branch.span?.end ?? query.span.start + text.trimEnd().length;
  const word = select.whereClause === undefined ? "WHERE" : "AND";
  // Whoever may read by being the owner comes first, then whoever is a member, then the owner that only writing asks for.
  const readers = ownerColumns(
    { ...cure.table, policies: cure.table.policies.filter(reads), constraints: [] },
    cure.schema,
  );
  const writers = cure.owners.filter((owner) => !readers.includes(owner));
  const owned = (owner: string): string => `${quoteIdentifier(owner)} = auth.user_id()`;
  const conditions = [...readers.map(owned), ...memberships(cure.table, cure.schema), ...writers.map(owned)];
  return conditions.map((condition) => ({
    title: `Send only where \`${condition}\``,
    safe: false,
    edits: [
      { at: { uri: cure.uri, piece: undefined, span: { start: end, end } }, text: ` ${word} ${prefix}${condition}` },
    ],
  }));
}

/** Tables that tie users to what this table's foreign keys point at: `room_id IN (SELECT room_id FROM room_members WHERE …)`. */
function memberships(table: Table, schema: Schema): readonly string[] {
  const found: string[] = [];
  for (const { columns, references } of table.constraints) {
    const [column] = columns;
    if (references === undefined || column === undefined || columns.length !== 1) continue;
    for (const other of schema.tables.values()) {
      if (other === table || other.schema !== "public") continue;
      const user = other.constraints.find((one) => leadsToUser(one, schema))?.columns[0];
      const same = other.constraints.find(
        (one) => one.columns.length === 1 && one.references?.table === references.table && one.columns[0] !== user,
      )?.columns[0];
      const unique = other.constraints.some(
        (one) => (one.kind === "unique" || one.kind === "primary key") && sameColumns(one.columns, [user, same]),
      );
      if (user === undefined || same === undefined || !unique) continue;
      const inner = `SELECT ${quoteIdentifier(same)} FROM ${quoteIdentifier(other.name)} WHERE ${quoteIdentifier(user)} = auth.user_id()`;
      found.push(`${quoteIdentifier(column)} IN (${inner})`);
    }
  }
  return found;
}

function sameColumns(a: readonly string[], b: readonly (string | undefined)[]): boolean {
  return a.length === b.length && a.every((column) => b.includes(column));
}
