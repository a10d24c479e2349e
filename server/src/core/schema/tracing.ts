/**
 * What a computation over schemas depended on. A statement after an edit stands before another schema, but mostly before one that answers
 * the same to all it asks: then what was computed of it still holds, and what it changed is changed again without computing.
 */

import type { Expression, Schema } from "./model.js";
import { heardBy, type Listener, listening, type Names } from "./names.js";

/** The maps of a schema. */
export type Maps = {
  readonly [Key in keyof Schema as Schema[Key] extends Names<infer _> ? Key : never]: Names<unknown>;
};

/** What was asked of the maps of a schema and what was changed in them, as pairs of map and key. */
export interface Trace {
  readonly reads: Pairs;
  /** Pairs of map and word: which keys are tied to it. */
  readonly asks: Pairs;
  readonly writes: Pairs;
  readonly scans: readonly string[];
}

interface Pairs {
  readonly maps: readonly string[];
  readonly keys: readonly string[];
}

/** Runs a computation and answers with its trace. A trace around it gets the inner one's reads too. */
export function traced<Answer>(compute: () => Answer): { readonly answer: Answer; readonly trace: Trace } {
  const outer = heardBy();
  const hears = new Hearing();
  const answer = listening(hears, compute);
  const trace = hears.trace();
  if (outer !== undefined) tell(outer, trace);
  return { answer, trace };
}

/** Tells the computation that is going on what a remembered answer depended on. */
export function dependOn(trace: Trace): void {
  const outer = heardBy();
  if (outer !== undefined) tell(outer, trace);
}

/** Whether a computation that saw `old` would see the same in `now`: every name it asked for means the very same thing. */
export function holds({ reads, asks, scans }: Trace, old: Schema, now: Schema): boolean {
  if (old === now) return true;
  if (!sameRest(old, now)) return false;
  for (const map of scans) if (mapOf(old, map) !== mapOf(now, map)) return false;
  for (let at = 0; at < reads.keys.length; at++) {
    const [map, key] = [reads.maps[at] ?? "", reads.keys[at] ?? ""];
    const [was, is] = [mapOf(old, map), mapOf(now, map)];
    if (was !== is && was.get(key) !== is.get(key)) return false;
  }
  for (let at = 0; at < asks.keys.length; at++) {
    const [map, word] = [asks.maps[at] ?? "", asks.keys[at] ?? ""];
    const [was, is] = [mapOf(old, map), mapOf(now, map)];
    if (was !== is && was.tiedTo(word) !== is.tiedTo(word)) return false;
  }
  return true;
}

/** What a computation makes of `now`, given what it made of `old`; only where the trace holds between `old.before` and `now`. */
export function redo({ writes }: Trace, old: { readonly before: Schema; readonly after: Schema }, now: Schema): Schema {
  if (old.before === old.after) return now;
  const changed: Record<string, Names<unknown>> = {};
  for (let at = 0; at < writes.keys.length; at++) {
    const [map, key] = [writes.maps[at] ?? "", writes.keys[at] ?? ""];
    change(changed, now, map, key, mapOf(old.after, map).get(key));
  }
  // What is no map was the same before, so it is the same after.
  return { ...now, ...changed, ...restOf(old.after) };
}

/** Notes in `into` what a map of the schema becomes with a value under a key; undefined takes it away. */
export function change(
  into: Record<string, Names<unknown>>,
  schema: Schema,
  map: string,
  key: string,
  value: unknown,
): void {
  const names = into[map] ?? mapOf(schema, map);
  into[map] = value === undefined ? names.drop(key) : names.put(key, value);
}

/**
 * What was made again, with the very values that were made before wherever they say the same: whoever depends on those need not be asked
 * again. `known` tells what the same computation made before under a name, `rest` what it made of all that is no map.
 */
export function settled(
  made: Schema,
  { writes }: Trace,
  known: (map: string, key: string) => unknown,
  rest: Rest,
): Schema {
  const changed: Record<string, unknown> = {};
  for (let at = 0; at < writes.keys.length; at++) {
    const [map, key] = [writes.maps[at] ?? "", writes.keys[at] ?? ""];
    const was = known(map, key);
    const names = (changed[map] as Names<unknown> | undefined) ?? mapOf(made, map);
    const is = names.get(key);
    if (was !== is && was !== undefined && saySame(was, is)) changed[map] = names.put(key, was);
  }
  for (const part of ["searchPath", "defaultGrants"] as const) {
    if (made[part] !== rest[part] && saySame(made[part], rest[part])) changed[part] = rest[part];
  }
  return { ...made, ...changed };
}

/** Whether two values of the model say the same. An expression is known by its tree and by where it stands. */
function saySame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, at) => saySame(one, b[at]));
  if (a instanceof Map && b instanceof Map) return saySame([...a], [...b]);
  if ("node" in a && "node" in b) {
    const [{ place }, other] = [a as Expression, (b as Expression).place];
    return a.node === b.node && place.uri === other.uri && place.piece === other.piece;
  }
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  return (
    keys.length === others.length &&
    keys.every((key) => saySame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}

/** Everything of a schema that is no map. */
export type Rest = Omit<Schema, keyof Maps>;

export function restOf({
  searchPath,
  defaultGrants,
  unread,
  unreadRelations,
  unreadNames,
  beginning,
  dump,
}: Rest): Rest {
  return { searchPath, defaultGrants, unread, unreadRelations, unreadNames, beginning, dump };
}

export function sameRest(a: Rest, b: Rest): boolean {
  return (
    a.searchPath === b.searchPath &&
    a.defaultGrants === b.defaultGrants &&
    a.unread === b.unread &&
    a.unreadRelations === b.unreadRelations &&
    a.unreadNames === b.unreadNames &&
    a.beginning === b.beginning &&
    a.dump === b.dump
  );
}

/** The map of that name. */
export function mapOf(schema: Schema, name: string): Names<unknown> {
  return (schema as unknown as Maps)[name as keyof Maps];
}

function tell(outer: Listener, { reads, asks, writes, scans }: Trace): void {
  for (let at = 0; at < asks.keys.length; at++) outer.ask(asks.maps[at] ?? "", asks.keys[at] ?? "");
  for (let at = 0; at < reads.keys.length; at++) outer.read(reads.maps[at] ?? "", reads.keys[at] ?? "");
  for (let at = 0; at < writes.keys.length; at++) outer.write(writes.maps[at] ?? "", writes.keys[at] ?? "");
  for (const map of scans) outer.scan(map);
}

/** Collects; the same name asked for again within a few questions is noted once. */
class Hearing implements Listener {
  private readonly reads: { maps: string[]; keys: string[] } = { maps: [], keys: [] };
  private readonly asks: { maps: string[]; keys: string[] } = { maps: [], keys: [] };
  private readonly writes: { maps: string[]; keys: string[] } = { maps: [], keys: [] };
  private readonly scans = new Set<string>();

  read(map: string, key: string): void {
    note(this.reads, map, key);
  }

  ask(map: string, word: string): void {
    note(this.asks, map, word);
  }

  write(map: string, key: string): void {
    note(this.writes, map, key);
  }

  scan(map: string): void {
    this.scans.add(map);
  }

  trace(): Trace {
    return { reads: this.reads, asks: this.asks, writes: this.writes, scans: [...this.scans] };
  }
}

function note({ maps, keys }: { readonly maps: string[]; readonly keys: string[] }, map: string, key: string): void {
  for (let at = keys.length - 1; at >= 0 && at >= keys.length - 16; at--)
    if (keys[at] === key && maps[at] === map) return;
  maps.push(map);
  keys.push(key);
}
