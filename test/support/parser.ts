import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { startParser } from "../../server/src/core/sql/parser.js";

const wasm = createRequire(import.meta.url).resolve("libpg-query/wasm/libpg-query.wasm");

startParser(new Uint8Array(readFileSync(wasm)));
