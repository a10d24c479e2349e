import {
  type Column,
  type Constraint,
  columnOf,
  displayName,
  keyOf,
  type Schema,
  type Table,
} from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { retyped } from "./about-columns.js";
import { check, type Fix, type Report, type SchemaScene } from "./check.js";

export default check({
  name: "mismatched-key-type",
  severity: "warning",
  area: "B",
  kind: "state",
  summary:
    "A foreign key's column has a narrower type than the column it references, or one that cannot be compared with it.",
  why: "A narrower column takes ids only up to its own limit, and inserts fail from then on; between types without an equality operator PostgreSQL refuses the key.",
  instead: "Give it the type of the column it references.",
  silent:
    "it is as wide or wider, one is text and the other varchar, both are domains over one type, or a type is not known",
  turnOff: "when the referenced keys are known to stay within the narrower type, such as a list of countries",
  peers: "MP PGL",
  bad: [
    "create table room (id bigint primary key);\ncreate table message (id uuid primary key, room_id int references room (id));\ncreate index on message (room_id);",
    "create table profile (id uuid primary key references auth.users (id) on delete cascade);\ncreate table message (id uuid primary key, author TEXT, foreign key (author) references profile (id));\ncreate index on message (author);",
    "-- file: supabase/migrations/1_init.sql\ncreate table room (id bigserial primary key);\ncreate table message (id uuid primary key, room_id integer references room (id));\ncreate index on message (room_id);\n-- file: supabase/migrations/2_later.sql\nselect 1;",
  ],
  good: [
    "create table room (id bigserial primary key);\ncreate table message (id uuid primary key, room_id bigint references room (id));",
    "create table room (code varchar(20) primary key);\ncreate table message (id uuid primary key, room text references room (code));",
    "create domain room_id as bigint;\ncreate table room (id room_id primary key);\ncreate table message (id uuid primary key, room bigint references room (id));",
    "create table room (id int primary key);\ncreate table message (id uuid primary key, room bigint references room (id), at timestamptz);",
  ],
  *schema(scene) {
    for (const table of scene.schema.tables.unordered()) {
      if (isPlatformSchema(table.schema) || table.partitionOf !== undefined) continue;
      for (const constraint of table.constraints) {
        if (constraint.kind === "foreign key") yield* judge(scene, table, constraint);
      }
    }
  },
});

function* judge(scene: SchemaScene, table: Table, { columns, references, origin }: Constraint): Iterable<Report> {
  const at = origin.made;
  if (references === undefined || at === undefined) return;
  const parent = scene.schema.tables.get(references.table);
  for (const [place, name] of columns.entries()) {
    const column = columnOf(table, name);
    const to = references.columns[place];
    if (column === undefined || to === undefined) continue;
    const target = parent === undefined ? undefined : columnOf(parent, to);
    const users = references.schema === "auth" && references.name === "users" && to === "id";
    const type = target?.type ?? (users && scene.facts.platform === "supabase" ? "uuid" : undefined);
    if (type === undefined) continue;
    const [own, other] = [familyOf(column.type, scene.schema), familyOf(type, scene.schema)];
    if (own === undefined || other === undefined) continue;
    const shown = `\`${displayName(table)}.${name}\``;
    const goal = `\`${displayName(references)}.${to}\``;
    const fixes = (): readonly Fix[] => fixesOf(scene, column, type);
    if (!comparable(own.name, other.name)) {
      const message = `${shown} is ${column.type} and references ${goal}, which is ${type}: PostgreSQL has no way to compare the two and refuses the key.`;
      yield { at, message, severity: "error", fixes };
    } else if (own.name === "integer" && other.name === "integer" && own.width < other.width) {
      const limit = own.width === 2 ? "32,767" : "2,147,483,647";
      const message = `${shown} is ${column.type} and references ${goal}, which is ${type}: from id ${limit} on, no row can reference its parent.`;
      yield { at, message, fixes };
    }
  }
}

/** Types that can be compared with one another, and how wide an integer is. */
interface Family {
  readonly name: string;
  readonly width: number;
}

function familyOf(type: string, schema: Schema, depth = 0): Family | undefined {
  const plain = type.replace(/\([\d,]+\)/, "");
  const width = widths[plain];
  if (width !== undefined) return { name: "integer", width };
  const name = families[plain];
  if (name !== undefined) return { name, width: 0 };
  const own = schema.types.get(keyOfType(plain));
  return own?.kind === "domain" && own.base !== undefined && depth < 8
    ? familyOf(own.base, schema, depth + 1)
    : undefined;
}

/** The key of a type as columns name it: quoted where it must be, with its schema when that is not `public`. */
function keyOfType(written: string): string {
  const [, namespace = "public", name = written] = /^(\w+|"[^"]+")\.(.+)$/.exec(written) ?? [];
  const plain = (word: string): string => word.replace(/^"(.*)"$/, "$1");
  return keyOf(plain(namespace), plain(name));
}

const widths: Readonly<Record<string, number>> = { smallint: 2, integer: 4, bigint: 8 };

const families: Readonly<Record<string, string>> = {
  numeric: "numeric",
  real: "float",
  "double precision": "float",
  text: "text",
  "character varying": "text",
  character: "text",
  uuid: "uuid",
  boolean: "boolean",
  date: "time",
  "timestamp with time zone": "time",
  "timestamp without time zone": "time",
};

/** An implicit cast from the first to the second, or an operator of both (pg_amop, pg_cast). */
function comparable(from: string, to: string): boolean {
  return (
    from === to ||
    (from === "integer" && (to === "numeric" || to === "float")) ||
    (from === "numeric" && to === "float")
  );
}

function fixesOf(scene: SchemaScene, column: Column, type: string): readonly Fix[] {
  const edit = retyped(scene, column, type);
  return edit === undefined ? [] : [{ title: `Make it ${type}`, safe: false, edits: [edit] }];
}
