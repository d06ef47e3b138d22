/** Rates that are enforced: a token bucket for each thing that has one. */
import type { Millis } from '#kernel/base';
import { type BucketLimits, TokenBucket } from './bucket.ts';

/** Buckets that are kept; a bucket that was full anyway is the first to go. */
const KEPT_MAX = 10_000;

export class Throttles {
  #buckets = new Map<string, TokenBucket>();

  /** Takes one token from the bucket of an id; false when it is empty. A bucket whose limits have changed starts full. */
  take(id: string, limits: BucketLimits, now: Millis): boolean {
    return this.#bucket(id, limits, now).take(1, now);
  }

  /** Charges what is known only afterwards: while anything is left, even more than is left. False, and nothing charged, when the bucket is empty. */
  spend(id: string, limits: BucketLimits, amount: number, now: Millis): boolean {
    const bucket = this.#bucket(id, limits, now);
    if (bucket.available(now) <= 0) return false;
    bucket.charge(amount, now);
    return true;
  }

  /** All buckets are full again. */
  forget(): void {
    this.#buckets.clear();
  }

  #bucket(id: string, limits: BucketLimits, now: Millis): TokenBucket {
    let bucket = this.#buckets.get(id);
    if (bucket?.limits.ratePerSecond !== limits.ratePerSecond || bucket.limits.burst !== limits.burst) {
      if (this.#buckets.size >= KEPT_MAX) this.#drop(now);
      this.#buckets.set(id, (bucket = new TokenBucket(limits, now)));
    }
    return bucket;
  }

  #drop(now: Millis): void {
    for (const [id, bucket] of this.#buckets)
      if (bucket.available(now) >= bucket.limits.burst) this.#buckets.delete(id);
    if (this.#buckets.size >= KEPT_MAX) this.#buckets.clear();
  }
}
