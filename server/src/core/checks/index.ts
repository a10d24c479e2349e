import accidentalOverload from "./accidental-overload.js";
import ambiguousColumn from "./ambiguous-column.js";
import awkwardType from "./awkward-type.js";
import blindPolicy from "./blind-policy.js";
import blockedSoftDelete from "./blocked-soft-delete.js";
import blockingConstraint from "./blocking-constraint.js";
import blockingIndex from "./blocking-index.js";
import blockingKey from "./blocking-key.js";
import blockingMaintenance from "./blocking-maintenance.js";
import blockingNotNull from "./blocking-not-null.js";
import blockingPartitionChange from "./blocking-partition-change.js";
import borrowedSyntax from "./borrowed-syntax.js";
import brokenFunction from "./broken-function.js";
import callableDefinerFunction from "./callable-definer-function.js";
import capturedColumn from "./captured-column.js";
import type { Check } from "./check.js";
import columnDrop from "./column-drop.js";
import concurrentInTransaction from "./concurrent-in-transaction.js";
import costlyMembership from "./costly-membership.js";
import definerView from "./definer-view.js";
import destroyedRows from "./destroyed-rows.js";
import disabledTrigger from "./disabled-trigger.js";
import dormantPolicy from "./dormant-policy.js";
import duplicateIndex from "./duplicate-index.js";
import embeddedSecret from "./embedded-secret.js";
import exposedPartition from "./exposed-partition.js";
import exposedSensitiveColumn from "./exposed-sensitive-column.js";
import forgeableOwner from "./forgeable-owner.js";
import fragileAuthReference from "./fragile-auth-reference.js";
import fragileSignupTrigger from "./fragile-signup-trigger.js";
import heldLock from "./held-lock.js";
import hiddenDrop from "./hidden-drop.js";
import ignoredCreate from "./ignored-create.js";
import injectableSql from "./injectable-sql.js";
import invalidSyncConfig from "./invalid-sync-config.js";
import keylessTable from "./keyless-table.js";
import liveRename from "./live-rename.js";
import mislabelledVolatility from "./mislabelled-volatility.js";
import mismatchedKeyType from "./mismatched-key-type.js";
import missingSyncId from "./missing-sync-id.js";
import mutableSearchPath from "./mutable-search-path.js";
import narrowKey from "./narrow-key.js";
import neededIndexDrop from "./needed-index-drop.js";
import nullBlindComparison from "./null-blind-comparison.js";
import openPolicy from "./open-policy.js";
import overlappingPolicies from "./overlapping-policies.js";
import perRowAuthCall from "./per-row-auth-call.js";
import perRowPolicyFunction from "./per-row-policy-function.js";
import policylessTable from "./policyless-table.js";
import recursivePolicy from "./recursive-policy.js";
import requiredColumn from "./required-column.js";
import rewritingTypeChange from "./rewriting-type-change.js";
import rewrittenHistory from "./rewritten-history.js";
import rolelessPolicy from "./roleless-policy.js";
import rowlessPolicy from "./rowless-policy.js";
import selfGrantedAccess from "./self-granted-access.js";
import softDeleteUnique from "./soft-delete-unique.js";
import staleUpdatedAt from "./stale-updated-at.js";
import syntaxError from "./syntax-error.js";
import tableWithoutRls from "./table-without-rls.js";
import trustedUserMetadata from "./trusted-user-metadata.js";
import unbalancedTransaction from "./unbalanced-transaction.js";
import unbatchedBackfill from "./unbatched-backfill.js";
import unboundedUpdate from "./unbounded-update.js";
import unfilteredStream from "./unfiltered-stream.js";
import unforcedRls from "./unforced-rls.js";
import ungrantedTable from "./ungranted-table.js";
import unindexedForeignKey from "./unindexed-foreign-key.js";
import unindexedPolicyColumn from "./unindexed-policy-column.js";
import unknownColumn from "./unknown-column.js";
import unknownFunction from "./unknown-function.js";
import unknownRole from "./unknown-role.js";
import unknownSyncKey from "./unknown-sync-key.js";
import unknownTable from "./unknown-table.js";
import unknownType from "./unknown-type.js";
import unlimitedLockWait from "./unlimited-lock-wait.js";
import unmatchedConflictTarget from "./unmatched-conflict-target.js";
import unprotectableRelation from "./unprotectable-relation.js";
import unpublishedTable from "./unpublished-table.js";
import unreachableUpdate from "./unreachable-update.js";
import unreadyEnumValue from "./unready-enum-value.js";
import unscopedStoragePolicy from "./unscoped-storage-policy.js";
import unstableIdentity from "./unstable-identity.js";
import unusedSuppression from "./unused-suppression.js";
import unvalidatedConstraint from "./unvalidated-constraint.js";
import volatileDefault from "./volatile-default.js";
import volatileIndex from "./volatile-index.js";
import weakenedRls from "./weakened-rls.js";
import wideGrant from "./wide-grant.js";
import zonelessTimestamp from "./zoneless-timestamp.js";

/** Every check there is, by name. A check that is not listed here does not exist. */
export const checks: readonly Check[] = [
  accidentalOverload,
  ambiguousColumn,
  awkwardType,
  blindPolicy,
  blockedSoftDelete,
  blockingConstraint,
  blockingIndex,
  blockingKey,
  blockingMaintenance,
  blockingNotNull,
  blockingPartitionChange,
  borrowedSyntax,
  brokenFunction,
  callableDefinerFunction,
  capturedColumn,
  columnDrop,
  concurrentInTransaction,
  costlyMembership,
  definerView,
  destroyedRows,
  disabledTrigger,
  dormantPolicy,
  duplicateIndex,
  embeddedSecret,
  exposedPartition,
  exposedSensitiveColumn,
  forgeableOwner,
  fragileAuthReference,
  fragileSignupTrigger,
  heldLock,
  hiddenDrop,
  ignoredCreate,
  injectableSql,
  invalidSyncConfig,
  keylessTable,
  liveRename,
  mislabelledVolatility,
  mismatchedKeyType,
  missingSyncId,
  mutableSearchPath,
  narrowKey,
  neededIndexDrop,
  nullBlindComparison,
  openPolicy,
  overlappingPolicies,
  perRowAuthCall,
  perRowPolicyFunction,
  policylessTable,
  recursivePolicy,
  requiredColumn,
  rewritingTypeChange,
  rewrittenHistory,
  rolelessPolicy,
  rowlessPolicy,
  selfGrantedAccess,
  softDeleteUnique,
  staleUpdatedAt,
  syntaxError,
  tableWithoutRls,
  trustedUserMetadata,
  unbalancedTransaction,
  unbatchedBackfill,
  unboundedUpdate,
  unfilteredStream,
  unforcedRls,
  ungrantedTable,
  unindexedForeignKey,
  unindexedPolicyColumn,
  unknownColumn,
  unknownFunction,
  unknownRole,
  unknownSyncKey,
  unknownTable,
  unknownType,
  unlimitedLockWait,
  unmatchedConflictTarget,
  unprotectableRelation,
  unpublishedTable,
  unreachableUpdate,
  unreadyEnumValue,
  unscopedStoragePolicy,
  unstableIdentity,
  unusedSuppression,
  unvalidatedConstraint,
  volatileDefault,
  volatileIndex,
  weakenedRls,
  wideGrant,
  zonelessTimestamp,
];
