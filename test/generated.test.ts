import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { version } from "../server/src/version.js";

interface Generated {
  readonly file: string;
  readonly text: string;
}

const script = pathToFileURL(path.resolve("scripts/generate.mjs")).href;
const { generated } = (await import(script)) as { generated: () => Promise<readonly Generated[]> };

suite("generated files", () => {
  test("are fresh: `npm run generate` would change nothing", async () => {
    for (const { file, text } of await generated())
      assert.equal(readFileSync(file, "utf8"), text, `${file}: run npm run generate`);
  });

  test("the version is that of package.json", () => {
    assert.equal(version, (JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string }).version);
  });
});
