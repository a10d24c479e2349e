import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { startBrowser } from "../support/editor/browser.js";
import { installEditor } from "../support/editor/install.js";
import {
  installExtension,
  makeProfile,
  type Profile,
  type RunningServer,
  startServer,
  workbenchAddress,
} from "../support/editor/server.js";

const query =
  "select m.id, m.body from messages m where m.author_id = gen_random_uuid() order by m.created_at limit 20;\n";

/** What a user does, in the order of a first visit: every test goes on where the one before it stopped. */
suite("the installed extension, as a user sees it", () => {
  let profile: Profile;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;

  suiteSetup(async function () {
    this.timeout(300_000);
    const editor = await installEditor(console.log);
    profile = makeProfile("test/fixtures/workspaces/chat-app");
    writeFileSync(path.join(profile.workspace, "scratch.sql"), query);
    writeFileSync(path.join(profile.workspace, "other.sql"), "drop table messages;\n");
    const vsix = path.join(profile.folder, "extension.vsix");
    execFileSync(process.execPath, ["scripts/package.mjs", "--no-build", vsix], { stdio: "pipe" });
    await installExtension(editor, profile, vsix);
    server = await startServer(editor, profile, { driver: false });
    browser = await startBrowser(console.log);
    page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
    await page.goto(workbenchAddress(server.port, profile.workspace), { timeout: 120_000 });
    await page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
    await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });
    mkdirSync("out/shots", { recursive: true });
  });
  teardown(async function () {
    if (this.currentTest?.isFailed() === true) await page.screenshot({ path: "out/shots/failed.png" });
  });
  suiteTeardown(async function () {
    this.timeout(30_000);
    await browser?.close();
    await server?.stop();
    profile?.remove();
  });

  const openFile = async (name: string) => {
    await page.keyboard.press("Control+KeyP");
    await page.locator(".quick-input-widget input").fill(name);
    await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: name }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".tab.active").filter({ hasText: name }).waitFor();
    await page.locator(".monaco-editor .view-line").first().waitFor();
  };
  const command = async (title: string) => {
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input").fill(`>Data Orchestrator: ${title}`);
    await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: title }).first().waitFor();
    await page.keyboard.press("Enter");
  };
  const sidebar = (): FrameLocator => page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");

  test("underlines what it finds in a sync configuration", async function () {
    this.timeout(90_000);
    await openFile("sync-config.yaml");
    await page.locator(".squiggly-error").first().waitFor({ timeout: 60_000 });
    await page.screenshot({ path: "out/shots/1-finding.png" });
  });

  test("fixes a finding from the keyboard, and the finding is gone", async function () {
    this.timeout(60_000);
    const file = path.join(profile.workspace, "powersync", "sync-config.yaml");
    assert.match(readFileSync(file, "utf8"), /autosubscribe/);
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("F8");
    await page.locator(".peekview-widget, .marker-widget, .zone-widget").first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Period");
    await page.locator(".action-widget").getByText("Change to `auto_subscribe`").waitFor();
    await page.screenshot({ path: "out/shots/2-quick-fix.png" });
    await page.keyboard.press("Enter");
    await page.locator(".view-line").filter({ hasText: "auto_subscribe: " }).first().waitFor();
    await page.keyboard.press("Control+KeyS");
    await eventually(() => !/autosubscribe/.test(readFileSync(file, "utf8")));
    assert.match(readFileSync(file, "utf8"), /auto_subscribe/);
  });

  test("shows the folded schema in the sidebar, filters it, and opens a table's place by Enter", async function () {
    this.timeout(60_000);
    await page.locator(".activitybar .action-label[aria-label^='Data Orchestrator']").click();
    const filter = sidebar().locator("#filter");
    await filter.waitFor({ timeout: 30_000 });
    await sidebar().locator("[role=treeitem]").first().waitFor();
    await page.screenshot({ path: "out/shots/3-sidebar.png" });
    await filter.fill("room_members");
    assert.match((await sidebar().locator("[aria-live]").textContent()) ?? "", /^1 of \d+ tables$/);
    await filter.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await sidebar().locator("[role=treeitem][aria-level='2']").first().waitFor();
    await page.screenshot({ path: "out/shots/4-table.png" });
    await page.keyboard.press("Enter");
    await page.locator(".tab.active").filter({ hasText: "rooms.sql" }).waitFor();
    await page.screenshot({ path: "out/shots/5-opened.png" });
  });

  test("lists what the schema is read from", async () => {
    const rows = await page.locator("[id='workbench.parts.sidebar'] .monaco-list-row").allTextContents();
    assert.ok(
      rows.some((row) => row.includes("migrations")),
      rows.join("; "),
    );
  });

  test("has its commands in the palette", async () => {
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input").fill(">Data Orchestrator");
    await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: "Show Schema" }).waitFor();
    const rows = await page.locator(".quick-input-list .monaco-list-row").allTextContents();
    for (const title of ["Lint Workspace", "Restart Server", "Open Configuration…"])
      assert.ok(
        rows.some((row) => row.includes(title)),
        `${title}: ${rows.join("; ")}`,
      );
    await page.keyboard.press("Escape");
  });

  test("explains the statement under the cursor on the embedded database", async function () {
    this.timeout(120_000);
    await openFile("scratch.sql");
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+Home");
    await command("Explain Statement");
    await page.locator(".tab.active, .tab").filter({ hasText: "Query Plan" }).waitFor({ timeout: 90_000 });
    const steps = page.frameLocator("iframe.webview.ready >> nth=-1").frameLocator("iframe#active-frame");
    await steps.locator("[role=treegrid]").waitFor();
    await page.screenshot({ path: "out/shots/6-plan.png" });
    const titles = (await steps.locator("tbody th").allTextContents()).map((title) => title.trim());
    assert.equal(titles[0], "Limit");
    assert.ok(
      titles.some((title) => /messages/.test(title)),
      titles.join("; "),
    );
    assert.match((await steps.locator(".notice").textContent()) ?? "", /No statistics/);
  });

  test("refuses to explain what is no query, in one sentence", async function () {
    this.timeout(60_000);
    await openFile("other.sql");
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+Home");
    await command("Explain Statement");
    const toasts = page.locator(".notifications-toasts .notification-toast");
    await toasts.filter({ hasText: "PostgreSQL has no plan for this statement" }).waitFor();
  });
});

async function eventually(ask: () => boolean): Promise<void> {
  const end = Date.now() + 15_000;
  while (!ask()) {
    if (Date.now() > end) throw new Error("not within 15 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
