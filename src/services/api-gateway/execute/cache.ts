/** Responses of a deployment that are kept: bounded in bytes, the longest unused go first. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Millis } from '#kernel/base';
import type { Ctx, TrafficReply } from '#kernel/contract';

type Chance = Ctx['random'];
type Kept = { until: Millis; reply: Uint8Array; seal: Seal | undefined };
/** Of AES in Galois/counter mode. */
type Seal = { nonce: Uint8Array; tag: Uint8Array };

/** Of memory here, whatever size the stage's cluster has. */
const BYTES_MAX = 32 * 1_048_576;
const CIPHER = 'aes-256-gcm';
const SECRET_BYTES = 32;
const NONCE_BYTES = 12;

/** Deviation: AWS keeps a stage's answers when another deployment takes its place, until they are old. */
export class ResponseCache {
  #secret: Uint8Array | undefined;
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
    return unpacked(this.#opened(found));
  }

  /** @param random where it is given, the answer is kept under a secret that nobody has but this cache */
  put(key: string, reply: TrafficReply, until: Millis, random: Chance | undefined): void {
    const bytes = packed(reply);
    const kept = { until, ...(random === undefined ? { reply: bytes, seal: undefined } : this.#sealed(bytes, random)) };
    const before = this.#kept.get(key);
    this.#bytes += weightOf(key, kept) - (before === undefined ? 0 : weightOf(key, before));
    this.#kept.set(key, kept);
    for (const [oldest, one] of this.#kept) {
      if (this.#bytes <= BYTES_MAX) return;
      this.#kept.delete(oldest);
      this.#bytes -= weightOf(oldest, one);
    }
  }

  #sealed(bytes: Uint8Array, random: Chance): { reply: Uint8Array; seal: Seal } {
    this.#secret ??= Uint8Array.from(random.bytes(SECRET_BYTES));
    const nonce = Uint8Array.from(random.bytes(NONCE_BYTES));
    const cipher = createCipheriv(CIPHER, this.#secret, nonce);
    const reply = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return { reply, seal: { nonce, tag: cipher.getAuthTag() } };
  }

  #opened({ reply, seal }: Kept): Uint8Array {
    if (seal === undefined || this.#secret === undefined) return reply;
    const decipher = createDecipheriv(CIPHER, this.#secret, seal.nonce).setAuthTag(seal.tag);
    return Buffer.concat([decipher.update(reply), decipher.final()]);
  }
}

function weightOf(key: string, { reply }: Kept): number {
  return key.length + reply.length;
}

/** Status and headers as a line of JSON, then the body as it is. */
function packed({ status, headers, body }: TrafficReply): Uint8Array {
  const isText = typeof body === 'string';
  const head = Buffer.from(`${JSON.stringify({ status, headers, isText })}\n`);
  return Buffer.concat([head, isText ? Buffer.from(body) : (body as Uint8Array)]);
}

function unpacked(bytes: Uint8Array): TrafficReply {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = whole.indexOf(10);
  const { status, headers, isText } = JSON.parse(whole.toString('utf8', 0, end));
  const body = whole.subarray(end + 1);
  return { status, headers, body: isText ? body.toString('utf8') : body };
}
