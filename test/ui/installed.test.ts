import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { openWorkbench, type Workbench } from "../support/workbench.js";

const query =
  "select m.id, m.body from messages m where m.author_id = gen_random_uuid() order by m.created_at limit 20;\n";

/** What a user does, in the order of a first visit: every test goes on where the one before it stopped. */
suite("the installed extension, as a user sees it", () => {
  let workbench: Workbench;
  suiteSetup(async function () {
    this.timeout(600_000);
    workbench = await openWorkbench({ files: { "scratch.sql": query, "other.sql": "drop table messages;\n" } });
  });
  teardown(async function () {
    if (this.currentTest?.isFailed() === true) await workbench.picture("failed");
  });
  suiteTeardown(async function () {
    this.timeout(30_000);
    await workbench?.close();
  });

  test("underlines what it finds in a migration and in a sync configuration", async function () {
    this.timeout(120_000);
    const { page, openFile, picture } = workbench;
    await openFile("feed_2_0.sql");
    await page.locator(".squiggly-error").first().waitFor({ timeout: 60_000 });
    await openFile("sync-config.yaml");
    await page.locator(".squiggly-error").first().waitFor({ timeout: 60_000 });
    await picture("1-finding");
  });

  test("fixes a finding from the keyboard, and the finding is gone", async function () {
    this.timeout(60_000);
    const { page, folder, picture } = workbench;
    const file = path.join(folder, "powersync", "sync-config.yaml");
    assert.match(readFileSync(file, "utf8"), /autosubscribe/);
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("F8");
    await page.locator(".zone-widget").first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Period");
    await page.locator(".action-widget").getByText("Change to `auto_subscribe`").waitFor();
    await picture("2-quick-fix");
    await page.keyboard.press("Enter");
    await page.locator(".view-line").filter({ hasText: "auto_subscribe: " }).first().waitFor();
    await page.keyboard.press("Control+KeyS");
    await eventually(() => !/autosubscribe/.test(readFileSync(file, "utf8")));
    assert.match(readFileSync(file, "utf8"), /auto_subscribe/);
  });

  test("shows the folded schema in the sidebar, filters it, and opens a table's place by Enter", async function () {
    this.timeout(60_000);
    const { page, sidebar, picture } = workbench;
    await page.locator(".activitybar .action-label[aria-label^='Data Orchestrator']").click();
    const filter = sidebar().locator("#filter");
    await filter.waitFor({ timeout: 30_000 });
    await sidebar().locator("[role=treeitem]").first().waitFor();
    await picture("3-sidebar");
    await filter.fill("room_members");
    assert.match((await sidebar().locator("[aria-live]").textContent()) ?? "", /^1 of \d+ tables$/);
    await filter.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await sidebar().locator("[role=treeitem][aria-level='2']").first().waitFor();
    await picture("4-table");
    await page.keyboard.press("Enter");
    await page.locator(".tab.active").filter({ hasText: "rooms.sql" }).waitFor();
    await picture("5-opened");
  });

  test("comes back to the sidebar as it was left", async function () {
    this.timeout(60_000);
    const { page, sidebar } = workbench;
    await page.locator(".activitybar .action-label[aria-label^='Explorer']").click();
    await page.locator(".explorer-folders-view").waitFor();
    await page.locator(".activitybar .action-label[aria-label^='Data Orchestrator']").click();
    await sidebar().locator("[role=treeitem][aria-level='2']").first().waitFor({ timeout: 30_000 });
    assert.equal(await sidebar().locator("#filter").inputValue(), "room_members");
  });

  test("lists what the schema is read from", async () => {
    const rows = await workbench.page.locator("[id='workbench.parts.sidebar'] .monaco-list-row").allTextContents();
    assert.ok(
      rows.some((row) => row.includes("migrations")),
      rows.join("; "),
    );
  });

  test("has its commands in the palette", async () => {
    const { page } = workbench;
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
    const { page, openFile, command, picture } = workbench;
    await openFile("scratch.sql");
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+Home");
    await command("Explain Statement");
    await page.locator(".tab").filter({ hasText: "Query Plan" }).waitFor({ timeout: 90_000 });
    const steps = page.frameLocator("iframe.webview.ready >> nth=-1").frameLocator("iframe#active-frame");
    await steps.locator("[role=treegrid]").waitFor();
    await picture("6-plan");
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
    const { page, openFile, command } = workbench;
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
