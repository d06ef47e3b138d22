/** Responses of a deployment that are kept: bounded in bytes, the longest unused go first. */
import type { Millis } from '#kernel/base';
import { seal, secretBytes, type TrafficReply, unseal } from '#kernel/contract';

type Kept = { until: Millis; reply: Buffer; isSealed: boolean };

/** Of memory here, whatever size the stage's cluster has. */
const BYTES_MAX = 32 * 1_048_576;
const SECRET_BYTES = 32;

/** Deviation: AWS keeps a stage's answers when another deployment takes its place, until they are old. */
export class ResponseCache {
  readonly #secret = secretBytes(SECRET_BYTES);
  #kept = new Map<string, Kept>();
  #bytes = 0;

  get(key: string, now: Millis): TrafficReply | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    if (found.until <= now) {
      this.#bytes -= weightOf(key, found);
      return undefined;
    }
    this.#kept.set(key, found);
    const bytes = found.isSealed ? unseal(this.#secret, found.reply) : found.reply;
    return bytes && unpacked(bytes);
  }

  /** @param isSealed whether it is kept under a secret that nobody has but this cache */
  put(key: string, reply: TrafficReply, until: Millis, isSealed: boolean): void {
    const bytes = packed(reply);
    const kept = { until, isSealed, reply: isSealed ? seal(this.#secret, bytes) : bytes };
    const before = this.#kept.get(key);
    this.#bytes += weightOf(key, kept) - (before === undefined ? 0 : weightOf(key, before));
    this.#kept.set(key, kept);
    for (const [oldest, one] of this.#kept) {
      if (this.#bytes <= BYTES_MAX) return;
      this.#kept.delete(oldest);
      this.#bytes -= weightOf(oldest, one);
    }
  }
}

function weightOf(key: string, { reply }: Kept): number {
  return key.length + reply.length;
}

/** Status and headers as a line of JSON, then the body as it is. */
function packed({ status, headers, body }: TrafficReply): Buffer {
  const isText = typeof body === 'string';
  const head = Buffer.from(`${JSON.stringify({ status, headers, isText })}\n`);
  return Buffer.concat([head, isText ? Buffer.from(body) : (body as Uint8Array)]);
}

function unpacked(whole: Buffer): TrafficReply {
  const end = whole.indexOf(10);
  const { status, headers, isText } = JSON.parse(whole.toString('utf8', 0, end));
  const body = whole.subarray(end + 1);
  return { status, headers, body: isText ? body.toString('utf8') : body };
}
