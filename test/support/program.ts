import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** What a run of the built command line left behind. */
export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `data-orchestrator` as it is built, in a folder. */
export function program(folder: string, ...args: readonly string[]): Promise<Ran> {
  const cli = path.resolve("dist/cli.cjs");
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (error, out, err) => {
      resolve({ status: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

/** A folder with these files, gone after `use`. */
export async function inFolder<Answer>(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (folder: string) => Promise<Answer>,
): Promise<Answer> {
  const folder = mkdtempSync(path.join(tmpdir(), "data-orchestrator-test-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
