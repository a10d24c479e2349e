/**
 * A running VS Code: a profile of its own, the server, and the address of its workbench. Nothing here knows which
 * extension it is for, or what is done in the workbench.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "./cache.js";
import type { Installed } from "./install.js";

/** A fresh profile: settings, extensions and home of one run, and a copy of the workspace that it may write to. */
export interface Profile {
  readonly folder: string;
  readonly workspace: string;
  /** Deletes all of it. */
  remove(): void;
}

/** A VS Code that listens on a port of this machine. */
export interface RunningServer {
  readonly port: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Makes a profile whose workspace is a copy of `workspace`, or empty. */
export function makeProfile(workspace: string | undefined, settings: Readonly<Record<string, unknown>> = {}): Profile {
  const folder = mkdtempSync(path.join(tmpdir(), "data-orchestrator-"));
  for (const part of ["data/User", "extensions", "home"]) mkdirSync(path.join(folder, part), { recursive: true });
  writeFileSync(path.join(folder, "config.yaml"), "");
  // VS Code reads them as it starts, so they must be there before.
  writeFileSync(path.join(folder, "data", "User", "settings.json"), JSON.stringify({ ...quiet, ...settings }, null, 2));
  const copy = path.join(folder, workspace === undefined ? "workspace" : path.basename(workspace));
  if (workspace === undefined) mkdirSync(copy);
  else cpSync(workspace, copy, { recursive: true });
  return {
    folder,
    workspace: copy,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

/** Installs an extension from its VSIX file into a profile. */
export async function installExtension(editor: Installed, profile: Profile, vsix: string): Promise<void> {
  const args = [editor.entry, ...folders(profile), "--install-extension", vsix, "--force"];
  await run(editor.node, args, profile.folder, environment(profile));
}

/**
 * Starts the server. With `driver` the workbench obeys the development payload of its address, at a price: it shows no
 * notifications, and modal dialogs throw.
 */
export async function startServer(
  editor: Installed,
  profile: Profile,
  options: {
    readonly driver: boolean;
    readonly environment?: Readonly<Record<string, string>>;
    readonly trust?: boolean;
  },
): Promise<RunningServer> {
  const args = [
    editor.entry,
    ...folders(profile),
    ...["--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-telemetry", "--disable-update-check"],
    ...["--disable-getting-started-override", "--ignore-last-opened"],
    ...(options.trust === true ? [] : ["--disable-workspace-trust"]),
    ...(options.driver ? ["--vscode-option", "enable-smoke-test-driver"] : []),
  ];
  const child = spawn(editor.node, args, {
    env: { ...environment(profile), ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await listening(child);
  return {
    port,
    process: child,
    stop: async () => {
      endGroup(child, "SIGTERM");
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 5000).unref())]);
      endGroup(child, "SIGKILL");
    },
  };
}

/** The address of the workbench with a folder open. It must say localhost: authority and secure context have to agree. */
export function workbenchAddress(port: number, folder: string, payload: readonly (readonly string[])[] = []): string {
  const address = new URL(`http://localhost:${port}/`);
  address.searchParams.set("folder", folder);
  if (payload.length > 0) address.searchParams.set("payload", JSON.stringify(payload));
  return address.href;
}

const quiet = {
  "workbench.startupEditor": "none",
  "workbench.welcomePage.experimentalOnboarding": false,
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.enableExperiments": false,
  "workbench.colorTheme": "Default Dark Modern",
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "update.showReleaseNotes": false,
  "chat.disableAIFeatures": true,
  "git.enabled": false,
  "typescript.disableAutomaticTypeAcquisition": true,
  "window.confirmBeforeClose": "never",
  "files.hotExit": "off",
};

function folders(profile: Profile): string[] {
  const at = (name: string) => path.join(profile.folder, name);
  return ["--config", at("config.yaml"), "--user-data-dir", at("data"), "--extensions-dir", at("extensions")];
}

function environment(profile: Profile): NodeJS.ProcessEnv {
  const { PORT, PASSWORD, NODE_OPTIONS, VSCODE_IPC_HOOK_CLI, ...rest } = process.env;
  return { ...rest, HOME: path.join(profile.folder, "home"), EXTENSIONS_GALLERY: "{}" };
}

function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`VS Code did not listen within 60 s:\n${output}`)), 60_000);
    const read = (data: Buffer) => {
      if (output.length > 100_000) return;
      output += data.toString();
      const port = /HTTP server listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`VS Code ended with ${code}:\n${output}`));
    });
  });
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
