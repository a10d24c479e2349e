import type { Node } from "@pgsql/types";
import { unwrappedFields } from "./unwrapped.js";

/**
 * How to go about in a PostgreSQL tree. Trees can be many thousands of levels deep, so nothing here recurses. A place (`location`) is
 * absent when it is 0 and -1 when there is none.
 */

/** The name of a kind of node: `CreateStmt`, `RangeVar`, … */
export type NodeKind = Node extends infer N ? (N extends unknown ? keyof N : never) : never;

/** What a node of a kind holds. */
export type NodeOf<Kind extends NodeKind> = Node extends infer N
  ? N extends Readonly<Record<Kind, infer Value>>
    ? Value
    : never
  : never;

// biome-ignore lint/suspicious/noConfusingVoidType: a visitor that only looks returns nothing.
type Verdict = undefined | "skip" | void;

/** Called with each node; `"skip"` leaves out what is inside. Testing `kind` narrows `node`, for which both parameters have to be declared. */
export type Visit = (...visited: { [Kind in NodeKind]: [kind: Kind, node: NodeOf<Kind>] }[NodeKind]) => Verdict;

/** Visits a node and everything in it, in the order of the tree; fields of a fixed type (RangeVar, TypeName, …) too. */
export function walk(root: Node | readonly Node[] | undefined, visit: Visit): void {
  walkFields(root, visit as (kind: string, node: Fields) => Verdict);
}

/** All places that a node and the nodes in it have, unsorted. */
export function locations(root: Node | readonly Node[] | undefined): readonly number[] {
  const found: number[] = [];
  walkFields(root, (_kind, node) => {
    if (typeof node.location === "number" && node.location >= 0) found.push(node.location);
  });
  return found;
}

/** The kind of a wrapped node. */
export function kindOf(node: Node): NodeKind {
  return Object.keys(node)[0] as NodeKind;
}

/** What a node holds when it is of the kind, else undefined. */
export function as<Kind extends NodeKind>(node: Node | undefined, kind: Kind): NodeOf<Kind> | undefined {
  return (node as Readonly<Record<string, unknown>> | undefined)?.[kind] as NodeOf<Kind> | undefined;
}

/** Whether a statement says IF EXISTS: it does not count on what it names. */
export function mayMiss(statement: Node): boolean {
  return Object.values(statement).some((value) => (value as { readonly missing_ok?: boolean }).missing_ok === true);
}

/** A name that may carry a schema. */
export interface QualifiedName {
  readonly schema?: string;
  readonly name: string;
}

/** The name in a list of String nodes; a catalog before schema and name is dropped. Undefined when something else is in the list. */
export function nameOf(list: readonly Node[] | undefined): QualifiedName | undefined {
  const words = list?.map((node) => as(node, "String")?.sval) ?? [];
  const name = words.at(-1);
  const schema = words.at(-2);
  if (name === undefined || words.includes(undefined)) return undefined;
  return schema === undefined ? { name } : { schema, name };
}

/** The text of a String node or of a string constant. */
export function stringOf(node: Node | undefined): string | undefined {
  const value = as(node, "A_Const")?.sval ?? as(node, "String");
  return value === undefined ? undefined : (value.sval ?? "");
}

/** The value of a constant; undefined when the node is none. A number too long for a number of ours is given as its text. */
export function constantOf(node: Node | undefined): string | number | boolean | null | undefined {
  const constant = as(node, "A_Const");
  if (constant === undefined) return undefined;
  if (constant.isnull === true) return null;
  if (constant.sval !== undefined) return constant.sval.sval ?? "";
  if (constant.boolval !== undefined) return constant.boolval.boolval ?? false;
  if (constant.bsval !== undefined) return constant.bsval.bsval ?? "";
  if (constant.ival !== undefined) return constant.ival.ival ?? 0;
  const digits = constant.fval?.fval;
  if (digits === undefined) return undefined;
  return /^\d{16,}$/.test(digits) ? digits : Number(digits);
}

type Fields = { readonly [field: string]: unknown };

/** What waits to be visited: a node whose kind is known, or anything that stands in a field. */
interface Waiting {
  readonly kind: string | undefined;
  readonly value: unknown;
}

function walkFields(root: unknown, visit: (kind: string, node: Fields) => Verdict): void {
  const waiting: Waiting[] = [{ kind: undefined, value: root }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (Array.isArray(next.value)) {
      for (let at = next.value.length - 1; at >= 0; at--) waiting.push({ kind: undefined, value: next.value[at] });
      continue;
    }
    if (!isFields(next.value)) continue;
    const kind = next.kind ?? Object.keys(next.value)[0];
    const node = next.kind === undefined ? next.value[kind ?? ""] : next.value;
    if (kind === undefined || !isFields(node) || visit(kind, node) === "skip") continue;
    const fixed = kindOfField.get(kind);
    const fields = Object.keys(node);
    for (let at = fields.length - 1; at >= 0; at--) {
      const field = fields[at] ?? "";
      const value = node[field];
      if (typeof value === "object") waiting.push({ kind: fixed?.get(field), value });
    }
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

const kindOfField = new Map<string, Map<string, string>>();
for (const [kind, places] of Object.entries(unwrappedFields)) {
  for (const place of places.trim().split(/\s+/)) {
    const [holder = "", field = ""] = place.split(".");
    const fields = kindOfField.get(holder) ?? new Map<string, string>();
    kindOfField.set(holder, fields.set(field, kind));
  }
}
