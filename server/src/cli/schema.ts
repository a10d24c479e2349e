import path from "node:path";
import type { SchemaView } from "../core/views/schema-view.js";
import { makeEmbedded } from "../embedded/host.js";
import type { Engine } from "../engine/host.js";
import { type Options, UsageError } from "./options.js";
import { openFolders, relative } from "./workspace.js";

/** `schema`: prints what the migrations add up to. */
export async function schema(engine: Engine, options: Options): Promise<number> {
  const folders = await openFolders(engine, options.arguments, options.config);
  for (const { troubles } of folders)
    for (const { message } of troubles) process.stderr.write(`data-orchestrator: ${message}\n`);
  const [first] = folders;
  if (first === undefined) return 2;
  const asked =
    options.arguments[0] === undefined ? "" : path.relative(first.folder, path.resolve(options.arguments[0]));
  const inside = asked.split(path.sep).join("/");
  const view =
    options.from === "replay"
      ? await replayed(engine, first.root, inside)
      : await engine.ask("schema", { root: first.root, path: inside });
  if (options.format === "json") process.stdout.write(`${JSON.stringify(view, undefined, 2)}\n`);
  else if (options.format !== "text") throw new UsageError(`schema prints text or json, not ${options.format}.`);
  else process.stdout.write(schemaText(view));
  return folders.some(({ troubles }) => troubles.length > 0) ? 2 : 0;
}

/** The schema read out of the embedded database after a replay; what it refused goes to standard error. */
async function replayed(engine: Engine, root: string, inside: string): Promise<SchemaView> {
  const embedded = makeEmbedded((line) => process.stderr.write(`data-orchestrator: ${line}\n`));
  try {
    const { files, platform } = await engine.ask("replay", { root, path: inside });
    const replay = await embedded.replay({ platform, files });
    if (!replay.ok) throw new Error(replay.reason);
    for (const { uri, message } of replay.errors)
      process.stderr.write(`data-orchestrator: ${relative(uri)}: ${message}\n`);
    const answer = await embedded.catalog();
    if (!answer.ok) throw new Error(answer.reason);
    return { version: 1, ...(answer.catalog as Omit<SchemaView, "version">) };
  } finally {
    embedded.close();
  }
}

function schemaText({ tables, views, functions }: SchemaView): string {
  const lines = tables.flatMap((table) => [
    `${table.schema}.${table.name}  ${table.rls.enabled ? `row level security, ${table.rls.policies.length} policies` : "no row level security"}`,
    ...table.columns.map(({ name, type, notNull }) => `  ${name}  ${type}${notNull ? " not null" : ""}`),
  ]);
  return `${[...lines, "", `${tables.length} tables, ${views.length} views, ${functions.length} functions`].join("\n")}\n`;
}
