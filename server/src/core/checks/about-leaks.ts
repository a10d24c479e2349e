/**
 * What a policy lets strangers do: those who have not signed in, and those who own nothing. It knows grants, restrictive policies and
 * triggers around a policy; what a predicate says of a person is told by the verdicts.
 */
import type { Policy, Table } from "../schema/model.js";
import { apiRoles, isAnonymous, isWithheld } from "./about-access.js";
import { ownersOf, type TablePolicy } from "./about-policies.js";
import { type Act, admitted } from "./about-verdicts.js";
import type { SchemaScene } from "./check.js";

export interface Leak {
  readonly who: "nobody" | "stranger";
  readonly acts: readonly Act[];
  readonly severity: "hint" | "info" | "warning" | "error";
  /** Columns that say whose a row is. */
  readonly owners: readonly string[];
  /** The owner is the one who is kept out. */
  readonly inverted: boolean;
}

/** What a policy certainly lets strangers do that it has no reason to; undefined when nothing. */
export function leakOf(scene: SchemaScene, { table, policy }: TablePolicy): Leak | undefined {
  if (!policy.permissive) return undefined;
  const isSaid = !policy.roles.includes("public");
  for (const who of ["nobody", "stranger"] as const) {
    const acts = admitted(policy, who, table).filter(
      (act) =>
        reaches(scene, table, policy, who, act) &&
        !isNarrowed(table, policy, who, act) &&
        !(act === "insert" && isSetByTrigger(table)),
    );
    if (acts.length === 0) continue;
    const owners = ownersOf(table, scene.schema);
    const isOwned = owners.length > 0 || table.origin.made === undefined;
    const writes = acts.filter((act) => act !== "select" && (act !== "insert" || isOwned || !isSaid));
    const byOwner = admitted(policy, "owner", table);
    const inverted = acts.some((act) => !byOwner.includes(act));
    if (writes.length > 0) {
      // Forms that anybody may fill in have no owner; without TO nobody has said that they are meant.
      const isForm = writes.every((act) => act === "insert") && (!isOwned || isSaid);
      // What everybody may change who has signed in is often what they share, above all where a column says no more than who made a row.
      const isShared = who === "stranger" && !inverted && owners.every((column) => column.endsWith("_by"));
      const severity = isShared ? "info" : isForm || who === "stranger" ? "warning" : "error";
      return { who, acts: writes, severity, owners, inverted };
    }
    const isRead = acts.includes("select") && owners.length > 0;
    if (isRead && ((who === "nobody" && !isSaid) || inverted))
      // Much that belongs to somebody is there to be read: profiles, posts, comments.
      return { who, acts: ["select"], severity: inverted ? "warning" : "hint", owners, inverted };
  }
  return undefined;
}

/** A role of such a person is meant, and it holds the privilege as far as anybody can tell. */
function reaches(scene: SchemaScene, table: Table, policy: Policy, who: Leak["who"], act: Act): boolean {
  const roles = apiRoles(scene).filter((role) => isAnonymous(role) === (who === "nobody"));
  return roles.some(
    (role) => (policy.roles.includes("public") || policy.roles.includes(role)) && !isWithheld(scene, table, role, act),
  );
}

/** A trigger may put the caller's id, or refuse the row, before it is there. */
function isSetByTrigger({ triggers }: Table): boolean {
  return triggers.some(({ enabled, timing, events }) => enabled && timing === "before" && events.includes("insert"));
}

/** A restrictive policy does not let them through, or may not. */
function isNarrowed(table: Table, policy: Policy, who: Leak["who"], act: Act): boolean {
  return table.policies.some(
    (other) =>
      !other.permissive &&
      (other.command === "all" || other.command === act) &&
      (policy.roles.includes("public") ||
        other.roles.some((role) => role === "public" || policy.roles.includes(role))) &&
      !admitted(other, who, table).includes(act),
  );
}
