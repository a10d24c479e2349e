/** The status bar: how many findings there are, and whether the server runs. What a finding is, the server knows. */
import * as vscode from "vscode";
import type { ServerState } from "./client.js";
import type { Connection } from "./connect.js";
import { languages } from "./languages.js";

/** Shows the status bar item and the language status, and keeps them up to date. */
export function registerStatus(connection: Connection): vscode.Disposable {
  const bar = vscode.window.createStatusBarItem("dataOrchestrator.findings", vscode.StatusBarAlignment.Left, 10);
  const language = vscode.languages.createLanguageStatusItem("dataOrchestrator.server", languages);
  bar.name = "Data Orchestrator";
  language.name = "Data Orchestrator";
  language.text = "Data Orchestrator";
  const draw = () => {
    drawBar(bar, connection.server);
    drawLanguage(language, connection.server);
  };
  draw();
  bar.show();
  return vscode.Disposable.from(
    bar,
    language,
    connection.onServer(draw),
    vscode.languages.onDidChangeDiagnostics(draw),
    vscode.workspace.onDidGrantWorkspaceTrust(draw),
  );
}

function drawBar(bar: vscode.StatusBarItem, server: ServerState): void {
  const count = findings();
  const total = count.errors + count.warnings + count.others;
  bar.command = server === "stopped" ? "dataOrchestrator.restartServer" : "workbench.actions.view.problems";
  if (server === "stopped") {
    bar.text = "$(database) $(error)";
    bar.tooltip = "Data Orchestrator: the language server has stopped. Click to restart it.";
    bar.backgroundColor = new vscode.ThemeColor("statusBarItem.errorBackground");
  } else {
    bar.text = `$(database) ${server === "starting" ? "$(loading~spin)" : total}`;
    bar.tooltip = `Data Orchestrator: ${words(count)}`;
    bar.backgroundColor = undefined;
  }
  bar.accessibilityInformation = { label: bar.tooltip, role: "button" };
}

function drawLanguage(language: vscode.LanguageStatusItem, server: ServerState): void {
  const severity = vscode.LanguageStatusSeverity;
  language.busy = server === "starting";
  language.severity = server === "stopped" ? severity.Error : severity.Information;
  language.detail = vscode.workspace.isTrusted ? `server ${server}` : `server ${server}, linting only (untrusted)`;
  language.command =
    server === "stopped"
      ? { title: "Restart", command: "dataOrchestrator.restartServer" }
      : { title: "Show output", command: "dataOrchestrator.showOutput" };
}

interface Count {
  errors: number;
  warnings: number;
  others: number;
}

function findings(): Count {
  const count = { errors: 0, warnings: 0, others: 0 };
  for (const [, diagnostics] of vscode.languages.getDiagnostics()) {
    for (const { source, severity } of diagnostics) {
      if (source !== "data-orchestrator") continue;
      if (severity === vscode.DiagnosticSeverity.Error) count.errors++;
      else if (severity === vscode.DiagnosticSeverity.Warning) count.warnings++;
      else count.others++;
    }
  }
  return count;
}

function words({ errors, warnings, others }: Count): string {
  const some = (count: number, word: string) => (count === 0 ? [] : [`${count} ${word}${count === 1 ? "" : "s"}`]);
  const parts = [...some(errors, "error"), ...some(warnings, "warning"), ...some(others, "hint")];
  return parts.length === 0 ? "no findings" : parts.join(", ");
}
