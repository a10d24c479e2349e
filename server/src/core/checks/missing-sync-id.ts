import { columnOf, keyOf, type Schema, type Table } from "../schema/model.js";
import { quoteIdentifier } from "../sql/quote.js";
import { type Flow, flows, type Output } from "../sync/streams.js";
import { check, type Fix, type SyncScene } from "./check.js";

export default check({
  name: "missing-sync-id",
  severity: "error",
  area: "N",
  kind: "text",
  summary: "A sync query yields no `id`, or one that is not unique and never null.",
  why: "A row is known on a device by its `id` alone: rows that share one, or have none, fall into a single row there.",
  instead: "Select the table's key as `id`; join a key of several columns: `a || '.' || b AS id`.",
  silent: "a unique column that is never null, or an expression, is the id",
  turnOff:
    "never as a whole: a query that a newer compiler gives an id in a way unknown here is better allowed at its line",
  peers: "PSY (older dialect only)",
  bad: [
    "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  likes:\n    query: SELECT post_id, user_id FROM likes WHERE user_id = auth.user_id()\n",
    "-- file: supabase/migrations/1_likes.sql\ncreate table likes (post_id uuid, user_id uuid, primary key (post_id, user_id));\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  likes:\n    query: SELECT * FROM likes WHERE user_id = auth.user_id()\n",
    "-- file: supabase/migrations/1_codes.sql\ncreate table codes (id int, code text primary key);\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  codes:\n    query: SELECT id, code FROM codes WHERE code = auth.parameter('code')\n",
  ],
  good: [
    "-- file: supabase/migrations/1_likes.sql\ncreate table likes (post_id uuid, user_id uuid, primary key (post_id, user_id));\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  likes:\n    query: SELECT *, post_id || '.' || user_id AS id FROM likes WHERE user_id = auth.user_id()\n",
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE owner = auth.user_id()\n",
    "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  elsewhere:\n    query: SELECT * FROM elsewhere WHERE owner = auth.user_id()\n",
  ],
  *sync(scene) {
    for (const flow of flows(scene.document)) {
      const table = tableOf(flow, scene.schema);
      const fault = faultOf(flow, table);
      const [first] = flow.outputs;
      const last = flow.outputs.at(-1);
      if (fault === undefined || first === undefined || last === undefined) continue;
      yield {
        at: {
          uri: scene.uri,
          piece: undefined,
          span: { start: first.span.start, end: Math.max(first.span.end, last.span.end) },
        },
        message: `\`${flow.definition.name}\` ${fault}, so its rows fall into one on every device.`,
        fixes: () => fixesOf(flow, table, scene),
      };
    }
  },
});

function tableOf({ source }: Flow, schema: Schema | undefined): Table | undefined {
  return source === undefined ? undefined : schema?.tables.get(keyOf(source.schema ?? "public", source.name));
}

/** What is wrong with a query's id, as the end of a sentence; undefined when nothing is, or nobody knows. */
function faultOf({ outputs, source }: Flow, table: Table | undefined): string | undefined {
  if (outputs.length === 0) return undefined;
  const named = outputs.filter(({ kind, name }) => kind === "value" && name === "id").at(-1);
  const all = outputs.some(({ kind }) => kind === "all");
  if (named !== undefined) {
    if (named.column === undefined || table === undefined) return undefined;
    return isKey(table, named.column) ? undefined : `sends \`${named.column}\` as \`id\`, which may repeat or be null`;
  }
  if (!all) return "sends no `id`";
  // What `*` brings is known for one known table alone.
  if (
    table === undefined ||
    source === undefined ||
    !table.complete ||
    outputs.some((output) => isForeign(output, source.alias))
  )
    return undefined;
  if (columnOf(table, "id") === undefined) return `sends no \`id\`: \`${table.name}\` has none`;
  return isKey(table, "id") ? undefined : "sends an `id` that may repeat or be null";
}

function isForeign({ kind, name }: Output, alias: string): boolean {
  return kind === "all" && name !== undefined && name !== alias;
}

/** A column is a key when it is unique and never null; one of several columns of a key gets the benefit of the doubt. */
function isKey(table: Table, name: string): boolean {
  const column = columnOf(table, name);
  if (column === undefined) return true;
  const keys = table.constraints.filter(({ kind }) => kind === "primary key" || kind === "unique");
  const primary = keys.some(({ kind, columns }) => kind === "primary key" && columns.includes(name));
  if (primary) return true;
  const indexed = table.indexes.some(
    ({ unique, predicate, columns }) => unique && predicate === undefined && columns.some((one) => one.name === name),
  );
  const unique = indexed || keys.some(({ columns }) => columns.includes(name));
  return unique && column.notNull;
}

/** The table's own key as `id`: before the other columns, or behind a `*`, because the last of two columns of one name wins. */
function fixesOf(flow: Flow, table: Table | undefined, { uri }: SyncScene): readonly Fix[] {
  const { outputs, query } = flow;
  const [first] = outputs;
  if (table === undefined || first === undefined || !query.exact) return [];
  const wrong = outputs.find(({ name, column }) => name === "id" && column !== undefined);
  const key = table.constraints.find(({ kind }) => kind === "primary key")?.columns ?? [];
  const hasId = columnOf(table, "id") !== undefined && isKey(table, "id");
  const value = hasId ? "id" : key.length === 0 ? undefined : `${key.map(quoteIdentifier).join(" || '.' || ")} AS id`;
  if (value === undefined || wrong !== undefined) return [];
  const all = outputs.findLast(({ kind }) => kind === "all");
  const at =
    all === undefined ? { start: first.span.start, end: first.span.start } : { start: all.span.end, end: all.span.end };
  const text = all === undefined ? `${value}, ` : `, ${value}`;
  const title = `Send \`${value}\``;
  return [{ title, safe: false, edits: [{ at: { uri, piece: undefined, span: at }, text }] }];
}
