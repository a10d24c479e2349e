/**
 * Everything known of one workspace folder, as an immutable value. A change makes a new folder; what is derived from it is
 * remembered by the identity of what it is derived from. Nothing here knows where the texts came from.
 */
import { type Baseline, baselineFile, readBaseline } from "./baseline.js";
import type { Facts } from "./checks/check.js";
import { type CodeSql, isKnex, sqlInKnex } from "./code/knex.js";
import { type Applied, findHistories, wrappingOf } from "./histories.js";
import type { History, Migration, Wrapping } from "./schema/history.js";
import { defaultSettings, matches, readSettings, type Settings, type SettingsFault } from "./settings.js";
import { editSql, readSql } from "./sql/read.js";
import type { SqlFile } from "./sql/statement.js";
import { defaultApi, readApiConfig } from "./supabase-config.js";
import type { CompileSync } from "./sync/compiler.js";
import { readSync, recognise, type SyncDocument } from "./sync/document.js";
import { memo } from "./text/memo.js";

/** A text of the workspace folder. */
export interface File {
  readonly uri: string;
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly kind: "sql" | "sync" | "settings" | "baseline" | "other";
}

/** One workspace folder. */
export interface Folder {
  /** Its URI, without a slash at the end. */
  readonly root: string;
  readonly files: ReadonlyMap<string, File>;
  readonly settings: Settings;
  /** What is known of old; undefined when there is no such file. */
  readonly baseline: Baseline | undefined;
  /** What is wrong with the configuration or the baseline. */
  readonly faults: readonly (SettingsFault & { readonly uri: string })[];
  readonly histories: readonly History[];
  /** URIs of the files on the default branch; undefined when git does not tell. */
  readonly merged: ReadonlySet<string> | undefined;
  /** By URI the text on the default branch of SQL files that read otherwise here, or are gone. */
  readonly rewritten: ReadonlyMap<string, string>;
  readonly facts: Facts;
  readonly compile: CompileSync | undefined;
  /** Names of the checks that may be configured. */
  readonly checks: ReadonlySet<string>;
}

export const settingsFile = "data-orchestrator.yaml";

/** A folder without files. */
export function emptyFolder(root: string, checks: ReadonlySet<string>, compile: CompileSync | undefined): Folder {
  return {
    root,
    files: new Map(),
    settings: defaultSettings,
    baseline: undefined,
    faults: [],
    histories: [],
    merged: undefined,
    rewritten: new Map(),
    facts: { platform: "postgres", postgres: defaultSettings.postgres, powersync: false, api: defaultApi },
    compile,
    checks,
  };
}

/** A text as a file: what kind it is, is told by its path, or by the text itself. */
export function fileOf({ uri, path, text }: Omit<File, "kind">): File {
  return { uri, path, text, kind: kindOf(path, text) };
}

/** The folder with these files or texts added or replaced, and those gone. */
export function withFiles(
  folder: Folder,
  changed: readonly (File | Omit<File, "kind">)[],
  gone: readonly string[] = [],
): Folder {
  const files = new Map(folder.files);
  for (const uri of gone) files.delete(uri);
  for (const file of changed) files.set(file.uri, "kind" in file ? file : fileOf(file));
  return derive({ ...folder, files });
}

/**
 * The folder after an edit of one file: `removed` units at `start` became `added` units, and the text is now `text`. Histories are
 * searched again only when the edit may have changed what marks them.
 */
export function withEdit(
  folder: Folder,
  uri: string,
  text: string,
  change: { readonly start: number; readonly removed: number; readonly added: number },
): Folder {
  const known = folder.files.get(uri);
  if (known === undefined) return folder;
  if (known.kind !== "sql" || isCode(known.path) || marks(known.text) !== marks(text))
    return withFiles(folder, [{ uri, path: known.path, text }]);
  const file: File = { ...known, text };
  edited.set(file, editSql(sqlOf(known), text, change));
  return { ...folder, files: new Map(folder.files).set(uri, file) };
}

/** The folder with what git says is merged, and what of it is changed or gone here. */
export function withMerged(folder: Folder, merged: Folder["merged"], rewritten: Folder["rewritten"]): Folder {
  return derive({ ...folder, merged, rewritten });
}

const edited = new WeakMap<File, SqlFile>();
const read = memo((file: File) => readSql(codeOf(file)?.text ?? file.text));

