/** Responses of a deployment that are kept: bounded in bytes, the longest unused go first. */
import type { Millis } from '#kernel/base';
import type { TrafficReply } from '#kernel/contract';

type Kept = { until: Millis; bytes: number; reply: TrafficReply };

/** Of memory here, whatever size the stage's cluster has. */
const BYTES_MAX = 32 * 1_048_576;

export class ResponseCache {
  #kept = new Map<string, Kept>();
  #bytes = 0;

  get(key: string, now: Millis): TrafficReply | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    if (found.until <= now) {
      this.#bytes -= found.bytes;
      return undefined;
    }
    this.#kept.set(key, found);
    return found.reply;
  }

  put(key: string, reply: TrafficReply, until: Millis): void {
    const bytes = key.length + JSON.stringify(reply.headers).length + (reply.body as string | Uint8Array).length;
    this.#bytes += bytes - (this.#kept.get(key)?.bytes ?? 0);
    this.#kept.set(key, { until, bytes, reply });
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= BYTES_MAX) return;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
  }
}
