import type { AlterPolicyStmt, CreatePolicyStmt, CreateTrigStmt } from "@pgsql/types";
import { changeTable } from "./changing.js";
import { withOutsider } from "./fold-tables.js";
import type { Command, Policy, Schema, Trigger } from "./model.js";
import { changedHere, expressionOf, type Folding, madeHere, nameOf, roleNames, wholeOf } from "./reading.js";

/** CREATE POLICY. A table that no statement made is there from now on, with nothing known of it but its policies. */
export function createPolicy(schema: Schema, create: CreatePolicyStmt, fold: Folding): Schema {
  return changeTable(withOutsider(schema, create.table), create.table, (table) => {
    if (table.policies.some(({ name }) => name === create.policy_name)) return table;
    const policy: Policy = {
      name: create.policy_name ?? "",
      command: (create.cmd_name ?? "all") as Command,
      permissive: create.permissive === true,
      roles: roleNames(create.roles),
      using: create.qual === undefined ? undefined : expressionOf(fold, create.qual),
      check: create.with_check === undefined ? undefined : expressionOf(fold, create.with_check),
      origin: madeHere(wholeOf(fold)),
    };
    return { ...table, policies: [...table.policies, policy] };
  });
}

/** ALTER POLICY … TO, USING, WITH CHECK; what is not said stays. */
export function alterPolicy(schema: Schema, alter: AlterPolicyStmt, fold: Folding): Schema {
  return changeTable(schema, alter.table, (table) => ({
    ...table,
    policies: table.policies.map((policy) =>
      policy.name !== alter.policy_name
        ? policy
        : {
            ...policy,
            roles: alter.roles === undefined ? policy.roles : roleNames(alter.roles),
            using: alter.qual === undefined ? policy.using : expressionOf(fold, alter.qual),
            check: alter.with_check === undefined ? policy.check : expressionOf(fold, alter.with_check),
            origin: changedHere(policy.origin, wholeOf(fold)),
          },
    ),
  }));
}

/** TRIGGER_TYPE_* of PostgreSQL's trigger.h. */
const triggerTiming = { before: 2, insteadOf: 64 };

const triggerEvents = [
  ["insert", 4],
  ["delete", 8],
  ["update", 16],
  ["truncate", 32],
] as const;

/** CREATE TRIGGER; of a table that no statement made as with a policy. */
export function createTrigger(schema: Schema, create: CreateTrigStmt, fold: Folding): Schema {
  const timing = create.timing ?? 0;
  const trigger: Trigger = {
    name: create.trigname ?? "",
    timing: timing & triggerTiming.before ? "before" : timing & triggerTiming.insteadOf ? "instead of" : "after",
    events: triggerEvents.filter(([, bit]) => ((create.events ?? 0) & bit) !== 0).map(([event]) => event),
    forEach: create.row === true ? "row" : "statement",
    function: nameOf(create.funcname),
    enabled: true,
    origin: madeHere(wholeOf(fold)),
  };
  return changeTable(withOutsider(schema, create.relation), create.relation, (table) => {
    const others = table.triggers.filter(({ name }) => name !== trigger.name);
    return others.length < table.triggers.length && create.replace !== true
      ? table
      : { ...table, triggers: [...others, trigger] };
  });
}
