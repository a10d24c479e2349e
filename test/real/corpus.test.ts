/**
 * The core over SQL that nobody wrote for it. What is found is counted in expected.json, each kind of finding looked at by a person;
 * `UPDATE_EXPECTED=1` writes the counts anew.
 */
import "../support/parser.js";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import type { Finding } from "../../server/src/core/finding.js";
import { schemaOf } from "../../server/src/core/folding.js";
import { documentsOf, findings } from "../../server/src/core/lint.js";
import { type Folder, sqlOf } from "../../server/src/core/project.js";
import type { Memory } from "../../server/src/core/scenes.js";
import { applyFix, folderOf, strictRun } from "../support/checks.js";
import { type RealFile, realSql } from "../support/corpus.js";
import { cutsOf } from "../support/cuts.js";

const expectation = "test/real/expected.json";

/** One way to look at published files: as they lie in their package, or as the migrations that they are once they run. */
interface Corpus {
  readonly name: string;
  readonly folder: Folder;
  readonly memory: Memory;
  readonly found: readonly Finding[];
}

suite("SQL out of npm packages", () => {
  let files: readonly RealFile[] = [];
  let corpora: readonly Corpus[] = [];

  suiteSetup(async function () {
    this.timeout(300_000);
    files = await realSql();
    corpora = [...asPublished(files), graphileWorker(files), bundles(files)].map(([name, list]) => {
      const folder = folderOf(list);
      const run = strictRun();
      return {
        name,
        folder,
        memory: run.memory,
        found: documentsOf(folder).flatMap(({ uri }) => findings(folder, uri, run)),
      };
    });
  });

  test("there are hundreds of files and thousands of statements", () => {
    const statements = corpora
      .flatMap(({ folder }) => [...folder.files.values()])
      .reduce((sum, file) => sum + sqlOf(file).pieces.filter(({ kind }) => kind === "sql").length, 0);
    assert.ok(files.length > 500 && statements > 2500, `${files.length} files, ${statements} statements`);
  });

  test("the splitter cuts where PostgreSQL cuts", async () => {
    let compared = 0;
    for (const { package: owner, path, text } of files) {
      const cuts = await cutsOf(text);
      if (cuts === undefined) continue;
      assert.deepEqual(cuts.splitter, cuts.parser, `${owner}/${path}`);
      compared++;
    }
    assert.ok(compared > 450, `only ${compared} files parse as a whole`);
  }).timeout(60_000);

  test("nothing is called a syntax error", () => {
    for (const { name, found } of corpora) {
      const wrong = found.filter(({ check }) => check === "syntax-error" || check === "borrowed-syntax");
      assert.deepEqual(
        wrong.map(({ uri, message }) => `${name}: ${uri}: ${message}`),
        [],
      );
    }
  });

  test("every history folds, from its first statement to its last", () => {
    const tables = (name: string): number => {
      const folder = corpora.find((corpus) => corpus.name === name)?.folder;
      const [history] = folder?.histories ?? [];
      assert.ok(folder !== undefined && history !== undefined, `${name} is no history`);
      const schema = schemaOf(folder, history);
      assert.equal(schema.unread, 0, `${name} has statements that cannot be read`);
      assert.equal(schema.beginning, "whole", `${name} begins late`);
      return schema.tables.values().filter(({ origin }) => origin.made !== undefined).length;
    };
    // What a database has after these migrations, by their own `create table` and `drop table`.
    assert.equal(tables("graphile-worker, with its schema"), 4);
    assert.equal(tables("@pgpm bundles, as migrations"), 47);
  });

  test("every finding lies inside its document, and so does what it refers to", () => {
    for (const { folder, found } of corpora) {
      for (const { uri, span, related, check } of found) {
        for (const place of [{ uri, span }, ...related]) {
          const length = folder.files.get(place.uri)?.text.length ?? -1;
          const { start, end } = place.span;
          assert.ok(
            start >= 0 && start <= end && end <= length,
            `${check} at ${start}–${end} of ${length} in ${place.uri}`,
          );
        }
      }
    }
  });

  test("what is found is what was reviewed", () => {
    const counts: Record<string, Record<string, number>> = {};
    for (const { name, found } of corpora) {
      const here: Record<string, number> = {};
      for (const check of found.map((finding) => finding.check).sort()) here[check] = (here[check] ?? 0) + 1;
      counts[name] = here;
    }
    if (process.env.UPDATE_EXPECTED !== undefined)
      writeFileSync(expectation, `${JSON.stringify(counts, undefined, 2)}\n`);
    assert.deepEqual(counts, JSON.parse(readFileSync(expectation, "utf8")));
  });

  test("every fix fits, parses and cures", () => {
    let tried = 0;
    for (const { folder, memory, found } of corpora) {
      const before = tally(found);
      for (const finding of found) {
        for (const fix of finding.fixes()) {
          // Files outside of histories have nothing to do with each other.
          const alone = folder.histories.length === 0;
          const changed = applyFix(folder, fix);
          const run = { ...strictRun(), memory: new Map(memory) };
          const uris = alone ? [finding.uri] : documentsOf(changed).map(({ uri }) => uri);
          const left = uris.flatMap((uri) => findings(changed, uri, run));
          const there = alone ? found.filter(({ uri }) => uri === finding.uri) : found;
          const label = `${finding.check} in ${finding.uri}, ${fix.title}`;
          const isSame = ({ check }: Finding): boolean => check === finding.check;
          assert.ok(left.filter(isSame).length < there.filter(isSame).length, `${label}: the finding is still there`);
          const [old, after] = [alone ? tally(there) : before, tally(left)];
          for (const check of after.keys())
            assert.ok(count(after, check) <= count(old, check), `${label}: brings a new ${check}`);
          tried++;
        }
      }
    }
    assert.ok(tried > 100, `only ${tried} fixes`);
  }).timeout(120_000);
});

