/**
 * A page of the webviews in a real browser, with the template and the content policy that VS Code gets, a theme's real
 * values, and an editor that writes down what it is told.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { html } from "../../client/src/html.js";

/** The themes whose values are known here. */
export type Theme = "dark-v2" | "light-v2" | "hc-dark" | "hc-light";

/** The themes that VS Code has as its defaults. */
export const themes: readonly Theme[] = ["dark-v2", "light-v2", "hc-dark", "hc-light"];

/** An open page. */
export interface OpenPage {
  readonly page: Page;
  /** What the page sent up. */
  sent(): Promise<readonly unknown[]>;
  /** Sends a message down. */
  post(message: unknown): Promise<void>;
  /** Violations of the content policy and errors, which there must not be. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Opens the page `name` of dist/panel. */
export async function openPage(
  browser: Browser,
  name: string,
  options: { readonly theme?: Theme; readonly width?: number; readonly kept?: unknown } = {},
): Promise<OpenPage> {
  const theme = options.theme ?? "dark-v2";
  const nonce = "test";
  const server = createServer((request, response) => {
    const file = new URL(request.url ?? "/", "http://page").pathname;
    if (file === "/") {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(withTheme(pageHtml(name, nonce), theme, nonce));
      return;
    }
    try {
      response.setHeader("content-type", file.endsWith(".css") ? "text/css" : "text/javascript");
      response.end(readFileSync(path.join("dist", "panel", path.basename(file))));
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const context = await browser.newContext({ viewport: { width: options.width ?? 300, height: 600 } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  await page.addInitScript((kept) => {
    const editor = { sent: [] as unknown[], kept: kept as unknown };
    Object.assign(globalThis, {
      editor,
      acquireVsCodeApi: () => ({
        postMessage: (message: unknown) => editor.sent.push(message),
        getState: () => editor.kept,
        setState: (state: unknown) => {
          editor.kept = state;
        },
      }),
    });
  }, options.kept);
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.waitForFunction(() => (globalThis as unknown as { editor: { sent: unknown[] } }).editor.sent.length > 0);
  return {
    page,
    faults,
    sent: () => page.evaluate(() => (globalThis as unknown as { editor: { sent: unknown[] } }).editor.sent),
    post: (message) => page.evaluate((data) => window.postMessage(data, "*"), message),
    close: async () => {
      await context.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pageHtml(name: string, nonce: string): string {
  return html({ title: name, script: `/${name}.js`, styles: [`/${name}.css`], origin: "'self'", nonce });
}

/** The page with the theme's values and the class that VS Code gives the body. */
function withTheme(page: string, theme: Theme, nonce: string): string {
  const file = path.join("node_modules", "@vscode-elements", "webview-playground", "dist", "themes", `${theme}.js`);
  const values = [...readFileSync(file, "utf8").matchAll(/\["(--vscode-[^"]+)", "((?:[^"\\]|\\.)*)"\]/g)];
  const rules = values.map(([, name, value]) => `${name}: ${JSON.parse(`"${value}"`)};`).join("\n");
  const classes: Readonly<Record<Theme, string>> = {
    "dark-v2": "vscode-dark",
    "light-v2": "vscode-light",
    "hc-dark": "vscode-high-contrast",
    "hc-light": "vscode-high-contrast-light vscode-high-contrast",
  };
  // What VS Code itself adds to every webview.
  const own = "body { background-color: var(--vscode-sideBar-background, var(--vscode-editor-background)); }";
  return page
    .replace("</head>", `<style nonce="${nonce}">:root {\n${rules}\n}\n${own}</style>\n</head>`)
    .replace("<body>", `<body class="${classes[theme]}">`);
}
