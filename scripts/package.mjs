// Writes the extension as one file, data-orchestrator-<version>.vsix: `node scripts/package.mjs [--no-build] [FILE]`.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { build } from "./build.mjs";
import { isMain, root } from "./packages.mjs";

/** Packs what is in dist/ into a VSIX file and answers its path. */
export async function pack(file) {
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const target = path.resolve(file ?? path.join(root, `data-orchestrator-${version}.vsix`));
  if (!existsSync(path.join(root, "dist", "extension.cjs")))
    throw new Error("dist/ is empty: run `npm run build` first");
  const { createVSIX } = await import("@vscode/vsce");
  await createVSIX({
    cwd: root,
    packagePath: target,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: true,
    rewriteRelativeLinks: false,
    allowStarActivation: false,
  });
  return target;
}

if (isMain(import.meta.url)) {
  const args = process.argv.slice(2);
  if (!args.includes("--no-build")) await build();
  console.log(await pack(args.find((arg) => !arg.startsWith("-"))));
}
