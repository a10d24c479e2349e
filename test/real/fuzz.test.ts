/**
 * Hostile text: real files with edits that nobody would make on purpose. Neither the core nor the server may die, hang, or speak of a
 * place that is not there, and what comes afterwards must be as if nothing had happened.
 */
import "../support/parser.js";
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import type { Diagnostic, Position } from "vscode-languageserver";
import type { Finding } from "../../server/src/core/finding.js";
import { documentsOf, findings } from "../../server/src/core/lint.js";
import { type Folder, settingsOf, withEdit, withFiles } from "../../server/src/core/project.js";
import { lineStarts } from "../../server/src/core/text/lines.js";
import { allFindings, applyFix, folderOf, strictRun } from "../support/checks.js";
import { realSql } from "../support/corpus.js";
import { type LanguageClient, startClient } from "../support/lsp.js";
import { type Mutation, mutated, mutation, placeOf } from "../support/mutations.js";

const app = "test/fixtures/workspaces/chat-app";

/** The same run every time, as long as the machine's pace allows; `FUZZ_SEED` and `FUZZ_SECONDS` look further. */
const seed = Number(process.env.FUZZ_SEED ?? 20_260_101);
const seconds = Number(process.env.FUZZ_SECONDS ?? 8);
const bounded = {
  seed,
  numRuns: 100_000,
  interruptAfterTimeLimit: seconds * 1000,
  markInterruptAsFailure: false,
} as const;

suite("hostile text", () => {
  suite("in the core", () => {
    let victims: readonly { readonly path: string; readonly text: string }[] = [];
    let surroundings: Folder = folderOf([]);

    suiteSetup(async function () {
      this.timeout(300_000);
      const own = sources(app);
      surroundings = folderOf(own);
      const real = (await realSql())
        .filter((_file, at) => at % 9 === 0)
        .map(({ text }, at) => ({ path: `supabase/migrations/2027${1000 + at}_x.sql`, text }));
      victims = [...own, ...real].filter(({ path, text }) => /\.(?:sql|ya?ml)$/.test(path) && text.length < 40_000);
    });

    test("every answer lies inside the text, however it is edited, and edits are read as the whole text is", () => {
      let edits = 0;
      fc.assert(
        fc.property(fc.nat(10_000), fc.array(mutation, { minLength: 1, maxLength: 6 }), (which, mutations) => {
          const victim = victims[which % victims.length];
          assert.ok(victim !== undefined);
          const uri = `${surroundings.root}/${victim.path}`;
          let folder = withFiles(surroundings, [{ ...victim, uri }]);
          const run = strictRun();
          for (const one of mutations) {
            const before = folder.files.get(uri)?.text ?? "";
            const { start, removed } = placeOf(before, one);
            folder = withEdit(folder, uri, mutated(before, one), { start, removed, added: one.added.length });
            areInside(folder, findings(folder, uri, run));
            edits++;
          }
          const text = folder.files.get(uri)?.text ?? "";
          const anew = withFiles(surroundings, [{ uri, path: victim.path, text }]);
          const fresh = findings(anew, uri, strictRun());
          assert.deepEqual(findings(folder, uri, run).map(said), fresh.map(said));
          for (const finding of fresh.slice(0, 8)) for (const fix of finding.fixes()) applyFix(anew, fix);
        }),
        bounded,
      );
      assert.ok(edits > 100, `only ${edits} edits`);
    }).timeout(seconds * 4000);

    test("what stands in other files is judged without a fault while one is broken", () => {
      const before = allFindings(surroundings).map(said);
      fc.assert(
        fc.property(fc.nat(10_000), fc.array(mutation, { minLength: 1, maxLength: 3 }), (which, mutations) => {
          const own = victims.filter(({ path }) => surroundings.files.has(`${surroundings.root}/${path}`));
          const victim = own[which % own.length];
          assert.ok(victim !== undefined);
          const uri = `${surroundings.root}/${victim.path}`;
          const broken = withFiles(surroundings, [{ ...victim, uri, text: mutations.reduce(mutated, victim.text) }]);
          areInside(broken, allFindings(broken));
          assert.deepEqual(allFindings(withFiles(broken, [{ ...victim, uri }])).map(said), before);
        }),
        { ...bounded, interruptAfterTimeLimit: seconds * 250 },
      );
    }).timeout(seconds * 4000);
  });

  suite("in the server", () => {
    let folder = "";
    let client: LanguageClient | undefined;

    suiteSetup(async () => {
      folder = realpathSync(mkdtempSync(path.join(tmpdir(), "do-fuzz-")));
      cpSync(app, folder, { recursive: true });
      client = await startClient({ folders: [pathToFileURL(folder).href], patience: 30_000 });
    });

    suiteTeardown(async () => {
      const code = await client?.stop();
      rmSync(folder, { recursive: true, force: true });
      assert.equal(code, 0);
    });

    const server = (): LanguageClient => {
      assert.ok(client !== undefined);
      return client;
    };

    test("it answers inside the text through every edit, and afterwards as before", async () => {
      const texts = sources(folder).filter(({ path }) => /\.(?:sql|ya?ml)$/.test(path));
      const uriOf = (name: string): string => `${pathToFileURL(folder).href}/${name}`;
      const before = await server().pullAll();
      for (const { path, text } of texts) server().open(uriOf(path), text);
      const end = Date.now() + seconds * 500;
      const sample = fc.sample(fc.tuple(fc.nat(10_000), mutation), { seed, numRuns: 3000 });
      let edits = 0;
      for (const [which, one] of sample) {
        if (Date.now() > end) break;
        const victim = texts[which % texts.length];
        assert.ok(victim !== undefined);
        const uri = uriOf(victim.path);
        strike(server(), uri, one);
        // Now and then a whole burst of edits before somebody asks.
        if (which % 3 === 0) continue;
        const found = await server().pull(uri);
        rangesAreInside(server().textOf(uri), found);
        if (which % 5 === 0) rangesOfEdits(server(), uri, await server().actions(uri, found.slice(0, 3)));
        edits++;
      }
      assert.ok(edits > 50, `only ${edits} edits`);
      for (const { path, text } of texts) server().edit(uriOf(path), 0, server().textOf(uriOf(path)).length, text);
      assert.deepEqual(plain(await server().pullAll()), plain(before));
      for (const { path } of texts) server().close(uriOf(path));
      const complaints = server().received.flatMap(({ method, params }) =>
        method === "window/logMessage" ? [(params as { message: string }).message] : [],
      );
      assert.deepEqual(
        complaints.filter((line) => /failed|took|takes its place/.test(line)),
        [],
      );
    }).timeout(seconds * 8000);

    test("a statement that overflows the parser is survived", async () => {
      const uri = `${pathToFileURL(folder).href}/supabase/migrations/20270101000000_deep.sql`;
      const fine = "create table deep (id uuid primary key);\nselect from from;\n";
      server().open(uri, fine);
      const before = await server().pull(uri);
      assert.ok(before.some(({ code }) => code === "syntax-error"));
      for (let round = 0; round < 3; round++) {
        // Just short enough to be parsed at all; the parser's stack holds about 80,000 operands.
        const deep = `select ${"a||".repeat(87_000)}a;\n`;
        server().edit(uri, 0, 0, deep);
        rangesAreInside(server().textOf(uri), await server().pull(uri));
        server().edit(uri, 0, deep.length, "");
        assert.deepEqual(await server().pull(uri), before);
      }
      server().close(uri);
    }).timeout(120_000);
  });
});

