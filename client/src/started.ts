/** When the extension began to load. */
export const started = performance.now();
