/** Work on things that depend on each other: as much at a time as their order allows. */

/**
 * Does `work` for each name once all that it depends on is done. After the first failure nothing more is begun; what runs is waited for.
 *
 * @param before names that have to be done first; those that are not in `names` don't count
 * @returns the failures, first to last
 */
export async function inOrder(
  names: readonly string[],
  before: (name: string) => readonly string[],
  atATime: number,
  work: (name: string) => Promise<void>,
): Promise<{ name: string; error: unknown }[]> {
  const all = new Set(names);
  const left = new Map(names.map((name) => [name, new Set(before(name).filter((other) => all.has(other)))]));
  const running = new Map<string, Promise<void>>();
  const failures: { name: string; error: unknown }[] = [];
  const begin = (name: string) => {
    left.delete(name);
    const run = work(name)
      .then(() => {
        for (const waits of left.values()) waits.delete(name);
      })
      .catch((error) => void failures.push({ name, error }))
      .finally(() => running.delete(name));
    running.set(name, run);
  };
  for (;;) {
    if (failures.length === 0)
      for (const [name, waits] of [...left]) if (waits.size === 0 && running.size < atATime) begin(name);
    if (running.size === 0) return failures;
    await Promise.race(running.values());
  }
}

/** The other way round: what depends on each name. */
export function reversed(dependsOn: ReadonlyMap<string, readonly string[]>): (name: string) => readonly string[] {
  const dependents = new Map<string, string[]>();
  for (const [name, others] of dependsOn)
    for (const other of others) dependents.set(other, [...(dependents.get(other) ?? []), name]);
  return (name) => dependents.get(name) ?? [];
}
