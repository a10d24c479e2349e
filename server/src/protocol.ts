/**
 * What client, server and webview say to each other beyond the language server protocol: types and names only. Nothing
 * here computes anything.
 */

/** Server to client: the whole state of the sidebar, after every change and after `ready`. */
export const panelState = "panel/state";

/** Client to server: what a person did in the sidebar. */
export const panelIntent = "panel/intent";

/** Client to server, a request: the plan of the statement at a place. */
export const explainStatement = "explain/statement";

/** All that the sidebar needs to draw itself. */
export interface PanelState {
  readonly tables: readonly PanelTable[];
  /** The children of those tables that are open. */
  readonly expanded: readonly PanelChildren[];
  readonly sources: readonly PanelSource[];
  /** One sentence about the whole, such as why it is empty. */
  readonly notice?: string;
}

/** A table, view or alike as one row. */
export interface PanelTable {
  /** The same for as long as the object keeps its name. */
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  /** In words: `table`, `view`, `materialized view`, `partitioned table`, `foreign table`. */
  readonly kind: string;
  /** Row level security; absent where the word has no meaning. */
  readonly rls?: "on" | "off" | "forced";
  readonly policies: number;
  readonly columns: number;
  readonly indexes: number;
  readonly findings: number;
}

/** What an open table consists of. */
export interface PanelChildren {
  /** The table's `id`. */
  readonly table: string;
  readonly items: readonly PanelItem[];
}

/** A part of a table as one row. */
export interface PanelItem {
  readonly id: string;
  readonly kind: "column" | "key" | "index" | "policy" | "trigger";
  readonly name: string;
  /** The rest of the row: the type of a column, the columns of an index, the command of a policy. */
  readonly detail: string;
}

/** Where the schema comes from, or what can run a statement. */
export interface PanelSource {
  readonly id: string;
  readonly kind: "migrations" | "sync" | "configuration" | "database";
  readonly label: string;
  readonly detail: string;
  /** What opens when it is chosen. */
  readonly uri?: string;
  /** Set when it cannot be read or reached: why, in one sentence. */
  readonly fault?: string;
}

/** What a person did in the sidebar. */
export type Intent =
  | { readonly do: "ready" }
  | { readonly do: "refresh" }
  | { readonly do: "expand"; readonly id: string }
  | { readonly do: "collapse"; readonly id: string }
  | { readonly do: "open"; readonly id: string };

/** The statement to explain: the one at a place of a document. */
export interface ExplainParams {
  readonly uri: string;
  readonly position: { readonly line: number; readonly character: number };
}

/** A plan, or one sentence that says why there is none. */
export type ExplainAnswer = ExplainedPlan | { readonly refusal: string };

/** A plan as PostgreSQL gave it. */
export interface ExplainedPlan {
  /** The statement in one line. */
  readonly title: string;
  /** What EXPLAIN (FORMAT JSON) answered. */
  readonly plan: unknown;
  /** Whether the planner knew statistics of the tables; without them its costs cannot be compared. */
  readonly statistics: boolean;
  /** Which database made it. */
  readonly source: string;
}
