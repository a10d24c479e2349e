import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { checks } from "../server/src/core/checks/index.js";
import type { Finding } from "../server/src/core/finding.js";
import { allFindings, folderOf } from "./support/checks.js";

const home = "test/fixtures/workspaces";

/** What is found in an example workspace, as an editor that is told nothing by git finds it. */
function findingsIn(name: string): readonly Finding[] {
  const root = path.join(home, name);
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(sql|ya?ml|toml)$/.test(file) && statSync(path.join(root, file)).isFile())
    .map((file) => ({ path: file.split(path.sep).join("/"), text: readFileSync(path.join(root, file), "utf8") }));
  return allFindings(folderOf(files));
}

suite("the example workspaces", () => {
  test("no check speaks in the clean one", () => {
    assert.deepEqual(
      findingsIn("clean").map(({ check, uri, message }) => `${check} ${uri}: ${message}`),
      [],
    );
  });

  const found = new Set([...findingsIn("chat-app"), ...findingsIn("seed")].map(({ check }) => check));
  for (const { name, severity } of checks) {
    // What git has of a file is no part of these workspaces.
    if (severity === "off" || name === "rewritten-history") continue;
    test(`${name} has an occurrence in the chat app or in the first design`, () => assert.ok(found.has(name)));
  }

  test("the sync configuration of the chat app has one mistake of each kind", () => {
    const here = findingsIn("chat-app").filter(({ uri }) => uri.endsWith("/powersync/sync-config.yaml"));
    assert.deepEqual(
      here.map(({ check }) => check),
      ["unknown-sync-key", "unfiltered-stream", "invalid-sync-config", "missing-sync-id", "unpublished-table"],
    );
  });
});
