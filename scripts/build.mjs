// Bundles the product into dist/: `node scripts/build.mjs [--watch]`.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { installPackages, isMain, root } from "./packages.mjs";

/** The programs that run in Node: where each begins, and what its bundle is called. */
const programs = {
  extension: "client/src/extension.ts",
  server: "server/src/main.ts",
  cli: "server/src/cli.ts",
  engine: "server/src/engine/worker.ts",
  "embedded/main": "server/src/embedded/main.ts",
  "sync-engine": "server/src/sync-engine/compile.ts",
};

/** The pages of the webviews. */
const pages = { workbench: "media/workbench/main.ts", plan: "media/plan/main.ts" };

/** Files that lie beside the bundles: what is copied, and for which bundle. */
const pglite = "node_modules/@electric-sql/pglite/dist";
const assets = [
  { bundle: "engine", from: "node_modules/libpg-query/wasm/libpg-query.wasm", to: "libpg-query.wasm" },
  { bundle: "sync-engine", from: "node_modules/@powersync/service-sync-rules/LICENSE", to: "sync-engine.LICENSE.txt" },
  { bundle: "embedded", from: `${pglite}/pglite.wasm`, to: "embedded/pglite.wasm" },
  { bundle: "embedded", from: `${pglite}/pglite.data`, to: "embedded/pglite.data" },
  { bundle: "embedded", from: `${pglite}/initdb.wasm`, to: "embedded/initdb.wasm" },
  // PGlite looks for its extensions one folder above its bundle.
  ...[
    "btree_gin",
    "btree_gist",
    "citext",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "ltree",
    "pg_stat_statements",
    "pg_trgm",
    "pgcrypto",
    "tablefunc",
    "unaccent",
    "uuid-ossp",
  ].map((name) => ({ bundle: "embedded", from: `${pglite}/${name}.tar.gz`, to: `${name}.tar.gz` })),
];

/** Builds every bundle whose source exists; answers a function that ends watching. */
export async function build({ watch = false } = {}) {
  installPackages();
  const { context } = await import("esbuild");
  mkdirSync(path.join(root, "dist", "embedded"), { recursive: true });
  for (const asset of assets) copyFileSync(path.join(root, asset.from), path.join(root, "dist", asset.to));
  const contexts = [];
  for (const options of bundles()) contexts.push(await context(options));
  try {
    for (const bundle of contexts) {
      const { metafile } = await bundle.rebuild();
      removeOldChunks(Object.keys(metafile?.outputs ?? {}));
    }
    if (watch) for (const bundle of contexts) await bundle.watch();
  } finally {
    if (!watch) for (const bundle of contexts) await bundle.dispose();
  }
}

function bundles() {
  const common = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    keepNames: true,
    legalComments: "linked",
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "warning",
    tsconfigRaw: { compilerOptions: { target: "ES2023", useDefineForClassFields: true } },
  };
  const node = existing(programs).map(([name, entry]) => ({
    ...common,
    entryPoints: [entry],
    outfile: `dist/${name}.cjs`,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["vscode", "pg-native"],
    define: { "import.meta.url": "bundleUrl" },
    banner: {
      js: `${name === "cli" ? "#!/usr/bin/env node\n" : ""}const bundleUrl = require("node:url").pathToFileURL(__filename).href;`,
    },
  }));
  const present = existing(pages);
  if (present.length === 0) return node;
  const panel = {
    ...common,
    entryPoints: Object.fromEntries(present),
    outdir: "dist/panel",
    platform: "browser",
    target: "es2022",
    format: "esm",
    splitting: true,
    metafile: true,
  };
  return [...node, panel];
}

/** Shared chunks carry a hash in their name, so those of an earlier build would stay. */
function removeOldChunks(outputs) {
  if (!outputs.some((output) => output.startsWith("dist/panel/"))) return;
  const folder = path.join(root, "dist", "panel");
  const kept = new Set(outputs.map((output) => path.basename(output)));
  for (const file of readdirSync(folder)) if (!kept.has(file)) rmSync(path.join(folder, file), { recursive: true });
}

function existing(entries) {
  return Object.entries(entries).filter(([, entry]) => existsSync(path.join(root, entry)));
}

if (isMain(import.meta.url)) {
  const watch = process.argv.includes("--watch");
  const started = performance.now();
  await build({ watch });
  console.log(watch ? "Watching…" : `Built dist/ in ${Math.round(performance.now() - started)} ms.`);
}
