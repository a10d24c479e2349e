import factory, { type Glue } from "libpg-query/wasm/libpg-query.js";
import type { Node } from "./statement.js";

/**
 * PostgreSQL's own parser as WebAssembly. It knows bytes and pointers; nothing else in the room does. An overflow of the stack leaves an
 * instance damaged (a later parse may never return), so after the first fault the instance is dropped and one more is made of the same
 * compiled module, which takes some 12 ms.
 */

/** What the parser says of a text; offsets as it counts them. */
export type Answer =
  | { readonly kind: "tree"; readonly statements: readonly Raw[] }
  | { readonly kind: "error"; readonly message: string; readonly cursor: number }
  | { readonly kind: "fault" };

/** One statement of a parsed text; `stmt_location` counts UTF-8 bytes and is absent when 0. */
export interface Raw {
  readonly stmt?: Node;
  readonly stmt_location?: number;
}

let compiled: WebAssembly.Module | undefined;
let current: Glue | undefined;

/** Keeps the compiled module; an instance is made at first use. */
export function startEngine(wasm: Uint8Array<ArrayBuffer> | WebAssembly.Module): void {
  compiled = wasm instanceof WebAssembly.Module ? wasm : new WebAssembly.Module(wasm);
  current = undefined;
}

/** Parses a text; a syntax error is an answer, not an exception. `cursor` counts code points from 1, and 0 is none. */
export function ask(sql: string): Answer {
  return guarded((glue) => {
    const text = put(glue, sql);
    const result = glue._wasm_parse_query_raw(text);
    const failure = glue.getValue(result + 8, "i32");
    const answer: Answer =
      failure === 0
        ? { kind: "tree", statements: treeIn(glue.UTF8ToString(glue.getValue(result, "i32"))) }
        : {
            kind: "error",
            message: glue.UTF8ToString(glue.getValue(failure, "i32")),
            cursor: glue.getValue(failure + 16, "i32"),
          };
    glue._free(text);
    glue._wasm_free_parse_result(result);
    return answer;
  });
}

/** Whether a text parses; cheaper than `ask`, since the tree stays where it is. */
export function accepts(sql: string): boolean {
  const answer = guarded((glue) => {
    const text = put(glue, sql);
    const result = glue._wasm_parse_query_raw(text);
    const good = glue.getValue(result + 8, "i32") === 0;
    glue._free(text);
    glue._wasm_free_parse_result(result);
    return good;
  });
  return answer === true;
}

/** PostgreSQL's fingerprint of a text, 16 hexadecimal digits; undefined when it does not parse. */
export function fingerprintOf(sql: string): string | undefined {
  const answer = guarded((glue) => {
    const text = put(glue, sql);
    const result = glue._wasm_fingerprint(text);
    const print = glue.UTF8ToString(result);
    glue._free(text);
    glue._wasm_free_string(result);
    return print;
  });
  return typeof answer === "string" && /^[0-9a-f]{16}$/.test(answer) ? answer : undefined;
}

/** One strike: whatever is thrown in here, the instance is not used again, and not tidied either. */
function guarded<Value>(use: (glue: Glue) => Value): Value | { readonly kind: "fault" } {
  const glue = current ?? fresh();
  current = undefined;
  try {
    const value = use(glue);
    current = glue;
    return value;
  } catch {
    return { kind: "fault" };
  }
}

/** The glue code is ready when its WebAssembly is; the promise it gives only covers streams, which the parser does without. */
function fresh(): Glue {
  if (compiled === undefined) throw new Error("startParser has not been called");
  const module = compiled;
  const glue = {
    print: silent,
    printErr: silent,
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): WebAssembly.Exports {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
  };
  void factory(glue);
  return glue as unknown as Glue;
}

/** Standard output may carry a protocol. */
function silent(): void {}

function put(glue: Glue, sql: string): number {
  const size = glue.lengthBytesUTF8(sql) + 1;
  const text = glue._malloc(size);
  glue.stringToUTF8(sql, text, size);
  return text;
}

function treeIn(json: string): readonly Raw[] {
  return (JSON.parse(json) as { readonly stmts?: readonly Raw[] }).stmts ?? [];
}
