/** What hangs at one place of the trie: deeper nodes, or the entries that share the hash so far. */
type Slot<Value> = Branch<Value> | Leaf<Value> | undefined;
type Branch<Value> = readonly Slot<Value>[];
interface Leaf<Value> {
  readonly hash: number;
  readonly key: string;
  readonly value: Value;
  /** Another key with the same hash. */
  readonly next: Leaf<Value> | undefined;
}

const empty: Branch<never> = new Array(32).fill(undefined);

/** Hears what is asked of maps and changed in them, so that a computation can be known by what it depended on. */
export interface Listener {
  /** `key` of the map called `map` was asked for. */
  read(map: string, key: string): void;
  /** `key` was put or dropped. */
  write(map: string, key: string): void;
  /** All of the map was looked through. */
  scan(map: string): void;
}

let listener: Listener | undefined;

/** Runs a computation while `hears` listens; answers what it answers. Listening does not nest: an inner listener hears alone. */
export function listening<Answer>(hears: Listener, compute: () => Answer): Answer {
  const outer = listener;
  listener = hears;
  try {
    return compute();
  } finally {
    listener = outer;
  }
}

/** The listener of the computation that is going on. */
export function heardBy(): Listener | undefined {
  return listener;
}

/**
 * An immutable map from names to things. A change gives a new map that shares all but a few small arrays with the old one, so
 * that every statement of a long history can have the schema before it.
 */
export class Names<Value> {
  private readonly root: Branch<Value>;
  /** What a listener knows it by. */
  private readonly map: string;

  private constructor(root: Branch<Value>, map: string) {
    this.root = root;
    this.map = map;
  }

  /** The map of nothing, which listeners know by that name. */
  static none<Value>(map: string): Names<Value> {
    return new Names<Value>(empty, map);
  }

  get(key: string): Value | undefined {
    listener?.read(this.map, key);
    const hash = hashOf(key);
    let slot: Slot<Value> = this.root;
    for (let shift = 0; isBranch(slot); shift += 5) slot = slot[(hash >>> shift) & 31];
    for (; slot !== undefined; slot = slot.next) if (slot.key === key) return slot.value;
    return undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** This map with `value` at `key`. */
  put(key: string, value: Value): Names<Value> {
    const known = this.get(key);
    if (known === value) return this;
    listener?.write(this.map, key);
    return new Names(putIn(this.root, 0, hashOf(key), key, value), this.map);
  }

  /** This map without `key`. */
  drop(key: string): Names<Value> {
    if (this.get(key) === undefined) return this;
    listener?.write(this.map, key);
    return new Names(dropIn(this.root, 0, hashOf(key), key), this.map);
  }

  /** All values in no order anybody may rely on; cheaper than `values` for a map that is looked through once. */
  *unordered(): Generator<Value> {
    listener?.scan(this.map);
    for (const [, value] of leaves(this.root)) yield value;
  }

  /** Whether any value is such. */
  some(accept: (value: Value) => boolean): boolean {
    for (const value of this.unordered()) if (accept(value)) return true;
    return false;
  }

  /** All values, sorted by key. */
  values(): readonly Value[] {
    return this.entries().map(([, value]) => value);
  }

  /** All entries, sorted by key. */
  entries(): readonly (readonly [string, Value])[] {
    listener?.scan(this.map);
    this.sorted ??= [...leaves(this.root)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return this.sorted;
  }

  private sorted: readonly (readonly [string, Value])[] | undefined;
}

function isBranch<Value>(slot: Slot<Value>): slot is Branch<Value> {
  return Array.isArray(slot);
}

function putIn<Value>(node: Branch<Value>, shift: number, hash: number, key: string, value: Value): Branch<Value> {
  const copy = node.slice();
  const at = (hash >>> shift) & 31;
  const slot = node[at];
  if (slot === undefined) copy[at] = { hash, key, value, next: undefined };
  else if (isBranch(slot)) copy[at] = putIn(slot, shift + 5, hash, key, value);
  else if (slot.hash === hash) copy[at] = { hash, key, value, next: without(slot, key) };
  else copy[at] = putIn(pushDown(slot, shift + 5), shift + 5, hash, key, value);
  return copy;
}

/** A branch that holds nothing but `leaf`, one level deeper. */
function pushDown<Value>(leaf: Leaf<Value>, shift: number): Branch<Value> {
  const branch: Slot<Value>[] = empty.slice();
  branch[(leaf.hash >>> shift) & 31] = leaf;
  return branch;
}

function dropIn<Value>(node: Branch<Value>, shift: number, hash: number, key: string): Branch<Value> {
  const copy = node.slice();
  const at = (hash >>> shift) & 31;
  const slot = node[at];
  if (slot !== undefined) copy[at] = isBranch(slot) ? dropIn(slot, shift + 5, hash, key) : without(slot, key);
  return copy;
}

function without<Value>(leaf: Leaf<Value> | undefined, key: string): Leaf<Value> | undefined {
  if (leaf === undefined) return undefined;
  return leaf.key === key ? leaf.next : { ...leaf, next: without(leaf.next, key) };
}

function* leaves<Value>(node: Branch<Value>): Generator<readonly [string, Value]> {
  for (const slot of node) {
    if (isBranch(slot)) yield* leaves(slot);
    else for (let leaf = slot; leaf !== undefined; leaf = leaf.next) yield [leaf.key, leaf.value];
  }
}

/** FNV-1a over the UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
