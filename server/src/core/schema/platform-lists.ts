/**
 * What the embedded database cannot be asked for, kept by hand after the documentation and the SQL of each project: extensions that only a
 * server has (their own install scripts), and what Supabase keeps in schemas of its own (the SQL of supabase/auth, supabase/storage and
 * supabase/realtime). In the notation of the generated lists; `0+` where the numbers of arguments are not worth keeping.
 */
import type { CatalogList } from "./catalog-lists.js";

/** Extensions by the name that CREATE EXTENSION gives them. What lives in a schema of its own is below. */
export const servedExtensions: Readonly<Record<string, CatalogList>> = {
  autoinc: { functions: "autoinc!0", types: "" },
  http: {
    functions:
      "http!1 http_get!1,2 http_post!2,3 http_put!3 http_patch!3 http_delete!1,3 http_head!1 http_header!2 http_set_curlopt!2 http_reset_curlopt!0 http_list_curlopt!0 urlencode:1 text_to_bytea:1 bytea_to_text:1",
    types: "http_method content_type http_header http_request http_response",
  },
  hypopg: {
    functions:
      "hypopg!0+ hypopg_create_index!0+ hypopg_drop_index!0+ hypopg_get_indexdef!0+ hypopg_hide_index!0+ hypopg_hidden_indexes!0+ hypopg_relation_size!0+ hypopg_reset!0+ hypopg_reset_index!0+ hypopg_unhide_all_indexes!0+ hypopg_unhide_index!0+",
    types: "",
  },
  index_advisor: { functions: "index_advisor!1", types: "" },
  insert_username: { functions: "insert_username!0", types: "" },
  pg_cron: { functions: "", types: "" },
  pg_graphql: { functions: "", types: "" },
  pg_hashids: {
    functions: "id_encode:1-4 id_decode:1-4 id_decode_once:1-4 hash_encode:1-3 hash_decode:2-3",
    types: "",
  },
  pg_jsonschema: {
    functions: "json_matches_schema:2 jsonb_matches_schema:2 jsonschema_is_valid:1 jsonschema_validation_errors:2",
    types: "",
  },
  pg_net: { functions: "", types: "" },
  pgaudit: { functions: "", types: "" },
  pgjwt: { functions: "algorithm_sign:3 sign:2-3 try_cast_double:1 url_decode:1 url_encode:1 verify:2-3", types: "" },
  pgmq: { functions: "", types: "" },
  pgsodium: { functions: "", types: "" },
  pg_repack: { functions: "", types: "" },
  pg_tle: { functions: "", types: "" },
  plpgsql: { functions: "", types: "" },
  plpgsql_check: {
    functions:
      "plpgsql_check_function!0+ plpgsql_check_function_tb!0+ plpgsql_check_pragma!0+ plpgsql_check_profiler!0+ plpgsql_check_tracer!0+ plpgsql_coverage_branches!0+ plpgsql_coverage_statements!0+ plpgsql_profiler_function_statements_tb!0+ plpgsql_profiler_function_tb!0+ plpgsql_profiler_functions_all!0+ plpgsql_profiler_install_fake_queryid_hook!0+ plpgsql_profiler_reset!0+ plpgsql_profiler_reset_all!0+ plpgsql_show_dependency_tb!0+",
    types: "",
  },
  postgres_fdw: {
    functions:
      "postgres_fdw_disconnect!1 postgres_fdw_disconnect_all!0 postgres_fdw_get_connections!0-1 postgres_fdw_handler!0 postgres_fdw_validator!2",
    types: "",
  },
  refint: { functions: "check_primary_key!0 check_foreign_key!0", types: "" },
  supabase_vault: { functions: "", types: "" },
};

/** The extensions of a Supabase database from its first day. */
export const platformExtensions: readonly string[] = [
  "pg_graphql",
  "pg_stat_statements",
  "pgcrypto",
  "pgjwt",
  "pgsodium",
  "plpgsql",
  "supabase_vault",
  "uuid-ossp",
];

/** The functions that migrations call in the schemas that the platform looks after. */
export const platformFunctions: Readonly<Record<string, string>> = {
  auth: "email jwt role uid",
  cron: "alter_job schedule schedule_in_database unschedule",
  net: "http_collect_response http_delete http_get http_post",
  pgmq: "archive convert_archive_partitioned create create_non_partitioned create_partitioned create_unlogged delete detach_archive drop_queue list_queues metrics metrics_all pop purge_queue read read_with_poll send send_batch set_vt",
  realtime: "broadcast_changes send topic",
  storage:
    "allow_any_operation allow_only_operation can_insert_object extension filename foldername get_size_by_bucket list_objects_with_delimiter operation search",
  supabase_functions: "http_request",
  vault: "create_secret update_secret",
};

/** The roles that every Supabase database has. */
export const platformRoles: readonly string[] = [
  "anon",
  "authenticated",
  "authenticator",
  "dashboard_user",
  "pgbouncer",
  "service_role",
  "supabase_admin",
  "supabase_auth_admin",
  "supabase_etl_admin",
  "supabase_functions_admin",
  "supabase_privileged_role",
  "supabase_read_only_user",
  "supabase_realtime_admin",
  "supabase_replication_admin",
  "supabase_storage_admin",
  "supabase_superuser",
];
