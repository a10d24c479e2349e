import assert from "node:assert/strict";
import { report } from "../../server/src/cli/report.js";

test("SARIF escapes what a URI gives a meaning to in the name of a file", () => {
  const start = { line: 0, character: 0 };
  const finding = { check: "x", severity: "error", message: "m", range: { start, end: start }, related: [] } as const;
  const text = report("sarif", [{ file: "a b/#1?%é.sql", finding: { ...finding, unnecessary: false }, fixes: [] }], {
    summary: { files: 1, statements: 1, milliseconds: 1 },
    checks: [],
    version: "1.0.0",
    relative: (uri) => uri,
    colour: false,
    quiet: false,
  });
  assert.ok(text.includes('"uri": "a%20b/%231%3F%25%C3%A9.sql"'), text);
});
