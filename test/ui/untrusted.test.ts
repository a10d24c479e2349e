import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { openWorkbench, type Workbench } from "../support/workbench.js";

suite("the installed extension in a workspace that nobody trusts", () => {
  let workbench: Workbench;
  suiteSetup(async function () {
    this.timeout(600_000);
    workbench = await openWorkbench({ files: { "scratch.sql": "select id from messages;\n" }, trust: true });
    await workbench.page.locator(".statusbar-item").filter({ hasText: "Restricted Mode" }).waitFor();
  });
  teardown(async function () {
    if (this.currentTest?.isFailed() === true) await workbench.picture("failed-untrusted");
  });
  suiteTeardown(async function () {
    this.timeout(30_000);
    await workbench?.close();
  });

  test("is linted", async function () {
    this.timeout(90_000);
    const { page, openFile, picture } = workbench;
    await openFile("sync-config.yaml");
    await page.locator(".squiggly-error").first().waitFor({ timeout: 60_000 });
    await picture("7-untrusted");
  });

  test("offers no EXPLAIN, and gets no file", async function () {
    this.timeout(60_000);
    const { page, folder, openFile } = workbench;
    await openFile("scratch.sql");
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input").fill(">Data Orchestrator");
    await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: "Show Schema" }).waitFor();
    const rows = await page.locator(".quick-input-list .monaco-list-row").allTextContents();
    assert.deepEqual(
      rows.filter((row) => row.includes("Explain Statement")),
      [],
    );
    await page.keyboard.press("Escape");
    assert.ok(!readdirSync(folder).includes(".claude"));
  });

  test("is explained once it is trusted, without a restart of the window", async function () {
    this.timeout(120_000);
    const { page, openFile, command } = workbench;
    await page.locator(".statusbar-item").filter({ hasText: "Restricted Mode" }).click();
    await page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
    await page.locator(".statusbar-item").filter({ hasText: "Restricted Mode" }).waitFor({ state: "detached" });
    await page.locator(".monaco-modal-editor-block .action-label.codicon-close").last().click();
    await page.locator(".monaco-modal-editor-block").waitFor({ state: "detached" });
    await openFile("scratch.sql");
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+Home");
    await command("Explain Statement");
    await page.locator(".tab").filter({ hasText: "Query Plan" }).waitFor({ timeout: 90_000 });
  });
});
