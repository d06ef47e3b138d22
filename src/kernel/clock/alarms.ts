/** The alarms of a clock, earliest first and, at one instant, in the order they were set: a binary heap with lazy removal. */
import type { Millis } from '#kernel/base';

export type Alarm = { at: Millis; order: number; handler: () => void | Promise<void>; live: boolean };

export class Alarms {
  #heap: Alarm[] = [];
  #order = 0;

  add(at: Millis, handler: Alarm['handler']): Alarm {
    const alarm = { at, order: this.#order, handler, live: true };
    this.#order += 1;
    this.#heap.push(alarm);
    this.#rise(this.#heap.length - 1);
    return alarm;
  }

  /** The earliest alarm that was not removed. */
  first(): Alarm | undefined {
    while (this.#heap[0] !== undefined && !this.#heap[0].live) this.#pop();
    return this.#heap[0];
  }

  remove(alarm: Alarm): void {
    alarm.live = false;
    if (this.#heap[0] === alarm) this.#pop();
  }

  clear(): void {
    this.#heap = [];
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(index: number): void {
    for (let child = index; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfBefore(child, parent)) return;
      child = parent;
    }
  }

  #sink(): void {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const right = left + 1;
      if (left >= this.#heap.length) return;
      const smaller =
        right < this.#heap.length && before(this.#heap[right] as Alarm, this.#heap[left] as Alarm) ? right : left;
      if (!this.#swapIfBefore(smaller, parent)) return;
      parent = smaller;
    }
  }

  #swapIfBefore(child: number, parent: number): boolean {
    const a = this.#heap[child] as Alarm;
    const b = this.#heap[parent] as Alarm;
    if (!before(a, b)) return false;
    this.#heap[child] = b;
    this.#heap[parent] = a;
    return true;
  }
}

function before(a: Alarm, b: Alarm): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
