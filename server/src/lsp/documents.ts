/**
 * The open documents and the workspace folders, kept in step between editor, disk and engine. What is open counts as the editor has
 * it; everything else as it stands on the disk.
 */
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { TextDocumentContentChangeEvent } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Engine } from "../engine/host.js";
import { concerns, isPassedOver, readFolder, readText, type Trouble } from "../store/files.js";
import { type Merged, mergedFiles } from "../store/git.js";

/** The open documents and folders. */
export interface Documents {
  /** Opens a workspace folder: reads it from the disk, with the open documents in place of theirs. */
  addFolder(uri: string): Promise<readonly PlacedTrouble[]>;
  removeFolder(uri: string): void;
  open(uri: string, language: string, version: number, text: string): void;
  change(uri: string, version: number, changes: readonly TextDocumentContentChangeEvent[]): void;
  close(uri: string): Promise<void>;
  /** Files and folders that changed on the disk; `known` says whether any of them is of concern. */
  changedOnDisk(
    uris: readonly string[],
  ): Promise<{ readonly known: boolean; readonly troubles: readonly PlacedTrouble[] }>;
  get(uri: string): TextDocument | undefined;
  /** The folder a document belongs to, as the engine names it. */
  folderOf(uri: string): string;
  folders(): readonly string[];
  all(): readonly TextDocument[];
}

/** A trouble with the file it stands for. */
export interface PlacedTrouble extends Trouble {
  readonly uri: string;
}

