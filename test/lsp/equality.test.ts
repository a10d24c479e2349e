/** The command line and the language server are one engine: same findings, same order, same fixes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { CodeAction, Diagnostic, Range } from "vscode-languageserver";
import { type LanguageClient, startClient } from "../support/lsp.js";

/** A finding of `lint --format json`, as far as both doors tell of it. */
interface Told {
  readonly check: unknown;
  readonly severity: unknown;
  readonly message: string;
  readonly file: string;
  readonly range: Range;
  readonly related: readonly { readonly file: string; readonly range: Range; readonly message: string }[];
  readonly fixes: readonly ToldFix[];
}

interface ToldFix {
  readonly title: string;
  readonly safe: boolean;
  readonly edits: readonly { readonly file: string; readonly range: Range; readonly newText: string }[];
  readonly creates: readonly { readonly file: string; readonly text: string }[];
}

suite("the command line and the language server", () => {
  for (const name of ["chat-app", "seed", "clean"]) {
    test(`say the same of ${name}`, async () => {
      const folder = path.resolve("test/fixtures/workspaces", name);
      const ran = spawnSync(process.execPath, ["dist/cli.cjs", "lint", folder, "--format", "json"], {
        encoding: "utf8",
      });
      assert.ok(ran.status === 0 || ran.status === 1, ran.stderr);
      const { findings, summary } = JSON.parse(ran.stdout) as {
        findings: readonly Told[];
        summary: Record<string, number>;
      };
      const client = await startClient({ folders: [pathToFileURL(folder).href] });
      try {
        assert.deepEqual(await toldByServer(client), findings.map(comparable));
      } finally {
        await client.stop();
      }
      assert.equal(
        findings.length,
        ["error", "warning", "info", "hint"].reduce((sum, key) => sum + (summary[key] ?? 0), 0),
      );
      assert.equal(findings.length > 0, name !== "clean");
    }).timeout(30_000);
  }
});

async function toldByServer(client: LanguageClient): Promise<readonly Told[]> {
  const { items } = await client.pullAll();
  const told: Told[] = [];
  for (const item of items) {
    if (item.kind !== "full") continue;
    for (const diagnostic of item.items) {
      const fixes = (await client.actions(item.uri, [diagnostic], ["quickfix"])).filter(isFix).map(fixOf);
      told.push({ ...findingOf(item.uri, diagnostic), fixes });
    }
  }
  return told.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
}

function isFix({ edit, title }: CodeAction): boolean {
  return edit !== undefined && !title.startsWith("Allow `");
}

function findingOf(
  uri: string,
  { code, severity, message, range, relatedInformation }: Diagnostic,
): Omit<Told, "fixes"> {
  const related = (relatedInformation ?? []).map(({ location, message }) => ({
    file: fileOf(location.uri),
    range: location.range,
    message,
  }));
  return {
    check: code,
    severity: severities[severity ?? 0],
    message: String(message),
    file: fileOf(uri),
    range,
    related,
  };
}

const severities = ["", "error", "warning", "info", "hint"];

function fixOf({ title, edit, isPreferred }: CodeAction): ToldFix {
  const edits: ToldFix["edits"][number][] = [];
  const creates: ToldFix["creates"][number][] = [];
  const texts = new Map<string, string>();
  for (const [uri, changes] of Object.entries(edit?.changes ?? {}))
    for (const { range, newText } of changes) edits.push({ file: fileOf(uri), range, newText });
  for (const change of edit?.documentChanges ?? []) {
    if ("kind" in change) texts.set("uri" in change ? change.uri : "", "");
    else if (texts.has(change.textDocument.uri)) {
      const [whole] = change.edits;
      creates.push({
        file: fileOf(change.textDocument.uri),
        text: whole !== undefined && "newText" in whole ? whole.newText : "",
      });
    } else {
      for (const one of change.edits)
        if ("newText" in one)
          edits.push({ file: fileOf(change.textDocument.uri), range: one.range, newText: one.newText });
    }
  }
  return { title, safe: isPreferred === true, edits, creates };
}

/** What both tell, in the order in which it is compared. */
function comparable({ check, severity, message, file, range, related, fixes }: Told): Told {
  return { check, severity, message, file, range, related, fixes };
}

function fileOf(uri: string): string {
  return path.relative(process.cwd(), new URL(uri).pathname).split(path.sep).join("/");
}
