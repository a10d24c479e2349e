// `npm run picture`: takes docs/workbench.png, the picture in the README, of the real thing.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { build } from "./build.mjs";
import { editor } from "./editor.mjs";
import { pack } from "./package.mjs";
import { root } from "./packages.mjs";

const migration = process.argv[2] ?? "20261116090000_feed_2_0.sql";

await build();
const { installEditor, installExtension, makeProfile, startBrowser, startServer, workbenchAddress } = await editor();
const say = (line) => console.log(line);
const installed = await installEditor(say);
const profile = makeProfile(path.join(root, "test", "fixtures", "workspaces", "chat-app"), {
  "editor.minimap.enabled": false,
  "workbench.layoutControl.enabled": false,
});
let server;
let browser;
try {
  await installExtension(installed, profile, pack(path.join(profile.folder, "extension.vsix")));
  server = await startServer(installed, profile, { driver: false });
  browser = await startBrowser(say);
  const page = await (
    await browser.newContext({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 })
  ).newPage();
  await page.goto(workbenchAddress(server.port, profile.workspace), { timeout: 120_000 });
  await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });
  await page.locator(".activitybar .action-label[aria-label^='Data Orchestrator']").click();
  const view = page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  await view.locator("[role=treeitem]").first().waitFor({ timeout: 60_000 });
  await page.keyboard.press("Control+KeyP");
  await page.locator(".quick-input-widget input").fill(migration);
  await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: migration }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".squiggly-warning, .squiggly-error").first().waitFor({ timeout: 60_000 });
  await view.locator("[role=treeitem]").nth(4).click();
  await page.keyboard.press("ArrowRight");
  await view.locator("[role=treeitem][aria-level='2']").first().waitFor();
  await page
    .locator(".monaco-editor .view-lines")
    .first()
    .click({ position: { x: 400, y: 5 } });
  await page.keyboard.press("F8");
  await page.locator(".zone-widget").waitFor();
  await page.waitForTimeout(1000);
  mkdirSync(path.join(root, "docs"), { recursive: true });
  await page.screenshot({ path: path.join(root, "docs", "workbench.png") });
  console.log("Wrote docs/workbench.png.");
} finally {
  await browser?.close();
  await server?.stop();
  profile.remove();
}
