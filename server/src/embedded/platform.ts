/**
 * What a Supabase database has before the first migration runs, as far as migrations name it: roles, schemas, the tables and functions of
 * auth, storage, realtime and vault. The shape is what counts; the functions that do something elsewhere do nothing here.
 */
export const supabasePlatform = `
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
create role dashboard_user createrole createdb;
create role supabase_admin superuser;
create role supabase_auth_admin noinherit createrole;
create role supabase_storage_admin noinherit createrole;
create role supabase_realtime_admin noinherit;
create role supabase_replication_admin replication;
create role supabase_read_only_user bypassrls;
create role supabase_functions_admin noinherit createrole;
create role supabase_etl_admin;
create role pgbouncer;
grant anon, authenticated, service_role to authenticator, postgres;

create schema auth;
create schema storage;
create schema extensions;
create schema realtime;
create schema vault;
create schema graphql;
create schema graphql_public;
create schema supabase_functions;
create schema supabase_migrations;
grant usage on schema public, auth, storage, extensions, realtime, graphql_public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;

create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb
$$;
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
create function auth.role() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
$$;
create function auth.email() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.email', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')
$$;

create table auth.users (
  instance_id uuid, id uuid primary key, aud varchar(255), role varchar(255), email varchar(255), encrypted_password varchar(255),
  email_confirmed_at timestamptz, invited_at timestamptz, confirmation_token varchar(255), confirmation_sent_at timestamptz,
  recovery_token varchar(255), recovery_sent_at timestamptz, email_change_token_new varchar(255), email_change varchar(255),
  email_change_sent_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb, is_super_admin boolean,
  created_at timestamptz, updated_at timestamptz, phone text unique default null, phone_confirmed_at timestamptz, phone_change text default '',
  phone_change_token varchar(255) default '', phone_change_sent_at timestamptz,
  confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  email_change_token_current varchar(255) default '', email_change_confirm_status smallint default 0, banned_until timestamptz,
  reauthentication_token varchar(255) default '', reauthentication_sent_at timestamptz, is_sso_user boolean not null default false,
  deleted_at timestamptz, is_anonymous boolean not null default false
);
create table auth.identities (
  provider_id text not null, user_id uuid not null references auth.users (id) on delete cascade, identity_data jsonb not null, provider text not null,
  last_sign_in_at timestamptz, created_at timestamptz, updated_at timestamptz,
  email text generated always as (lower(identity_data ->> 'email')) stored, id uuid primary key default gen_random_uuid(), unique (provider_id, provider)
);
create table auth.sessions (
  id uuid primary key, user_id uuid not null references auth.users (id) on delete cascade, created_at timestamptz, updated_at timestamptz,
  factor_id uuid, not_after timestamptz, refreshed_at timestamp, user_agent text, ip inet, tag text
);
alter table auth.users enable row level security;
alter table auth.identities enable row level security;
alter table auth.sessions enable row level security;

create table storage.buckets (
  id text primary key, name text not null unique, owner uuid, created_at timestamptz default now(), updated_at timestamptz default now(),
  public boolean default false, avif_autodetection boolean default false, file_size_limit bigint, allowed_mime_types text[], owner_id text
);
create table storage.objects (
  id uuid primary key default gen_random_uuid(), bucket_id text references storage.buckets (id), name text, owner uuid,
  created_at timestamptz default now(), updated_at timestamptz default now(), last_accessed_at timestamptz default now(), metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored, version text, owner_id text, user_metadata jsonb, unique (bucket_id, name)
);
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on all tables in schema storage to anon, authenticated, service_role, postgres;
create function storage.foldername(name text) returns text[] language sql immutable as $$
  select (string_to_array(name, '/'))[1 : array_length(string_to_array(name, '/'), 1) - 1]
$$;
create function storage.filename(name text) returns text language sql immutable as $$
  select (string_to_array(name, '/'))[array_length(string_to_array(name, '/'), 1)]
$$;
create function storage.extension(name text) returns text language sql immutable as $$
  select reverse(split_part(reverse(storage.filename(name)), '.', 1))
$$;

create table realtime.messages (
  topic text not null, extension text not null, payload jsonb, event text, private boolean default false, updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(), id uuid not null default gen_random_uuid(), primary key (id, inserted_at)
) partition by range (inserted_at);
alter table realtime.messages enable row level security;
grant select, insert on realtime.messages to anon, authenticated, service_role;
create function realtime.topic() returns text language sql stable as $$ select nullif(current_setting('realtime.topic', true), '') $$;
create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void language sql as $$ select $$;
create function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record, level text default 'ROW'
) returns void language plpgsql as $$ begin end $$;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(), name text unique, description text not null default '', secret text not null, key_id uuid, nonce bytea,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now()
);
create view vault.decrypted_secrets as select *, secret as decrypted_secret from vault.secrets;
create function vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null)
  returns uuid language sql as $$ select gen_random_uuid() $$;

create function supabase_functions.http_request() returns trigger language plpgsql as $$ begin return new; end $$;
create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
create publication supabase_realtime;
set search_path = "$user", public, extensions;
`;

/** What a plain database has before the first migration: nothing but where names are looked up. */
export const plainPlatform = "set search_path = public;";

/** Extensions that exist only on a server, as empty shells: \`create extension\` succeeds, and what migrations call is there. */
export const shells: Readonly<Record<string, { readonly schema?: string; readonly sql: string }>> = {
  pg_net: {
    sql: `create schema if not exists net;
create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000) returns bigint language sql as 'select 1::bigint';
create function net.http_get(url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000) returns bigint language sql as 'select 1::bigint';`,
  },
  pg_cron: {
    sql: `create schema if not exists cron;
create table cron.job (jobid bigserial primary key, schedule text not null, command text not null, active boolean not null default true, jobname text);
create function cron.schedule(schedule text, command text) returns bigint language sql as 'select 1::bigint';
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as 'select 1::bigint';
create function cron.unschedule(job_name text) returns boolean language sql as 'select true';
create function cron.unschedule(job_id bigint) returns boolean language sql as 'select true';`,
  },
  supabase_vault: { sql: "select 1;" },
  pg_graphql: { sql: "select 1;" },
  pgsodium: { sql: "select 1;" },
  pgjwt: { sql: "select 1;" },
  plpgsql_check: { sql: "select 1;" },
  pgaudit: { sql: "select 1;" },
  wrappers: { sql: "select 1;" },
  hypopg: { sql: "select 1;" },
  index_advisor: { sql: "select 1;" },
  http: { sql: "select 1;" },
  pg_jsonschema: { sql: "select 1;" },
};
