/** When two values of templates are the same. */
/** A text that two equal values share, whatever the order of their members; texts stand for numbers and booleans. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
      .join()}}`;
  return value === undefined ? '' : JSON.stringify(String(value));
}
