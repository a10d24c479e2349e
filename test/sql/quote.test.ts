import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadModule, scanSync } from "libpg-query";
import { quoteIdentifier, quoteLiteral, quoteName } from "../../server/src/core/sql/quote.js";

suite("sql/quote", () => {
  test("quotes exactly the words that PostgreSQL does not take as a bare name", async () => {
    await loadModule();
    const wasm = readFileSync(createRequire(import.meta.url).resolve("libpg-query/wasm/libpg-query.wasm"), "latin1");
    const words = new Set((wasm.match(/[a-z_]{2,40}/g) ?? []).flatMap((run) => run.split(/\b/)));
    const kinds = [...words].map((word) => ({ word, kind: scanSync(word).tokens[0]?.keywordKind ?? 0 }));
    assert.ok(kinds.filter(({ kind }) => kind > 0).length > 400, "the parser's keywords are found in its file");
    const quoted = kinds.filter(({ word }) => quoteIdentifier(word) !== word).map(({ word }) => word);
    const reserved = kinds.filter(({ kind }) => kind > 1).map(({ word }) => word);
    assert.deepEqual(quoted.sort(), reserved.sort());
  });

  test("leaves plain names bare and quotes the others", () => {
    assert.equal(quoteIdentifier("note_2"), "note_2");
    assert.equal(quoteIdentifier("abort"), "abort");
    assert.equal(quoteIdentifier("User"), '"User"');
    assert.equal(quoteIdentifier("2nd"), '"2nd"');
    assert.equal(quoteIdentifier("a$b"), '"a$b"');
    assert.equal(quoteIdentifier('a"b'), '"a""b"');
    assert.equal(quoteIdentifier("élan"), '"élan"');
    assert.equal(quoteIdentifier(""), '""');
    assert.equal(quoteName({ schema: "app", name: "order" }), 'app."order"');
    assert.equal(quoteName({ name: "note" }), "note");
  });

  test("doubles quotes in strings", () => {
    assert.equal(quoteLiteral("it's"), "'it''s'");
    assert.equal(quoteLiteral("a\\b"), "'a\\b'");
  });
});
