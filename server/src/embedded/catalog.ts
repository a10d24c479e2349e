/**
 * The schema as a PostgreSQL catalog has it, in the shape that `data-orchestrator schema` prints. Expressions come in PostgreSQL's own
 * rendering. Only what the migrations made is listed: no extension's objects, no platform's schemas.
 */

/** Schemas that are not the project's. */
const foreign =
  "n.nspname !~ '^pg_' and n.nspname not in ('information_schema','auth','storage','realtime','vault','extensions','graphql','graphql_public','supabase_functions','supabase_migrations','net','cron','pgmq')";
const own = (classId: string, oid: string): string =>
  `not exists (select from pg_depend d where d.classid = '${classId}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

/** One query per kind of object; each answers a single row with one JSON array. */
export const catalogQueries: Readonly<Record<"tables" | "functions" | "views" | "publications", string>> = {
  tables: `
select coalesce(json_agg(t order by t.schema collate "C", t.name collate "C"), '[]') as list from (
  select n.nspname as schema, c.relname as name,
    (select coalesce(json_agg(json_build_object('name', a.attname, 'type', replace(format_type(a.atttypid, a.atttypmod), 'public.', ''), 'notNull', a.attnotnull,
        'default', case when a.attgenerated = '' then pg_get_expr(ad.adbin, ad.adrelid) end) order by a.attnum), '[]')
      from pg_attribute a left join pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select coalesce(json_agg(a.attname order by k.at), '[]') from pg_constraint p, unnest(p.conkey) with ordinality as k(attnum, at)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum where p.conrelid = c.oid and p.contype = 'p') as "primaryKey",
    (select coalesce(json_agg(json_build_object('name', f.conname,
        'columns', (select json_agg(a.attname order by k.at) from unnest(f.conkey) with ordinality as k(attnum, at) join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum),
        'references', json_build_object('schema', rn.nspname, 'table', r.relname,
          'columns', (select json_agg(a.attname order by k.at) from unnest(f.confkey) with ordinality as k(attnum, at) join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum)))
        order by f.conname collate "C"), '[]')
      from pg_constraint f join pg_class r on r.oid = f.confrelid join pg_namespace rn on rn.oid = r.relnamespace
      where f.conrelid = c.oid and f.contype = 'f' and f.conparentid = 0) as "foreignKeys",
    (select coalesce(json_agg(json_build_object('name', ic.relname,
        'columns', (select json_agg(coalesce(a.attname, pg_get_indexdef(i.indexrelid, k, true)) order by k) from generate_series(1, i.indnkeyatts) k
          left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k - 1] and a.attnum > 0),
        'unique', i.indisunique, 'method', am.amname, 'where', pg_get_expr(i.indpred, i.indrelid, true)) order by ic.relname collate "C"), '[]')
      from pg_index i join pg_class ic on ic.oid = i.indexrelid join pg_am am on am.oid = ic.relam where i.indrelid = c.oid) as indexes,
    json_build_object('enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity,
      'policies', (select coalesce(json_agg(json_build_object('name', p.polname,
          'command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
          'permissive', p.polpermissive,
          'roles', (select json_agg(coalesce(ro.rolname, 'public') order by coalesce(ro.rolname, 'public') collate "C") from unnest(p.polroles) as x(oid) left join pg_roles ro on ro.oid = x.oid),
          'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname collate "C"), '[]')
        from pg_policy p where p.polrelid = c.oid)) as rls
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f') and ${foreign} and ${own("pg_class", "c.oid")}) t`,
  functions: `
select coalesce(json_agg(t order by t.schema collate "C", t.name collate "C"), '[]') as list from (
  select n.nspname as schema, p.proname as name, case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind,
    (select coalesce(json_agg(json_build_object('name', nullif(p.proargnames[a.at], ''), 'type', replace(format_type(a.type, null), 'public.', ''),
        'mode', case coalesce(p.proargmodes[a.at], 'i') when 'o' then 'out' when 'b' then 'inout' when 'v' then 'variadic' when 't' then 'table' else 'in' end)
        order by a.at), '[]')
      from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality as a(type, at)) as arguments,
    case when p.prokind = 'p' or 't' = any(p.proargmodes) then null else replace(format_type(p.prorettype, null), 'public.', '') end as returns,
    l.lanname as language, case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end as volatility, p.prosecdef as "securityDefiner"
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
  where ${foreign} and ${own("pg_proc", "p.oid")}) t`,
  views: `
select coalesce(json_agg(t order by t.schema collate "C", t.name collate "C"), '[]') as list from (
  select n.nspname as schema, c.relname as name, c.relkind = 'm' as materialized,
    (select json_agg(a.attname order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    coalesce('security_invoker=true' = any(c.reloptions) or 'security_invoker=on' = any(c.reloptions), false) as "securityInvoker"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm') and ${foreign} and ${own("pg_class", "c.oid")}) t`,
  publications: `
select coalesce(json_agg(t order by t.name collate "C"), '[]') as list from (
  select p.pubname as name, p.puballtables as "allTables",
    (select coalesce(json_agg(x.schemaname || '.' || x.tablename order by (x.schemaname || '.' || x.tablename) collate "C"), '[]') from pg_publication_tables x
      where x.pubname = p.pubname and not p.puballtables) as tables,
    (select json_agg(o) from (select 'insert' as o where p.pubinsert union all select 'update' where p.pubupdate union all select 'delete' where p.pubdelete union all select 'truncate' where p.pubtruncate)) as operations
  from pg_publication p where p.pubname <> 'supabase_realtime') t`,
};
