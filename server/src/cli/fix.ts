import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { lineStarts, offsetAt } from "../core/text/lines.js";
import { applyEdits } from "../core/text/source.js";
import type { Engine } from "../engine/host.js";
import type { WireFix } from "../engine/messages.js";
import type { OpenFolder } from "./workspace.js";

/** Applies safe fixes until none is left or nothing changes; a fix can uncover another. */
export async function applySafeFixes(engine: Engine, folders: readonly OpenFolder[]): Promise<void> {
  for (const { root, folder, asked } of folders) {
    for (const { uri } of await engine.ask("documents", { root })) {
      if (!asked(uri)) continue;
      for (let round = 0; round < 10; round++) {
        const fixes = await engine.ask("safe-fixes", { root, uri });
        const file = fileURLToPath(uri);
        const before = fixes.length === 0 ? "" : await readFile(file, "utf8");
        const after = fixes.length === 0 ? before : withFixes(before, fixes, uri);
        if (after === before) break;
        await writeFile(file, after);
        for (const { creates } of fixes) for (const { uri, text } of creates) await create(uri, text);
        const shown = path.relative(folder, file).split(path.sep).join("/");
        engine.change({ do: "files", root, texts: [{ uri, path: shown, text: after }], gone: [] });
      }
    }
  }
}

/** The text with those fixes that do not touch each other. */
function withFixes(text: string, fixes: readonly WireFix[], uri: string): string {
  const starts = lineStarts(text);
  const taken: { start: number; end: number }[] = [];
  const edits = fixes.flatMap((fix) => {
    const own = fix.edits
      .filter((edit) => edit.uri === uri)
      .map(({ range, newText }) => ({
        span: { start: offsetAt(starts, text, range.start), end: offsetAt(starts, text, range.end) },
        text: newText,
      }));
    if (own.some(({ span }) => taken.some((other) => span.start <= other.end && other.start <= span.end))) return [];
    taken.push(...own.map(({ span }) => span));
    return own;
  });
  return applyEdits(text, edits);
}

async function create(uri: string, text: string): Promise<void> {
  const file = fileURLToPath(uri);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text, { flag: "wx" });
}
