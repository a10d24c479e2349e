import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import type { PanelState, PanelTable } from "../../server/src/protocol.js";
import { startBrowser } from "../support/editor/browser.js";
import { type OpenPage, openPage, themes } from "../support/pages.js";

const hostile = [`"><img src=x onerror=alert(1)>`, "x".repeat(300), "שלום", "😀 table", "</script><b>bold</b>"];

function tables(count: number): readonly PanelTable[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `public.table_${at}`,
    schema: at % 40 === 0 ? "audit" : "public",
    name: hostile[at] ?? `table_${at}`,
    kind: at % 10 === 9 ? "view" : "table",
    ...(at % 10 === 9 ? {} : { rls: at % 3 === 0 ? ("off" as const) : ("on" as const) }),
    policies: at % 4,
    columns: 12,
    indexes: 2,
    findings: at % 7 === 0 ? 2 : 0,
  }));
}

function stateOf(count: number): PanelState {
  const items = [
    { id: "c1", kind: "column", name: "id", detail: "uuid, not null" },
    { id: "i1", kind: "index", name: "table_1_pkey", detail: "id" },
    { id: "p1", kind: "policy", name: "own rows", detail: "select, authenticated" },
  ] as const;
  return { tables: tables(count), expanded: [{ table: "public.table_1", items }], sources: [] };
}

function wordsOf(text: string | null): string {
  return (text ?? "").replace(/\s+/g, " ").trim();
}

suite("the sidebar in a browser", () => {
  let browser: Browser;
  let open: OpenPage | undefined;
  suiteSetup(async () => {
    browser = await startBrowser(() => {});
  });
  suiteTeardown(() => browser.close());
  teardown(async () => {
    const faults = open?.faults ?? [];
    await open?.close();
    open = undefined;
    assert.deepEqual(faults, []);
  });

  async function show(state: PanelState, options: Parameters<typeof openPage>[2] = {}): Promise<OpenPage> {
    open = await openPage(browser, "workbench", options);
    await open.post(state);
    await open.page.locator("#tree .row, .quiet").first().waitFor();
    return open;
  }

  test("draws 2,000 tables at once, as a window of rows that tells their number", async () => {
    const { page } = await show({ tables: [], expanded: [], sources: [] });
    const state = stateOf(2000);
    const milliseconds = await page.evaluate(async (data) => {
      const started = performance.now();
      window.dispatchEvent(new MessageEvent("message", { data }));
      document.body.getBoundingClientRect();
      return performance.now() - started;
    }, state);
    assert.ok(milliseconds < 250, `took ${milliseconds} ms`);
    assert.equal(await page.locator("[aria-live]").textContent(), "2,000 tables");
    const rows = await page.locator("[role=treeitem]").count();
    assert.ok(rows > 20 && rows < 100, `${rows} rows`);
    const second = page.locator("[role=treeitem][aria-level='2']").first();
    assert.equal(await second.getAttribute("aria-setsize"), "50");
  });

  test("filters on every key in time, and says how many are left", async () => {
    const { page } = await show(stateOf(2000));
    const slowest = await page.evaluate(() => {
      const input = document.querySelector<HTMLInputElement>("#filter");
      if (input === null) throw new Error("no filter");
      const times = ["t", "ta", "tab", "table_1", "table_19", "table_199"].map((text) => {
        input.value = text;
        const started = performance.now();
        input.dispatchEvent(new InputEvent("input", { bubbles: true }));
        return performance.now() - started;
      });
      return Math.max(...times);
    });
    assert.ok(slowest < 100, `took ${slowest} ms`);
    assert.equal(await page.locator("[aria-live]").textContent(), "11 of 2,000 tables");
    await page.locator("#filter").fill("rls:off has:findings table_4");
    const names = await page.locator(".row .name").allTextContents();
    assert.ok(names.includes("table_42") && !names.includes("table_43"), names.join(" "));
  });

  test("walks by keyboard: from the filter into the tree, opens, jumps, and comes back", async () => {
    const opened = await show(stateOf(2000));
    const { page } = opened;
    const activeText = async () => wordsOf(await page.locator(".row.active").textContent());
    await page.locator("#filter").focus();
    await page.keyboard.type("table_1");
    await page.keyboard.press("ArrowDown");
    assert.match(await activeText(), /^schema audit/);
    await page.keyboard.press("ArrowDown");
    const table = await activeText();
    assert.match(table, /^(table|view) table_1\d+ 12 columns/);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    const sent = (await opened.sent()) as readonly { do: string; id?: string }[];
    assert.deepEqual(
      sent.map((intent) => intent.do),
      ["ready", "expand", "open"],
    );
    assert.ok(table.includes((sent[1]?.id ?? "").replace("public.", "")), `${table} ${sent[1]?.id}`);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator(".row.active").getAttribute("aria-expanded"), "false");
    await page.keyboard.press("End");
    assert.match(await activeText(), /table_1999/);
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "filter");
  });

  test("keeps the active row on the page when it is scrolled away", async () => {
    const { page } = await show(stateOf(2000));
    await page.locator("#tree").focus();
    await page.keyboard.press("ArrowDown");
    await page.locator("#tree").evaluate((tree) => tree.scrollTo(0, 20_000));
    await page.waitForFunction(() => document.querySelector("[role=treeitem][aria-posinset='870']") !== null);
    const active = await page.locator("#tree").getAttribute("aria-activedescendant");
    assert.equal(await page.locator(`#${active}`).count(), 1);
  });

  test("shows hostile names as text", async () => {
    const { page } = await show(stateOf(10));
    const names = await page.locator(".row .name").allTextContents();
    for (const name of hostile) assert.ok(names.includes(name), name);
    assert.equal(await page.locator("#root img, #root b, #root script").count(), 0);
  });

  test("comes back as it was left", async () => {
    const first = await show(stateOf(2000));
    await first.page.locator("#filter").fill("table_19");
    await first.page.locator("#tree").focus();
    await first.page.keyboard.press("End");
    const active = await first.page.locator(".row.active").textContent();
    const kept = await first.page.evaluate(() => (globalThis as unknown as { editor: { kept: unknown } }).editor.kept);
    await first.close();
    const second = await show(stateOf(2000), { kept });
    assert.equal(await second.page.locator("#filter").inputValue(), "table_19");
    assert.equal(await second.page.locator(".row.active").textContent(), active);
  });

  test("says why it is empty", async () => {
    const notice = "No migrations were found: name their folder in data-orchestrator.yaml.";
    const { page } = await show({ tables: [], expanded: [], sources: [], notice });
    assert.equal(await page.locator(".notice").textContent(), notice);
  });

  for (const theme of themes)
    test(`has nothing that axe finds in ${theme}`, async () => {
      const { page } = await show({ ...stateOf(200), notice: "Two migrations could not be read." }, { theme });
      await page.locator("#tree").focus();
      await page.keyboard.press("ArrowDown");
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html: text }) => text).join(" ")}`);
      assert.deepEqual(found, []);
      if (open !== undefined) await open.page.screenshot({ path: `out/shots/sidebar-${theme}.png` });
    });
});
