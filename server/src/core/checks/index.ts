import type { Check } from "./check.js";
import unusedSuppression from "./unused-suppression.js";

/** Every check there is, by name. A check that is not listed here does not exist. */
export const checks: readonly Check[] = [unusedSuppression];
