/** The sidebar's webview: passes the server's state down and a person's intents up, both unread. */
import * as vscode from "vscode";
import type { Intent } from "../../server/src/protocol.js";
import type { Connection } from "./connect.js";
import { showPage } from "./webview.js";

/** Registers the view. Its page is set at once; the state follows whenever there is one and the view can be seen. */
export function registerPanel(extension: vscode.Uri, connection: Connection): vscode.Disposable {
  return vscode.window.registerWebviewViewProvider("dataOrchestrator.workbench", {
    resolveWebviewView(view) {
      // A hidden view loses every message, so it gets the state again when it is seen.
      const draw = () => {
        if (!view.visible || connection.state === undefined) return;
        void view.webview.postMessage(connection.state);
      };
      const subscriptions = [
        connection.onState(draw),
        view.onDidChangeVisibility(draw),
        view.webview.onDidReceiveMessage((intent: Intent) => {
          if (intent.do === "ready") draw();
          else connection.send(intent);
        }),
      ];
      view.onDidDispose(() => vscode.Disposable.from(...subscriptions).dispose());
      showPage(view.webview, extension, "workbench", "Schema");
    },
  });
}
