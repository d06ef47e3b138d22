/**
 * Applies hand-written patches (RFC 6902 add, replace, remove; each with its evidence) to a compact model; `order` puts the members
 * that it names, all of which are there, before the others.
 */
export type Patch = { op: 'add' | 'replace' | 'remove' | 'order'; path: string; value?: unknown; evidence: string };

/** Changes `document` in place. A path that leads nowhere throws: AWS's model has moved on and the patch needs a look. */
export function applyPatches(document: unknown, patches: readonly Patch[]): void {
  for (const patch of patches) {
    if (!patch.evidence) throw new Error(`patch ${patch.path} has no evidence`);
    const steps = patch.path
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = steps.pop() as string;
    let parent = document as Record<string, unknown>;
    for (const step of steps) {
      const next = parent[step];
      if (typeof next !== 'object' || next === null) throw new Error(`patch ${patch.path}: nothing at ${step}`);
      parent = next as Record<string, unknown>;
    }
    if (patch.op !== 'add' && !(last in parent)) throw new Error(`patch ${patch.path}: nothing at ${last}`);
    if (patch.op === 'order') parent[last] = ordered(parent[last] as Record<string, unknown>, patch.value as string[]);
    else if (Array.isArray(parent)) {
      if (patch.op === 'remove') parent.splice(Number(last), 1);
      else if (last === '-') parent.push(patch.value);
      else parent.splice(Number(last), patch.op === 'add' ? 0 : 1, patch.value);
    } else if (patch.op === 'remove') delete parent[last];
    else parent[last] = patch.value;
  }
}

function ordered(members: Record<string, unknown>, first: readonly string[]): Record<string, unknown> {
  const missing = first.filter((name) => !(name in members));
  if (missing.length > 0) throw new Error(`order of what is not there: ${missing.join()}`);
  return { ...Object.fromEntries(first.map((name) => [name, members[name]])), ...members };
}
