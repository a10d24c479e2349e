import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { installEditor } from "../support/editor/install.js";

/** What is read: the sample, the grammar of its language. `UPDATE=1` writes the expectation beside the sample anew. */
const samples = [
  { file: "bodies.sql", scope: "source.sql" },
  { file: "templates.ts", scope: "source.ts" },
  { file: "sync-config.yaml", scope: "source.powersync-yaml" },
] as const;

interface Grammar {
  readonly scopeName: string;
  readonly path: string;
  readonly injectTo?: readonly string[];
}

suite("the grammars, on top of VS Code's own", () => {
  let registry: textmate.Registry;
  suiteSetup(async function () {
    this.timeout(600_000);
    const { entry } = await installEditor(console.log);
    const extensions = path.resolve(path.dirname(entry), "../../lib/vscode/extensions");
    const own = ["yaml", "sql", "typescript-basics", "javascript"].map((name) => path.join(extensions, name));
    registry = await registryOf([...own, "."]);
  });

  for (const { file, scope } of samples)
    test(`colour ${file} as expected`, async () => {
      const sample = path.join("test", "fixtures", "grammar", file);
      const grammar = await registry.loadGrammar(scope);
      assert.ok(grammar);
      const tokens = tokensOf(grammar, readFileSync(sample, "utf8"));
      const expectation = `${sample}.tokens`;
      if (process.env.UPDATE === "1") writeFileSync(expectation, tokens);
      assert.equal(tokens, readFileSync(expectation, "utf8"));
    });

  test("leave a sync configuration's YAML alone", async () => {
    const grammar = await registry.loadGrammar("source.powersync-yaml");
    assert.ok(grammar);
    const tokens = tokensOf(grammar, "# select 1\nconfig:\n  edition: 3\nselect: with care\n");
    assert.doesNotMatch(tokens, /sql/);
  });

  test("leave other YAML alone", async () => {
    const grammar = await registry.loadGrammar("source.yaml");
    assert.ok(grammar);
    assert.doesNotMatch(tokensOf(grammar, "steps:\n  - select 1 from jobs\n  - |\n    select 2\n"), /sql/);
  });
});

/** One line per line of the text, and below it one per token: what it is, and of which language. */
function tokensOf(grammar: textmate.IGrammar, text: string): string {
  let state = textmate.INITIAL;
  const lines = text.split("\n").flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    const words = tokens.flatMap(({ startIndex, endIndex, scopes }) => {
      const word = line.slice(startIndex, endIndex).trim();
      const language = scopes.findLast((scope) => /^meta\.embedded\.(block|inline)|^meta\.template/.test(scope));
      const last = scopes.at(-1) === language ? "" : (scopes.at(-1) ?? "");
      return word === "" ? [] : [`    ${word}  ${[language ?? "", last].filter(Boolean).join(" ")}`];
    });
    return [`> ${line}`, ...words];
  });
  return `${lines.join("\n")}\n`;
}

async function registryOf(extensions: readonly string[]): Promise<textmate.Registry> {
  const require = createRequire(import.meta.url);
  const wasm = readFileSync(path.join(path.dirname(require.resolve("vscode-oniguruma")), "onig.wasm"));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const grammars = extensions.flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
      contributes: { grammars: readonly Grammar[] };
    };
    return manifest.contributes.grammars.map((grammar) => ({ ...grammar, path: path.join(folder, grammar.path) }));
  });
  return new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (string) => new oniguruma.OnigString(string),
    }),
    loadGrammar: async (scope) => {
      const found = grammars.find(({ scopeName }) => scopeName === scope);
      return found === undefined ? null : textmate.parseRawGrammar(readFileSync(found.path, "utf8"), found.path);
    },
    getInjections: (scope) =>
      grammars.filter(({ injectTo }) => injectTo?.includes(scope) === true).map(({ scopeName }) => scopeName),
  });
}
