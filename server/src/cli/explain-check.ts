import { peersOf } from "../core/checks/check.js";
import { checks } from "../core/checks/index.js";
import { nearest } from "../core/text/nearest.js";
import { type Options, UsageError } from "./options.js";

/** `explain-check NAME`: what a check finds, why it matters and what to do, with an example of each kind. */
export function explainCheck(options: Options): number {
  const [name = ""] = options.arguments;
  const check = checks.find((one) => one.name === name);
  if (check === undefined) {
    const near = nearest(
      name,
      checks.map((one) => one.name),
    );
    const hint = near === undefined ? "" : ` Is it ${near}?`;
    throw new UsageError(
      name === "" ? "explain-check takes the name of a check." : `There is no check "${name}".${hint}`,
    );
  }
  const { severity, summary, why, instead, silent, turnOff, bad, good } = check;
  if (options.format === "json") {
    const [found, notFound] = [bad[0], good[0]];
    const peers = peersOf(check);
    const shown = { name, severity, summary, why, instead, silent, turnOff, peers, found, notFound };
    process.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
    return 0;
  }
  if (options.format !== "text") throw new UsageError(`explain-check prints text or json, not ${options.format}.`);
  const indented = (text: string): string => text.trimEnd().replace(/^/gm, "    ");
  const parts = [
    `${name} (${severity})`,
    summary,
    why,
    `Instead: ${instead}`,
    ...(silent === undefined ? [] : [`Silent when ${silent}.`]),
    `Found in:\n\n${indented(bad[0] ?? "")}`,
    `Not in:\n\n${indented(good[0] ?? "")}`,
    `Turn it off ${turnOff}.`,
    `Switch it off in data-orchestrator.yaml (checks: { ${name}: off }), or allow one place:\n\n    -- data-orchestrator: allow ${name} because …`,
  ];
  process.stdout.write(`${parts.join("\n\n")}\n`);
  return 0;
}
