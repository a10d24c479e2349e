import assert from "node:assert/strict";
import type { Check } from "../../server/src/core/checks/check.js";
import { checks } from "../../server/src/core/checks/index.js";
import type { Finding } from "../../server/src/core/finding.js";
import type { Folder } from "../../server/src/core/project.js";
import type { ReplayError, ReplayRequest } from "../../server/src/embedded/messages.js";
import { allFindings, applyFix, filesOf, folderOf } from "../support/checks.js";
import { makeReplays, type Replays, requestOf } from "../support/replays.js";

interface Case {
  readonly finding: Finding;
  readonly example: number;
  readonly before: ReplayRequest;
  readonly fixes: readonly { readonly title: string; readonly after: ReplayRequest }[];
}

/** The findings of a check's bad examples that belong to a history and have a fix. */
function casesOf({ name, bad }: Check): readonly Case[] {
  return bad.flatMap((text, at) => {
    const folder = folderOf(filesOf(text));
    return allFindings(folder)
      .filter(({ check }) => check === name)
      .flatMap((finding) => caseOf(folder, finding, at + 1));
  });
}

function caseOf(folder: Folder, finding: Finding, example: number): readonly Case[] {
  const path = folder.files.get(finding.uri)?.path ?? "";
  const before = requestOf(folder, path);
  const fixes = finding.fixes().map((fix) => ({ title: fix.title, after: requestOf(applyFix(folder, fix), path) }));
  return before.files.length === 0 || fixes.length === 0 ? [] : [{ finding, example, before, fixes }];
}

const words = (errors: readonly ReplayError[]): readonly string[] => errors.map(({ message }) => message);

suite("the law of replay: a fix runs wherever the original did", function () {
  this.timeout(60_000);
  const all = checks.flatMap(casesOf);
  let replays: Replays;
  let ran = 0;
  suiteSetup(() => {
    replays = makeReplays(all.flatMap(({ before, fixes }) => [before, ...fixes.map(({ after }) => after)]));
  });
  suiteTeardown(() => replays.close());

  for (const platform of ["supabase", "postgres"]) {
    for (const { name } of checks) {
      const own = all.filter(({ finding, before }) => finding.check === name && before.platform === platform);
      if (own.length > 0) test(`${name} (${platform})`, () => obeysReplay(own));
    }
  }

  test("most originals run, and the database is seldom opened", () => {
    assert.ok(ran >= all.length * 0.75, `${ran} of ${all.length}`);
    assert.ok(replays.opened() <= 4, `${replays.opened()} times`);
  });

  /** In tables with rows; where the original runs only in empty ones, in these as well. */
  async function obeysReplay(own: readonly Case[]): Promise<void> {
    for (const { finding, example, before, fixes } of own) {
      const old = await replays.replay(before, "with rows");
      if (old.length === 0) ran++;
      const runsEmpty = old.length > 0 && (await replays.replay(before)).length === 0;
      for (const { title, after } of fixes) {
        const label = `${finding.check}, example ${example}: ${title}`;
        const left = await replays.replay(after, "with rows");
        const added = words(left).filter((word) => !words(old).includes(word));
        assert.deepEqual(added, [], label);
        if (old.length > 0 && finding.severity === "error")
          assert.ok(left.length < old.length, `${label}: it still fails: ${words(left).join("; ")}`);
        if (runsEmpty) assert.deepEqual(words(await replays.replay(after)), [], `${label}: in empty tables`);
      }
    }
  }
});