function asPublished(files: readonly RealFile[]): readonly (readonly [name: string, files: readonly RealFile[]])[] {
  const packages = [...new Set(files.map((file) => file.package))];
  return packages.map((name) => [name, files.filter((file) => file.package === name)]);
}

/** The job queue's migrations with the schema that it puts in for its placeholder when it runs them. */
function graphileWorker(files: readonly RealFile[]): readonly [name: string, files: { path: string; text: string }[]] {
  const own = files
    .filter((file) => file.package === "graphile-worker")
    .map(({ path, text }) => ({
      path: path.replace("sql/", "migrations/"),
      text: text.replaceAll(":GRAPHILE_WORKER_SCHEMA", "graphile_worker"),
    }));
  return [
    "graphile-worker, with its schema",
    [{ path: "migrations/000000.sql", text: "create schema graphile_worker;\n" }, ...own],
  ];
}

/** The bundles of the packages one after the other, each behind those that it needs. */
function bundles(files: readonly RealFile[]): readonly [name: string, files: { path: string; text: string }[]] {
  const order = ["types", "verify", "base32", "inflection", "database-jobs", "metaschema-schema", "metaschema-modules"];
  const list = order.flatMap((name, at) =>
    files
      .filter((file) => file.package === `@pgpm/${name}` && file.path.startsWith("sql/"))
      .map(({ text }) => ({ path: `supabase/migrations/2026010100000${at}_${name.replace(/-/g, "_")}.sql`, text })),
  );
  return ["@pgpm bundles, as migrations", list];
}

/** How often each check speaks, its mildest words left out: a cure may leave a decision to be taken. */
function tally(found: readonly Finding[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { check, severity } of found) {
    if (severity === "error" || severity === "warning") counts.set(check, (counts.get(check) ?? 0) + 1);
  }
  return counts;
}

function count(counts: ReadonlyMap<string, number>, check: string): number {
  return counts.get(check) ?? 0;
}