/** The SQL of a migration that is written in code; undefined for a file that is SQL itself. */
export const codeOf: (file: File) => CodeSql | undefined = memo((file) =>
  file.kind === "sql" && isCode(file.path) ? sqlInKnex(file.text) : undefined,
);

/** A SQL file, cut and parsed. */
export function sqlOf(file: File): SqlFile {
  return edited.get(file) ?? read(file);
}

/** A sync configuration, read. */
export const syncOf: (file: File) => SyncDocument = memo((file) => readSync(file.text));

/** The configuration's own file. */
export function settingsOf(folder: Folder): File | undefined {
  return [...folder.files.values()].find((file) => file.kind === "settings");
}

/** The history a file belongs to, and the migration it is. */
export function migrationOf(
  folder: Folder,
  uri: string,
): { readonly history: History; readonly migration: Migration } | undefined {
  for (const history of folder.histories) {
    const migration = history.migrations.find((candidate) => candidate.uri === uri);
    if (migration !== undefined) return { history, migration };
  }
  return undefined;
}

/** How a SQL file is run. */
export function wrappingIn(history: History | undefined, file: File): Wrapping {
  return history === undefined ? "unknown" : wrappingOf(history.tool, file.text);
}

/** The history whose schema a file outside all histories speaks of: the one nearest in the tree of folders. */
export function nearestHistory(folder: Folder, path: string): History | undefined {
  const closeness = (history: History): number => {
    const [a, b] = [history.folder.split("/"), path.split("/")];
    let shared = 0;
    while (shared < a.length && a[shared] === b[shared]) shared++;
    return shared;
  };
  return [...folder.histories].sort(
    (a, b) => closeness(b) - closeness(a) || b.migrations.length - a.migrations.length,
  )[0];
}

function kindOf(path: string, text: string): File["kind"] {
  if (path.endsWith(".sql") || (isCode(path) && isKnex(text))) return "sql";
  if (path === settingsFile) return "settings";
  if (path === baselineFile) return "baseline";
  return recognise(path, text) === undefined ? "other" : "sync";
}

/** Whether a migration of the history does more than its SQL says. */
function isPartial({ files }: Folder, { migrations }: History): boolean {
  return migrations.some(({ uri }) => {
    const file = files.get(uri);
    return file !== undefined && codeOf(file)?.complete === false;
  });
}

function isCode(path: string): boolean {
  return /\.[cm]?[jt]s$/.test(path);
}

/** What in a text decides whether its folder is a history, and of which tool. */
function marks(text: string): string {
  const head = text.slice(0, 4096);
  return `${/^--\s*\+goose\s+Up/im.test(head)}${/^--\s*migrate:up/im.test(head)}`;
}

function derive(folder: Folder): Folder {
  const file = settingsOf(folder);
  const { settings, faults } =
    file === undefined ? { settings: defaultSettings, faults: [] } : readSettings(file.text, folder.checks);
  const old = [...folder.files.values()].find(({ kind }) => kind === "baseline");
  const baseline = old === undefined ? undefined : readBaseline(old.text);
  const { applied: way } = settings;
  const applied: Applied = way === "git" ? folder.merged : way === "unknown" ? undefined : way;
  const listed = [...folder.files.values()]
    .filter(({ path }) => !settings.ignore.some((pattern) => matches(path, pattern)))
    .map(({ uri, path, text }) => ({ uri, path, text: () => text }));
  const histories = findHistories(folder.root, listed, settings.migrations, applied).map((history) =>
    isPartial(folder, history) ? { ...history, partial: true as const } : history,
  );
  const config = listed.find(({ path }) => /(?:^|\/)supabase\/config\.toml$/.test(path));
  const supabase = config !== undefined || histories.some(({ tool }) => tool === "supabase");
  return {
    ...folder,
    settings,
    baseline: typeof baseline === "string" ? undefined : baseline,
    faults: [
      ...faults.map((fault) => ({ ...fault, uri: file?.uri ?? "" })),
      ...(typeof baseline === "string" ? [{ uri: old?.uri ?? "", message: baseline, span: { start: 0, end: 0 } }] : []),
    ],
    histories,
    facts: {
      platform: settings.platform ?? (supabase ? "supabase" : "postgres"),
      postgres: settings.postgres,
      powersync: [...folder.files.values()].some(({ kind }) => kind === "sync"),
      api: config === undefined ? defaultApi : readApiConfig(config.text()),
    },
  };
}
