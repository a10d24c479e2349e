/**
 * The schemas between the statements of a file, without keeping them: each statement is a step that changes a few names, and every so many
 * steps the whole schema is marked. After an edit only those steps are taken again that asked for something which is different now.
 */
import type { Schema } from "./model.js";
import { listening, type Names } from "./names.js";
import { change, type Maps, mapOf, type Rest, restOf, sameRest, type Trace } from "./tracing.js";

/** What one statement did to the schema before it. */
export interface Step {
  /** What it depended on, and the names it changed. */
  readonly trace: Trace;
  /** What stands under the names it changed, in the order of the trace's writes; undefined where something went. */
  readonly made: readonly unknown[];
  readonly rest: Rest;
}

/** The step that led to `after`; `rest` is what was true before it. */
export function stepTo(after: Schema, rest: Rest, trace: Trace): Step {
  const { maps, keys } = trace.writes;
  return {
    trace,
    made: keys.map((key, at) => mapOf(after, maps[at] ?? "").get(key)),
    rest: sameRest(after, rest) ? rest : restOf(after),
  };
}

/** What a step left under a name that it changed. */
export function madeBy({ trace: { writes }, made }: Step, map: string, key: string): unknown {
  return made[writes.keys.findIndex((one, at) => one === key && writes.maps[at] === map)];
}

/** What a step changed. */
function changesOf(step: Step | undefined): Changes {
  const changes = new Map<string, { map: string; key: string; value: unknown }>();
  for (const [at, value] of (step?.made ?? []).entries()) {
    const [map, key] = [step?.trace.writes.maps[at] ?? "", step?.trace.writes.keys[at] ?? ""];
    changes.set(`${map} ${key}`, { map, key, value });
  }
  return changes;
}

/** The schema after a step. */
function taken(schema: Schema, { trace, made, rest }: Step): Schema {
  if (made.length === 0 && sameRest(schema, rest)) return schema;
  const { maps, keys } = trace.writes;
  const changed: Record<string, Names<unknown>> = {};
  for (const [at, value] of made.entries()) change(changed, schema, maps[at] ?? "", keys[at] ?? "", value);
  return { ...schema, ...changed, ...restOf(rest) };
}

/** More differences than these are not carried over to the marks one by one. */
const most = 64;

/** Steps between two marks. */
const stride = 16;

/** A schema between two steps: one that was there, and what has changed since; that is put into it when somebody asks. */
export interface Mark {
  readonly schema: Schema;
  readonly since: Changes | undefined;
}

/** By map and key, what stands there now; undefined where something went. */
type Changes = ReadonlyMap<string, { readonly map: string; readonly key: string; readonly value: unknown }>;

function schemaAt({ schema, since }: Mark): Schema {
  if (since === undefined) return schema;
  const changed: Record<string, Names<unknown>> = {};
  for (const { map, key, value } of since.values()) change(changed, schema, map, key, value);
  return { ...schema, ...changed };
}

/** The schemas before and after each of a sequence of steps. */
export class Timeline {
  readonly start: Schema;
  private readonly steps: Step[] = [];
  private readonly marks: Mark[];
  private at: number;
  private schema: Schema;
  /** The schema one step before `schema`: people ask for both sides of a statement. */
  private previous: Schema | undefined;

  constructor(start: Schema) {
    this.start = start;
    this.marks = [{ schema: start, since: undefined }];
    this.at = 0;
    this.schema = start;
  }

  /** Number of steps. */
  get length(): number {
    return this.steps.length;
  }

  /** The schema before the step of that ordinal, or after the last one. Asking costs little near the last question. */
  before(ordinal: number): Schema {
    if (ordinal === this.at - 1 && this.previous !== undefined) return this.previous;
    const mark = Math.floor(ordinal / stride);
    listening(undefined, () => {
      if (this.at > ordinal || this.at < mark * stride) this.standAt(mark * stride, this.marked(mark));
      for (const step of this.steps.slice(this.at, ordinal)) this.standAt(this.at + 1, taken(this.schema, step));
    });
    return this.schema;
  }

  /** The mark before the step of that ordinal, where there is one. */
  markAt(ordinal: number): Mark | undefined {
    return ordinal % stride === 0 ? this.marks[ordinal / stride] : undefined;
  }

  /** One step more; `after` is the schema after it where somebody has it at hand, `mark` the mark where somebody knows it. */
  add(step: Step, after?: Schema, mark?: Mark): void {
    this.steps.push(step);
    const end = this.steps.length;
    if (after !== undefined) this.standAt(end, after);
    if (end % stride === 0) this.marks.push(mark ?? { schema: this.before(end), since: undefined });
  }

  private marked(at: number): Schema {
    const mark = this.marks[at];
    if (mark === undefined) return this.start;
    const schema = schemaAt(mark);
    if (schema !== mark.schema) this.marks[at] = { schema, since: undefined };
    return schema;
  }

