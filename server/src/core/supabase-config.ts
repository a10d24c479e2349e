/**
 * What the checks want to know of `supabase/config.toml`. It reads a few keys of one section and knows nothing else of TOML.
 */
export interface ApiConfig {
  /** The schemas that the API serves. */
  readonly schemas: readonly string[];
  /** Whether new tables of `public` get grants for the API's roles by themselves; undefined when it is not said. */
  readonly exposesNewTables: boolean | undefined;
}

/** What holds where nothing is said. */
export const defaultApi: ApiConfig = { schemas: ["public", "graphql_public"], exposesNewTables: undefined };

/** The `[api]` section of a configuration. */
export function readApiConfig(text: string): ApiConfig {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*#/.test(line));
  const start = lines.findIndex((line) => /^\s*\[api\]\s*(?:#.*)?$/.test(line));
  if (start < 0) return defaultApi;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\s*\[[A-Za-z]/.test(line));
  const section = (end < 0 ? rest : rest.slice(0, end)).join("\n");
  const list = /^\s*schemas\s*=\s*\[([^\]]*)\]/m.exec(section)?.[1];
  const switched = /^\s*auto_expose_new_tables\s*=\s*(true|false)\b/m.exec(section)?.[1];
  return {
    schemas:
      list === undefined ? defaultApi.schemas : [...list.matchAll(/["']([^"']+)["']/g)].map(([, name]) => name ?? ""),
    exposesNewTables: switched === undefined ? undefined : switched === "true",
  };
}
