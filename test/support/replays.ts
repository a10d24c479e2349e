/**
 * Many small histories in one embedded PostgreSQL: after each, what it made is dropped again, which takes a hundredth of a new start. What a
 * history did to the platform's own objects shows in a digest of the catalog, and then the database is opened anew.
 */
import type { PGlite } from "@electric-sql/pglite";
import type { Folder } from "../../server/src/core/project.js";
import { extensionsFor } from "../../server/src/embedded/extensions.js";
import type { ReplayError, ReplayRequest } from "../../server/src/embedded/messages.js";
import { openDatabase, runFile, settle } from "../../server/src/embedded/replaying.js";
import { answers } from "../../server/src/engine/answers.js";
import { strictRun } from "./checks.js";

/** Replays one request after the other, each as if the database were new; with rows, every table gets one as soon as a file is through. */
export interface Replays {
  replay(request: ReplayRequest, rows?: "with rows"): Promise<readonly ReplayError[]>;
  /** How often a database had to be opened. */
  opened(): number;
  close(): Promise<void>;
}

/** An open database: the last oid of the platform, and the digest of its catalog. */
interface Open {
  readonly db: PGlite;
  readonly platform: string;
  readonly mark: number;
  readonly digest: string;
}

/** What a folder's history asks of the embedded database. */
export function requestOf(folder: Folder, path: string): ReplayRequest {
  return answers.replay({ folder, run: strictRun() }, { root: folder.root, path });
}

/** Replays for these requests, which say what extensions are at hand. */
export function makeReplays(requests: readonly ReplayRequest[]): Replays {
  const extensions = extensionsFor(requests.flatMap(({ files }) => files.flatMap(({ statements }) => statements)));
  let open: Open | undefined;
  let count = 0;

  async function fresh(platform: ReplayRequest["platform"]): Promise<Open> {
    if (open?.platform === platform) return open;
    await open?.db.close();
    open = undefined;
    count++;
    const db = await openDatabase(platform, extensions);
    // Whatever is made from here on has a greater oid.
    await db.exec("create schema mark");
    const { rows } = await db.query<{ mark: number }>("select 'mark'::regnamespace::oid::int as mark");
    const mark = rows[0]?.mark ?? 0;
    open = { db, platform, mark, digest: await digestOf(db) };
    return open;
  }

  return {
    async replay({ platform, files }, rows) {
      const { db, mark, digest } = await fresh(platform);
      const errors: ReplayError[] = [];
      try {
        await settle(db, platform);
        for (const file of files) {
          errors.push(...(await runFile(db, file, platform)));
          if (rows !== undefined) await db.exec(fillTables.replace(":mark", String(mark)));
        }
      } finally {
        if (!(await isWiped(db, mark, digest))) {
          await db.close();
          open = undefined;
        }
      }
      return errors;
    },
    opened: () => count,
    async close() {
      await open?.db.close();
      open = undefined;
    },
  };
}

/** Drops what was made since the mark; false when the catalog is not what it was. */
async function isWiped(db: PGlite, mark: number, digest: string): Promise<boolean> {
  try {
    await db.exec(
      "rollback; reset all; discard temp; deallocate all; set client_min_messages = error; set session_replication_role = replica",
    );
    for (const drops of dropping) {
      const { rows } = await db.query<{ drop: string }>(drops.replaceAll(":mark", String(mark)));
      for (const { drop } of rows) await db.exec(drop).catch(() => undefined);
    }
    await db.exec("reset all");
    return (await digestOf(db)) === digest;
  } catch {
    return false;
  }
}

/** One row for each table that has none, with a value in every column; the same value everywhere, so that keys meet. */
const fillTables = `do $fill$
declare
  one record;
begin
  if to_regclass('auth.users') is not null then
    insert into auth.users (id, email) values ('00000000-0000-4000-8000-000000000001', 'a') on conflict do nothing;
  end if;
  for one in
    select format('insert into %s (%s) overriding system value select %s where not exists (select from %s)',
      c.oid::regclass, string_agg(quote_ident(attname), ', '),
      string_agg(format('%L::%s', case
        when typcategory in ('A') then '{}' when typcategory = 'B' then 'true' when typcategory = 'N' then '1'
        when typcategory = 'D' then '2026-01-01' when typcategory = 'T' then '1 second' when typcategory = 'I' then '127.0.0.1'
        when typcategory = 'E' then (select enumlabel from pg_enum where enumtypid = t.oid order by enumsortorder limit 1)
        when typname = 'uuid' then '00000000-0000-4000-8000-000000000001' when typname in ('json', 'jsonb') then '{}' else '1'
      end, format_type(atttypid, atttypmod)), ', '), c.oid::regclass) as insertion
    from pg_class c join pg_attribute a on attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' join pg_type t on t.oid = atttypid
    where c.oid > :mark and relkind in ('r', 'p') and not relispartition
    group by c.oid order by c.oid
  loop
    begin
      execute one.insertion;
    exception when others then null;
    end;
  end loop;
exception when others then null;
end $fill$`;

