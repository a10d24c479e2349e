/**
 * A real VS Code from npm packages alone: the workbench and server of code-server, and the Node that it needs. Nothing
 * here starts it.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cached, npm, type Say } from "./cache.js";

/** An installed VS Code: the Node to run it with, and its entry. */
export interface Installed {
  readonly node: string;
  readonly entry: string;
}

const codeServer = "4.139.1";
const node = "24.21.0";

/** The VS Code of this machine's cache, installed first when it is missing. */
export async function installEditor(say: Say): Promise<Installed> {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== "linux-x64" && platform !== "linux-arm64")
    throw new Error(
      `the VS Code that opens in a browser runs on Linux (x64, arm64), not on ${platform}: use the one on your desktop, with \`npm start -- --desktop\` or \`npm run test:desktop\``,
    );
  const nodePackage = `node-${platform}`;
  const folder = await cached(`vscode-${codeServer}-node-${node}`, async (draft) => {
    say(
      `Installing VS Code (code-server ${codeServer}, about 500 MB) into the cache, once; this takes a minute or two…`,
    );
    writeFileSync(
      path.join(draft, "package.json"),
      JSON.stringify({ private: true, dependencies: { "code-server": codeServer, [nodePackage]: node } }),
    );
    // Its own install script compiles what is not needed here, fails on many machines, and would roll everything back.
    await npm(draft, ["install", "--ignore-scripts"]);
    say("Installing the packages of its server…");
    const server = path.join(draft, "node_modules", "code-server", "lib", "vscode");
    await npm(server, ["install", "--ignore-scripts", "--omit=dev"]);
    await compileLogger(server, path.join(draft, "node_modules", nodePackage), say);
    for (const unused of ["node_modules/@github", "node_modules/@microsoft/mxc-sdk", "extensions/copilot"])
      rmSync(path.join(server, unused), { recursive: true, force: true });
  });
  const entry = path.join(folder, "node_modules", "code-server", "out", "node", "entry.js");
  const program = path.join(folder, "node_modules", nodePackage, "bin", "node");
  for (const file of [entry, program])
    if (!existsSync(file)) throw new Error(`the installed VS Code is damaged, ${file} is missing: delete ${folder}`);
  return { node: program, entry };
}

/** Output channels need a compiled logger. Where there is no compiler everything else works, so a failure is only told. */
async function compileLogger(server: string, nodeFolder: string, say: Say): Promise<void> {
  say("Compiling its logger…");
  try {
    await npm(server, ["rebuild", "@vscode/spdlog", "@vscode/native-watchdog"], {
      PATH: `${path.join(nodeFolder, "bin")}${path.delimiter}${process.env.PATH ?? ""}`,
      npm_config_nodedir: nodeFolder,
    });
  } catch (error) {
    say(`  no compiler for it (output channels stay empty): ${String(error).split("\n")[0]}`);
  }
}
