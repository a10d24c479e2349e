/** Loaded by the extension host of a real VS Code: runs the tests beside this file and writes down how they ended. */
import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { format } from "node:util";
import Mocha from "mocha";

/** Called by VS Code; rejects when a test failed or none ran. */
export async function run(): Promise<void> {
  const output = process.env.TEST_OUTPUT;
  if (output === undefined) throw new Error("TEST_OUTPUT names no folder");
  const say = (...args: unknown[]) => appendFileSync(path.join(output, "tests.log"), `${format(...args)}\n`);
  // A reporter keeps the console.log of the time it was loaded, so both are replaced.
  console.log = say;
  (Mocha.reporters.Base as unknown as { consoleLog: typeof say }).consoleLog = say;
  try {
    const { passes, failures, pending } = await runMocha();
    writeFileSync(
      path.join(output, "result.json"),
      JSON.stringify({ passed: passes, failed: failures, skipped: pending }),
    );
    if (failures > 0) throw new Error(`${failures} tests failed`);
    if (passes === 0) throw new Error("no test ran");
  } catch (error) {
    say(error);
    throw error;
  }
}

function runMocha(): Promise<Mocha.Stats> {
  const mocha = new Mocha({ ui: "tdd", timeout: 60_000, color: false, reporter: "spec" });
  const tests = readdirSync(__dirname).filter((file) => file.endsWith(".test.cjs"));
  for (const file of tests.sort()) mocha.addFile(path.join(__dirname, file));
  return new Promise((resolve, reject) => {
    const runner = mocha.run(() => {
      if (runner.stats === undefined) reject(new Error("mocha left no figures"));
      else resolve(runner.stats);
    });
  });
}
