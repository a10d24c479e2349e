import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import type { ExplainedPlan } from "../../server/src/protocol.js";
import { startBrowser } from "../support/editor/browser.js";
import { type OpenPage, openPage, themes } from "../support/pages.js";

const plan = [
  {
    Plan: {
      "Node Type": "Limit",
      "Total Cost": 25.08,
      "Plan Rows": 20,
      Plans: [
        {
          "Node Type": "Nested Loop",
          "Join Type": "Left",
          "Total Cost": 1250.5,
          "Plan Rows": 12000,
          Plans: [
            {
              "Node Type": "Index Scan",
              "Index Name": "messages_room_id_idx",
              "Relation Name": "messages",
              Alias: "m",
              "Total Cost": 18.3,
              "Plan Rows": 40,
              "Index Cond": "(room_id = '1'::uuid)",
              Filter: `(body <> '<img src=x onerror=alert(1)>'::text)`,
            },
            {
              "Node Type": "Seq Scan",
              "Relation Name": "profiles",
              Alias: "profiles",
              "Total Cost": 30,
              "Plan Rows": 300,
            },
          ],
        },
      ],
    },
  },
];

const explained: ExplainedPlan = {
  title: "select * from messages m left join profiles on …",
  plan,
  statistics: false,
  source: "the embedded database",
};

suite("the plan in a browser", () => {
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

  async function show(shown: ExplainedPlan, options: Parameters<typeof openPage>[2] = {}): Promise<OpenPage> {
    open = await openPage(browser, "plan", { width: 800, ...options });
    await open.post(shown);
    await open.page.locator("[role=treegrid], .notice").first().waitFor();
    return open;
  }

  test("shows each step with cost, rows and conditions, all as text", async () => {
    const { page } = await show(explained);
    const titles = await page.locator("tbody th").allTextContents();
    assert.deepEqual(
      titles.map((title) => title.trim()),
      ["Limit", "Nested Loop (left)", "Index Scan using messages_room_id_idx on messages m", "Seq Scan on profiles"],
    );
    const numbers = await page.locator("tbody .number").allTextContents();
    assert.deepEqual(numbers, ["25.08", "20", "1,250.50", "12,000", "18.30", "40", "30.00", "300"]);
    assert.match((await page.locator("tbody tr").nth(2).textContent()) ?? "", /<img src=x onerror=alert\(1\)>/);
    assert.equal(await page.locator("img").count(), 0);
  });

  test("says that costs mean nothing without statistics, and only then", async () => {
    const { page, post } = await show(explained);
    assert.match((await page.locator(".notice").textContent()) ?? "", /No statistics.*costs are not comparable/s);
    await post({ ...explained, statistics: true });
    await page.locator(".notice").waitFor({ state: "detached" });
  });

  test("is walked, closed and opened by keyboard", async () => {
    const { page } = await show(explained);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("id"));
    await page.locator("#step-0").focus();
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(), "step-1");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator("tbody tr").count(), 2);
    assert.equal(await page.locator("#step-1").getAttribute("aria-expanded"), "false");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("End");
    assert.equal(await focused(), "step-3");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await focused(), "step-1");
  });

  test("says so when the answer is no plan", async () => {
    const { page } = await show({ ...explained, plan: { nothing: true } });
    assert.match((await page.locator(".notice").textContent()) ?? "", /no plan/);
  });

  for (const theme of themes)
    test(`has nothing that axe finds in ${theme}`, async () => {
      const { page } = await show(explained, { theme });
      await page.locator("#step-2").focus();
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      assert.deepEqual(found, []);
      await page.screenshot({ path: `out/shots/plan-${theme}.png` });
    });
});
