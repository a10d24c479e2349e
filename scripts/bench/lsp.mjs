// A client for measuring: starts a language server, opens a file, edits it, and takes the time to the diagnostics for each edit.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** A running language server. */
export function startServer([command, ...args], cwd) {
  const started = performance.now();
  const child = spawn(command, args, { cwd, stdio: ["pipe", "pipe", "ignore"] });
  const waiting = new Map();
  const listeners = new Set();
  let chunks = [];
  let size = 0;
  let wanted = -1;
  let next = 1;
  child.stdout.on("data", (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (wanted >= 0 && size < wanted) return;
    let buffer = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    for (;;) {
      const head = buffer.indexOf("\r\n\r\n");
      if (head < 0) break;
      const length = Number(/content-length: *(\d+)/i.exec(buffer.subarray(0, head).toString())?.[1]);
      wanted = head + 4 + length;
      if (buffer.length < wanted) break;
      // The clock stops when the last byte is there; reading the answer is not the server's time.
      const at = performance.now();
      receive(JSON.parse(buffer.subarray(head + 4, wanted).toString()), at);
      buffer = buffer.subarray(wanted);
      wanted = -1;
    }
    chunks = [buffer];
    size = buffer.length;
  });
  const receive = (message, at) => {
    if (message.method !== undefined && message.id !== undefined) {
      const result = message.method === "workspace/configuration" ? message.params.items.map(() => null) : null;
      write({ id: message.id, result });
    } else if (message.id !== undefined) {
      waiting.get(message.id)?.({ ...message, at });
      waiting.delete(message.id);
    } else for (const listener of listeners) listener(message, at);
  };
  const write = (message) => {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  const gone = new Promise((_, reject) => child.on("exit", (code) => reject(new Error(`the server ended (${code})`))));
  gone.catch(() => {});
  return {
    started,
    pid: child.pid,
    notify: (method, params) => write({ method, params }),
    request: (method, params) => {
      const id = next++;
      const answer = new Promise((resolve) => waiting.set(id, resolve));
      write({ id, method, params });
      return Promise.race([answer, gone, late(method)]);
    },
    /** Resolves with the time of the first notification that `accept` takes. */
    heard: (accept) =>
      Promise.race([
        new Promise((resolve) => {
          const listener = (message, at) => {
            if (!accept(message)) return;
            listeners.delete(listener);
            resolve(at);
          };
          listeners.add(listener);
        }),
        gone,
        late("publication"),
      ]),
    stop: () => child.kill("SIGKILL"),
  };
}

function late(what) {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`no ${what} within a minute`)), 60_000).unref());
}

/** The resident memory of a process and its children, in MB; undefined where the system does not tell. */
export function memoryOf(pid) {
  try {
    const kb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).filter(Boolean);
    return kb / 1024 + children.reduce((sum, child) => sum + (memoryOf(child) ?? 0), 0);
  } catch {
    return undefined;
  }
}

/** Opens a file and makes `edits` one-character edits at even distances; the times from edit to diagnostics, in milliseconds. */
export async function latency(server, folder, file, edits) {
  const uri = pathToFileURL(file).href;
  const root = pathToFileURL(folder).href;
  const { result } = await server.request("initialize", {
    processId: process.pid,
    rootUri: root,
    workspaceFolders: [{ uri: root, name: "bench" }],
    capabilities: {
      textDocument: { diagnostic: {}, publishDiagnostics: { versionSupport: true } },
      workspace: { configuration: true },
    },
  });
  server.notify("initialized", {});
  const pulls = result.capabilities.diagnosticProvider !== undefined;
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n");
  const places = lines.flatMap((line, at) =>
    /^(alter|comment|create|grant|insert|select)\s/i.test(line) ? [{ line: at, character: line.indexOf(" ") }] : [],
  );
  const answer = async (version) => {
    if (pulls) return (await server.request("textDocument/diagnostic", { textDocument: { uri } })).at;
    return server.heard(
      ({ method, params }) =>
        method === "textDocument/publishDiagnostics" &&
        params.uri === uri &&
        (params.version === undefined || params.version === null || params.version >= version),
    );
  };
  const opened = answer(1);
  server.notify("textDocument/didOpen", { textDocument: { uri, languageId: "sql", version: 1, text } });
  await opened;
  await new Promise((resolve) => setTimeout(resolve, 500));
  const times = [];
  for (let edit = 0; edit < edits; edit++) {
    const at = places[Math.floor(((edit >> 1) * places.length) / Math.ceil(edits / 2))];
    const typed = edit % 2 === 0;
    const range = typed ? { start: at, end: at } : { start: at, end: { line: at.line, character: at.character + 1 } };
    const version = edit + 2;
    const started = performance.now();
    const done = pulls ? undefined : answer(version);
    server.notify("textDocument/didChange", {
      textDocument: { uri, version },
      contentChanges: [{ range, text: typed ? " " : "" }],
    });
    times.push((await (done ?? answer(version))) - started);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  times.sort((a, b) => a - b);
  return {
    median: times[times.length >> 1],
    p95: times[Math.floor(times.length * 0.95)],
    memory: memoryOf(server.pid),
  };
}
