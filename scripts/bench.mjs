// Speed beside other tools, in one run, as ratios: `npm run bench [-- FOLDER]`. FOLDER is a corpus of SQL; without it, SQL out of npm packages.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { latency, startServer } from "./bench/lsp.mjs";
import { peersInstalled, programs } from "./bench/peers.mjs";
import { build } from "./build.mjs";
import { root, runTool } from "./packages.mjs";

await build();
if (runTool("typescript/bin/tsc", ["-p", "."]) !== 0) throw new Error("The sources do not compile.");
const cache = await peersInstalled();
const corpus = process.argv[2] === undefined ? path.join(cache, "node_modules/@pgpm") : path.resolve(process.argv[2]);
const scratch = mkdtempSync(path.join(tmpdir(), "data-orchestrator-bench-"));
const tools = toolsIn(cache);
try {
  await keystrokes();
  wholeCorpus();
  await coldStart();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** (b) Keystroke to diagnostics, over files of 100, 1,000 and 10,000 statements taken at even distances from the corpus. */
async function keystrokes() {
  const { readSql } = await import(pathToFileURL(path.join(root, "out/server/src/core/sql/read.js")).href);
  await startParser();
  const statements = filesOf(corpus)
    .flatMap((file) => readSql(readFileSync(file, "utf8")).pieces)
    .flatMap(({ statement }) => (statement?.node === undefined ? [] : [statement.text]));
  console.log(`\nKeystroke to diagnostics, ms (${statements.length} statements to take from)`);
  for (const count of [100, 1_000, 10_000]) {
    const folder = path.join(scratch, `keystrokes-${count}`);
    mkdirSync(folder);
    const file = path.join(folder, "statements.sql");
    const taken = Array.from(
      { length: count },
      (_, at) => statements[Math.floor((at * statements.length) / count) % statements.length],
    );
    writeFileSync(file, `${taken.join(";\n\n")};\n`);
    const options = {
      db: { disableConnection: true },
      files: { maxSize: 10_485_760 },
      linter: { enabled: true, rules: { recommended: true, all: true } },
    };
    writeFileSync(path.join(folder, "postgres-language-server.jsonc"), JSON.stringify(options));
    const results = {};
    for (const [name, { server }] of Object.entries(tools)) {
      const started = startServer(server, folder);
      try {
        results[name] = await latency(started, folder, file, count === 10_000 && name === "squawk" ? 6 : 40);
      } catch (error) {
        results[name] = { failed: error.message };
      } finally {
        started.stop();
      }
    }
    const own = results.ours;
    for (const [name, { median, p95, memory, failed }] of Object.entries(results)) {
      const ratio =
        name === "ours" || failed !== undefined || own.median === undefined
          ? ""
          : `  ours takes 1/${(median / own.median).toFixed(1)}`;
      console.log(
        `  ${String(count).padStart(6)}  ${name.padEnd(7)} ${failed ?? `median ${round(median)}  p95 ${round(p95)}  memory ${round(memory)} MB${ratio}`}`,
      );
    }
  }
}

/** (a) Split, parse and lint of the whole corpus by the command lines: processor time and memory. */
function wholeCorpus() {
  const files = filesOf(corpus);
  console.log(`\nThe whole corpus by the command line (${files.length} files)`);
  const results = {};
  for (const [name, { lint }] of Object.entries(tools)) results[name] = measured(lint(corpus, files));
  for (const [name, { cpu, wall, memory, status }] of Object.entries(results)) {
    const ratio = name === "ours" ? "" : `  ours takes ${(results.ours.cpu / cpu).toFixed(2)} of its CPU`;
    console.log(
      `  ${name.padEnd(7)} CPU ${cpu.toFixed(2)} s  wall ${wall.toFixed(2)} s  memory ${memory} MB  exit ${status}${ratio}`,
    );
  }
}

/** (c) A workspace of 1,000 migrations: from the server's start to the findings of the open file, and to all. */
async function coldStart() {
  const folder = path.join(scratch, "cold");
  const migrations = path.join(folder, "supabase/migrations");
  mkdirSync(migrations, { recursive: true });
  for (let at = 0; at < 1_000; at++)
    writeFileSync(path.join(migrations, `${20200101000000 + at * 100}_step.sql`), migration(at));
  const last = path.join(migrations, `${20200101000000 + 99_900}_step.sql`);
  const server = startServer(tools.ours.server, folder);
  try {
    const uri = pathToFileURL(last).href;
    await server.request("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: { textDocument: { diagnostic: {} } },
    });
    server.notify("initialized", {});
    server.notify("textDocument/didOpen", {
      textDocument: { uri, languageId: "sql", version: 1, text: readFileSync(last, "utf8") },
    });
    const first = (await server.request("textDocument/diagnostic", { textDocument: { uri } })).at - server.started;
    const all = (await server.request("workspace/diagnostic", { previousResultIds: [] })).at - server.started;
    console.log(`\nCold start, 1,000 migrations: the open file after ${round(first)} ms, all after ${round(all)} ms`);
  } finally {
    server.stop();
  }
}

