/** What a function says of the records it could not deal with. Source: Lambda Developer Guide, "Implementing partial batch responses". */

/**
 * Ids of the records that failed.
 *
 * @returns undefined where the answer means that the whole batch failed: it is no JSON, or names an item that is none of the batch
 */
export function failedItems(body: Uint8Array, ids: ReadonlySet<string>): Set<string> | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString('utf8') || 'null');
  } catch {
    return undefined;
  }
  if (answer === null) return new Set();
  if (typeof answer !== 'object') return undefined;
  const { batchItemFailures: given } = answer as { batchItemFailures?: unknown };
  if (given === undefined || given === null) return new Set();
  if (!Array.isArray(given)) return undefined;
  const failed = new Set<string>();
  for (const item of given) {
    const id: unknown = item === null || typeof item !== 'object' ? undefined : item.itemIdentifier;
    if (typeof id !== 'string' || !ids.has(id)) return undefined;
    failed.add(id);
  }
  return failed;
}