  private standAt(ordinal: number, schema: Schema): void {
    this.previous = ordinal === this.at + 1 ? this.schema : undefined;
    this.at = ordinal;
    this.schema = schema;
  }
}

/** How what stands between two statements differs from what stood there before an edit. */
export class Difference {
  private readonly maps = new Map<string, Map<string, { readonly was: unknown; readonly is: unknown }>>();
  private readonly words = new Map<string, ReadonlySet<string>>();
  private was: Rest;
  private is: Rest;

  constructor(was: Schema, is: Schema) {
    this.was = restOf(was);
    this.is = restOf(is);
    listening(undefined, () => {
      for (const map of Object.keys(was) as (keyof Maps)[]) {
        const [old, now] = [mapOf(was, map), mapOf(is, map)];
        if (!isNames(old) || old === now) continue;
        for (const key of old.differing(now)) this.note(map, key, old.get(key), now.get(key));
      }
    });
  }

  /** Everything is as it was. */
  get isNone(): boolean {
    return this.maps.size === 0 && sameRest(this.was, this.is);
  }

  /** Whether a computation asked for something that differs. */
  touches({ reads, asks, scans }: Trace, schema: Schema): boolean {
    if (!sameRest(this.was, this.is)) return true;
    if (this.maps.size === 0) return false;
    for (let at = 0; at < reads.keys.length; at++) {
      if (this.maps.get(reads.maps[at] ?? "")?.has(reads.keys[at] ?? "") === true) return true;
    }
    for (const map of scans) if (this.maps.has(map)) return true;
    for (let at = 0; at < asks.keys.length; at++) {
      const map = asks.maps[at] ?? "";
      if (this.maps.has(map) && this.wordsOf(map, schema).has(asks.keys[at] ?? "")) return true;
    }
    return false;
  }

  /** Goes past a statement: what it did before the edit, and what it does to `schema` now; undefined where there is no such statement. */
  pass(old: Step | undefined, now: Step | undefined, schema: Schema): void {
    const [before, after] = [changesOf(old), changesOf(now)];
    listening(undefined, () => {
      for (const [id, { map, key }] of [...before, ...after]) {
        const known = this.maps.get(map)?.get(key);
        const stands = mapOf(schema, map).get(key);
        const was = known === undefined ? stands : known.was;
        this.note(
          map,
          key,
          before.has(id) ? before.get(id)?.value : was,
          after.has(id) ? after.get(id)?.value : stands,
        );
      }
    });
    const was = sameRest(this.was, this.is) ? restOf(schema) : this.was;
    this.was = old?.rest ?? was;
    this.is = now?.rest ?? restOf(schema);
  }

  /** A mark of before the edit as it is now; undefined when there is so much to change that going there step by step is better. */
  over(mark: Mark): Mark | undefined {
    if (!sameRest(this.was, this.is)) return undefined;
    if (this.maps.size === 0) return mark;
    if (this.changes === undefined) {
      this.changes = this.changesNow();
      this.merged.clear();
    }
    let all = this.merged.get(mark.since);
    if (all === undefined) {
      all = mark.since === undefined ? this.changes : new Map([...mark.since, ...this.changes]);
      this.merged.set(mark.since, all);
    }
    return all.size > most ? undefined : { schema: mark.schema, since: all };
  }

  private changes: Changes | undefined;
  /** Many marks have the same changes pending: these are put together once. */
  private readonly merged = new Map<Changes | undefined, Changes>();

  private changesNow(): Changes {
    const changes = new Map<string, { map: string; key: string; value: unknown }>();
    for (const [map, keys] of this.maps)
      for (const [key, { is }] of keys) changes.set(`${map} ${key}`, { map, key, value: is });
    return changes;
  }

  private note(map: string, key: string, was: unknown, is: unknown): void {
    this.words.delete(map);
    this.changes = undefined;
    const keys = this.maps.get(map);
    if (was !== is) {
      if (keys === undefined) this.maps.set(map, new Map([[key, { was, is }]]));
      else keys.set(key, { was, is });
    } else if (keys?.delete(key) === true && keys.size === 0) this.maps.delete(map);
  }

  /** The words that other keys are tied to than before. */
  private wordsOf(map: string, schema: Schema): ReadonlySet<string> {
    let words = this.words.get(map);
    if (words === undefined) {
      const names = mapOf(schema, map);
      const differing = new Set<string>();
      for (const { was, is } of this.maps.get(map)?.values() ?? []) {
        const [old, now] = [names.tiesOf(was), names.tiesOf(is)];
        for (const word of old) if (!now.includes(word)) differing.add(word);
        for (const word of now) if (!old.includes(word)) differing.add(word);
      }
      words = differing;
      this.words.set(map, words);
    }
    return words;
  }
}

function isNames(value: unknown): value is Names<unknown> {
  return typeof value === "object" && value !== null && "differing" in value;
}
