/**
 * Runs a test module inside the real extension host, as `code --extensionDevelopmentPath --extensionTestsPath` does.
 * Nothing here knows what is tested.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { startBrowser } from "./browser.js";
import type { Say } from "./cache.js";
import { installEditor } from "./install.js";
import { makeProfile, type RunningServer, startServer, workbenchAddress } from "./server.js";

/** How many tests ended in which way. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What is run: the extension's folder, the test module, the workspace that is copied and opened. */
export interface EditorRun {
  readonly extension: string;
  readonly tests: string;
  readonly workspace: string;
  readonly minutes?: number;
}

/** Runs the tests and answers their totals; a run without a result, or that ends badly, counts as a failure. */
export async function runTests(what: EditorRun, say: Say): Promise<Totals> {
  const editor = await installEditor(say);
  const profile = makeProfile(what.workspace);
  const output = path.join(profile.folder, "output");
  mkdirSync(output);
  const follow = follower(path.join(output, "tests.log"), say);
  const log: string[] = [];
  let server: RunningServer | undefined;
  let browser: Browser | undefined;
  let code = 1;
  try {
    server = await startServer(editor, profile, { driver: true, environment: { TEST_OUTPUT: output } });
    browser = await startBrowser(say);
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    const ended = exitOf(page, browser, server, log, (what.minutes ?? 5) * 60_000);
    const place = (file: string) => `vscode-remote://localhost:${server?.port}${path.resolve(file)}`;
    const address = workbenchAddress(server.port, profile.workspace, [
      ["extensionDevelopmentPath", place(what.extension)],
      ["extensionTestsPath", place(what.tests)],
      ["skipWelcome", "true"],
      ["skipReleaseNotes", "true"],
    ]);
    const [result] = await Promise.all([ended, page.goto(address, { timeout: 120_000 })]);
    code = result;
  } catch (error) {
    say(`The run in VS Code ended badly: ${error instanceof Error ? error.message : String(error)}`);
    for (const line of log.slice(-30)) say(`  ${line}`);
  } finally {
    await browser?.close();
    await server?.stop();
    follow.end();
  }
  const totals = readTotals(path.join(output, "result.json"));
  profile.remove();
  if (totals === undefined) say("The tests in VS Code left no result.");
  if (totals !== undefined && totals.passed > 0 && (code === 0 || totals.failed > 0)) return totals;
  return { passed: totals?.passed ?? 0, failed: Math.max(1, totals?.failed ?? 0), skipped: totals?.skipped ?? 0 };
}

/** The exit code that the workbench reports; rejects when page, browser or server go, or when time is up. */
async function exitOf(
  page: Page,
  browser: Browser,
  server: RunningServer,
  log: string[],
  milliseconds: number,
): Promise<number> {
  await page.exposeFunction("codeAutomationLog", (type: string, args: readonly unknown[]) => {
    log.push(`[${type}] ${args.join(" ")}`);
    if (log.length > 400) log.shift();
  });
  return new Promise((resolve, reject) => {
    page.exposeFunction("codeAutomationExit", resolve).catch(reject);
    page.once("crash", () => reject(new Error("the workbench crashed")));
    browser.once("disconnected", () => reject(new Error("the browser is gone")));
    server.process.once("exit", (status) => reject(new Error(`VS Code ended with ${status}`)));
    setTimeout(() => reject(new Error(`no result within ${milliseconds / 1000} s`)), milliseconds).unref();
  });
}

function readTotals(file: string): Totals | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Totals) : undefined;
}

/** Says the lines of a file as they are written to it. */
function follower(file: string, say: Say): { end(): void } {
  let descriptor: number | undefined;
  let rest = "";
  const read = () => {
    if (descriptor === undefined && !existsSync(file)) return;
    descriptor ??= openSync(file, "r");
    const buffer = Buffer.alloc(65_536);
    for (let count = readSync(descriptor, buffer); count > 0; count = readSync(descriptor, buffer)) {
      const lines = (rest + buffer.toString("utf8", 0, count)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) say(line);
    }
  };
  const timer = setInterval(read, 200);
  return {
    end: () => {
      clearInterval(timer);
      read();
      if (rest !== "") say(rest);
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}
