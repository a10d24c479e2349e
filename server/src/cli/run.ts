import { type Engine, startEngine } from "../engine/host.js";
import { version } from "../version.js";
import { explainCheck } from "./explain-check.js";
import { lint } from "./lint.js";
import { type Options, readOptions, UsageError } from "./options.js";
import { schema } from "./schema.js";

const help = `Usage: data-orchestrator COMMAND [OPTION…]

  lint [PATH…]      lint SQL and PowerSync YAML under PATH (default: the current folder)
  schema [PATH]     print the schema that the migrations add up to
  explain-check NAME   what a check finds, why, and what to do about it

  --from fold|replay (schema: from the statements, or from an embedded PostgreSQL that ran them)
  --format text|json|sarif|github   --config FILE   --fail-on error|warning|info|never
  --fix (lint: apply safe fixes)    --quiet         --version   --help
  --since REV (lint: only what was not found at that revision of git)
  --write-baseline (lint: what is found now is known from now on, here and in the editor)

Exit status: 0 nothing at or above --fail-on; 1 findings; 2 wrong usage, unreadable input or a fault.
`;

/** Runs the program; answers the exit status. Findings go to standard output, faults to standard error. */
export async function run(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
    if (options.help || (options.command === "" && !options.version)) {
      process.stdout.write(help);
      return options.help ? 0 : 2;
    }
    if (options.version) {
      process.stdout.write(`${version}\n`);
      return 0;
    }
    return await perform(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`data-orchestrator: ${error.message}\n`);
    return 2;
  }
}

async function perform(options: Options): Promise<number> {
  const command = commands[options.command];
  if (command === undefined) throw new UsageError(`There is no command "${options.command}"; --help lists them.`);
  const engine = startEngine({
    patience: 120_000,
    heapMb: 4_096,
    log: (line) => process.stderr.write(`data-orchestrator: ${line}\n`),
  });
  try {
    return await command(engine, options);
  } finally {
    await engine.close();
  }
}

const commands: Readonly<Record<string, (engine: Engine, options: Options) => Promise<number>>> = {
  lint,
  schema,
  "explain-check": async (_, options) => explainCheck(options),
};
