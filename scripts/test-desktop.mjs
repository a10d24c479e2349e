// `npm run test:desktop`: the tests of test/vscode in a VS Code for the desktop, which @vscode/test-electron downloads.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "./build.mjs";
import { editorTests } from "./editor.mjs";
import { root } from "./packages.mjs";

await build();
const folder = mkdtempSync(path.join(tmpdir(), "data-orchestrator-"));
const workspace = path.join(folder, "chat-app");
const output = path.join(folder, "output");
cpSync(path.join(root, "test", "fixtures", "workspaces", "chat-app"), workspace, { recursive: true });
mkdirSync(output);
try {
  const extensionTestsPath = await editorTests();
  const { runTests } = await import("@vscode/test-electron");
  await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath,
    extensionTestsEnv: { TEST_OUTPUT: output },
    launchArgs: [workspace, "--disable-extensions", "--disable-workspace-trust"],
    ...(process.env.VSCODE_PATH === undefined ? {} : { vscodeExecutablePath: process.env.VSCODE_PATH }),
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  try {
    console.log(readFileSync(path.join(output, "tests.log"), "utf8"));
  } catch {
    console.error("VS Code left no log of the tests.");
  }
  rmSync(folder, { recursive: true, force: true });
}
