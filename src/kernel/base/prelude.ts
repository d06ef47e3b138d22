/** Metadata in front of a body that flows: JSON, then eight zero bytes. Source: Lambda Developer Guide, "Writing response streaming-enabled Lambda functions". */

const END = Buffer.alloc(8);

export type WithPrelude = { metadata: { readonly [name: string]: unknown }; body: AsyncIterable<Uint8Array> };

/**
 * Reads the metadata, and leaves the body to flow.
 *
 * @param bytesMax by then the metadata has to be there, with its end
 * @returns undefined where there is none
 */
export async function readPrelude(
  pieces: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<WithPrelude | undefined> {
  const iterator = pieces[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let end = -1;
  while (end === -1) {
    const { value, done } = await iterator.next();
    if (done === true) return undefined;
    head = Buffer.concat([head, value]);
    end = head.subarray(0, bytesMax).indexOf(END);
    if (end === -1 && head.length >= bytesMax) return abandoned(iterator);
  }
  const metadata = objectOf(head.toString('utf8', 0, end));
  if (metadata === undefined) return abandoned(iterator);
  return { metadata, body: restOf(head.subarray(end + END.length), iterator) };
}

async function abandoned(iterator: AsyncIterator<Uint8Array>): Promise<undefined> {
  await iterator.return?.();
  return undefined;
}

async function* restOf(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

function objectOf(text: string): WithPrelude['metadata'] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
