import accidentalOverload from "./accidental-overload.js";
import blockedSoftDelete from "./blocked-soft-delete.js";
import blockingConstraint from "./blocking-constraint.js";
import blockingIndex from "./blocking-index.js";
import blockingKey from "./blocking-key.js";
import blockingNotNull from "./blocking-not-null.js";
import borrowedSyntax from "./borrowed-syntax.js";
import capturedColumn from "./captured-column.js";
import type { Check } from "./check.js";
import concurrentInTransaction from "./concurrent-in-transaction.js";
import costlyMembership from "./costly-membership.js";
import definerView from "./definer-view.js";
import destroyedRows from "./destroyed-rows.js";
import dormantPolicy from "./dormant-policy.js";
import duplicateIndex from "./duplicate-index.js";
import forgeableOwner from "./forgeable-owner.js";
import heldLock from "./held-lock.js";
import invalidSyncConfig from "./invalid-sync-config.js";
import missingSyncId from "./missing-sync-id.js";
import neededIndexDrop from "./needed-index-drop.js";
import nullBlindComparison from "./null-blind-comparison.js";
import openPolicy from "./open-policy.js";
import overlappingPolicies from "./overlapping-policies.js";
import perRowAuthCall from "./per-row-auth-call.js";
import perRowPolicyFunction from "./per-row-policy-function.js";
import recursivePolicy from "./recursive-policy.js";
import requiredColumn from "./required-column.js";
import rewritingTypeChange from "./rewriting-type-change.js";
import rolelessPolicy from "./roleless-policy.js";
import rowlessPolicy from "./rowless-policy.js";
import selfGrantedAccess from "./self-granted-access.js";
import syntaxError from "./syntax-error.js";
import tableWithoutRls from "./table-without-rls.js";
import trustedUserMetadata from "./trusted-user-metadata.js";
import unboundedUpdate from "./unbounded-update.js";
import unfilteredStream from "./unfiltered-stream.js";
import ungrantedTable from "./ungranted-table.js";
import unindexedForeignKey from "./unindexed-foreign-key.js";
import unindexedPolicyColumn from "./unindexed-policy-column.js";
import unknownColumn from "./unknown-column.js";
import unknownFunction from "./unknown-function.js";
import unknownRole from "./unknown-role.js";
import unknownSyncKey from "./unknown-sync-key.js";
import unknownTable from "./unknown-table.js";
import unknownType from "./unknown-type.js";
import unmatchedConflictTarget from "./unmatched-conflict-target.js";
import unpublishedTable from "./unpublished-table.js";
import unreachableUpdate from "./unreachable-update.js";
import unusedSuppression from "./unused-suppression.js";
import volatileDefault from "./volatile-default.js";
import volatileIndex from "./volatile-index.js";

/** Every check there is, by name. A check that is not listed here does not exist. */
export const checks: readonly Check[] = [
  accidentalOverload,
  blockedSoftDelete,
  blockingConstraint,
  blockingIndex,
  blockingKey,
  blockingNotNull,
  borrowedSyntax,
  capturedColumn,
  concurrentInTransaction,
  costlyMembership,
  definerView,
  destroyedRows,
  dormantPolicy,
  duplicateIndex,
  forgeableOwner,
  heldLock,
  invalidSyncConfig,
  missingSyncId,
  neededIndexDrop,
  nullBlindComparison,
  openPolicy,
  overlappingPolicies,
  perRowAuthCall,
  perRowPolicyFunction,
  recursivePolicy,
  requiredColumn,
  rewritingTypeChange,
  rolelessPolicy,
  rowlessPolicy,
  selfGrantedAccess,
  syntaxError,
  tableWithoutRls,
  trustedUserMetadata,
  unboundedUpdate,
  unfilteredStream,
  ungrantedTable,
  unindexedForeignKey,
  unindexedPolicyColumn,
  unknownColumn,
  unknownFunction,
  unknownRole,
  unknownSyncKey,
  unknownTable,
  unknownType,
  unmatchedConflictTarget,
  unpublishedTable,
  unreachableUpdate,
  unusedSuppression,
  volatileDefault,
  volatileIndex,
];
