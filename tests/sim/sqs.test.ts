/**
 * SQS under lost answers, throttles, errors, slow answers, crashes and a clock that jumps: what was acknowledged is delivered at least
 * once, what was surely deleted never again; FIFO groups keep their order, one batch in flight, one message per deduplication id.
 */
import assert from 'node:assert/strict';
import { HOUR, MINUTE, SECOND } from '#kernel/base';
import { type Outcome, type Simulation, simulate } from '../support/simulation.ts';
import { type Delivery, Ledger, type Span } from './sqs-ledger.ts';

const ROUNDS = 60;
const GROUPS = ['a', 'b', 'c'];
const ATTEMPTS = 25;
/** Source: SQS Developer Guide, "Exactly-once processing": the deduplication interval. */
const DEDUPLICATION = 5 * MINUTE;

type Queue = { name: string; url: string; dead: string; maxReceives: number };
/** Up to `until` nobody else can have been given the message. */
type Held = { queue: Queue; delivery: Delivery; receive: Span; until: number };
type Sent = { MessageId: string };
type Messages = {
  Messages?: {
    MessageId: string;
    Body: string;
    ReceiptHandle: string;
    Attributes: { ApproximateReceiveCount: string; MessageGroupId?: string };
  }[];
};
/** A FIFO send that was acknowledged: by when its id may be used again, and until when it surely can't. */
type Remembered = { group: string; deduplication: string; id: string; from: number; to: number };

