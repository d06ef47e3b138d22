/** Streams that may be only so long. */

/** The first bytes of a stream. @param over is called when there are more, before the stream ends for its reader */
export async function* upTo(
  max: number,
  pieces: AsyncIterable<Uint8Array>,
  over: () => void,
): AsyncGenerator<Uint8Array> {
  let left = max;
  const iterator = pieces[Symbol.asyncIterator]();
  // Not by a loop over them: its end would destroy the stream, whose rest has yet to be read.
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    const { value } = next;
    if (value.length > left) {
      if (left > 0) yield value.subarray(0, left);
      over();
      return;
    }
    left -= value.length;
    yield value;
  }
}
