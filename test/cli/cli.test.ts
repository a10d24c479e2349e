import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { version } from "../../server/src/version.js";
import { inFolder, program } from "../support/program.js";

const init =
  "create table room (id uuid primary key);\ncreate table message (id uuid primary key, room_id uuid references room (id));\n";
const busy = "create index message_room on message (room_id);\n";
const migrations = {
  "supabase/migrations/20260101000000_init.sql": init,
  "supabase/migrations/20260102000000_index.sql": busy,
};

interface Report {
  readonly version: number;
  readonly findings: readonly {
    readonly check: string;
    readonly severity: string;
    readonly file: string;
    readonly range: { readonly start: { readonly line: number; readonly character: number } };
    readonly fixes: readonly {
      readonly title: string;
      readonly safe: boolean;
      readonly edits: readonly object[];
      readonly creates: readonly { readonly file: string; readonly text: string }[];
    }[];
    readonly docs: string;
  }[];
  readonly summary: {
    readonly files: number;
    readonly statements: number;
    readonly error: number;
    readonly warning: number;
  };
}

async function report(folder: string, ...args: readonly string[]): Promise<Report> {
  return JSON.parse((await program(folder, "lint", "--format", "json", ...args)).out) as Report;
}

suite("the command line", function () {
  this.timeout(60_000);

  test("prints findings as JSON, relative to the working folder, with fixes", () =>
    inFolder(migrations, async (folder) => {
      const { version: format, findings, summary } = await report(folder);
      assert.equal(format, 1);
      const [finding] = findings.filter(({ check }) => check === "blocking-index");
      assert.equal(finding?.file, "supabase/migrations/20260102000000_index.sql");
      assert.deepEqual(finding?.range.start, { line: 0, character: 0 });
      assert.equal(finding?.docs, "docs/checks.md#blocking-index");
      assert.ok((finding?.fixes.length ?? 0) > 0);
      assert.equal(summary.files, 2);
      assert.equal(summary.statements, 3);
    }));

  test("sorts findings by file, then position, then check", () =>
    inFolder(migrations, async (folder) => {
      const { findings } = await report(folder);
      const keys = findings.map(
        ({ file, range, check }) => [file, range.start.line, range.start.character, check] as const,
      );
      const sorted = [...keys].sort((a, b) =>
        a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1] || a[2] - b[2] || (a[3] < b[3] ? -1 : 1),
      );
      assert.deepEqual(keys, sorted);
    }));

  test("exits with 1 at or above --fail-on, else with 0", () =>
    inFolder(migrations, async (folder) => {
      assert.equal((await program(folder, "lint")).status, 1);
      assert.equal((await program(folder, "lint", "--fail-on", "never")).status, 0);
      writeFileSync(path.join(folder, "data-orchestrator.yaml"), "checks:\n  table-without-rls: off\n");
      assert.equal((await program(folder, "lint")).status, 0);
      assert.equal((await program(folder, "lint", "--fail-on", "warning")).status, 1);
    }));

  test("a baseline silences what was there and lets through what is new", () =>
    inFolder(migrations, async (folder) => {
      const wrote = await program(folder, "lint", "--write-baseline");
      assert.equal(wrote.status, 0);
      assert.match(wrote.out, /^data-orchestrator-baseline\.json: \d+ findings in 2 files are known\.\n$/);
      assert.deepEqual((await report(folder)).findings, []);
      // The same statements on other lines are not new; a second table without RLS is.
      const moved = `-- a line more\n${init}create table pet (id uuid primary key);\n`;
      writeFileSync(path.join(folder, "supabase/migrations/20260101000000_init.sql"), moved);
      const found = (await report(folder)).findings.map(({ check, range }) => `${check} ${range.start.line}`);
      assert.deepEqual(found, ["table-without-rls 3"]);
      const before = readFileSync(path.join(folder, "data-orchestrator-baseline.json"), "utf8");
      await program(folder, "lint", "--write-baseline");
      const after = readFileSync(path.join(folder, "data-orchestrator-baseline.json"), "utf8");
      assert.ok(after.includes("`pet`") && !before.includes("`pet`"));
      assert.deepEqual((await report(folder)).findings, []);
      writeFileSync(path.join(folder, "data-orchestrator-baseline.json"), "<<<<<<< HEAD");
      const broken = await program(folder, "lint");
      assert.equal(broken.status, 2);
      assert.match(broken.err, /^data-orchestrator: data-orchestrator-baseline\.json:1:1: .+ is no JSON: .+\n$/);
    }));

  test("--since shows what a revision did not have, wherever it stands", () =>
    inFolder(migrations, async (folder) => {
      const git = (...args: readonly string[]) =>
        execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: folder });
      git("init", "-q", "-b", "trunk");
      git("add", ".");
      git("commit", "-qm", "one");
      const next = path.join(folder, "supabase/migrations/20260103000000_drop.sql");
      writeFileSync(next, "drop index message_room;\n");
      const found = (await report(folder, "--since", "HEAD")).findings.map(
        ({ check, file }) => `${path.basename(file)} ${check}`,
      );
      // The new file takes away what an old one relied on: the finding stands in the old one and is new all the same.
      assert.ok(found.includes("20260101000000_init.sql unindexed-foreign-key"), found.join());
      assert.ok(!found.some((one) => one.includes("table-without-rls")), found.join());
      const unknown = await program(folder, "lint", "--since", "--output=x");
      assert.equal(unknown.status, 2);
      assert.match((await program(folder, "lint", "--since", "nowhere")).err, /git knows no revision "nowhere"/);
    }));

  test("sums up by check, and explains one", () =>
    inFolder(migrations, async (folder) => {
      const { out } = await program(folder, "lint");
      assert.match(out, /\n {5}2 {2}table-without-rls \(error\)\n/);
      const explained = await program(folder, "explain-check", "unindexed-foreign-key");
      assert.match(
        explained.out,
        /^unindexed-foreign-key \(warning\)\n\n[\s\S]+Instead: [\s\S]+Found in:\n\n {4}create table[\s\S]+\nTurn it off when /,
      );
      const { err, status } = await program(folder, "explain-check", "unindexed-foreing-key");
      assert.equal(status, 2);
      assert.match(err, /There is no check "unindexed-foreing-key"\. Is it unindexed-foreign-key\?/);
    }));

  test("says wrong usage in one line on standard error, with 2", () =>
    inFolder(migrations, async (folder) => {
      for (const args of [
        ["nonsense"],
        ["lint", "--format", "xml"],
        ["lint", "--no-such-option"],
        ["lint", "no/such/path"],
      ]) {
        const { status, out, err } = await program(folder, ...args);
        assert.equal(status, 2, args.join(" "));
        assert.equal(out, "");
        assert.match(err, /^data-orchestrator: .+\n$/);
      }
    }));

  test("knows its version and its help", () =>
    inFolder({}, async (folder) => {
      assert.equal((await program(folder, "--version")).out, `${version}\n`);
      assert.match((await program(folder, "--help")).out, /^Usage: data-orchestrator/);
    }));

  test("takes a syntax error for a finding, not a fault", () =>
    inFolder(
      { "supabase/migrations/20260101000000_init.sql": "create tabel x ();\ncreate table y (id int primary key);\n" },
      async (folder) => {
        const { status, err } = await program(folder, "lint");
        assert.deepEqual({ status, err }, { status: 1, err: "" });
        assert.ok((await report(folder)).findings.some(({ check }) => check === "syntax-error"));
      },
    ));

  test("writes SARIF with rules and places that count from 1", () =>
    inFolder(migrations, async (folder) => {
      const { out } = await program(folder, "lint", "--format", "sarif");
      const log = JSON.parse(out) as {
        readonly version: string;
        readonly runs: readonly {
          readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
          readonly results: readonly {
            readonly ruleId: string;
            readonly ruleIndex: number;
            readonly locations: readonly {
              readonly physicalLocation: {
                readonly region: { readonly startLine: number; readonly startColumn: number };
              };
            }[];
          }[];
        }[];
      };
      assert.equal(log.version, "2.1.0");
      const [run] = log.runs;
      for (const { ruleId, ruleIndex } of run?.results ?? [])
        assert.equal(run?.tool.driver.rules[ruleIndex]?.id, ruleId);
      const region = run?.results.find(({ ruleId }) => ruleId === "blocking-index")?.locations[0]?.physicalLocation
        .region;
      assert.deepEqual([region?.startLine, region?.startColumn], [1, 1]);
    }));

  test("writes annotations for GitHub", () =>
    inFolder(migrations, async (folder) => {
      const { out } = await program(folder, "lint", "--format", "github");
      assert.match(
        out,
        /^::warning file=supabase\/migrations\/20260102000000_index\.sql,line=1,endLine=1,col=1,title=blocking-index::.+$/m,
      );
    }));

  test("applies safe fixes only, and those until none is left", () =>
    inFolder(
      {
        "supabase/migrations/20260101000000_init.sql":
          "create table note (id uuid primary key, owner uuid);\ncreate index on note (owner);\nalter table note enable row level security;\ncreate policy own on note for select to authenticated using (owner = auth.uid());\n",
      },
      async (folder) => {
        await program(folder, "lint", "--fix");
        const text = readFileSync(path.join(folder, "supabase/migrations/20260101000000_init.sql"), "utf8");
        assert.match(text, /owner = \(select auth\.uid\(\)\)/);
        const { findings } = await report(folder);
        assert.ok(!findings.some(({ fixes }) => fixes.some(({ safe }) => safe)));
      },
    ));

  test("lints only what lies under the given path, with the whole project in mind", () =>
    inFolder(migrations, async (folder) => {
      const { findings, summary } = await report(folder, "supabase/migrations/20260102000000_index.sql");
      assert.equal(summary.files, 1);
      assert.ok(findings.some(({ check }) => check === "blocking-index"));
      assert.ok(findings.every(({ file }) => file.endsWith("_index.sql")));
    }));

  test("judges acts only in migrations that are not on the default branch, and never edits the others", () =>
    inFolder(migrations, async (folder) => {
      const git = (...args: readonly string[]) =>
        execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.invalid", ...args], {
          cwd: folder,
          stdio: "ignore",
        });
      git("init", "-b", "main");
      git("add", "supabase/migrations/20260101000000_init.sql");
      git("commit", "-m", "init");
      const pending = await report(folder);
      assert.ok(pending.findings.some(({ check }) => check === "blocking-index"));
      git("add", ".");
      git("commit", "-m", "index");
      const { findings } = await report(folder);
      assert.ok(!findings.some(({ check }) => check === "blocking-index"));
      assert.ok(findings.every(({ fixes }) => fixes.every(({ edits }) => edits.length === 0)));
    }));

  test("tells of migrations that are changed or gone since they were merged", () =>
    inFolder(migrations, async (folder) => {
      const git = (...args: readonly string[]) =>
        execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.invalid", ...args], {
          cwd: folder,
          stdio: "ignore",
        });
      const rewritten = async () =>
        (await report(folder)).findings.filter(({ check }) => check === "rewritten-history").map(({ file }) => file);
      const first = path.join(folder, "supabase/migrations/20260101000000_init.sql");
      git("init", "-b", "main");
      git("add", ".");
      git("commit", "-m", "all");
      git("checkout", "-b", "work");
      assert.deepEqual(await rewritten(), []);
      writeFileSync(first, `${readFileSync(first, "utf8")}\nselect 1;\n`);
      assert.deepEqual(await rewritten(), ["supabase/migrations/20260101000000_init.sql"]);
      git("checkout", ".");
      rmSync(path.join(folder, "supabase/migrations/20260102000000_index.sql"));
      assert.deepEqual(await rewritten(), ["supabase/migrations/20260101000000_init.sql"]);
    }));

  test("prints the schema that the migrations add up to", () =>
    inFolder(migrations, async (folder) => {
      const { out, status } = await program(folder, "schema", "--format", "json");
      const { tables } = JSON.parse(out) as {
        readonly tables: readonly {
          readonly name: string;
          readonly foreignKeys: readonly object[];
          readonly indexes: readonly object[];
        }[];
      };
      assert.equal(status, 0);
      assert.deepEqual(
        tables.map(({ name }) => name),
        ["message", "room"],
      );
      assert.equal(tables[0]?.foreignKeys.length, 1);
      assert.equal(tables[0]?.indexes.length, 2);
    }));
});

