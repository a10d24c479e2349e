/** The native tree of what the schema is read from and what can run a statement. The list itself comes from the server. */
import * as vscode from "vscode";
import type { PanelSource } from "../../server/src/protocol.js";
import type { Connection } from "./connect.js";

/** Registers the tree; while it is empty, VS Code shows the welcome text of package.json in its place. */
export function registerConnections(connection: Connection): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const view = vscode.window.createTreeView("dataOrchestrator.connections", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (parent?: PanelSource) => (parent === undefined ? [...(connection.state?.sources ?? [])] : []),
      getTreeItem: item,
    },
  });
  return vscode.Disposable.from(
    changed,
    view,
    connection.onState(() => changed.fire()),
  );
}

const icons = { migrations: "versions", sync: "sync", configuration: "settings-gear", database: "database" } as const;

function item(source: PanelSource): vscode.TreeItem {
  const row = new vscode.TreeItem(source.label);
  row.id = source.id;
  row.description = source.fault ?? source.detail;
  row.tooltip = source.fault ?? `${source.label}: ${source.detail}`;
  row.iconPath = new vscode.ThemeIcon(source.fault === undefined ? icons[source.kind] : "warning");
  row.accessibilityInformation = { label: row.tooltip };
  if (source.uri !== undefined) {
    const uri = vscode.Uri.parse(source.uri);
    const folder = source.kind === "migrations";
    row.command = {
      title: "Open",
      command: folder ? "revealInExplorer" : "vscode.open",
      arguments: [uri],
    };
  }
  return row;
}
