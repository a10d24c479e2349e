/** What the main process and the embedded database's process say to each other. */

/** A migration to be replayed: its statements, and whether it runs as one transaction. */
export interface ReplayFile {
  readonly uri: string;
  readonly version: string;
  readonly statements: readonly string[];
  readonly transaction: boolean;
}

export interface ReplayRequest {
  readonly platform: "supabase" | "postgres";
  readonly files: readonly ReplayFile[];
}

/** A statement that the embedded PostgreSQL refused in replay. */
export interface ReplayError {
  readonly uri: string;
  /** Ordinal among the file's statements. */
  readonly statement: number;
  readonly message: string;
  readonly code: string;
}

/** The schema as the catalog has it, one list per kind of object. */
export interface CatalogLists {
  readonly tables: readonly object[];
  readonly functions: readonly object[];
  readonly views: readonly object[];
  readonly publications: readonly object[];
}

export type ToEmbedded =
  | { readonly id: number; readonly replay: ReplayRequest }
  | { readonly id: number; readonly replay: ReplayRequest; readonly explain: string }
  | { readonly id: number; readonly catalog: true };

export type FromEmbedded =
  | { readonly ready: true }
  | { readonly id: number; readonly errors: readonly ReplayError[]; readonly milliseconds: number }
  | { readonly id: number; readonly plan: unknown; readonly version: string; readonly errors: readonly ReplayError[] }
  | { readonly id: number; readonly catalog: CatalogLists }
  | { readonly id: number; readonly refusal: string };
