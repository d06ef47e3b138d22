/** What the clients of a simulated SQS know for certain, and what must follow from it. Steps number the beginnings and ends of calls. */
import assert from 'node:assert/strict';

export type Span = { start: number; end: number };

/** A message as the queue has it: sends that are repeated make several of one body. */
type Copy = {
  id: string;
  body: string;
  queue: string;
  deliveries: Span[];
  /** Deletes that were answered, with the receive whose handle they used. */
  deletes: (Span & { receive: Span })[];
  /** A delete was tried, whatever became of it. */
  maybeDeleted: boolean;
};

export type Delivery = {
  id: string;
  body: string;
  handle: string;
  receives: number;
  group: string | undefined;
};

type Flight = { ids: Set<string>; until: number };

export class Ledger {
  #step = 0;
  #copies = new Map<string, Copy>();
  /** Sends that were or may have been carried out, by body. */
  #sends = new Map<string, number>();
  #acknowledged = new Set<string>();
  #notBefore = new Map<string, number>();
  #lostReceives = new Map<string, Span[]>();
  #flights = new Map<string, Flight>();
  /** Passed over in their group though nobody had deleted them: only the dead-letter queue excuses that. */
  #passedOver = new Map<string, string>();
  #order = new Map<string, { id: string; deleted: boolean }[]>();
  #found = new Map<string, 'source' | 'dead'>();

  step(): number {
    this.#step += 1;
    return this.#step;
  }

  /** A send that was answered with an id, or may have been carried out. */
  sent(queue: string, body: string, id: string | undefined, notBefore: number): void {
    this.#sends.set(body, (this.#sends.get(body) ?? 0) + 1);
    this.#notBefore.set(body, Math.min(this.#notBefore.get(body) ?? Number.POSITIVE_INFINITY, notBefore));
    if (id === undefined) return;
    this.#acknowledged.add(body);
    this.#copy(queue, id, body);
  }

  /** A send that may have been carried out is acknowledged after all, and is still one. */
  acknowledged(queue: string, body: string, id: string): void {
    this.#acknowledged.add(body);
    this.#copy(queue, id, body);
  }

  /** The next message of a FIFO group, acknowledged. */
  sentInOrder(queue: string, group: string, id: string): void {
    const key = `${queue}/${group}`;
    const order = this.#order.get(key) ?? [];
    this.#order.set(key, order);
    order.push({ id, deleted: false });
  }

  lostReceive(queue: string, span: Span): void {
    this.#lostReceives.set(queue, [...(this.#lostReceives.get(queue) ?? []), span]);
  }

  /**
   * What a receive brought.
   *
   * @param from when it was asked for; @param now when it was answered
   * @param visibility how long the messages are hidden, at least
   */
  received(
    queue: string,
    deliveries: readonly Delivery[],
    span: Span,
    time: { from: number; now: number; visibility: number },
    maxReceives: number,
  ): void {
    const fresh = new Map<string, Set<string>>();
    for (const { id, body, receives, group } of deliveries) {
      const copy = this.#copy(queue, id, body);
      copy.deliveries.push(span);
      assert.ok((this.#sends.get(body) ?? 0) > 0, `${body} was sent at all`);
      assert.ok(time.now >= (this.#notBefore.get(body) ?? 0), `${body} came before its delay was over`);
      assert.ok(receives <= maxReceives, `${body} was received ${receives} times, ${maxReceives} are allowed`);
      assert.ok(receives >= copy.deliveries.length, `${body} counts ${receives} receives of ${copy.deliveries.length}`);
      if (group === undefined) continue;
      const flight = this.#flights.get(`${queue}/${group}`);
      assert.ok(
        flight === undefined || flight.ids.size === 0 || time.now >= flight.until,
        `${body} came while ${[...(flight?.ids ?? [])]} of its group were in flight`,
      );
      fresh.set(group, (fresh.get(group) ?? new Set()).add(id));
    }
    for (const [group, ids] of fresh) {
      this.#inOrder(`${queue}/${group}`, [...ids]);
      this.#flights.set(`${queue}/${group}`, { ids, until: time.from + time.visibility });
    }
  }

  /** Before a delete or a change of visibility is tried: from now on the message may be free. */
  touches(queue: string, { id, group }: Delivery, deletes: boolean): void {
    this.#flights.get(`${queue}/${group}`)?.ids.delete(id);
    if (!deletes) return;
    this.#known(id).maybeDeleted = true;
    const placed = this.#order.get(`${queue}/${group}`)?.find((one) => one.id === id);
    if (placed !== undefined) placed.deleted = true;
  }

  /** A delete that was answered while the message was hidden from everybody else. */
  deleted({ id }: Delivery, receive: Span, span: Span): void {
    this.#known(id).deletes.push({ ...span, receive });
  }

  /** A message that lay in a queue, or its dead-letter queue, at the very end. */
  found(queue: string, where: 'source' | 'dead', id: string, body: string): void {
    assert.ok(!this.#found.has(id), `${body} lies there twice`);
    this.#found.set(id, where);
    this.#copy(queue, id, body).deliveries.push({ start: this.step(), end: this.step() });
  }

  /** Everything that must hold of the whole run. */
  check(): void {
    const copiesOf = Map.groupBy(this.#copies.values(), (copy) => copy.body);
    for (const body of this.#acknowledged)
      assert.ok(
        copiesOf.get(body)?.some((copy) => copy.deliveries.length > 0),
        `${body} was acknowledged and never delivered`,
      );
    for (const [body, copies] of copiesOf)
      assert.ok(copies.length <= (this.#sends.get(body) ?? 0), `${body} came ${copies.length} times`);
    for (const copy of this.#copies.values()) {
      if (!copy.maybeDeleted) assert.ok(this.#found.has(copy.id), `${copy.body} was not deleted and is gone`);
      for (const done of copy.deletes) {
        if (!this.#isSure(copy, done)) continue;
        const again = copy.deliveries.find((one) => one.start > done.end);
        assert.equal(again, undefined, `${copy.body} was deleted and came again`);
      }
    }
    for (const [id, by] of this.#passedOver)
      assert.equal(this.#found.get(id), 'dead', `${this.#known(id).body} was passed over by ${by}`);
  }

  /** No receive but its own can have given the message another handle before the delete. */
  #isSure(copy: Copy, done: Span & { receive: Span }): boolean {
    const receives = [...copy.deliveries, ...(this.#lostReceives.get(copy.queue) ?? [])];
    return !receives.some((one) => one !== done.receive && one.start <= done.end && one.end >= done.receive.start);
  }

  #inOrder(key: string, ids: string[]): void {
    const order = this.#order.get(key) ?? [];
    const places = ids.map((id) => order.findIndex((one) => one.id === id)).filter((place) => place !== -1);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
      `${key} came out of order`,
    );
    const last = places.at(-1) ?? 0;
    for (const [place, { id, deleted }] of order.slice(0, last).entries())
      if (!deleted && !places.includes(place)) this.#passedOver.set(id, `${key} ${place}`);
  }

  #copy(queue: string, id: string, body: string): Copy {
    let copy = this.#copies.get(id);
    if (copy === undefined)
      this.#copies.set(id, (copy = { id, body, queue, deliveries: [], deletes: [], maybeDeleted: false }));
    assert.equal(copy.body, body, `${id} has one body`);
    return copy;
  }

  #known(id: string): Copy {
    const copy = this.#copies.get(id);
    assert.ok(copy !== undefined, `${id} is known`);
    return copy;
  }
}
