// The tools that ours is held against: installed once from npm into the cache of this machine, in fixed versions.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../packages.mjs";

const peers = ["squawk-cli@2.66.0", "@postgres-language-server/cli@0.25.5", "@flvmnt/pgfence@0.1.5"];
const corpora = [
  "@pgpm/metaschema-modules@0.16.4",
  "@pgpm/metaschema-schema@0.16.3",
  "@pgpm/database-jobs@0.16.0",
  "@pgpm/inflection@0.16.0",
  "@pgpm/verify@0.20.0",
  "@pgpm/services@0.16.3",
  "@pgpm/types@0.16.0",
];

/** The folder in which the peers and packages full of SQL are installed. Needs what `tsc` compiled. */
export async function peersInstalled() {
  const { cached } = await import(pathToFileURL(path.join(root, "out/test/support/editor/cache.js")).href);
  return cached("bench-2", async (folder) => {
    console.log("Installing the tools to compare with…");
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true }));
    const { status } = spawnSync(
      "npm",
      ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...peers, ...corpora],
      { cwd: folder, stdio: "inherit", shell: process.platform === "win32" },
    );
    if (status !== 0) throw new Error("npm install failed");
  });
}

/** Where the peers' programs lie; undefined where there is none for this platform. */
export function programs(folder) {
  const modules = path.join(folder, "node_modules");
  return {
    squawk: findBinary(modules, "squawk"),
    pls: findBinary(modules, "postgres-language-server"),
    pgfence: path.join(modules, "@flvmnt/pgfence/dist/index.js"),
  };
}

/** The program itself: the scripts that npm puts before it add time and memory of their own. */
function findBinary(folder, name) {
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).find(
    (file) =>
      path.basename(file) === name && !file.includes(".bin") && !existsSync(path.join(folder, file, "package.json")),
  );
  if (found === undefined) return undefined;
  const file = path.join(folder, found);
  chmodSync(file, 0o755);
  return file;
}