suite("bad input gets one clear message, and the rest goes on", function () {
  this.timeout(60_000);

  const goesOn = async (folder: string, message: RegExp): Promise<void> => {
    const { status, out, err } = await program(folder, "lint");
    assert.equal(status, 2);
    assert.match(err, message);
    assert.equal(err.trimEnd().split("\n").length, 1, err);
    assert.match(out, /blocking-index/);
  };

  test("a file that is not UTF-8", () =>
    inFolder(
      { ...migrations, "supabase/migrations/20260103000000_latin.sql": Uint8Array.from([115, 101, 0xe9, 10]) },
      (folder) => goesOn(folder, /20260103000000_latin\.sql is not read: it is not UTF-8 \(byte 2\)/),
    ));

  test("a file of 50 MB", () =>
    inFolder(
      { ...migrations, "supabase/migrations/20260103000000_dump.sql": new Uint8Array(50 * 1024 * 1024).fill(32) },
      (folder) => goesOn(folder, /20260103000000_dump\.sql is not read: it has 50 MB/),
    ));

  test("a link that leads nowhere", () =>
    inFolder(migrations, (folder) => {
      symlinkSync("nowhere.sql", path.join(folder, "supabase/migrations/20260103000000_link.sql"));
      return goesOn(folder, /20260103000000_link\.sql cannot be read: there is no such file/);
    }));

  test("folders that link in a circle are walked once", () =>
    inFolder(migrations, async (folder) => {
      mkdirSync(path.join(folder, "deep"));
      symlinkSync("..", path.join(folder, "deep/up"));
      const { err, out } = await program(folder, "lint", "--quiet");
      assert.equal(err, "");
      assert.equal(out.match(/blocking-index/g)?.length, 1);
    }));

  test("a configuration that is not YAML, or says what cannot be", () =>
    inFolder({ ...migrations, "data-orchestrator.yaml": "checks:\n  no-such-check: error\n" }, (folder) =>
      goesOn(folder, /data-orchestrator\.yaml:2:3: There is no check named `no-such-check`\./),
    ));
});
