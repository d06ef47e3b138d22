/** Streams that may be only so long. */

/**
 * The first bytes of a stream. What is beyond them, or comes after its reader has left, is read and dropped: who writes is not kept waiting.
 *
 * @param over is called when there are more, before the stream ends for its reader
 */
export async function* upTo(
  max: number,
  pieces: AsyncIterable<Uint8Array>,
  over: () => void,
): AsyncGenerator<Uint8Array> {
  let room = max;
  const iterator = pieces[Symbol.asyncIterator]();
  // Not by a loop over them: its end would destroy the stream, whose rest has yet to be read.
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      const { value } = next;
      if (value.length > room) {
        if (room > 0) yield value.subarray(0, room);
        return over();
      }
      room -= value.length;
      yield value;
    }
  } finally {
    void drop(iterator);
  }
}

async function drop(rest: AsyncIterator<unknown>): Promise<void> {
  try {
    while ((await rest.next()).done !== true);
  } catch {
    // It was cut off.
  }
}
