/**
 * The main thread's side of the engine: starts the thread, passes changes and questions on, and puts a new thread in its place when it
 * dies or no longer answers. It keeps what a new thread must be told.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Change, FromEngine, Question, Questions, ToEngine } from "./messages.js";

/** The engine as a door sees it. */
export interface Engine {
  change(change: Change): void;
  /** Rejects when the engine failed at this question, or died of it; later questions are answered by a new thread. */
  ask<Key extends Question>(question: Key, ask: Questions[Key]["ask"]): Promise<Questions[Key]["answer"]>;
  close(): Promise<void>;
}

/** How the engine is started. */
export interface EngineOptions {
  readonly log: (line: string) => void;
  /** Longest wait for one answer, in milliseconds. */
  readonly patience?: number;
  /** The most that the core may keep, in MB: about 100,000 statements in the default of 1,024. */
  readonly heapMb?: number;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Everything a thread must know of a folder, so that a new one can go on. */
interface Known {
  readonly opened: Change;
  readonly texts: Map<string, { readonly uri: string; readonly path: string; text: string }>;
  merged: Change | undefined;
}

const mostStillborn = 3;

/** Starts the engine. */
export function startEngine({ log, patience = 20_000, heapMb = 1_024 }: EngineOptions): Engine {
  const known = new Map<string, Known>();
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let closed = false;
  /** How many threads in a row ended before they were ready. */
  let stillborn = 0;
  let broken: Error | undefined;
  let worker = launch();

  function launch(): Worker {
    // Deep statements need a deep stack: the parser is recursive. The bounds make V8 collect before it asks for more.
    const made = new Worker(entry(), {
      resourceLimits: { stackSizeMb: 16, maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: heapMb },
    });
    made.on("message", (message: FromEngine) => receive(message));
    made.on("error", (error) => replace(made, `The engine failed: ${error.message}`));
    made.on("exit", () => replace(made, "The engine ended."));
    post(made, { start: { wasm: parserWasm() } });
    return made;
  }

  function post(to: Worker, message: ToEngine): void {
    to.postMessage(message);
  }

  function receive(message: FromEngine): void {
    if ("ready" in message) stillborn = 0;
    if ("log" in message) log(message.log);
    if (!("id" in message)) return;
    const one = waiting.get(message.id);
    waiting.delete(message.id);
    if (one === undefined) return;
    clearTimeout(one.timer);
    if ("fault" in message) one.reject(new Error(message.fault));
    else one.resolve(message.answer as never);
  }

  function replace(dead: Worker, reason: string): void {
    if (closed || dead !== worker) return;
    // One that never comes up would be replaced for ever.
    stillborn++;
    const hopeless = stillborn > mostStillborn;
    log(hopeless ? `${reason} It is not started again.` : `${reason} A new one takes its place.`);
    for (const one of waiting.values()) {
      clearTimeout(one.timer);
      one.reject(new Error(reason));
    }
    waiting.clear();
    if (hopeless) {
      broken = new Error(reason);
      return;
    }
    worker = launch();
    void dead.terminate();
    for (const [root, { opened, texts, merged }] of known) {
      post(worker, { change: opened });
      post(worker, { change: { do: "files", root, texts: [...texts.values()], gone: [] } });
      if (merged !== undefined) post(worker, { change: merged });
    }
  }

  function remember(change: Change): void {
    if (change.do === "open-folder") {
      if (!known.has(change.root)) known.set(change.root, { opened: change, texts: new Map(), merged: undefined });
      return;
    }
    const folder = known.get(change.root);
    if (folder === undefined) return;
    if (change.do === "close-folder") known.delete(change.root);
    else if (change.do === "merged") folder.merged = change;
    else if (change.do === "files") {
      for (const uri of change.gone) folder.texts.delete(uri);
      for (const text of change.texts) folder.texts.set(text.uri, { ...text });
    } else {
      const file = folder.texts.get(change.uri);
      if (file !== undefined)
        file.text = file.text.slice(0, change.start) + change.added + file.text.slice(change.start + change.removed);
    }
  }

  return {
    change(change) {
      remember(change);
      post(worker, { change });
    },
    ask(question, ask) {
      if (broken !== undefined) return Promise.reject(broken);
      const id = next++;
      return new Promise((resolve, reject) => {
        const asked = worker;
        const timer = setTimeout(
          () => replace(asked, `The engine did not answer "${question}" within ${patience} ms.`),
          patience,
        );
        timer.unref();
        waiting.set(id, { resolve: resolve as (answer: never) => void, reject, timer });
        post(worker, { id, question, ask });
      });
    },
    async close() {
      closed = true;
      await worker.terminate();
    },
  };
}

/** The thread's program: beside this one when bundled, compiled next to it otherwise. */
function entry(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return here.endsWith(`${path.sep}dist`) ? path.join(here, "engine.cjs") : path.join(here, "worker.js");
}

function parserWasm(): Uint8Array<ArrayBuffer> {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const file = here.endsWith(`${path.sep}dist`)
    ? path.join(here, "libpg-query.wasm")
    : createRequire(import.meta.url).resolve("libpg-query/wasm/libpg-query.wasm");
  return new Uint8Array(readFileSync(file));
}
