import type { Check } from "./check.js";
import invalidSyncConfig from "./invalid-sync-config.js";
import missingSyncId from "./missing-sync-id.js";
import unfilteredStream from "./unfiltered-stream.js";
import unknownSyncKey from "./unknown-sync-key.js";
import unpublishedTable from "./unpublished-table.js";
import unusedSuppression from "./unused-suppression.js";

/** Every check there is, by name. A check that is not listed here does not exist. */
export const checks: readonly Check[] = [
  invalidSyncConfig,
  missingSyncId,
  unfilteredStream,
  unknownSyncKey,
  unpublishedTable,
  unusedSuppression,
];
