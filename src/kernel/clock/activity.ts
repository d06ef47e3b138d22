/** Whether work goes on by itself: what a clock that is turned waits for before it moves on. Work that waits for the clock is not waited for. */
export class Activity {
  #busy = 0;
  #asleep = 0;
  #changed: (() => void)[] = [];

  /** Work has begun; it goes on until the promise settles. */
  add(work: Promise<unknown>): void {
    this.#busy += 1;
    void work
      .catch(() => {})
      .finally(() => {
        this.#busy -= 1;
        this.#tell();
      });
  }

  /**
   * Work that goes on becomes several that go on side by side: each may wait for the clock by itself, and while any goes on, the one they came from is
   * none of its own. The function given tells that one begins; what it gives, that it has ended.
   */
  split(): () => () => void {
    let running = 0;
    return () => {
      if (running > 0) this.#busy += 1;
      running += 1;
      return () => {
        running -= 1;
        if (running === 0) return;
        this.#busy -= 1;
        this.#tell();
      };
    };
  }

  /** Work that goes on does nothing but wait for the clock, until the promise settles. */
  async asleep<T>(wait: Promise<T>): Promise<T> {
    this.#asleep += 1;
    this.#tell();
    try {
      return await wait;
    } finally {
      this.#asleep -= 1;
    }
  }

  get isIdle(): boolean {
    return this.#busy <= this.#asleep;
  }

  /** Resolves when nothing goes on but what waits for the clock. */
  async idle(): Promise<void> {
    while (!this.isIdle) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  #tell(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
