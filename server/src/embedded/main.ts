/**
 * The embedded database's process: PostgreSQL compiled to WebAssembly, one statement at a time. Some statements hang or quietly break an
 * instance, so it runs where it can be killed, and after each answer a canary says whether it is still sound.
 */
import type { PGlite } from "@electric-sql/pglite";
import { catalogQueries } from "./catalog.js";
import { extensionsFor } from "./extensions.js";
import type { CatalogLists, FromEmbedded, ReplayError, ReplayRequest, ToEmbedded } from "./messages.js";
import { openDatabase, runFile } from "./replaying.js";

/** What the instance holds: the platform and the files replayed so far. */
interface Loaded {
  readonly db: PGlite;
  readonly platform: string;
  readonly extensions: string;
  readonly files: readonly string[];
  readonly errors: readonly ReplayError[];
}

let loaded: Loaded | undefined;
let queue: Promise<void> = Promise.resolve();

process.on("message", (message: ToEmbedded) => {
  queue = queue.then(() => answer(message)).then(send);
});
process.on("disconnect", () => process.exit());
send({ ready: true });

function send(message: FromEmbedded): void {
  process.send?.(message);
}

async function answer(message: ToEmbedded): Promise<FromEmbedded> {
  try {
    if ("catalog" in message) {
      if (loaded === undefined) return { id: message.id, refusal: "The migrations have not been replayed." };
      return { id: message.id, catalog: await catalog(loaded.db) };
    }
    const started = performance.now();
    loaded = await replay(message.replay);
    const { db, errors } = loaded;
    if ("explain" in message) return { id: message.id, errors, ...(await explain(db, message.explain)) };
    return { id: message.id, errors, milliseconds: Math.round(performance.now() - started) };
  } catch (error) {
    return { id: message.id, refusal: error instanceof Error ? error.message : String(error) };
  }
}

/** Goes on from what is loaded when only files were added at the end; otherwise starts anew. */
async function replay({ platform, files }: ReplayRequest): Promise<Loaded> {
  const named = extensionsFor(files.flatMap(({ statements }) => statements));
  const extensions = Object.keys(named).sort().join(" ");
  const keys = files.map((file) => JSON.stringify(file));
  const known = loaded;
  const extends_ =
    known !== undefined &&
    known.platform === platform &&
    known.extensions === extensions &&
    known.files.length <= keys.length &&
    known.files.every((key, at) => key === keys[at]);
  let db: PGlite;
  if (extends_) db = known.db;
  else {
    await known?.db.close().catch(() => undefined);
    loaded = undefined;
    db = await openDatabase(platform, named);
  }
  const errors = [...(extends_ ? known.errors : [])];
  for (const file of files.slice(extends_ ? known.files.length : 0))
    errors.push(...(await runFile(db, file, platform)));
  return { db, platform, extensions, files: keys, errors };
}

async function catalog(db: PGlite): Promise<CatalogLists> {
  const list = async (name: keyof CatalogLists): Promise<readonly object[]> =>
    (await db.query<{ readonly list: readonly object[] }>(catalogQueries[name])).rows[0]?.list ?? [];
  return {
    tables: await list("tables"),
    functions: await list("functions"),
    views: await list("views"),
    publications: await list("publications"),
  };
}

/**
 * The one gate: a read-only transaction, rolled back. EXPLAIN without ANALYZE plans a statement and does not run it, and the extended
 * protocol takes one statement and no more.
 */
async function explain(db: PGlite, sql: string): Promise<{ plan: unknown; version: string } | { refusal: string }> {
  await db.exec("begin transaction read only; set local statement_timeout = '10s'; set local lock_timeout = '1s'");
  try {
    const { rows } = await db.query<Record<string, unknown>>(
      `explain (format json, verbose) ${await explainable(db, sql)}`,
    );
    const version = (await db.query<{ version: string }>("select split_part(version(), ' ', 2) as version")).rows[0]
      ?.version;
    const plan = rows[0]?.["QUERY PLAN"];
    return plan === undefined
      ? { refusal: "PostgreSQL gave no plan for this statement." }
      : { plan, version: version ?? "" };
  } catch (error) {
    return { refusal: `PostgreSQL says: ${(error as Error).message}.` };
  } finally {
    await db.exec("rollback").catch(() => undefined);
    await db.exec("deallocate all").catch(() => undefined);
  }
}

/** A statement with parameters is prepared and planned for whatever they may be. */
async function explainable(db: PGlite, sql: string): Promise<string> {
  if (!/\$\d/.test(sql)) return sql;
  await db.query(`prepare explained as ${sql}`);
  // How many there are, PostgreSQL knows: in a string or a comment they are none.
  const { rows } = await db.query<{ count: number }>(
    "select cardinality(parameter_types) as count from pg_prepared_statements where name = 'explained'",
  );
  const count = rows[0]?.count ?? 0;
  if (count === 0) return sql;
  await db.exec("set local plan_cache_mode = force_generic_plan");
  return `execute explained (${new Array(count).fill("null").join(", ")})`;
}
