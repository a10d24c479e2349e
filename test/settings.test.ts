import assert from "node:assert/strict";
import { defaultSettings, matches, readSettings } from "../server/src/core/settings.js";

const checks = new Set(["blocking-index", "syntax-error"]);

suite("settings", () => {
  test("reads every key", () => {
    const { settings, faults } = readSettings(
      "postgres: 17\nplatform: supabase\napplied: all\nignore: [old/**]\nsync: [sync.yaml]\nmigrations:\n  - folder: ./db/migrations/\n    tool: goose\nchecks:\n  blocking-index: off\npaths:\n  - files: ['a/*.sql']\n    checks: { syntax-error: hint }\n",
      checks,
    );
    assert.deepEqual(faults, []);
    assert.deepEqual(settings, {
      postgres: 17,
      platform: "supabase",
      applied: "all",
      ignore: ["old/**"],
      sync: ["sync.yaml"],
      migrations: [{ folder: "db/migrations", tool: "goose" }],
      checks: { "blocking-index": "off" },
      paths: [{ files: ["a/*.sql"], checks: { "syntax-error": "hint" } }],
    });
  });

  test("names the place of what it cannot use, and keeps the rest", () => {
    const text = "postgres: seventeen\nchekcs: {}\nchecks: { no-such: error, blocking-index: loud }\napplied: all\n";
    const { settings, faults } = readSettings(text, checks);
    assert.deepEqual(
      faults.map(({ span }) => text.slice(span.start, span.end).trim()),
      ["seventeen", "chekcs", "no-such", "loud"],
    );
    assert.deepEqual(settings, { ...defaultSettings, applied: "all" });
  });

  test("survives what is no mapping, or no YAML", () => {
    for (const text of ["", "- a\n", "a: [\n", "checks: 3\n", "paths:\n  - 1\n", "\u0000"]) readSettings(text, checks);
    assert.equal(readSettings("- a\n", checks).faults.length, 1);
  });

  test("matches globs as people write them", () => {
    assert.ok(matches("supabase/migrations/1_a.sql", "supabase/**"));
    assert.ok(matches("supabase/migrations/1_a.sql", "**/*.sql"));
    assert.ok(matches("a.sql", "**/*.sql"));
    assert.ok(matches("deep/down/a.sql", "*.sql"));
    assert.ok(matches("a/b.yml", "a/*.{yaml,yml}"));
    assert.ok(!matches("a/b/c.sql", "a/*.sql"));
    assert.ok(!matches("axsql", "a.sql"));
    assert.ok(matches("old/x/y.sql", "old/"));
  });
});
