/** The sidebar's webview: passes the server's state down and a person's intents up, both unread. */
import * as vscode from "vscode";
import type { Intent, PanelState } from "../../server/src/protocol.js";
import type { Connection } from "./connect.js";
import { showPage } from "./webview.js";

/** Registers the view. Its page is set at once; the state follows whenever there is one and the view can be seen. */
export function registerPanel(extension: vscode.Uri, connection: Connection): vscode.Disposable {
  return vscode.window.registerWebviewViewProvider("dataOrchestrator.workbench", {
    resolveWebviewView(view) {
      // A hidden view loses every message, so it gets the state again when it is seen.
      const draw = () => {
        const state = connection.state ?? (connection.server === "stopped" ? stopped : undefined);
        if (view.visible && state !== undefined) void view.webview.postMessage(state);
      };
      const subscriptions = [
        connection.onState(draw),
        connection.onServer(draw),
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

const stopped: PanelState = {
  tables: [],
  expanded: [],
  sources: [],
  notice: "The language server has stopped. “Data Orchestrator: Restart Server” starts it again.",
};