function sources(folder: string): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => /\.(?:sql|ya?ml|toml)$/.test(file))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(folder, file), "utf8") }));
}

/** Everything a finding says, without what is made on demand. */
function said({ check, severity, message, uri, span }: Finding): string {
  return `${uri} ${span.start}-${span.end} ${severity} ${check} ${message}`;
}

function areInside(folder: Folder, found: readonly Finding[]): void {
  assert.ok(documentsOf(folder).length > 0);
  const configuration = settingsOf(folder)?.text ?? "";
  for (const { message, span } of folder.faults)
    assert.ok(span.start >= 0 && span.start <= span.end && span.end <= configuration.length, message);
  for (const { check, uri, span, related } of found) {
    for (const place of [{ uri, span }, ...related]) {
      const length = folder.files.get(place.uri)?.text.length ?? -1;
      const { start, end } = place.span;
      assert.ok(
        start >= 0 && start <= end && end <= length,
        `${check}: ${start} to ${end} of ${length} in ${place.uri}`,
      );
    }
  }
}

function strike(client: LanguageClient, uri: string, one: Mutation): void {
  const { start, removed } = placeOf(client.textOf(uri), one);
  client.edit(uri, start, removed, one.added);
}

function rangesAreInside(text: string, found: readonly Diagnostic[]): void {
  const starts = lineStarts(text);
  for (const { code, range } of found) {
    assert.ok(
      isInside(text, starts, range.start) && isInside(text, starts, range.end),
      `${code}: ${JSON.stringify(range)}`,
    );
    assert.ok(
      range.start.line < range.end.line ||
        range.start.character <= range.end.character ||
        range.start.line === range.end.line,
      String(code),
    );
  }
}

function rangesOfEdits(
  client: LanguageClient,
  uri: string,
  actions: Awaited<ReturnType<LanguageClient["actions"]>>,
): void {
  const text = client.textOf(uri);
  const starts = lineStarts(text);
  for (const { title, edit } of actions) {
    for (const { range } of edit?.changes?.[uri] ?? [])
      assert.ok(
        isInside(text, starts, range.start) && isInside(text, starts, range.end),
        `${title}: ${JSON.stringify(range)}`,
      );
  }
}

function isInside(text: string, starts: readonly number[], { line, character }: Position): boolean {
  const start = starts[line];
  return start !== undefined && character >= 0 && start + character <= (starts[line + 1] ?? text.length);
}

/** Diagnostics by document, without the names of answers. */
function plain({ items }: Awaited<ReturnType<LanguageClient["pullAll"]>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    items.flatMap((item) => (item.kind === "full" && item.items.length > 0 ? [[item.uri, item.items]] : [])),
  );
}
