/**
 * The settings of `data-orchestrator.yaml`, the one configuration that the editor and the command line read alike. What is not
 * said there has a default; what is said wrongly becomes a fault with a place, and the rest of the file still counts.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Severity } from "./checks/check.js";
import type { Tool } from "./schema/history.js";
import type { Span } from "./text/source.js";

export interface Settings {
  /** Folders of migrations; empty: the usual places are found. Paths are relative to the configuration file. */
  readonly migrations: readonly MigrationFolder[];
  /** Sync configurations; empty: found by name. */
  readonly sync: readonly string[];
  /** Glob patterns of files that are not looked at. */
  readonly ignore: readonly string[];
  /** Severity by check, `off` included. */
  readonly checks: Readonly<Record<string, Level>>;
  /** Severities that hold for some paths only; a later entry wins. */
  readonly paths: readonly PathSettings[];
  /** `supabase` or `postgres`; undefined: told by the files. */
  readonly platform: "supabase" | "postgres" | undefined;
  /** Major version of the server. */
  readonly postgres: number;
  /** How migrations are known to be applied. */
  readonly applied: (typeof appliedWays)[number];
}

export type Level = Severity | "off";

export interface MigrationFolder {
  readonly folder: string;
  readonly tool: Tool | undefined;
}

export interface PathSettings {
  /** Glob patterns. */
  readonly files: readonly string[];
  readonly checks: Readonly<Record<string, Level>>;
}

/** Something in the configuration that cannot be used, at its place. */
export interface SettingsFault {
  readonly message: string;
  readonly span: Span;
}

const appliedWays = ["git", "unknown", "none", "all"] as const;

export const levels: readonly Level[] = ["error", "warning", "info", "hint", "off"];

export const tools: readonly Tool[] = [
  "supabase",
  "prisma",
  "drizzle",
  "knex",
  "goose",
  "dbmate",
  "sqitch",
  "flyway",
  "diesel",
  "plain",
];

export const defaultSettings: Settings = {
  migrations: [],
  sync: [],
  ignore: [],
  checks: {},
  paths: [],
  platform: undefined,
  postgres: 15,
  applied: "git",
};

/** The keys of the file, with what the generated JSON schema and the documentation say of them. */
export const settingsTable: readonly {
  readonly key: keyof Settings;
  readonly description: string;
  readonly schema: object;
}[] = [
  {
    key: "migrations",
    description: "Folders of migrations, each with the tool that runs them. Without it the usual places are found.",
    schema: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["folder"],
        properties: { folder: { type: "string" }, tool: { enum: tools } },
      },
    },
  },
  {
    key: "sync",
    description: "PowerSync sync configurations. Without it they are found by name.",
    schema: { type: "array", items: { type: "string" } },
  },
  {
    key: "ignore",
    description: "Glob patterns of files that are not looked at.",
    schema: { type: "array", items: { type: "string" } },
  },
  {
    key: "checks",
    description: "Severity by check: error, warning, info, hint or off.",
    schema: { type: "object", additionalProperties: { enum: levels } },
  },
  {
    key: "paths",
    description: "Severities that hold for some paths only. A later entry wins.",
    schema: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["files", "checks"],
        properties: {
          files: { type: "array", items: { type: "string" } },
          checks: { type: "object", additionalProperties: { enum: levels } },
        },
      },
    },
  },
  {
    key: "platform",
    description: "What the database runs on: supabase or postgres. Without it the files tell.",
    schema: { enum: ["supabase", "postgres"] },
  },
  {
    key: "postgres",
    description: "Major version of the server the migrations run on; 15 by default.",
    schema: { type: "integer", minimum: 12, maximum: 18 },
  },
  {
    key: "applied",
    description:
      "How migrations are known to be applied: git (those on the default branch), unknown (nothing tells), none (all are pending) or all. Applied ones are never edited by a fix.",
    schema: { enum: appliedWays },
  },
];