function migration(at) {
  const name = `item_${at}`;
  const parent = at === 0 ? "" : ` references item_${at - 1} (id)`;
  return `create table ${name} (id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users (id), parent uuid${parent}, title text not null);
alter table ${name} enable row level security;
create policy own on ${name} for select to authenticated using (owner = (select auth.uid()));
create policy made on ${name} for insert to authenticated with check (owner = (select auth.uid()));
create index on ${name} (owner);
alter table ${name} add column body text, add column created_at timestamptz not null default now();
create or replace function touch_${at}() returns trigger language plpgsql as $$ begin new.created_at := now(); return new; end $$;
create trigger touch before update on ${name} for each row execute function touch_${at}();
insert into ${name} (owner, title) values (gen_random_uuid(), 'first'), (gen_random_uuid(), 'second');
`;
}

/** Runs a command under the system's own accounting. */
function measured({ command, cwd }) {
  const started = performance.now();
  const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "\\nTIME %U %S %M", ...command], {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 30,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [, user = "0", system = "0", memory = "0"] = /TIME ([\d.]+) ([\d.]+) (\d+)/.exec(stderr ?? "") ?? [];
  return {
    cpu: Number(user) + Number(system),
    wall: (performance.now() - started) / 1000,
    memory: Math.round(Number(memory) / 1024),
    status,
  };
}

function toolsIn(cache) {
  const { squawk, pls } = programs(cache);
  return {
    ours: {
      server: [process.execPath, path.join(root, "dist/server.cjs"), "--stdio"],
      lint: (folder) => ({
        command: [process.execPath, path.join(root, "dist/cli.cjs"), "lint", "--fail-on", "never", folder],
        cwd: root,
      }),
    },
    ...(squawk === undefined
      ? {}
      : {
          squawk: {
            server: [squawk, "server"],
            lint: (folder, files) => ({ command: [squawk, ...files], cwd: folder }),
          },
        }),
    ...(pls === undefined
      ? {}
      : { pls: { server: [pls, "lsp-proxy"], lint: (folder) => ({ command: [pls, "check", "."], cwd: folder }) } }),
  };
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(
      (file) => file.endsWith(".sql") && file.split(path.sep).filter((part) => part === "node_modules").length === 0,
    )
    .sort()
    .map((file) => path.join(folder, file));
}

async function startParser() {
  const { startParser: start } = await import(pathToFileURL(path.join(root, "out/server/src/core/sql/parser.js")).href);
  start(new Uint8Array(readFileSync(path.join(root, "node_modules/libpg-query/wasm/libpg-query.wasm"))));
}

function round(value) {
  return value === undefined ? "?" : value < 10 ? value.toFixed(1) : String(Math.round(value));
}
