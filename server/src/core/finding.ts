import type { Severity } from "./checks/check.js";
import type { Edit, Span } from "./text/source.js";

/** What a check found, at its place in a document. It carries its own cure. */
export interface Finding {
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  readonly uri: string;
  readonly span: Span;
  readonly related: readonly RelatedPlace[];
  /** Made when somebody asks; the most useful first. */
  readonly fixes: () => readonly FileFix[];
  readonly unnecessary: boolean;
}

export interface RelatedPlace {
  readonly uri: string;
  readonly span: Span;
  readonly message: string;
}

/** A fix, down to files: edits of texts that are there and new files. */
export interface FileFix {
  readonly title: string;
  /** True only when behaviour cannot change. */
  readonly safe: boolean;
  readonly edits: readonly { readonly uri: string; readonly edits: readonly Edit[] }[];
  readonly creates: readonly { readonly uri: string; readonly text: string }[];
}
