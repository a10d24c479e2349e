/** The words of a command line, read. */
import { parseArgs } from "node:util";

export type Format = "text" | "json" | "sarif" | "github";
export type FailOn = "error" | "warning" | "info" | "never";

export interface Options {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly format: Format;
  readonly failOn: FailOn;
  readonly config: string | undefined;
  readonly fix: boolean;
  readonly since: string | undefined;
  readonly writeBaseline: boolean;
  readonly quiet: boolean;
  readonly from: "fold" | "replay";
  readonly role: string | undefined;
  readonly claims: string | undefined;
  readonly analyze: boolean;
  readonly db: string | undefined;
  readonly help: boolean;
  readonly version: boolean;
}

/** A command line that cannot be understood; its message is for the person who typed it. */
export class UsageError extends Error {}

const formats: readonly Format[] = ["text", "json", "sarif", "github"];
const thresholds: readonly FailOn[] = ["error", "warning", "info", "never"];

/** Reads the arguments behind the program's name; throws a UsageError. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const [command = "", ...rest] = positionals;
  return {
    command,
    arguments: rest,
    format: oneOf("--format", values.format ?? "text", formats),
    failOn: oneOf("--fail-on", values["fail-on"] ?? "error", thresholds),
    config: values.config,
    fix: values.fix === true,
    since: values.since,
    writeBaseline: values["write-baseline"] === true,
    quiet: values.quiet === true,
    from: oneOf("--from", values.from ?? "fold", ["fold", "replay"]),
    role: values.role,
    claims: values.claims,
    analyze: values.analyze === true,
    db: values.db,
    help: values.help === true,
    version: values.version === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        format: { type: "string" },
        "fail-on": { type: "string" },
        config: { type: "string" },
        from: { type: "string" },
        role: { type: "string" },
        claims: { type: "string" },
        db: { type: "string" },
        analyze: { type: "boolean" },
        fix: { type: "boolean" },
        since: { type: "string" },
        "write-baseline": { type: "boolean" },
        quiet: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
}

function oneOf<Word extends string>(option: string, value: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new UsageError(`${option} is one of ${words.join(", ")}, not "${value}".`);
  return found;
}