const dropping = [
  "select format('drop event trigger %I', evtname) as drop from pg_event_trigger where oid > :mark",
  "select format('drop publication %I', pubname) as drop from pg_publication where oid > :mark",
  "select format('drop extension %I cascade', extname) as drop from pg_extension where oid > :mark",
  "select format('drop schema %I cascade', nspname) as drop from pg_namespace where oid > :mark and nspname !~ '^pg_(toast|temp)'",
  `select format('drop %s %s cascade', case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
     when 'f' then 'foreign table' when 'c' then 'type' else 'table' end, c.oid::regclass) as drop
   from pg_class c where oid > :mark and relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c') and not relispartition and relnamespace <> 'pg_toast'::regnamespace
   order by relkind = 'S'`,
  "select format('drop routine %s cascade', oid::regprocedure) as drop from pg_proc where oid > :mark and prokind <> 'a'",
  "select format('drop aggregate %s cascade', oid::regprocedure) as drop from pg_proc where oid > :mark and prokind = 'a'",
  "select format('drop type %s cascade', oid::regtype) as drop from pg_type where oid > :mark and typrelid = 0 and typelem = 0",
  "select format('drop policy %I on %s', polname, polrelid::regclass) as drop from pg_policy where oid > :mark",
  "select format('drop trigger %I on %s', tgname, tgrelid::regclass) as drop from pg_trigger where oid > :mark and not tgisinternal",
  "select format('drop owned by %I cascade; drop role %I', rolname, rolname) as drop from pg_authid where oid > :mark",
  `select format('truncate %s', string_agg(oid::regclass::text, ', ')) as drop from pg_class
   where oid < :mark and relkind in ('r', 'p') and not relispartition and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
   having count(*) > 0`,
];

/** Everything in the catalog that a history may change and a person may notice. */
async function digestOf(db: PGlite): Promise<string> {
  const parts = [
    "select oid, nspname, nspowner, nspacl from pg_namespace where nspname !~ '^pg_(toast|temp)'",
    "select oid, relname, relowner, relkind, relnatts, relacl, relrowsecurity, relforcerowsecurity, reloptions, relreplident, relhastriggers from pg_class where relnamespace <> 'pg_toast'::regnamespace",
    "select attrelid, attname, atttypid, attnotnull, atthasdef, attacl from pg_attribute where attrelid >= 16384 and attnum > 0",
    "select oid, proname, proowner, proacl, prosrc, proconfig from pg_proc where oid >= 16384",
    "select oid, typname, typowner from pg_type where oid >= 16384",
    "select oid, conname, convalidated from pg_constraint",
    "select oid, polname from pg_policy",
    "select oid, tgname, tgenabled from pg_trigger",
    "select oid, adrelid from pg_attrdef",
    "select oid, enumlabel from pg_enum",
    "select oid, defaclobjtype, defaclacl from pg_default_acl",
    "select oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolbypassrls, rolreplication from pg_authid",
    "select roleid, member from pg_auth_members",
    "select setdatabase, setrole, setconfig from pg_db_role_setting",
    "select oid, pubname, puballtables from pg_publication",
    "select oid, prrelid from pg_publication_rel",
    "select oid, extname from pg_extension",
    "select oid, collname from pg_collation where oid >= 16384",
    "select oid, oprname from pg_operator where oid >= 16384",
    "select oid, castsource from pg_cast where oid >= 16384",
    "select oid, srvname from pg_foreign_server",
    "select oid, fdwname from pg_foreign_data_wrapper",
    "select oid, cfgname from pg_ts_config where oid >= 16384",
    "select classoid, objoid, description from pg_description where objoid >= 16384",
    "select name, setting from pg_file_settings",
  ];
  const hashes = parts.map(
    (part) => `(select md5(coalesce(string_agg(t::text, E'\\n' order by t::text), '')) from (${part}) t)`,
  );
  const { rows } = await db.query<{ digest: string }>(`select ${hashes.join(" || ")} as digest`);
  return rows[0]?.digest ?? "";
}
