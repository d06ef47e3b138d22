/** What a client's frames on a web socket announce of their length. Source: RFC 6455, section 5.2. */

const MASK = 4;

/** Hears the bytes of a client and tells, once, of a frame longer than `max`, as soon as its header is there. */
export function frameWatch(max: number, tooLong: () => void): (chunk: Uint8Array) => void {
  let header: number[] = [];
  /** Of the frame's body, still to come. */
  let left = 0;
  let isOver = false;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length && !isOver) {
      if (left > 0) {
        const passed = Math.min(left, chunk.length - at);
        left -= passed;
        at += passed;
        continue;
      }
      header.push(chunk[at] as number);
      at += 1;
      const length = bodyLength(header);
      if (length === undefined) continue;
      header = [];
      left = length;
      if (length <= max) continue;
      isOver = true;
      tooLong();
    }
  };
}

/** Of a frame; undefined where its header is not there in full. */
function bodyLength(header: readonly number[]): number | undefined {
  const second = header[1];
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const isMasked = (second & 0x80) !== 0;
  if (header.length < 2 + extended + (isMasked ? MASK : 0)) return undefined;
  if (extended === 0) return short;
  return header.slice(2, 2 + extended).reduce((sum, byte) => sum * 256 + byte, 0);
}
