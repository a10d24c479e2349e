/**
 * Texts and places in them. Everything in the core speaks in spans: UTF-16 offsets, half open. Nothing here knows where a
 * text came from or what language it is in.
 */

/** A text and the name by which everyone outside knows it (a URI). */
export interface Source {
  readonly uri: string;
  readonly text: string;
}

/** A stretch of text, in UTF-16 units: from `start` up to, but not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A replacement of a stretch of text, as an editor or a fix makes it. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** The edit that puts `text` at `offset` and removes nothing. */
export function insert(offset: number, text: string): Edit {
  return { span: { start: offset, end: offset }, text };
}

/** The edit that puts `text` in the place of `span`. */
export function replace(span: Span, text: string): Edit {
  return { span, text };
}

/** The text after all edits, which must not overlap; they may come in any order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  let result = "";
  let at = 0;
  for (const edit of sorted) {
    if (edit.span.start < at) throw new RangeError(`edits overlap at ${edit.span.start}`);
    result += text.slice(at, edit.span.start) + edit.text;
    at = edit.span.end;
  }
  return result + text.slice(at);
}
