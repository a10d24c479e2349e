/** A plan as PostgreSQL's EXPLAIN (FORMAT JSON) gives it, read into rows. Nothing here knows the page. */

/** One node of a plan, as a row of a tree in its order. */
export interface Step {
  readonly id: number;
  readonly parent: number | undefined;
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly hasChildren: boolean;
  /** What the node does, and to what: `Index Scan using messages_pkey on messages`. */
  readonly title: string;
  readonly cost: number | undefined;
  /** The planner's estimate. */
  readonly rows: number | undefined;
  /** Conditions, keys and alike, as PostgreSQL names them. */
  readonly conditions: readonly { readonly name: string; readonly text: string }[];
}

/** The steps of a plan; none when the JSON is no plan. */
export function stepsOf(plan: unknown): readonly Step[] {
  const top = record(record(Array.isArray(plan) ? plan[0] : plan)?.Plan);
  const steps: Step[] = [];
  if (top !== undefined) add(steps, top, { parent: undefined, level: 1, position: 1, siblings: 1 });
  return steps;
}

interface Place {
  readonly parent: number | undefined;
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
}

type Fields = Readonly<Record<string, unknown>>;

function add(steps: Step[], node: Fields, place: Place): void {
  const children = (Array.isArray(node.Plans) ? node.Plans : []).map(record).filter((child) => child !== undefined);
  const id = steps.length;
  steps.push({
    id,
    ...place,
    hasChildren: children.length > 0,
    title: titleOf(node),
    cost: number(node["Total Cost"]),
    rows: number(node["Plan Rows"]),
    conditions: conditionsOf(node),
  });
  children.forEach((child, index) => {
    add(steps, child, { parent: id, level: place.level + 1, position: index + 1, siblings: children.length });
  });
}

function titleOf(node: Fields): string {
  const parts = [text(node["Node Type"]) ?? "(unknown step)"];
  const join = text(node["Join Type"]);
  if (join !== undefined && join !== "Inner") parts.push(`(${join.toLowerCase()})`);
  const operation = text(node.Operation);
  if (operation !== undefined) parts[0] = operation;
  const index = text(node["Index Name"]);
  if (index !== undefined) parts.push(`using ${index}`);
  const relation = text(node["Relation Name"]) ?? text(node["CTE Name"]) ?? text(node["Function Name"]);
  const alias = text(node.Alias);
  if (relation !== undefined) parts.push(`on ${relation}`);
  if (alias !== undefined && alias !== relation) parts.push(alias);
  const subplan = text(node["Subplan Name"]);
  return subplan === undefined ? parts.join(" ") : `${subplan}: ${parts.join(" ")}`;
}

const conditionNames = [
  "Index Cond",
  "Recheck Cond",
  "Hash Cond",
  "Merge Cond",
  "Join Filter",
  "Filter",
  "One-Time Filter",
  "Sort Key",
  "Presorted Key",
  "Group Key",
];

function conditionsOf(node: Fields): Step["conditions"] {
  return conditionNames.flatMap((name) => {
    const value = node[name];
    const shown = Array.isArray(value) ? value.map(String).join(", ") : text(value);
    return shown === undefined ? [] : [{ name, text: shown }];
  });
}

function record(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
