/** The extension as a user has it: packaged, installed in a real VS Code, with a copy of the example workspace open. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { startBrowser } from "./editor/browser.js";
import { installEditor } from "./editor/install.js";
import { installExtension, makeProfile, type RunningServer, startServer, workbenchAddress } from "./editor/server.js";

/** An open workbench. */
export interface Workbench {
  readonly page: Page;
  /** The folder that is open. */
  readonly folder: string;
  openFile(name: string): Promise<void>;
  /** Runs one of our commands from the palette. */
  command(title: string): Promise<void>;
  /** The page of the only webview that can be seen. */
  sidebar(): FrameLocator;
  /** Takes a picture, to be looked at. */
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a workbench; `files` are written into the workspace first, `trust` asks whether it is trusted. */
export async function openWorkbench(
  options: { readonly files?: Readonly<Record<string, string>>; readonly trust?: boolean } = {},
): Promise<Workbench> {
  const editor = await installEditor(console.log);
  const profile = makeProfile(path.join("test", "fixtures", "workspaces", "chat-app"));
  let server: RunningServer | undefined;
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    await server?.stop();
    profile.remove();
  };
  try {
    for (const [name, text] of Object.entries(options.files ?? {}))
      writeFileSync(path.join(profile.workspace, name), text);
    const vsix = path.join(profile.folder, "extension.vsix");
    execFileSync(process.execPath, ["scripts/package.mjs", "--no-build", vsix], { stdio: "pipe" });
    await installExtension(editor, profile, vsix);
    server = await startServer(editor, profile, { driver: false, trust: options.trust === true });
    browser = await startBrowser(console.log);
    const page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
    await page.goto(workbenchAddress(server.port, profile.workspace), { timeout: 120_000 });
    await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });
    return { page, folder: profile.workspace, close, ...actions(page) };
  } catch (error) {
    await close();
    throw error;
  }
}

function actions(page: Page): Pick<Workbench, "openFile" | "command" | "sidebar" | "picture"> {
  const input = page.locator(".quick-input-widget input");
  const rows = page.locator(".quick-input-list .monaco-list-row");
  return {
    openFile: async (name) => {
      await page.keyboard.press("Control+KeyP");
      await input.fill(name);
      await rows.filter({ hasText: name }).first().waitFor();
      await page.keyboard.press("Enter");
      await page.locator(".tab.active").filter({ hasText: name }).waitFor();
      await page.locator(".monaco-editor .view-line").first().waitFor();
    },
    command: async (title) => {
      await page.keyboard.press("F1");
      await input.fill(`>Data Orchestrator: ${title}`);
      await rows.filter({ hasText: title }).first().waitFor();
      await page.keyboard.press("Enter");
    },
    sidebar: () => page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame"),
    picture: async (name) => {
      mkdirSync(path.join("out", "shots"), { recursive: true });
      await page.screenshot({ path: path.join("out", "shots", `${name}.png`) });
    },
  };
}
