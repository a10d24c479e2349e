/** The extension inside VS Code: puts its parts together, and knows nothing of SQL. */

// Evaluated before everything else, so that loading counts as activation too.
import "./started.js";

import * as vscode from "vscode";
import { registerCommands } from "./commands.js";
import { type Connection, connect } from "./connect.js";
import { registerConnections } from "./connections.js";
import { registerPanel } from "./panel.js";
import { registerPlan } from "./plan.js";
import { registerReason } from "./reason.js";
import { started } from "./started.js";
import { registerStatus } from "./status.js";

const loading = performance.now() - started;
let connection: Connection | undefined;

/** Called by VS Code once something that concerns the extension is open. Answers how long loading and this took. */
export function activate(context: vscode.ExtensionContext): { readonly activationMilliseconds: number } {
  const entered = performance.now();
  const log = vscode.window.createOutputChannel("Data Orchestrator", { log: true });
  connection = connect(context, log);
  const plan = registerPlan(context.extensionUri);
  context.subscriptions.push(
    log,
    plan,
    registerPanel(context.extensionUri, connection),
    registerConnections(connection),
    registerStatus(connection),
    registerCommands(connection, plan, log),
    registerReason(),
  );
  const activationMilliseconds = loading + performance.now() - entered;
  log.debug(`Activated in ${activationMilliseconds.toFixed(1)} ms.`);
  return { activationMilliseconds };
}

/** Called by VS Code as it ends. */
export async function deactivate(): Promise<void> {
  await connection?.stop();
}
