/** What the scripts use of the real VS Code. Nothing here knows what an extension does. */
export { findBrowser, startBrowser } from "./browser.js";
export { type Installed, installEditor } from "./install.js";
export { type EditorRun, runTests, type Totals } from "./run-tests.js";
export { installExtension, makeProfile, startServer, workbenchAddress } from "./server.js";
