/**
 * The candidate that somebody most likely meant, or undefined when none is near: the same letters apart from case, `_` and `-` first, then
 * the fewest changes, at most one in three letters.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[_-]/g, "");
  const wanted = plain(word);
  let best: string | undefined;
  let least = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    const changes = distance(wanted, plain(candidate), least);
    if (changes < least) {
      least = changes;
      best = candidate;
    }
  }
  return best;
}

/** Insertions, removals, replacements and swaps of neighbours between two words; `limit` when there are at least that many. */
function distance(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let changes = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        changes = Math.min(changes, (before[j - 2] ?? 0) + 1);
      row.push(changes);
    }
    before = last;
    last = row;
  }
  return Math.min(last[b.length] ?? limit, limit);
}
