/**
 * What PostgreSQL itself, its extensions and Supabase bring along besides the history's own objects: functions by the numbers of their
 * arguments, and types. It knows names, not bodies; of an extension that is not listed here it knows nothing at all.
 */
import { type CatalogList, catalogLists } from "./catalog-lists.js";
import { platformExtensions, platformFunctions, servedExtensions } from "./platform-lists.js";

/** What a database brings along. */
export type Platform = "supabase" | "postgres";

/** A function of the catalog or of an extension. */
export interface ListedFunction {
  readonly volatility: "immutable" | "stable" | "volatile";
  /** Whether some function of that name takes so many arguments. */
  readonly takes: (count: number) => boolean;
  /** `2`, `1 to 3`, `1 or more`. */
  readonly counts: readonly string[];
}

/** The function of that name in `pg_catalog`. */
export function catalogFunction(name: string): ListedFunction | undefined {
  return listedFunction("pg_catalog", name);
}

/** The function of that name that an extension brings; of an extension that nobody knows, none. */
export function extensionFunction(extension: string, name: string): ListedFunction | undefined {
  return listedFunction(extension, name);
}

/** The extensions that bring a function or a type of that name. */
export function extensionsWith(kind: "functions" | "types", name: string): readonly string[] {
  return allExtensions().filter((extension) => wordsOf(extension)?.[kind].has(name) === true);
}

/** Whether all that an extension brings is known. */
export function isListed(extension: string): boolean {
  return wordsOf(extension) !== undefined;
}

/** Whether PostgreSQL has a type of that name. */
export function isCatalogType(name: string): boolean {
  return wordsOf("pg_catalog")?.types.has(name) === true || /^pg_|^(?:big|small)?serial[248]?$/.test(name);
}

/** Whether an extension brings a type of that name. */
export function isExtensionType(extension: string, name: string): boolean {
  return wordsOf(extension)?.types.has(name) === true;
}

/** The names of what an extension, or `pg_catalog`, brings. */
export function listedNames(extension: string, kind: "functions" | "types"): Iterable<string> {
  return wordsOf(extension)?.[kind].keys() ?? [];
}

/** The extensions that are there because of those that were created, and those of the platform. */
export function extensionsAlong(created: Iterable<string>, platform: Platform): ReadonlySet<string> {
  const all = new Set<string>(platform === "supabase" ? platformExtensions : []);
  const add = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    for (const one of listOf(name)?.requires?.split(" ") ?? []) if (one !== "") add(one);
  };
  for (const name of created) add(name);
  return all;
}

/** The functions that Supabase keeps in one of its own schemas; undefined for a schema of which they are not known. */
export function functionsOfPlatform(namespace: string): ReadonlySet<string> | undefined {
  const listed = platformFunctions[namespace];
  return listed === undefined ? undefined : new Set(listed.split(" "));
}

interface Words {
  readonly functions: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, string>;
}

const read = new Map<string, Words>();

function wordsOf(extension: string): Words | undefined {
  const known = read.get(extension);
  if (known !== undefined) return known;
  const list = listOf(extension);
  if (list === undefined) return undefined;
  const words = { functions: wordsIn(list.functions), types: wordsIn(list.types) };
  read.set(extension, words);
  return words;
}

function listOf(extension: string): CatalogList | undefined {
  // The lists are plain objects, and an extension may be called like something that every object has.
  return Object.hasOwn(catalogLists, extension)
    ? catalogLists[extension]
    : Object.hasOwn(servedExtensions, extension)
      ? servedExtensions[extension]
      : undefined;
}

function allExtensions(): readonly string[] {
  return [...Object.keys(catalogLists), ...Object.keys(servedExtensions)].filter((name) => name !== "pg_catalog");
}

/** Each word with what is said behind its name. */
function wordsIn(list: string): ReadonlyMap<string, string> {
  const words = list.split(/\s+/).filter((word) => word !== "");
  return new Map(
    words.map((word) => {
      const end = /[:~!]/.exec(word)?.index ?? word.length;
      return [word.slice(0, end), word.slice(end)];
    }),
  );
}

function listedFunction(extension: string, name: string): ListedFunction | undefined {
  const said = wordsOf(extension)?.functions.get(name);
  if (said === undefined) return undefined;
  const ranges = said
    .slice(1)
    .split(",")
    .map((range) => {
      const [, least = "0", sign, most] = /^(\d+)([+-]?)(\d*)$/.exec(range) ?? [];
      return { least: Number(least), most: sign === "+" ? Number.POSITIVE_INFINITY : Number(most || least) };
    });
  return {
    volatility: said.startsWith("~") ? "stable" : said.startsWith("!") ? "volatile" : "immutable",
    takes: (count) => ranges.some(({ least, most }) => count >= least && count <= most),
    counts: ranges.map(({ least, most }) =>
      least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`,
    ),
  };
}