/** No documents, no folders. An untrusted workspace asks nobody about its history: git is a program. */
export function makeDocuments(engine: Engine, trusted: () => boolean): Documents {
  const documents = new Map<string, TextDocument>();
  const folders = new Set<string>();
  const alone = new Set<string>();
  /** What was last read of each folder. */
  const onDisk = new Map<string, Set<string>>();

  const folderOf = (given: string): string => {
    const uri = canonical(given);
    const owner = [...folders].filter((folder) => uri.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length)[0];
    if (owner !== undefined) return owner;
    // A document outside all folders stands alone, with those beside it that are open.
    const folder = uri.slice(0, Math.max(uri.lastIndexOf("/"), uri.indexOf(":") + 1));
    if (!alone.has(folder)) {
      alone.add(folder);
      engine.change({ do: "open-folder", root: folder, runsCode: false });
    }
    return folder;
  };
  const pathIn = (root: string, uri: string): string => decodeURIComponent(uri.slice(root.length).replace(/^\//, ""));
  const put = (uri: string, text: string): void => {
    const root = folderOf(uri);
    engine.change({ do: "files", root, texts: [{ uri, path: pathOf(root, uri), text }], gone: [] });
  };
  /** A document that was never saved is known by its language, not by the end of its name. */
  const pathOf = (root: string, uri: string): string => {
    const own = pathIn(root, uri);
    return languages.has(documents.get(uri)?.languageId ?? "") && !own.endsWith(".sql") ? `${own}.sql` : own;
  };

  const askGit = async (root: string): Promise<boolean> => {
    const folder = folders.has(root) && trusted() ? pathOnDisk(root) : undefined;
    const merged = folder === undefined ? undefined : await mergedFiles(folder);
    return merged !== undefined && folders.has(root) && tell(root, merged);
  };
  /** What git said last, by folder: everything is judged anew when it says something else. */
  const told = new Map<string, string>();
  const tell = (root: string, merged: Merged | undefined): boolean => {
    const said = JSON.stringify(merged ?? "");
    if (told.get(root) === said) return false;
    told.set(root, said);
    engine.change({ do: "merged", root, uris: merged?.uris, rewritten: merged?.rewritten ?? [] });
    return true;
  };

  return {
    async addFolder(uri) {
      const root = canonical(uri).replace(/\/$/, "");
      folders.add(root);
      engine.change({ do: "open-folder", root, runsCode: trusted() });
      const folder = pathOnDisk(root);
      if (folder === undefined) return [];
      const there = new Set<string>();
      const [troubles, merged] = await Promise.all([
        readFolder(folder, (texts) => {
          for (const { uri } of texts) there.add(uri);
          const own = texts.filter(({ uri }) => !documents.has(uri));
          engine.change({ do: "files", root, texts: own, gone: [], more: true });
        }),
        trusted() ? mergedFiles(folder) : undefined,
      ]);
      const unsaved = [...documents]
        .filter(([uri]) => uri.startsWith(`${root}/`))
        .map(([uri, document]) => ({ uri, path: pathOf(root, uri), text: document.getText() }));
      const gone = [...(onDisk.get(root) ?? [])].filter((uri) => !there.has(uri) && !documents.has(uri));
      onDisk.set(root, there);
      engine.change({ do: "files", root, texts: unsaved, gone });
      tell(root, merged);
      return troubles.map((trouble) => ({ ...trouble, uri: pathToFileURL(path.join(folder, trouble.path)).href }));
    },
    removeFolder(uri) {
      const root = canonical(uri).replace(/\/$/, "");
      folders.delete(root);
      onDisk.delete(root);
      told.delete(root);
      engine.change({ do: "close-folder", root });
      // What stays open goes on, in the folder around it or by itself.
      for (const [uri, document] of documents) if (uri.startsWith(`${root}/`)) put(uri, document.getText());
    },
    open(given, language, version, text) {
      const uri = canonical(given);
      documents.set(uri, TextDocument.create(uri, language, version, text));
      put(uri, text);
    },
    change(given, version, changes) {
      const uri = canonical(given);
      let document = documents.get(uri);
      if (document === undefined) return;
      for (const change of changes) {
        if ("range" in change) {
          const start = document.offsetAt(change.range.start);
          const end = document.offsetAt(change.range.end);
          const [from, to] = start <= end ? [start, end] : [end, start];
          document = TextDocument.update(document, [change], version);
          engine.change({ do: "edit", root: folderOf(uri), uri, start: from, removed: to - from, added: change.text });
        } else {
          document = TextDocument.update(document, [change], version);
          put(uri, change.text);
        }
      }
      documents.set(uri, document);
    },
    async close(given) {
      const uri = canonical(given);
      documents.delete(uri);
      const root = folderOf(uri);
      const file = pathOnDisk(uri);
      const kept = file !== undefined && folders.has(root) && !isPassedOver(pathIn(root, uri));
      const saved = kept ? readText(path.dirname(file), path.basename(file)) : undefined;
      if (documents.has(uri)) return;
      if (saved !== undefined && "text" in saved) put(uri, saved.text);
      else engine.change({ do: "files", root, texts: [], gone: [uri] });
    },
    async changedOnDisk(uris) {
      const troubles: PlacedTrouble[] = [];
      let known = false;
      const withSql = new Set<string>();
      for (const uri of uris.map(canonical)) {
        const root = folderOf(uri);
        if (uri.endsWith(".sql")) withSql.add(root);
        if (documents.has(uri)) continue;
        const folder = pathOnDisk(root);
        const relative = pathIn(root, uri);
        if (folder === undefined || isPassedOver(relative)) continue;
        if (!concerns(relative)) {
          // Of a folder that is gone the editor may say no more than its name.
          const inside = [...(onDisk.get(root) ?? [])].filter(
            (one) => one.startsWith(`${uri}/`) && !documents.has(one),
          );
          for (const one of inside) onDisk.get(root)?.delete(one);
          if (inside.length > 0) engine.change({ do: "files", root, texts: [], gone: inside });
          known ||= inside.length > 0;
          continue;
        }
        known = true;
        const outcome = readText(folder, relative);
        // It may have been opened meanwhile.
        if (documents.has(uri)) continue;
        if ("text" in outcome) {
          onDisk.get(root)?.add(uri);
          put(uri, outcome.text);
        } else {
          engine.change({ do: "files", root, texts: [], gone: [uri] });
          if (!outcome.message.endsWith("there is no such file.")) troubles.push({ ...outcome, uri });
        }
      }
      // A migration may have become another than the merged one, or the same again.
      for (const root of withSql) known = (await askGit(root)) || known;
      return { known, troubles };
    },
    get: (uri) => documents.get(canonical(uri)),
    folderOf,
    folders: () => [...folders],
    all: () => [...documents.values()],
  };
}

/** What editors call SQL. */
const languages: ReadonlySet<string> = new Set(["sql", "postgres", "pgsql", "plpgsql"]);

/** The path of a file's URI on this machine; undefined when it has none. */
function pathOnDisk(uri: string): string | undefined {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : undefined;
  } catch {
    // A name on another machine.
    return undefined;
  }
}

/** The way Node writes a file's URI; editors escape more or less than it does. The engine knows files by this name only. */
export function canonical(uri: string): string {
  try {
    return uri.startsWith("file:") ? pathToFileURL(fileURLToPath(uri)).href : uri;
  } catch {
    // Not a path of this machine: it is known by its name alone.
    return uri;
  }
}
