/** Which statements of a file are of a kind, found once for all checks that look through the whole file. */
import type { NodeKind } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import type { FileScene, StatementScene } from "./check.js";

/** The statements of the given kinds, in order. */
export function statementsOf({ statements }: FileScene, kinds: readonly NodeKind[]): readonly StatementScene[] {
  const all = byKind(statements);
  const [only] = kinds;
  if (kinds.length === 1) return all.get(only) ?? [];
  const known = byKinds(statements);
  const key = kinds.join();
  let found = known.get(key);
  if (found === undefined) {
    found = kinds.flatMap((kind) => all.get(kind) ?? []).sort((a, b) => a.ordinal - b.ordinal);
    known.set(key, found);
  }
  return found;
}

const byKinds = memo((_statements: readonly StatementScene[]) => new Map<string, readonly StatementScene[]>());

const byKind = memo((statements: readonly StatementScene[]) => {
  const found = new Map<NodeKind | undefined, StatementScene[]>();
  for (const one of statements) {
    const list = found.get(one.kind);
    if (list === undefined) found.set(one.kind, [one]);
    else list.push(one);
  }
  return found;
});
