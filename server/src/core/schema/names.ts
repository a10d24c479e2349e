import { memo } from "../text/memo.js";

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

/** What all versions of a map have in common. */
interface Kind<Value> {
  /** What a listener knows it by. */
  readonly map: string;
  ties?(value: Value): readonly string[];
}

const empty: Branch<never> = new Array(32).fill(undefined);

/** Hears what is asked of maps and changed in them, so that a computation can be known by what it depended on. */
export interface Listener {
  /** `key` of the map called `map` was asked for. */
  read(map: string, key: string): void;
  /** It was asked which keys of the map are tied to a word. */
  ask(map: string, word: string): void;
  /** `key` was put or dropped. */
  write(map: string, key: string): void;
  /** All of the map was looked through. */
  scan(map: string): void;
}

let listener: Listener | undefined;

/** Runs a computation while `hears` listens, or nobody; answers what it answers. Listening does not nest: an inner listener hears alone. */
export function listening<Answer>(hears: Listener | undefined, compute: () => Answer): Answer {
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
  /** From a word to the keys of the values that are tied to it. */
  private readonly tied: Branch<Keys>;
  private readonly kind: Kind<Value>;

  private constructor(root: Branch<Value>, tied: Branch<Keys>, kind: Kind<Value>) {
    this.root = root;
    this.tied = tied;
    this.kind = kind;
  }

  /** The map of nothing, which listeners know by the name `map`; its values can be found by what `ties` says of them too. */
  static none<Value>(map: string, ties?: (value: Value) => readonly string[]): Names<Value> {
    return new Names<Value>(empty, empty, ties === undefined ? { map } : { map, ties });
  }

  get(key: string): Value | undefined {
    listener?.read(this.kind.map, key);
    return getIn(this.root, key);
  }

  /** The keys of the values that are tied to a word, sorted; the same array for as long as none comes or goes. */
  tiedTo(word: string): readonly string[] {
    listener?.ask(this.kind.map, word);
    return inOrder(getIn(this.tied, word) ?? empty);
  }

  /** The values that are tied to a word. */
  with(word: string): readonly Value[] {
    return this.tiedTo(word).flatMap((key) => this.get(key) ?? []);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** This map with `value` at `key`. */
  put(key: string, value: Value): Names<Value> {
    const known = this.get(key);
    if (known === value) return this;
    listener?.write(this.kind.map, key);
    return new Names(putIn(this.root, 0, hashOf(key), key, value), this.retied(key, known, value), this.kind);
  }

  /** This map without `key`. */
  drop(key: string): Names<Value> {
    const known = this.get(key);
    if (known === undefined) return this;
    listener?.write(this.kind.map, key);
    return new Names(dropIn(this.root, 0, hashOf(key), key), this.retied(key, known, undefined), this.kind);
  }

  /** The words that a value of this map is tied to. */
  tiesOf(value: Value | undefined): readonly string[] {
    return value === undefined ? [] : (this.kind.ties?.(value) ?? []);
  }

  /** The keys under which another version of this map has something else; what they share is not looked at. */
  differing(other: Names<Value>): readonly string[] {
    const keys: string[] = [];
    collectDiffering(this.root, other.root, keys);
    return keys;
  }

  /** All values in no order anybody may rely on; cheaper than `values` for a map that is looked through once. */
  *unordered(): Generator<Value> {
    listener?.scan(this.kind.map);
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
    listener?.scan(this.kind.map);
    this.sorted ??= [...leaves(this.root)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return this.sorted;
  }

  private sorted: readonly (readonly [string, Value])[] | undefined;

  /** The ties after the value at `key` became another one. */
  private retied(key: string, was: Value | undefined, is: Value | undefined): Branch<Keys> {
    if (this.kind.ties === undefined) return this.tied;
    const [old, now] = [this.tiesOf(was), this.tiesOf(is)];
    if (old.length === now.length && old.every((word, at) => word === now[at])) return this.tied;
    let { tied } = this;
    for (const word of new Set([...old, ...now])) {
      const [stood, stands] = [old.includes(word), now.includes(word)];
      if (stood === stands) continue;
      const keys = getIn(tied, word) ?? empty;
      const next = stands ? putIn(keys, 0, hashOf(key), key, true) : dropIn(keys, 0, hashOf(key), key);
      tied = putIn(tied, 0, hashOf(word), word, next);
    }
    return tied;
  }
}

/** A set of keys. */
type Keys = Branch<true>;

const inOrder: (keys: Keys) => readonly string[] = memo((keys) => [...leaves(keys)].map(([key]) => key).sort());

function getIn<Value>(root: Branch<Value>, key: string): Value | undefined {
  const hash = hashOf(key);
  let slot: Slot<Value> = root;
  for (let shift = 0; isBranch(slot); shift += 5) slot = slot[(hash >>> shift) & 31];
  for (; slot !== undefined; slot = slot.next) if (slot.key === key) return slot.value;
  return undefined;
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

function collectDiffering<Value>(a: Slot<Value>, b: Slot<Value>, keys: string[]): void {
  if (a === b) return;
  if (isBranch(a) && isBranch(b)) {
    for (let at = 0; at < 32; at++) collectDiffering(a[at], b[at], keys);
    return;
  }
  const [ours, theirs] = [new Map(leaves([a])), new Map(leaves([b]))];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) if (ours.get(key) !== theirs.get(key)) keys.push(key);
}

/** FNV-1a over the UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
