import type { Span } from "./source.js";

/** A place as LSP counts it: line and UTF-16 unit within the line, both from 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** Two positions, half open, as LSP has them. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** The offset at which each line of a text starts; lines end with LF, CRLF or a lone CR, as in LSP. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  if (!text.includes("\r")) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    return starts;
  }
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 10 || (unit === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return starts;
}

/** The position of an offset; an offset outside the text is clamped by the caller's own text. */
export function positionAt(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low, character: offset - (starts[low] ?? 0) };
}

/** The range of a span. */
export function rangeOf(starts: readonly number[], span: Span): Range {
  return { start: positionAt(starts, span.start), end: positionAt(starts, span.end) };
}

/** The offset of a position; a line beyond the text is its end. */
export function offsetAt(starts: readonly number[], text: string, position: Position): number {
  const start = starts[position.line];
  if (start === undefined) return text.length;
  return Math.min(start + position.character, starts[position.line + 1] ?? text.length, text.length);
}
