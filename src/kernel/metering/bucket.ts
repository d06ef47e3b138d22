/** Token buckets: AWS's way to allow a steady rate and a burst. */
import { type Millis, SECOND } from '#kernel/base';

export type BucketLimits = { ratePerSecond: number; burst: number };

export class TokenBucket {
  readonly limits: BucketLimits;
  #tokens: number;
  #at: Millis;

  constructor(limits: BucketLimits, now: Millis) {
    this.limits = limits;
    this.#tokens = limits.burst;
    this.#at = now;
  }

  /** Takes `amount` tokens; false, and nothing taken, when there are too few. */
  take(amount: number, now: Millis): boolean {
    this.#refill(now);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Takes even what is not there (an operation whose cost is known only afterwards). */
  charge(amount: number, now: Millis): void {
    this.#refill(now);
    this.#tokens -= amount;
  }

  available(now: Millis): number {
    this.#refill(now);
    return this.#tokens;
  }

  #refill(now: Millis): void {
    if (now <= this.#at) return;
    this.#tokens = Math.min(this.limits.burst, this.#tokens + ((now - this.#at) / SECOND) * this.limits.ratePerSecond);
    this.#at = now;
  }
}
