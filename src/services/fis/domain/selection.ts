/** Selection modes: how many of the resources that were found are the target. */

export type Selection = { kind: 'ALL' } | { kind: 'COUNT' | 'PERCENT'; amount: number };

/** What `ALL`, `COUNT(n)` or `PERCENT(n)` says; undefined for what is none. */
export function readSelection(mode: string): Selection | undefined {
  if (mode === 'ALL') return { kind: 'ALL' };
  const [, kind, digits] = /^(COUNT|PERCENT)\((\d{1,9})\)$/.exec(mode) ?? [];
  const amount = Number(digits);
  if (kind === undefined || amount < 1 || (kind === 'PERCENT' && amount > 100)) return undefined;
  return { kind: kind as 'COUNT' | 'PERCENT', amount };
}

/**
 * Those that are taken, at random, in the order in which they were given. A share is rounded down, and may be none.
 *
 * @param below a number from 0 up to its argument, each as likely
 * @see   FIS User Guide, "Selection mode"
 */
export function select<T>(found: readonly T[], selection: Selection, below: (limit: number) => number): T[] {
  const count =
    selection.kind === 'ALL'
      ? found.length
      : selection.kind === 'COUNT'
        ? Math.min(selection.amount, found.length)
        : Math.floor((found.length * selection.amount) / 100);
  const left = found.map((_, index) => index);
  const taken = Array.from({ length: count }, () => left.splice(below(left.length), 1)[0] as number);
  return taken.toSorted((a, b) => a - b).map((index) => found[index] as T);
}
