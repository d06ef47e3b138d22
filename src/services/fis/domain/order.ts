/** The order of actions: each may begin once others are over. */

type Ordered = { readonly startAfter?: readonly string[] };

/** The first of the actions, in the order of their names, that waits for itself, over others or not; undefined where all can begin. */
export function circular(actions: { readonly [name: string]: Ordered }): string | undefined {
  const able = new Set<string>();
  const names = Object.keys(actions);
  for (let before = -1; able.size > before; ) {
    before = able.size;
    for (const name of names) if ((actions[name]?.startAfter ?? []).every((other) => able.has(other))) able.add(name);
  }
  return names.find((name) => !able.has(name));
}

/** Actions that can begin now: they wait to, and what they come after is over. */
export function due(
  actions: { readonly [name: string]: Ordered },
  states: { readonly [name: string]: { status: string } },
): string[] {
  const isOver = (name: string) => states[name]?.status === 'completed' || states[name]?.status === 'skipped';
  return Object.keys(actions).filter(
    (name) => states[name]?.status === 'pending' && (actions[name]?.startAfter ?? []).every(isOver),
  );
}