class Workload {
  readonly sim: Simulation;
  readonly ledger = new Ledger();
  readonly queues: Queue[] = [];
  #bodies = 0;
  #held: Held[] = [];
  #busy = new Set<string>();
  #remembered: Remembered[] = [];

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  async start(): Promise<void> {
    for (const [name, suffix, maxReceives] of [
      ['work', '', 3],
      ['orders', '.fifo', 4],
    ] as const) {
      const fifo: { [name: string]: string } = suffix === '' ? {} : { FifoQueue: 'true' };
      const kept = { MessageRetentionPeriod: '1209600' };
      const dead = await this.#create(`${name}-dead${suffix}`, { ...fifo, ...kept });
      const policy = {
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:123456789012:${name}-dead${suffix}`,
        maxReceiveCount: maxReceives,
      };
      const url = await this.#create(`${name}${suffix}`, { ...fifo, ...kept, RedrivePolicy: JSON.stringify(policy) });
      this.queues.push({ name, url, dead, maxReceives });
    }
  }

  /** One of the things a client does. */
  act(): Promise<void> {
    const [work, orders] = this.queues as [Queue, Queue];
    const actions: (() => Promise<void>)[] = [
      () => this.send(work),
      () => this.sendBatch(work),
      () => this.sendInOrder(orders),
      () => this.sendInOrder(orders),
      () => this.sendAgain(orders),
      () => this.receive(work),
      () => this.receive(orders),
      () => this.receive(orders),
      () => this.delete(),
      () => this.delete(),
      () => this.deleteBatch(),
      () => this.changeVisibility(),
    ];
    return this.sim.pick(actions)();
  }

  async send(queue: Queue): Promise<void> {
    const body = this.#body();
    const delay = this.sim.chance(3) ? this.sim.random.below(60) : 0;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const from = this.sim.now;
      const outcome = await this.#call<Sent>('SendMessage', {
        QueueUrl: queue.url,
        MessageBody: body,
        DelaySeconds: delay,
      });
      if (outcome.kind !== 'refused') this.ledger.sent(queue.name, body, idOf(outcome), from + delay * SECOND);
      if (outcome.kind === 'done') return;
    }
  }

  async sendBatch(queue: Queue): Promise<void> {
    const bodies = Array.from({ length: 1 + this.sim.random.below(10) }, () => this.#body());
    const entries = bodies.map((MessageBody, at) => ({ Id: String(at), MessageBody }));
    const from = this.sim.now;
    const outcome = await this.#call<{ Successful: { Id: string; MessageId: string }[] }>('SendMessageBatch', {
      QueueUrl: queue.url,
      Entries: entries,
    });
    if (outcome.kind === 'refused') return;
    if (outcome.kind === 'done') assert.equal(outcome.output.Successful.length, bodies.length);
    for (const [at, body] of bodies.entries())
      this.ledger.sent(
        queue.name,
        body,
        outcome.kind === 'done' ? outcome.output.Successful[at]?.MessageId : undefined,
        from,
      );
  }

  /** The next message of a group, sent again with its deduplication id until it is acknowledged. */
  async sendInOrder(queue: Queue): Promise<void> {
    const group = this.sim.pick(GROUPS);
    if (this.#busy.has(group)) return;
    this.#busy.add(group);
    await this.#sendUntilAcknowledged(queue, group, this.#body());
    this.#busy.delete(group);
  }

  /** A deduplication id that was used: within five minutes it sends nothing, later it is a new message. */
  async sendAgain(queue: Queue): Promise<void> {
    if (this.#remembered.length === 0) return;
    const known = this.sim.pick(this.#remembered);
    const { now } = this.sim;
    if (this.#busy.has(known.group)) return;
    this.#busy.add(known.group);
    if (now >= known.to + DEDUPLICATION) {
      this.#remembered.splice(this.#remembered.indexOf(known), 1);
      await this.#sendUntilAcknowledged(queue, known.group, known.deduplication);
    } else if (now < known.from + DEDUPLICATION) {
      const outcome = await this.#call<Sent>('SendMessage', {
        QueueUrl: queue.url,
        MessageBody: 'never seen',
        MessageGroupId: known.group,
        MessageDeduplicationId: known.deduplication,
      });
      // Slow answers may have carried it past the interval only if time has moved that far.
      if (outcome.kind === 'done' && this.sim.now < known.from + DEDUPLICATION)
        assert.equal(outcome.output.MessageId, known.id, 'a repeated send gives the first one’s id');
    }
    this.#busy.delete(known.group);
  }

  async receive(queue: Queue): Promise<void> {
    const visibility = this.sim.pick([2, 30, 60]);
    const span = { start: this.ledger.step(), end: 0 };
    const from = this.sim.now;
    const outcome = await this.#call<Messages>('ReceiveMessage', {
      QueueUrl: queue.url,
      MaxNumberOfMessages: 1 + this.sim.random.below(10),
      VisibilityTimeout: visibility,
      WaitTimeSeconds: this.sim.pick([0, 0, 5, 20]),
      AttributeNames: ['All'],
    });
    span.end = this.ledger.step();
    if (outcome.kind === 'lost') this.ledger.lostReceive(queue.name, span);
    if (outcome.kind !== 'done') return;
    const deliveries = deliveriesOf(outcome.output);
    const time = { from, now: this.sim.now, visibility: visibility * SECOND };
    this.ledger.received(queue.name, deliveries, span, time, queue.maxReceives);
    for (const delivery of deliveries)
      this.#held.push({ queue, delivery, receive: span, until: from + visibility * SECOND });
  }

  async delete(): Promise<void> {
    const held = this.#take();
    if (held === undefined) return;
    this.ledger.touches(held.queue.name, held.delivery, true);
    const span = { start: this.ledger.step(), end: 0 };
    const outcome = await this.#call('DeleteMessage', {
      QueueUrl: held.queue.url,
      ReceiptHandle: held.delivery.handle,
    });
    span.end = this.ledger.step();
    if (outcome.kind === 'done' && this.sim.now < held.until) this.ledger.deleted(held.delivery, held.receive, span);
  }

  async deleteBatch(): Promise<void> {
    const first = this.#take();
    if (first === undefined) return;
    const all = [first];
    for (let at = 0; at < 9; at += 1) {
      const next = this.#take();
      if (next?.queue === first.queue) all.push(next);
      else if (next !== undefined) this.#held.push(next);
    }
    for (const { queue, delivery } of all) this.ledger.touches(queue.name, delivery, true);
    const span = { start: this.ledger.step(), end: 0 };
    const outcome = await this.#call<{ Successful: { Id: string }[] }>('DeleteMessageBatch', {
      QueueUrl: first.queue.url,
      Entries: all.map(({ delivery }, at) => ({ Id: String(at), ReceiptHandle: delivery.handle })),
    });
    span.end = this.ledger.step();
    if (outcome.kind !== 'done') return;
    for (const { Id } of outcome.output.Successful) {
      const held = all[Number(Id)] as Held;
      if (this.sim.now < held.until) this.ledger.deleted(held.delivery, held.receive, span);
    }
  }

  async changeVisibility(): Promise<void> {
    const held = this.#take();
    if (held === undefined) return;
    this.ledger.touches(held.queue.name, held.delivery, false);
    await this.#call('ChangeMessageVisibility', {
      QueueUrl: held.queue.url,
      ReceiptHandle: held.delivery.handle,
      VisibilityTimeout: this.sim.pick([0, 1, 60]),
    });
    this.#held.push({ ...held, until: 0 });
  }

  /** Takes out all that lies there, and compares it with what the queues say of themselves. */
  async drain(): Promise<void> {
    let counted = 0;
    let found = 0;
    for (const queue of this.queues)
      for (const url of [queue.url, queue.dead]) counted += (await this.#counts(url)).visible;
    for (const queue of this.queues) {
      for (const [url, where] of [
        [queue.url, 'source'],
        [queue.dead, 'dead'],
      ] as const) {
        for (let more = true; more; ) {
          const { Messages: messages = [] } = await this.#sure<Messages>('ReceiveMessage', {
            QueueUrl: url,
            MaxNumberOfMessages: 10,
          });
          more = messages.length > 0;
          for (const { MessageId: id, Body: body, ReceiptHandle: handle } of messages) {
            found += 1;
            this.ledger.found(queue.name, where, id, body);
            await this.#sure('DeleteMessage', { QueueUrl: url, ReceiptHandle: handle });
          }
        }
        assert.deepEqual(await this.#counts(url), { visible: 0, inFlight: 0, delayed: 0 }, `${url} is empty`);
      }
    }
    assert.equal(found, counted, 'the queues hold what they say');
  }

  async #sendUntilAcknowledged(queue: Queue, group: string, deduplication: string): Promise<void> {
    const body = this.#body();
    const from = this.sim.now;
    let maybe = false;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const outcome = await this.#call<Sent>('SendMessage', {
        QueueUrl: queue.url,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: deduplication,
      });
      assert.ok(this.sim.now < from + DEDUPLICATION, 'the simulation sends again in time');
      if (outcome.kind === 'lost' && !maybe) {
        // However often it is sent, it is one message.
        this.ledger.sent(queue.name, body, undefined, from);
        maybe = true;
      }
      if (outcome.kind !== 'done') continue;
      const id = outcome.output.MessageId;
      if (!maybe) this.ledger.sent(queue.name, body, id, from);
      else this.ledger.acknowledged(queue.name, body, id);
      this.ledger.sentInOrder(queue.name, group, id);
      this.#remembered.push({ group, deduplication, id, from, to: this.sim.now });
      return;
    }
    throw new Error(`${deduplication}: no answer in ${ATTEMPTS} attempts`);
  }

  async #counts(url: string): Promise<{ visible: number; inFlight: number; delayed: number }> {
    const { Attributes: all } = await this.#sure<{ Attributes: { [name: string]: string } }>('GetQueueAttributes', {
      QueueUrl: url,
      AttributeNames: ['All'],
    });
    return {
      visible: Number(all.ApproximateNumberOfMessages),
      inFlight: Number(all.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(all.ApproximateNumberOfMessagesDelayed),
    };
  }

  async #create(name: string, attributes: { [name: string]: string }): Promise<string> {
    const { QueueUrl: url } = await this.#sure<{ QueueUrl: string }>('CreateQueue', {
      QueueName: name,
      Attributes: attributes,
    });
    return url;
  }

  #call<Output>(operation: string, input: object): Promise<Outcome<Output>> {
    return this.sim.call<Output>('sqs', operation, input);
  }

  async #sure<Output>(operation: string, input: object): Promise<Output> {
    const outcome = await this.#call<Output>(operation, input);
    assert.ok(outcome.kind === 'done', `${operation}: ${JSON.stringify(outcome)}`);
    return outcome.output;
  }

  #take(): Held | undefined {
    return this.#held.length === 0 ? undefined : this.#held.splice(this.sim.random.below(this.#held.length), 1)[0];
  }

  #body(): string {
    this.#bodies += 1;
    return `m${this.#bodies}`;
  }
}

function idOf(outcome: Outcome<Sent>): string | undefined {
  return outcome.kind === 'done' ? outcome.output.MessageId : undefined;
}

function deliveriesOf(output: Messages): Delivery[] {
  return (output.Messages ?? []).map(({ MessageId, Body, ReceiptHandle, Attributes }) => ({
    id: MessageId,
    body: Body,
    handle: ReceiptHandle,
    receives: Number(Attributes.ApproximateReceiveCount),
    group: Attributes.MessageGroupId,
  }));
}

simulate('tests/sim/sqs.test.ts', 6, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  sim.fault({ service: 'sqs', probability: 0.08, effect: { kind: 'drop' } });
  sim.fault({ service: 'sqs', probability: 0.03, effect: { kind: 'throttle' } });
  sim.fault({
    service: 'sqs',
    probability: 0.03,
    effect: { kind: 'error', code: 'InternalError', message: '', status: 500 },
  });
  for (const operation of ['SendMessage', 'DeleteMessage'])
    sim.fault({ service: 'sqs', operation, probability: 0.05, effect: { kind: 'latency', millis: 1_500 } });
  await sim.settle();
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(8) }, () => workload.act()));
    // A failure is heard of below.
    acting.catch(() => {});
    if (sim.chance(6)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      if (sim.chance(2)) await new Promise((resolve) => setImmediate(resolve));
      await sim.crash();
    }
    await sim.during(acting, SECOND);
    if (sim.chance(3)) await sim.advance(sim.pick([SECOND, 20 * SECOND, MINUTE, 6 * MINUTE, HOUR]));
  }
  sim.mend();
  await sim.advance(HOUR);
  await workload.drain();
  workload.ledger.check();
});
