/** What is used of the glue code beside libpg-query's WebAssembly file; the package declares no types for it. */
declare module "libpg-query/wasm/libpg-query.js" {
  export interface Glue {
    lengthBytesUTF8(text: string): number;
    stringToUTF8(text: string, pointer: number, size: number): void;
    UTF8ToString(pointer: number): string;
    getValue(pointer: number, type: "i32"): number;
    _malloc(size: number): number;
    _free(pointer: number): void;
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(result: number): void;
    _wasm_fingerprint(text: number): number;
    _wasm_free_string(text: number): void;
  }

  type Instantiate = (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;

  /** Fills the object it is given; all functions of `Glue` are in it by the time `instantiateWasm` has returned. */
  export default function factory(module: {
    readonly instantiateWasm: Instantiate;
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
  }): Promise<Glue>;
}
