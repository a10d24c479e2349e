// Writes the extension as one file, data-orchestrator-<version>.vsix: `node scripts/package.mjs [--no-build] [FILE]`.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { build } from "./build.mjs";
import { isMain, root } from "./packages.mjs";

/** Packs what is in dist/ into a VSIX file and answers its path. */
export function pack(file) {
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const target = path.resolve(file ?? path.join(root, `data-orchestrator-${version}.vsix`));
  if (!existsSync(path.join(root, "dist", "extension.cjs")))
    throw new Error("dist/ is empty: run `npm run build` first");
  const vsce = path.join(root, "node_modules", "@vscode", "vsce", "vsce");
  const options = ["--no-dependencies", "--allow-missing-repository", "--skip-license", "--no-rewrite-relative-links"];
  const result = spawnSync(process.execPath, [vsce, "package", ...options, "--out", target], {
    cwd: root,
    encoding: "utf8",
  });
  if (result.status !== 0) throw new Error(`the extension could not be packaged:\n${result.stdout}${result.stderr}`);
  return target;
}

if (isMain(import.meta.url)) {
  const args = process.argv.slice(2);
  if (!args.includes("--no-build")) await build();
  console.log(pack(args.find((arg) => !arg.startsWith("-"))));
}
