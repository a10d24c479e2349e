/** The command line: the same engine as the editor, its findings as text, JSON, SARIF or GitHub's annotations. */
import { run } from "./cli/run.js";

// Whoever reads our output may have had enough of it, as `head` has.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

run(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`data-orchestrator: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
