/** PostgreSQL as a migration tool meets it: a fresh database of the platform, and files run one after the other. It knows no process. */
import { type Extension, PGlite } from "@electric-sql/pglite";
import type { ReplayError, ReplayFile, ReplayRequest } from "./messages.js";
import { plainPlatform, shells, supabasePlatform } from "./platform.js";

/** A database as it is before the first migration, with these extensions at hand. */
export async function openDatabase(
  platform: ReplayRequest["platform"],
  extensions: Record<string, Extension>,
): Promise<PGlite> {
  const db = await PGlite.create({ extensions, startParams: [...PGlite.defaultStartParams, "-c", "autovacuum=off"] });
  installShells(db);
  await db.exec(platform === "supabase" ? supabasePlatform : plainPlatform);
  // What a Supabase project has switched on before its first migration.
  if (platform === "supabase")
    await db.exec(
      'create extension if not exists "uuid-ossp" schema extensions; create extension if not exists pgcrypto schema extensions',
    );
  return db;
}

/** Runs a file as its tool would, but goes on behind a statement that fails: each has a savepoint of its own. */
export async function runFile(
  db: PGlite,
  { uri, statements, transaction }: ReplayFile,
  platform: ReplayRequest["platform"],
): Promise<readonly ReplayError[]> {
  const errors: ReplayError[] = [];
  const wraps =
    transaction &&
    !statements.some((statement) => /\bconcurrently\b|^\s*vacuum\b|^\s*alter\s+system\b/i.test(statement));
  if (wraps) await db.exec("begin");
  for (const [at, statement] of statements.entries()) {
    if (unsafe.test(statement)) continue;
    try {
      if (wraps) await db.exec("savepoint one");
      await db.exec(statement);
      if (wraps) await db.exec("release one");
    } catch (error) {
      errors.push({ uri, statement: at, ...reasonOf(error) });
      if (wraps) await db.exec("rollback to one");
    }
  }
  try {
    await db.exec(wraps ? "commit" : "rollback");
  } catch (error) {
    // What was put off until here takes the whole file with it.
    errors.push({ uri, statement: statements.length - 1, ...reasonOf(error) });
  }
  await settle(db, platform);
  return errors;
}

/** Gives the session back the role and the search path with which every file starts. */
export async function settle(db: PGlite, platform: ReplayRequest["platform"]): Promise<void> {
  await db.exec("reset role; reset session authorization");
  await db.exec(platform === "supabase" ? 'set search_path = "$user", public, extensions' : "set search_path = public");
}

function reasonOf(error: unknown): { readonly message: string; readonly code: string } {
  const { message, code } = error as { readonly message?: string; readonly code?: string };
  return { message: message ?? String(error), code: code ?? "" };
}

/** Transaction commands, whose place the savepoints take, and what hangs or breaks an embedded instance. */
const unsafe =
  /^\s*(?:begin|start\s+transaction|commit|end|rollback|savepoint|release|checkpoint)\b|^\s*copy\b[\s\S]*\b(?:from\s+stdin|program)\b/i;

/** Puts the shells where PostgreSQL looks for extensions; this folder is no part of the data and is empty after each start. */
function installShells(db: PGlite): void {
  const folder = "/pglite/share/postgresql/extension";
  const { FS } = (db as unknown as { readonly Module: { readonly FS: EmscriptenFiles } }).Module;
  for (const [name, { schema, sql }] of Object.entries(shells)) {
    if (FS.analyzePath(`${folder}/${name}.control`).exists) continue;
    const control = [
      `comment = 'shell of ${name}'`,
      "default_version = '1.0'",
      "relocatable = false",
      "superuser = false",
      "trusted = true",
    ];
    FS.writeFile(
      `${folder}/${name}.control`,
      `${[...control, ...(schema === undefined ? [] : [`schema = ${schema}`])].join("\n")}\n`,
    );
    FS.writeFile(`${folder}/${name}--1.0.sql`, sql);
  }
}

interface EmscriptenFiles {
  analyzePath(path: string): { readonly exists: boolean };
  writeFile(path: string, text: string): void;
}
