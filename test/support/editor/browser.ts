/**
 * The browser that shows the workbench: one that is on the machine, or one that lies inside an npm package. Nothing here
 * knows what is opened in it.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { cached, npm, run, type Say } from "./cache.js";

const packaged = "147.0.2";

/** A browser on this machine, and where its libraries lie when the machine lacks them. */
export interface FoundBrowser {
  readonly program: string;
  readonly libraries?: string;
}

/** The browser to use: CHROME_PATH, one that is installed, or the one of the npm package, put into the cache once. */
export async function findBrowser(say: Say): Promise<FoundBrowser> {
  const named = process.env.CHROME_PATH;
  if (named !== undefined && named !== "") {
    if (!existsSync(named)) throw new Error(`CHROME_PATH names ${named}, which does not exist`);
    return { program: named };
  }
  const program = installed();
  if (program !== undefined) return { program };
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error("no Chrome, Chromium or Edge was found: install one of them, or name it in CHROME_PATH");
  const folder = await cached(`chromium-${packaged}`, async (draft) => {
    say("No Chrome, Chromium or Edge on this machine: installing Chromium from npm into the cache, once…");
    writeFileSync(
      path.join(draft, "package.json"),
      JSON.stringify({ private: true, type: "module", dependencies: { "@sparticuz/chromium": packaged } }),
    );
    await npm(draft, ["install", "--ignore-scripts"]);
    const libraries = path.join(draft, "node_modules", "@sparticuz", "chromium", "bin", "al2023.tar.br");
    writeFileSync(path.join(draft, "libraries.tar"), brotliDecompressSync(readFileSync(libraries)));
    await run("tar", ["-xf", "libraries.tar"], draft);
  });
  const entry = createRequire(path.join(folder, "package.json")).resolve("@sparticuz/chromium");
  // Its own arguments are left aside: one process for all pages and no web security are for another purpose.
  const { default: bundle } = (await import(entry)) as { default: { executablePath(): Promise<string> } };
  const unpacked = await bundle.executablePath();
  const starts = await run(unpacked, ["--version"], folder).then(
    () => true,
    () => false,
  );
  return starts ? { program: unpacked } : { program: unpacked, libraries: path.join(folder, "lib") };
}

/** A running browser without a window. */
export async function startBrowser(say: Say): Promise<Browser> {
  const { program, libraries } = await findBrowser(say);
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
  ];
  const env = libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };
  return chromium.launch({ executablePath: program, headless: true, args, env: defined(env) });
}

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function installed(): string | undefined {
  const candidates =
    { linux: onPath(), darwin: macPrograms, win32: windowsPrograms() }[process.platform as string] ?? [];
  return candidates.find((candidate) => existsSync(candidate));
}

const macPrograms = ["Google Chrome", "Chromium", "Microsoft Edge"].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

function onPath(): string[] {
  const names = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "microsoft-edge"];
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
}

function windowsPrograms(): string[] {
  const roots = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].map((name) => process.env[name]);
  const programs = ["Google\\Chrome\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"];
  return roots.flatMap((root) => (root === undefined ? [] : programs.map((program) => path.join(root, program))));
}
