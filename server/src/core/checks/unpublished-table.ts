import { displayName, keyOf, type Publication, type Schema, type Table } from "../schema/model.js";
import { quoteIdentifier } from "../sql/quote.js";
import { matches, type TableUse, tableUses } from "../sync/streams.js";
import { check, type Fix, type NewMigration, type Report, type SyncScene } from "./check.js";

export default check({
  name: "unpublished-table",
  severity: "error",
  area: "N",
  kind: "state",
  summary:
    "A table that a sync configuration uses is not in the publication `powersync`, or the publication leaves out part of its changes.",
  why: "PowerSync learns of changes through that publication alone: what is missing there never reaches a device.",
  instead: "Add the table to the publication, whole: all rows, all columns, inserts, updates, deletes and truncates.",
  silent: "no migration makes the publication: then one hint says so",
  turnOff: "when the publication is managed by hand on the server and the one in the migrations is only a beginning",
  peers: "PSY (at run time)",
  bad: [
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\ncreate table tags (id uuid primary key, owner uuid);\ncreate publication powersync for table notes;\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  tags:\n    query: SELECT * FROM tags WHERE owner = auth.user_id()\n",
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid, hidden bool);\ncreate publication powersync for table notes where (not hidden);\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE owner = auth.user_id()\n",
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\ncreate publication powersync for table notes with (publish = 'insert, update');\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE owner = auth.user_id()\n",
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE owner = auth.user_id()\n",
  ],
  good: [
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\ncreate publication powersync for table notes;\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE owner = auth.user_id()\n",
    "-- file: supabase/migrations/1_notes.sql\ncreate table notes (id uuid primary key, owner uuid);\ncreate publication powersync for all tables;\n# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE owner = auth.user_id()\n",
    "# file: powersync/sync-config.yaml\nconfig:\n  edition: 3\nstreams:\n  notes:\n    query: SELECT * FROM notes WHERE owner = auth.user_id()\n",
  ],
  *sync(scene) {
    const { schema, document } = scene;
    if (schema === undefined) return;
    const used = firstUses(tableUses(document), schema);
    const [first] = used;
    if (first === undefined) return;
    const publication = schema.publications.get("powersync");
    if (publication === undefined) {
      if (schema.unread === 0) yield withoutPublication(first, scene);
      return;
    }
    yield* faultsOf(publication, first, scene);
    for (const use of used) yield* membership(publication, use, schema, scene);
  },
});

interface Used {
  readonly use: TableUse;
  readonly table: Table;
}

/** Each known table with the place where it is first named. */
function firstUses(uses: readonly TableUse[], schema: Schema): readonly Used[] {
  const first = new Map<Table, TableUse>();
  for (const use of uses) {
    const namespace = use.schema ?? "public";
    const exact = schema.tables.get(keyOf(namespace, use.name));
    const meant = use.name.endsWith("%")
      ? schema.tables.values().filter((table) => table.schema === namespace && matches(use, table.name))
      : exact === undefined
        ? []
        : [exact];
    for (const table of meant) if (table.kind === "table" && !first.has(table)) first.set(table, use);
  }
  return [...first].map(([table, use]) => ({ table, use }));
}

function withoutPublication({ use }: Used, { uri }: SyncScene): Report {
  return {
    at: { uri, piece: undefined, span: use.span },
    message:
      "No migration makes the publication `powersync`, so nobody can tell from here whether changes reach devices.",
    severity: "hint",
  };
}

/** What the publication does to all its tables, said once. */
function* faultsOf(publication: Publication, { use }: Used, { uri }: SyncScene): Iterable<Report> {
  const at = { uri, piece: undefined, span: use.span };
  const place = publication.origin.changed ?? publication.origin.made;
  const related = place === undefined ? [] : [{ at: place, message: "the publication" }];
  const missing = operations.filter((operation) => !publication.operations.includes(operation));
  if (missing.length > 0) {
    const fix = alter("publish_all_changes", `set (publish = '${operations.join(", ")}')`);
    const message = `The publication \`powersync\` leaves out ${missing.map((one) => `\`${one}\``).join(" and ")}, so these changes never reach devices.`;
    yield {
      at,
      message,
      related,
      fixes: () => [{ title: "New migration: publish all changes", safe: false, migrations: [fix] }],
    };
  }
  if (publication.viaRoot) {
    const fix = alter("publish_partitions", "set (publish_via_partition_root = false)");
    const message = "The publication `powersync` publishes partitions as their root, which PowerSync refuses.";
    yield {
      at,
      message,
      related,
      fixes: () => [{ title: "New migration: publish each partition", safe: false, migrations: [fix] }],
    };
  }
}

const operations = ["insert", "update", "delete", "truncate"];

function* membership(
  publication: Publication,
  { use, table }: Used,
  schema: Schema,
  { uri }: SyncScene,
): Iterable<Report> {
  const at = { uri, piece: undefined, span: use.span };
  const name = displayName(table);
  const written = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
  const entry = publication.tables.find((one) => lineage(table, schema).includes(one.table));
  const whole = publication.allTables || publication.namespaces.includes(table.schema);
  if (entry === undefined && !whole) {
    const migration = alter(`publish_${table.name}`, `add table ${written}`);
    const fix: Fix = { title: `New migration: publish \`${name}\``, safe: false, migrations: [migration] };
    yield {
      at,
      message: `\`${name}\` is not in the publication \`powersync\`: its changes never reach devices.`,
      fixes: () => [fix],
    };
  } else if (entry !== undefined && !whole && (entry.filtered || entry.columns !== undefined)) {
    const part = entry.filtered ? "rows" : "columns";
    const statements = ["drop", "add"].map((verb) => `alter publication powersync ${verb} table ${written}`);
    const migration = { slug: `publish_all_of_${table.name}`, statements, outsideTransaction: false };
    yield {
      at,
      message: `The publication \`powersync\` filters the ${part} of \`${name}\`: what it leaves out never reaches devices.`,
      related: entry.place === undefined ? [] : [{ at: entry.place, message: "the filter" }],
      fixes: () => [{ title: `New migration: publish all of \`${name}\``, safe: false, migrations: [migration] }],
    };
  }
}

/** The keys of a table and of the partitioned tables above it, which stand for it in a publication. */
function lineage(table: Table, schema: Schema): readonly string[] {
  const keys: string[] = [];
  for (let at: Table | undefined = table; at !== undefined && keys.length < 16; ) {
    keys.push(keyOf(at.schema, at.name));
    at = at.partitionOf === undefined ? undefined : schema.tables.get(at.partitionOf);
  }
  return keys;
}

function alter(slug: string, action: string): NewMigration {
  return { slug, statements: [`alter publication powersync ${action}`], outsideTransaction: false };
}
