/** The panel beside the editor that shows one plan. What a plan means is for its page. */
import * as vscode from "vscode";
import type { ExplainedPlan } from "../../server/src/protocol.js";
import { showPage } from "./webview.js";

/** The panel: one per window, used again for every plan. */
export interface PlanPanel extends vscode.Disposable {
  show(plan: ExplainedPlan): void;
}

/** Makes the panel known; it opens with the first plan. */
export function registerPlan(extension: vscode.Uri): PlanPanel {
  let panel: vscode.WebviewPanel | undefined;
  let latest: ExplainedPlan | undefined;
  const draw = () => {
    if (panel?.visible === true && latest !== undefined) void panel.webview.postMessage(latest);
  };
  const open = () => {
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const opened = vscode.window.createWebviewPanel("dataOrchestrator.plan", "Query Plan", place);
    opened.onDidDispose(() => {
      panel = undefined;
    });
    opened.onDidChangeViewState(draw);
    opened.webview.onDidReceiveMessage(draw);
    showPage(opened.webview, extension, "plan", "Query plan");
    return opened;
  };
  return {
    show: (plan) => {
      latest = plan;
      if (panel === undefined) panel = open();
      else panel.reveal(undefined, true);
      draw();
    },
    dispose: () => panel?.dispose(),
  };
}
