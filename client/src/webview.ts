/** Gives a webview its page and the rights it needs, which are few. Nothing here knows what the page shows. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { html } from "./html.js";

/** Shows the page `name` of dist/panel in a webview. */
export function showPage(webview: vscode.Webview, extension: vscode.Uri, name: string, title: string): void {
  const folder = vscode.Uri.joinPath(extension, "dist", "panel");
  const at = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  webview.options = {
    enableScripts: true,
    enableForms: false,
    enableCommandUris: false,
    localResourceRoots: [folder],
  };
  webview.html = html({
    title,
    script: at(`${name}.js`),
    styles: [at(`${name}.css`)],
    origin: webview.cspSource,
    nonce: randomBytes(16).toString("base64url"),
  });
}
