/**
 * What the main thread and the engine's thread say to each other. Texts and edits go in, findings and answers come out; trees never
 * cross. Changes and questions travel in one order, so an answer always speaks of the latest text.
 */
import type { Severity } from "../core/checks/check.js";
import type { Range } from "../core/text/lines.js";
import type { SchemaView } from "../core/views/schema-view.js";
import type { ReplayFile } from "../embedded/messages.js";
import type { PanelChildren, PanelTable } from "../protocol.js";

/** A change of what is known; it has no answer. */
export type Change =
  /** `runsCode`: a folder of a trusted workspace, of which installed packages may be run. */
  | { readonly do: "open-folder"; readonly root: string; readonly runsCode: boolean }
  | { readonly do: "close-folder"; readonly root: string }
  | {
      readonly do: "files";
      readonly root: string;
      readonly texts: readonly { readonly uri: string; readonly path: string; readonly text: string }[];
      readonly gone: readonly string[];
      /** More will follow before anything is asked: what came is parsed meanwhile. */
      readonly more?: true;
    }
  | {
      readonly do: "edit";
      readonly root: string;
      readonly uri: string;
      readonly start: number;
      readonly removed: number;
      readonly added: string;
    }
  | {
      readonly do: "merged";
      readonly root: string;
      readonly uris: readonly string[] | undefined;
      /** Those of them that read otherwise there, or are gone here, with the text they have there. */
      readonly rewritten: readonly { readonly uri: string; readonly text: string }[];
    };

/** A question about one folder; `uri` names a document of it. */
export interface Questions {
  /** `withKnown`: those too that the baseline knows. */
  findings: {
    readonly ask: { readonly root: string; readonly uri: string; readonly withKnown?: true };
    readonly answer: readonly WireFinding[];
  };
  /** What can be said of a document before a long history was gone through; undefined when that is short, or there is nothing to say yet. */
  "first-findings": {
    readonly ask: { readonly root: string; readonly uri: string };
    readonly answer: readonly WireFinding[] | undefined;
  };
  documents: {
    readonly ask: { readonly root: string };
    readonly answer: readonly { readonly uri: string; readonly statements: number }[];
  };
  fixes: {
    readonly ask: { readonly root: string; readonly uri: string; readonly wanted: readonly WantedFix[] };
    readonly answer: readonly {
      readonly wanted: number;
      readonly fixes: readonly WireFix[];
      readonly suppress: WireFix | undefined;
    }[];
  };
  "safe-fixes": { readonly ask: { readonly root: string; readonly uri: string }; readonly answer: readonly WireFix[] };
  schema: { readonly ask: { readonly root: string; readonly path: string }; readonly answer: SchemaView };
  panel: {
    readonly ask: { readonly root: string; readonly expanded: readonly string[] };
    readonly answer: {
      readonly tables: readonly PanelTable[];
      readonly expanded: readonly PanelChildren[];
      readonly histories: readonly {
        readonly folder: string;
        readonly tool: string;
        readonly count: number;
        readonly uri: string;
      }[];
      readonly sync: readonly { readonly uri: string; readonly path: string }[];
    };
  };
  place: { readonly ask: { readonly root: string; readonly id: string }; readonly answer: WirePlace | undefined };
  hover: {
    readonly ask: { readonly root: string; readonly uri: string; readonly offset: number };
    readonly answer: WireHover | undefined;
  };
  statement: {
    readonly ask: { readonly root: string; readonly uri: string; readonly offset: number };
    readonly answer:
      | { readonly sql: string; readonly kind: string; readonly words: string }
      | { readonly refusal: string };
  };
  replay: {
    readonly ask: { readonly root: string; readonly path: string };
    readonly answer: { readonly files: readonly ReplayFile[]; readonly platform: "supabase" | "postgres" };
  };
  format: {
    readonly ask: { readonly root: string; readonly uri: string; readonly indent: string };
    readonly answer: readonly { readonly range: Range; readonly newText: string }[];
  };
  /** The documents that are known to be merged; undefined when git does not tell. */
  merged: {
    readonly ask: { readonly root: string };
    readonly answer: { readonly uris: readonly string[] | undefined };
  };
  /** What is wrong with the configuration and the baseline. */
  faults: {
    readonly ask: { readonly root: string };
    readonly answer: readonly { readonly uri: string; readonly message: string; readonly range: Range }[];
  };
}

export interface WireFinding {
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  readonly range: Range;
  readonly related: readonly { readonly uri: string; readonly range: Range; readonly message: string }[];
  readonly unnecessary: boolean;
}

/** A finding as a client hands it back: its check and where it starts. */
export interface WantedFix {
  readonly check: string;
  readonly start: { readonly line: number; readonly character: number };
}

export interface WireFix {
  readonly title: string;
  readonly safe: boolean;
  readonly edits: readonly { readonly uri: string; readonly range: Range; readonly newText: string }[];
  readonly creates: readonly { readonly uri: string; readonly text: string }[];
}

export interface WirePlace {
  readonly uri: string;
  readonly range: Range;
}

export interface WireHover {
  readonly markdown: string;
  readonly range: Range;
}

export type Question = keyof Questions;

/** What crosses to the engine. */
export type ToEngine =
  | {
      readonly start: {
        readonly wasm: Uint8Array<ArrayBuffer>;
      };
    }
  | { readonly change: Change }
  | { readonly id: number; readonly question: Question; readonly ask: unknown };

/** What comes back. */
export type FromEngine =
  | { readonly ready: true }
  | { readonly log: string }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly fault: string };
