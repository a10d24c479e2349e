// `npm start`: the extension, installed in a real VS Code, with the example workspace open. `-- --desktop` uses the desktop's.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "./build.mjs";
import { editor } from "./editor.mjs";
import { pack } from "./package.mjs";
import { root } from "./packages.mjs";

const example = path.join(root, "test", "fixtures", "workspaces", "chat-app");
const say = (line) => console.log(line);

say("Building…");
await build();
await (process.argv.includes("--desktop") ? startDesktop() : startInBrowser());

async function startInBrowser() {
  const { installEditor, makeProfile, installExtension, startServer, workbenchAddress } = await editor();
  const installed = await installEditor(say);
  const profile = makeProfile(example);
  say("Installing the extension…");
  await installExtension(installed, profile, pack(path.join(profile.folder, "data-orchestrator.vsix")));
  const server = await startServer(installed, profile, { driver: false });
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await server.stop();
    profile.remove();
    process.exit(0);
  };
  // Heard more than once, and in vain after the first: a terminal and npm both send it.
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  server.process.once("exit", stop);
  const address = workbenchAddress(server.port, profile.workspace);
  say(`\nVS Code is open at\n\n  ${address}\n\nwith a copy of the example workspace in ${profile.workspace}.`);
  say("For the VS Code of your desktop: npm start -- --desktop (needs `code` on the PATH). Ctrl-C ends it.");
  openWindow(address);
}

/** Opens a browser window where there is a desktop; elsewhere the printed address is all. */
function openWindow(address) {
  if (process.env.CI !== undefined || !process.stdout.isTTY) return;
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return;
  const child = spawn("xdg-open", [address], { stdio: "ignore", detached: true });
  child.once("error", () => say("(No browser window could be opened: open the address yourself.)"));
  child.unref();
}

async function startDesktop() {
  const folder = mkdtempSync(path.join(tmpdir(), "data-orchestrator-"));
  const workspace = path.join(folder, path.basename(example));
  cpSync(example, workspace, { recursive: true });
  const windows = process.platform === "win32";
  const args = ["--new-window", "--wait", `--extensionDevelopmentPath=${root}`, workspace];
  const child = spawn(windows ? "code.cmd" : "code", args, { stdio: "inherit", shell: windows });
  const end = (status) => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(status);
  };
  child.once("error", () => {
    console.error("`code` is not on the PATH: in VS Code, run “Shell Command: Install 'code' command in PATH” first.");
    end(1);
  });
  child.once("exit", (status) => end(status ?? 0));
  process.once("SIGINT", () => child.kill());
  say(`The example workspace opens in VS Code, as a copy in ${workspace}. Close its window to end.`);
}
