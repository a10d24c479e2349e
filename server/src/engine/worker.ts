/**
 * The engine's thread: parser and core together. It holds the one mutable cell, the folders; each message changes it or asks about it.
 */
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parentPort } from "node:worker_threads";
import { checkNames } from "../core/levels.js";
import {
  emptyFolder,
  type File,
  type Folder,
  fileOf,
  sqlOf,
  withEdit,
  withFiles,
  withMerged,
} from "../core/project.js";
import type { Memory } from "../core/scenes.js";
import { startParser } from "../core/sql/parser.js";
import type { CompileSync } from "../core/sync/compiler.js";
import type { Compiler } from "../sync-engine/compile.js";
import { answers, type Desk } from "./answers.js";
import type { Change, FromEngine, Question, ToEngine } from "./messages.js";

const port = parentPort;
if (port === null) throw new Error("The engine runs in a worker thread.");

const folders = new Map<string, Folder>();
/** The folders of a trusted workspace that lie on the disk. */
const trusted = new Set<string>();
/** Files that were sent ahead of the rest, and those of them that nobody has parsed yet. */
const ahead = new Map<string, File[]>();
const unread: File[] = [];
const memories = new Map<string, Memory>();
let started: Promise<void> = Promise.resolve();
let compiler: Promise<Compiler | undefined> | undefined;
let loaded: Compiler | undefined;

/** PowerSync's compiler, once it is there; until then, and without it, nothing is said. */
const compile: CompileSync = (source, schema) => loaded?.compile(source, schema) ?? [];

const send = (message: FromEngine): void => port.postMessage(message);

port.on("message", (message: ToEngine) => {
  if ("start" in message) started = start(message.start);
  else void started.then(() => handle(message));
});

async function start({ wasm }: Extract<ToEngine, { start: unknown }>["start"]): Promise<void> {
  startParser(wasm);
  send({ ready: true });
}

/** The compiler is dear to load and few folders need it: it is loaded when a configuration is first looked at. */
async function loadCompiler(): Promise<Compiler | undefined> {
  try {
    const here = path.dirname(fileURLToPath(import.meta.url));
    const beside = here.endsWith(`${path.sep}dist`)
      ? path.join(here, "sync-engine.cjs")
      : path.join(here, "../sync-engine/compile.js");
    const module = (await import(pathToFileURL(beside).href)) as {
      loadCompiler: (folders: readonly string[]) => Promise<Compiler>;
    };
    // What the workspace has installed is its code, and is run in a workspace that is trusted only.
    return await module.loadCompiler([...trusted].map((root) => fileURLToPath(root)));
  } catch (error) {
    send({ log: `PowerSync's compiler is not there, so its messages are missing: ${String(error)}` });
    return undefined;
  }
}

async function handle(message: Exclude<ToEngine, { start: unknown }>): Promise<void> {
  if ("change" in message) {
    change(message.change);
    return;
  }
  const { id, question, ask } = message;
  try {
    const { root } = ask as { readonly root: string };
    if (loaded === undefined && folders.get(root)?.facts.powersync === true) {
      compiler ??= loadCompiler();
      loaded = await compiler;
    }
    send({ id, answer: answer(question, { ...(ask as object), root }) });
  } catch (error) {
    send({ id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/** Parses what was sent ahead, one file at a time: whatever else arrives comes first. */
function readOn(): void {
  if (reads) return;
  reads = true;
  setImmediate(() => {
    reads = false;
    const file = unread.shift();
    if (file === undefined) return;
    sqlOf(file);
    readOn();
  });
}

let reads = false;

function change(change: Change): void {
  const folder = folders.get(change.root);
  switch (change.do) {
    case "open-folder":
      if (folder === undefined) folders.set(change.root, emptyFolder(change.root, checkNames, compile));
      if (change.runsCode && change.root.startsWith("file:///")) trusted.add(change.root);
      return;
    case "close-folder":
      folders.delete(change.root);
      trusted.delete(change.root);
      ahead.delete(change.root);
      memories.delete(change.root);
      return;
    case "files": {
      if (folder === undefined) return;
      const files = [...(ahead.get(change.root) ?? []), ...change.texts.map(fileOf)];
      if (change.more === true) {
        ahead.set(change.root, files);
        unread.push(...files.slice(-change.texts.length).filter(({ kind }) => kind === "sql"));
        readOn();
        return;
      }
      ahead.delete(change.root);
      folders.set(change.root, withFiles(folder, files, change.gone));
      for (const uri of change.gone) memories.get(change.root)?.delete(uri);
      return;
    }
    case "merged":
      if (folder !== undefined)
        folders.set(
          change.root,
          withMerged(
            folder,
            change.uris === undefined ? undefined : new Set(change.uris),
            new Map(change.rewritten.map(({ uri, text }) => [uri, text])),
          ),
        );
      return;
    case "edit": {
      const file = folder?.files.get(change.uri);
      if (folder === undefined || file === undefined) return;
      const { start, removed, added } = change;
      const text = file.text.slice(0, start) + added + file.text.slice(start + removed);
      folders.set(change.root, withEdit(folder, change.uri, text, { start, removed, added: added.length }));
    }
  }
}

function answer(question: Question, ask: { readonly root: string }): unknown {
  const folder = folders.get(ask.root);
  if (folder === undefined) throw new Error(`The folder ${ask.root} is not open.`);
  let memory = memories.get(ask.root);
  if (memory === undefined) {
    memory = new Map();
    memories.set(ask.root, memory);
  }
  const desk: Desk = {
    folder,
    run: {
      memory,
      fault: ({ check, uri, error }) =>
        send({ log: `The check ${check} failed on ${uri}: ${error instanceof Error ? error.stack : String(error)}` }),
    },
  };
  return (answers[question] as (desk: Desk, ask: unknown) => unknown)(desk, ask);
}
