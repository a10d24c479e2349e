// The way from the scripts to test/support/editor, which is TypeScript: it is bundled when asked for.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./packages.mjs";

/** The functions of test/support/editor/main.ts. */
export async function editor() {
  const { build } = await import("esbuild");
  const outfile = path.join(root, "out", "editor.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["test/support/editor/main.ts"],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile,
    logLevel: "warning",
  });
  return import(pathToFileURL(outfile).href);
}

/** Bundles the tests that run inside the extension host, and answers the module that runs them. */
export async function editorTests() {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints: ["test/vscode/*.ts"],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    outdir: "out/vscode",
    outExtension: { ".js": ".cjs" },
    logLevel: "warning",
  });
  return path.join(root, "out", "vscode", "index.cjs");
}
