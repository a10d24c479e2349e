import type { Node } from "./statement.js";

/**
 * PostgreSQL's parser counts UTF-8 bytes in its trees and code points in its errors; everybody else counts UTF-16 units.
 */

/** The UTF-16 offset of a code point. */
export function codePointOffset(text: string, points: number): number {
  let offset = 0;
  for (let left = points; left > 0 && offset < text.length; left--)
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  return offset;
}

/** The UTF-16 offset of a UTF-8 byte. */
export function offsetOfByte(text: string, byte: number): number {
  let offset = 0;
  for (let at = 0; at < byte && offset < text.length; ) {
    const point = text.codePointAt(offset) ?? 0;
    at += widthOf(point);
    offset += point > 0xffff ? 2 : 1;
  }
  return offset;
}

/** Turns all places in a tree that the parser has just made from bytes into UTF-16 offsets. */
export function convertLocations(text: string, root: Node): void {
  if (isAscii(text)) return;
  const offsets = offsetsByByte(text);
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) for (const element of value) waiting.push(element);
    else if (typeof value === "object" && value !== null) {
      const fields = value as Record<string, unknown>;
      for (const key in fields) {
        const field = fields[key];
        if (typeof field === "object") waiting.push(field);
        else if (typeof field === "number" && field > 0 && placeFields.has(key)) {
          fields[key] = offsets[Math.min(field, offsets.length - 1)];
        }
      }
    }
  }
}

/** Fields of @pgsql/types that hold a place; -1 says that there is none. */
const placeFields: ReadonlySet<string> = new Set([
  "location",
  "name_location",
  "list_start",
  "list_end",
  "rexpr_list_start",
  "rexpr_list_end",
]);

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}

function offsetsByByte(text: string): Uint32Array {
  const offsets = new Uint32Array(text.length * 3 + 1);
  let byte = 0;
  for (let offset = 0; offset < text.length; ) {
    const point = text.codePointAt(offset) ?? 0;
    for (let part = widthOf(point); part > 0; part--) offsets[byte++] = offset;
    offset += point > 0xffff ? 2 : 1;
  }
  offsets[byte] = text.length;
  return offsets.subarray(0, byte + 1);
}

function widthOf(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}