/** Reads the configuration. `checks` are the names that may be set; anything unusable is a fault and otherwise ignored. */
export function readSettings(
  text: string,
  checks: ReadonlySet<string>,
): { readonly settings: Settings; readonly faults: readonly SettingsFault[] } {
  const faults: SettingsFault[] = [];
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: false });
  for (const error of document.errors) {
    // What is missing at the end is reported one unit behind it.
    const [start, end] = error.pos.map((at) => Math.min(at, text.length));
    faults.push({ message: error.message, span: { start: start ?? 0, end: end ?? 0 } });
  }
  const fault = (node: unknown, message: string): undefined => {
    const [start, end] = (node as Node | null)?.range ?? [0, 0];
    faults.push({ message, span: { start, end } });
    return undefined;
  };
  const strings = (node: unknown, key: string): readonly string[] => {
    if (!isSeq(node)) return fault(node, `\`${key}\` takes a list of texts.`) ?? [];
    return node.items.flatMap((item) =>
      isScalar(item) && typeof item.value === "string"
        ? [item.value]
        : (fault(item, `\`${key}\` takes a list of texts.`) ?? []),
    );
  };
  const oneOf = <Word extends string>(node: unknown, key: string, words: readonly Word[]): Word | undefined => {
    const value = isScalar(node) ? node.value : undefined;
    const found = words.find((word) => word === (value === false ? "off" : value));
    return found ?? fault(node, `\`${key}\` is one of ${words.join(", ")}.`);
  };
  const levelsOf = (node: unknown): Record<string, Level> => {
    const known: Record<string, Level> = {};
    if (!isMap(node)) return fault(node, "`checks` takes a severity for each name.") ?? known;
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const level = oneOf(value, name, levels);
      if (!checks.has(name)) fault(key, `There is no check named \`${name}\`.`);
      else if (level !== undefined) known[name] = level;
    }
    return known;
  };
  const field = (node: unknown, name: string): unknown => (isMap(node) ? node.get(name, true) : undefined);
  const readers: { readonly [Key in keyof Settings]: (node: unknown) => Partial<Settings> } = {
    sync: (node) => ({ sync: strings(node, "sync") }),
    ignore: (node) => ({ ignore: strings(node, "ignore") }),
    checks: (node) => ({ checks: levelsOf(node) }),
    applied: (node) => ({ applied: oneOf(node, "applied", appliedWays) ?? "git" }),
    platform: (node) => ({ platform: oneOf(node, "platform", ["supabase", "postgres"] as const) }),
    postgres: (node) => {
      const value = isScalar(node) ? node.value : undefined;
      if (typeof value === "number" && Number.isInteger(value) && value >= 12 && value <= 18)
        return { postgres: value };
      fault(node, "`postgres` is a major version from 12 to 18.");
      return {};
    },
    migrations: (node) => {
      if (!isSeq(node)) return fault(node, "`migrations` takes a list of folders.") ?? {};
      return {
        migrations: node.items.flatMap((item) => {
          const folder = field(item, "folder");
          if (!isScalar(folder) || typeof folder.value !== "string") {
            return fault(item, "An entry of `migrations` needs a `folder`.") ?? [];
          }
          const tool = field(item, "tool");
          const trimmed = folder.value.replace(/^\.\//, "").replace(/\/+$/, "");
          return [{ folder: trimmed, tool: tool === undefined ? undefined : oneOf(tool, "tool", tools) }];
        }),
      };
    },
    paths: (node) => {
      if (!isSeq(node)) return fault(node, "`paths` takes a list of entries with `files` and `checks`.") ?? {};
      return {
        paths: node.items.flatMap((item) => {
          const [files, severities] = [field(item, "files"), field(item, "checks")];
          if (files === undefined || severities === undefined) {
            return fault(item, "An entry of `paths` needs `files` and `checks`.") ?? [];
          }
          return [{ files: strings(files, "files"), checks: levelsOf(severities) }];
        }),
      };
    },
  };
  let settings = defaultSettings;
  const root = document.contents;
  if (root !== null && !isMap(root)) fault(root, "The configuration is a mapping of settings.");
  if (!isMap(root)) return { settings, faults };
  for (const { key, value } of root.items) {
    const name = isScalar(key) ? String(key.value) : "";
    const reader = Object.hasOwn(readers, name) ? readers[name as keyof Settings] : undefined;
    if (reader === undefined) fault(key, `There is no setting named \`${name}\`.`);
    else if (value !== null) settings = { ...settings, ...reader(value) };
  }
  return { settings, faults };
}

/** Whether a path (forward slashes) matches a glob pattern of `*`, `**`, `?` and `{a,b}`; a pattern without a slash matches a name at any depth. */
export function matches(path: string, pattern: string): boolean {
  return globExpression(pattern).test(path);
}

function globExpression(pattern: string): RegExp {
  const anchored = pattern.replace(/^\.\//, "").replace(/\/$/, "/**");
  let source = "";
  for (let at = 0; at < anchored.length; at++) {
    const unit = anchored[at] ?? "";
    if (anchored.startsWith("**/", at)) {
      source += "(?:.*/)?";
      at += 2;
    } else if (anchored.startsWith("**", at)) {
      source += ".*";
      at++;
    } else if (unit === "*") source += "[^/]*";
    else if (unit === "?") source += "[^/]";
    else if (unit === "{") source += "(?:";
    else if (unit === "}") source += ")";
    else if (unit === ",") source += /\{[^}]*$/.test(anchored.slice(0, at)) ? "|" : ",";
    else source += unit.replace(/[\\^$.|+()[\]]/g, "\\$&");
  }
  const prefix = anchored.includes("/") ? "^" : "(?:^|/)";
  try {
    return new RegExp(`${prefix}${source}$`, "u");
  } catch {
    return /$^/;
  }
}
