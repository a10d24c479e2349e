import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** What one file names in its imports: plain, side-effect, re-export, dynamic, on one line or several. */
function importsOf(text: string): readonly { readonly from: string; readonly typesOnly: boolean }[] {
  const found: { from: string; typesOnly: boolean }[] = [];
  const clean = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  for (const [, typesOnly, from] of clean.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:[\w*\s{},]*?\s*from\s*)?["']([^"']+)["']/gm,
  )) {
    found.push({ from: from ?? "", typesOnly: typesOnly !== undefined });
  }
  for (const [, from] of clean.matchAll(/\bimport\s*\(\s*["']([^"']+)["']/g))
    found.push({ from: from ?? "", typesOnly: false });
  return found;
}

interface Room {
  readonly room: string;
  readonly mayLookInto: readonly string[];
  /** Rooms of which only types may be used. */
  readonly typesOf: readonly string[];
  readonly libraries: readonly string[];
}

/** The table of ARCHITECTURE.md, which is the only place where the directions are written. */
const rooms: readonly Room[] = readFileSync("ARCHITECTURE.md", "utf8")
  .split("\n")
  .filter((line) => /^\| `(server|client|media)/.test(line))
  .map((line) => {
    const [, room = "", look = "", types = "", libraries = ""] = line.split("|").map((cell) => cell.trim());
    const names = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "");
    return { room: names(room)[0] ?? "", mayLookInto: names(look), typesOf: names(types), libraries: names(libraries) };
  });

/** The room of a file: the one with the longest name that holds it. */
function roomOf(file: string): Room | undefined {
  return [...rooms]
    .filter(({ room }) => file === room || file.startsWith(`${room}/`))
    .sort((a, b) => b.room.length - a.room.length)[0];
}

function faultsIn(file: string, text: string): readonly string[] {
  const room = roomOf(file);
  if (room === undefined) return [`${file} lies in no room of ARCHITECTURE.md`];
  return importsOf(text).flatMap(({ from, typesOnly }) => {
    if (!from.startsWith(".")) {
      const library = from.startsWith("@") ? from.split("/").slice(0, 2).join("/") : (from.split("/")[0] ?? "");
      const known = room.libraries.some((name) => library === name || (name === "node" && library.startsWith("node:")));
      return known || typesOnly ? [] : [`${file} imports ${from}`];
    }
    const target = path.posix.join(path.posix.dirname(file), from).replace(/\.js$/, ".ts");
    const other = roomOf(target);
    if (other === undefined) return [`${file} imports ${target}, which lies in no room`];
    if (other === room || room.mayLookInto.includes(other.room)) return [];
    return typesOnly && room.typesOf.includes(other.room) ? [] : [`${file} looks into ${other.room}: ${from}`];
  });
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ts$/.test(file) && !file.endsWith(".d.ts"))
    .map((file) => `${folder}/${file.split(path.sep).join("/")}`);
}

const files = ["server/src", "client/src", "media"].flatMap(sources);

suite("architecture", () => {
  test("every file looks only where its room may look", () => {
    assert.deepEqual(
      files.flatMap((file) => faultsIn(file, readFileSync(file, "utf8"))),
      [],
    );
  });

  for (const [name, text] of [
    ["a plain import", 'import { readFileSync } from "node:fs";'],
    ["an import of several lines", 'import {\n  serve,\n} from "../../lsp/server.js";'],
    ["an import for its effects", 'import "../../lsp/server.js";'],
    ["a re-export", 'export * from "../../lsp/server.js";'],
    ["a dynamic import", 'const fs = await import("node:fs/promises");'],
  ] as const) {
    test(`${name} of what is forbidden is seen`, () => {
      assert.equal(faultsIn("server/src/core/checks/example.ts", text).length, 1);
    });
  }

  test("a room that is named is there", () => {
    assert.ok(rooms.length > 10);
    for (const { room } of rooms)
      assert.ok(
        files.some((file) => file === room || file.startsWith(`${room}/`)),
        room,
      );
  });

  test("no file imports in a ring", () => {
    const edges = new Map(
      files.map((file) => [
        file,
        importsOf(readFileSync(file, "utf8"))
          .filter(({ from, typesOnly }) => from.startsWith(".") && !typesOnly)
          .map(({ from }) => path.posix.join(path.posix.dirname(file), from).replace(/\.js$/, ".ts")),
      ]),
    );
    const done = new Set<string>();
    const rings: string[] = [];
    const visit = (file: string, above: readonly string[]): void => {
      if (above.includes(file)) rings.push([...above.slice(above.indexOf(file)), file].join(" > "));
      if (done.has(file) || above.includes(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...above, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    assert.deepEqual(rings, []);
  });

  test("no source file has more than 300 lines", () => {
    const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > 300);
    assert.deepEqual(long, []);
  });
});
