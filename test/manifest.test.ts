import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

interface Manifest {
  readonly version: string;
  readonly main: string;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly languages: readonly { readonly id: string; readonly configuration: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope?: string }>> };
  };
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const { contributes } = manifest;
const commands = new Set(contributes.commands.map(({ command }) => command));

suite("what the extension contributes", () => {
  test("has every command named in one way", () => {
    for (const { command, title, category } of contributes.commands) {
      assert.match(command, /^dataOrchestrator\.[a-z][A-Za-z]+$/);
      assert.match(title, /^[A-Z][a-z]+(?: [A-Z][a-z]+)*…?$/);
      assert.equal(category, "Data Orchestrator");
    }
    assert.equal(commands.size, contributes.commands.length);
  });

  test("puts only commands into menus and welcome texts that exist", () => {
    const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
    const inTexts = contributes.viewsWelcome.flatMap(({ contents }) =>
      [...contents.matchAll(/\(command:(dataOrchestrator[^)]*)\)/g)].map(([, command]) => command ?? ""),
    );
    for (const command of [...inMenus, ...inTexts]) assert.ok(commands.has(command), command);
  });

  test("names only files and views that are there", () => {
    const views = Object.values(contributes.views).flat();
    const files = [
      manifest.main,
      ...contributes.grammars.map(({ path: file }) => file),
      ...contributes.languages.map(({ configuration }) => configuration),
      ...views.map(({ icon }) => icon),
    ];
    for (const file of files) assert.ok(existsSync(file), file);
    for (const { view } of contributes.viewsWelcome)
      assert.ok(
        views.some(({ id }) => id === view),
        view,
      );
  });

  test("wakes up only for what concerns it", () => {
    for (const event of manifest.activationEvents) assert.match(event, /^(onLanguage:|workspaceContains:[^*])/);
  });

  test("gives every setting a scope, under one prefix", () => {
    for (const [name, { scope }] of Object.entries(contributes.configuration.properties)) {
      assert.match(name, /^dataOrchestrator\./);
      assert.ok(["window", "resource", "machine"].includes(scope ?? ""), `${name}: ${scope}`);
    }
  });
});

suite("the size of the bundles", () => {
  const budgets = { "extension.cjs": 600, "panel/workbench.js": 60, "panel/plan.js": 60 } as const;
  for (const [file, kilobytes] of Object.entries(budgets))
    test(`${file} stays below ${kilobytes} KB`, () => {
      const { size } = statSync(path.join("dist", file));
      assert.ok(size < kilobytes * 1024, `${Math.round(size / 1024)} KB`);
    });
});
