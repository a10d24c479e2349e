import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Schema } from "../core/schema/model.js";
import type { CompilerMessage, CompileSync } from "../core/sync/compiler.js";
import { entryOf, readYaml, type YamlValue } from "../core/sync/yaml.js";
import { memo } from "../core/text/memo.js";
import type { Span } from "../core/text/source.js";
import { sourceTables } from "./sqlite-types.js";

/**
 * The door to PowerSync's compiler, which is another's code under its own licence (FSL-1.1): it lies in a bundle of its own, and nothing
 * else imports it. The version that the workspace has installed is preferred, because that is the one its service runs.
 */
export interface Compiler {
  readonly compile: CompileSync;
  readonly version: string;
  /** Where it was found: with the product, or in the workspace. */
  readonly from: "product" | "workspace";
}

const packageName = "@powersync/service-sync-rules";

/**
 * The compiler of the first folder that has one installed, else the product's own. Loading it runs the workspace's code: give no folders
 * when the workspace is not trusted.
 */
export async function loadCompiler(folders: readonly string[]): Promise<Compiler> {
  for (const folder of folders) {
    const found = installedIn(folder);
    if (found === undefined) continue;
    const module: unknown = await import(pathToFileURL(found.entry).href).catch(() => undefined);
    if (isEngine(module)) return { compile: compileWith(module), version: found.version, from: "workspace" };
  }
  // Its types draw in sources that do not compile under strict settings: widened to a string, the name is bundled but not looked up for types.
  const own = (await import("@powersync/service-sync-rules" as string)) as Engine;
  return { compile: compileWith(own), version: ownVersion, from: "product" };
}

/** The part of PowerSync's package that is used here. */
interface Engine {
  readonly SqlSyncRules: {
    fromYaml(text: string, options: object): { readonly errors: readonly EngineError[] };
  };
  readonly StaticSchema: new (connections: never) => object;
}

interface EngineError {
  readonly message: string;
  readonly type: "warning" | "fatal";
  readonly location: Span;
  /** What it was made from; the errors of PowerSync's JSON schema have no place but a path. */
  readonly source?: { readonly instancePath?: string; readonly params?: { readonly additionalProperty?: string } };
}

/** The version that package.json pins. */
const ownVersion = "0.38.1";

function compileWith(engine: Engine): CompileSync {
  supplyGroupBy();
  const schemaFor = memo((schema: Schema): { readonly schema?: object } => {
    const tables = sourceTables(schema);
    if (tables === undefined) return {};
    const namespaces = [...new Set(tables.map((table) => table.schema))];
    const schemas = namespaces.map((name) => ({ name, tables: tables.filter((table) => table.schema === name) }));
    return { schema: new engine.StaticSchema([{ tag: "default", schemas }] as never) };
  });
  const compile = (source: string, schema: Schema | undefined): readonly CompilerMessage[] => {
    const options = {
      ...(schema === undefined ? {} : schemaFor(schema)),
      defaultSchema: "public",
      throwOnError: false,
    };
    const errors = attempt(() => engine.SqlSyncRules.fromYaml(source, options).errors);
    return errors.map((error) => messageOf(error, source)).sort((a, b) => a.span.start - b.span.start);
  };
  // A workspace has few configurations, and most edits are made elsewhere: the answers for one schema live as long as the schema.
  const answersFor = memo((_: object) => new Map<string, readonly CompilerMessage[]>());
  return (source, schema) => {
    const answers = answersFor(schema ?? engine.SqlSyncRules);
    const known = answers.get(source);
    if (known !== undefined) return known;
    if (answers.size >= 16) answers.clear();
    const messages = compile(source, schema);
    answers.set(source, messages);
    return messages;
  };
}

/** The compiler throws on some half-typed files where it should report; what it does not understand, it says nothing of. */
function attempt(compile: () => readonly EngineError[]): readonly EngineError[] {
  try {
    return compile();
  } catch {
    return [];
  }
}

function messageOf(error: EngineError, source: string): CompilerMessage {
  const keys = error.source?.instancePath?.split("/").slice(1);
  const place = keys === undefined ? error.location : placeOf(source, keys, error.source?.params?.additionalProperty);
  const start = Math.max(0, Math.min(place.start, source.length));
  const end = Math.max(start, Math.min(place.end, source.length));
  return { message: error.message, severity: error.type === "warning" ? "warning" : "error", span: { start, end } };
}

/** Where a path of keys leads in a YAML text; `key` is one below it. */
function placeOf(source: string, keys: readonly string[], key: string | undefined): Span {
  let at: YamlValue | undefined = readYaml(source).root;
  let span = { start: 0, end: Math.min(1, source.length) };
  for (const step of key === undefined ? keys : [...keys, key]) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const entry = entryOf(at, name);
    const item: YamlValue | undefined = at?.kind === "list" ? at.items[Number(name)] : undefined;
    span = entry?.span ?? item?.span ?? span;
    at = entry?.value ?? item;
  }
  return span;
}

function installedIn(folder: string): { readonly entry: string; readonly version: string } | undefined {
  const manifest = path.join(folder, "node_modules", packageName, "package.json");
  if (!existsSync(manifest)) return undefined;
  try {
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version?: unknown };
    const entry = createRequire(path.join(folder, "package.json")).resolve(packageName);
    return { entry, version: typeof version === "string" ? version : "unknown" };
  } catch {
    // A half-installed package is as good as none.
    return undefined;
  }
}

function isEngine(module: unknown): module is Engine {
  const { SqlSyncRules, StaticSchema } = (module ?? {}) as { readonly [name: string]: unknown };
  return typeof StaticSchema === "function" && typeof SqlSyncRules === "function" && "fromYaml" in SqlSyncRules;
}

/** Node 20 has no Object.groupBy, and the compiler uses it for every file of edition 3. */
function supplyGroupBy(): void {
  const target = Object as unknown as { groupBy?: unknown };
  target.groupBy ??= <Item>(items: Iterable<Item>, keyOf: (item: Item, at: number) => PropertyKey): object => {
    const groups: Record<PropertyKey, Item[]> = Object.create(null);
    let at = 0;
    for (const item of items) {
      const key = keyOf(item, at++);
      groups[key] ??= [];
      groups[key].push(item);
    }
    return groups;
  };
}
