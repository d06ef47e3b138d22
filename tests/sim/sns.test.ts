/**
 * SNS under throttles, errors, lost and slow answers, crashes and a clock that jumps: what was acknowledged reaches every queue that is
 * subscribed and wants it, at least once; the groups of a FIFO topic keep their order, and repeat nothing.
 */
import assert from 'node:assert/strict';
import { HOUR, MINUTE, SECOND } from '#kernel/base';
import { viewOf } from '#kernel/store';
import { deliveries, messages, queued } from '#services/sns/state';
import { type Answer, type Outcome, type Simulation, simulate } from '../support/simulation.ts';

const ACCOUNT = '123456789012';
const ROUNDS = 40;
const ATTEMPTS = 25;
const GROUPS = ['a', 'b', 'c'];
const topicArn = (name: string) => `arn:aws:sns:us-east-1:${ACCOUNT}:${name}`;
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
const queueUrl = (name: string) => `http://localhost/${ACCOUNT}/${name}`;

type Messages = { Messages?: { Body: string; ReceiptHandle: string; Attributes: { MessageGroupId?: string } }[] };

class Workload {
  readonly sim: Simulation;
  /** Acknowledged bodies: of the topic, and of its odd ones; of the FIFO topic by group, in order. */
  readonly sent = new Set<string>();
  readonly ordered = new Map<string, string[]>(GROUPS.map((group) => [group, []]));
  #bodies = 0;
  #busy = new Set<string>();

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  async start(): Promise<void> {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
      ],
    });
    for (const name of ['one', 'two', 'odd', 'orders.fifo', 'plain']) {
      const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
      const Attributes = { Policy, MessageRetentionPeriod: '1209600', ...fifo };
      const made = await this.sim.call('sqs', 'CreateQueue', { QueueName: name, Attributes });
      assert.equal(made.kind, 'done');
    }
    await this.#sure('CreateTopic', { Name: 'news' });
    await this.#sure('CreateTopic', {
      Name: 'orders.fifo',
      'Attributes.entry.1.key': 'FifoTopic',
      'Attributes.entry.1.value': 'true',
    });
    const odd = JSON.stringify({ parity: ['odd'] });
    for (const [topic, queue, attributes] of [
      // What is signed is signed by a key that no seed knows.
      ['news', 'one', { RawMessageDelivery: 'true' }],
      ['news', 'two', { RawMessageDelivery: 'true' }],
      ['news', 'odd', { RawMessageDelivery: 'true', FilterPolicy: odd }],
      ['orders.fifo', 'orders.fifo', { RawMessageDelivery: 'true' }],
      ['orders.fifo', 'plain', {}],
    ] as const)
      await this.#sure('Subscribe', {
        TopicArn: topicArn(topic),
        Protocol: 'sqs',
        Endpoint: queueArn(queue),
        ...entries('Attributes', attributes),
      });
  }

  act(): Promise<void> {
    return this.sim.pick([() => this.publish(), () => this.publish(), () => this.publishInOrder()])();
  }

  async publish(): Promise<void> {
    const body = this.#body();
    const parity = this.#bodies % 2 === 1 ? 'odd' : 'even';
    const outcome = await this.#call('Publish', {
      TopicArn: topicArn('news'),
      Message: `${parity} ${body}`,
      'MessageAttributes.entry.1.Name': 'parity',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': parity,
    });
    if (outcome.kind === 'done') this.sent.add(`${parity} ${body}`);
  }

  /** The next message of a group, published again with its deduplication id until it is acknowledged. */
  async publishInOrder(): Promise<void> {
    const group = this.sim.pick(GROUPS);
    if (this.#busy.has(group)) return;
    this.#busy.add(group);
    const body = this.#body();
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const outcome = await this.#call('Publish', {
        TopicArn: topicArn('orders.fifo'),
        Message: body,
        MessageGroupId: group,
        MessageDeduplicationId: body,
      });
      if (outcome.kind !== 'done') continue;
      this.ordered.get(group)?.push(body);
      break;
    }
    this.#busy.delete(group);
  }

  async check(): Promise<void> {
    const { store } = this.sim.cloud.kernel;
    store.transact((tx) => {
      const view = viewOf(() => tx, { account: ACCOUNT, region: 'us-east-1' });
      for (const table of [messages, deliveries, queued])
        assert.deepEqual(view.list(table as never), [], 'nothing is left over');
    });
    const [one, two, odd] = [await this.#drain('one'), await this.#drain('two'), await this.#drain('odd')];
    const told = new Set(one.map(({ Body }) => Body));
    const raw = new Set(two.map(({ Body }) => Body));
    const odds = new Set(odd.map(({ Body }) => Body));
    for (const body of this.sent) {
      assert.ok(told.has(body), `${body} reached the first queue`);
      assert.ok(raw.has(body), `${body} reached the second queue`);
      assert.equal(odds.has(body), body.startsWith('odd'), `${body} and the filter`);
    }
    const orders = await this.#drain('orders.fifo');
    const plain = (await this.#drain('plain')).map(({ Body }) => (JSON.parse(Body) as { Message: string }).Message);
    for (const [group, bodies] of this.ordered) {
      const inOrder = orders.filter(({ Attributes }) => Attributes.MessageGroupId === group).map(({ Body }) => Body);
      assert.deepEqual(inOrder, bodies, `group ${group} keeps its order, and repeats nothing`);
      for (const body of bodies) assert.ok(plain.includes(body), `${body} reached the standard queue`);
    }
  }

  async #drain(name: string): Promise<NonNullable<Messages['Messages']>> {
    const all: NonNullable<Messages['Messages']> = [];
    for (;;) {
      const received = await this.sim.call<Messages>('sqs', 'ReceiveMessage', {
        QueueUrl: queueUrl(name),
        MaxNumberOfMessages: 10,
        AttributeNames: ['All'],
      });
      assert.equal(received.kind, 'done');
      const page = received.kind === 'done' ? (received.output.Messages ?? []) : [];
      if (page.length === 0) return all;
      all.push(...page);
      for (const { ReceiptHandle } of page)
        await this.sim.call('sqs', 'DeleteMessage', { QueueUrl: queueUrl(name), ReceiptHandle });
    }
  }

  #call(Action: string, parameters: { [name: string]: string }): Promise<Outcome<Answer>> {
    const body = new URLSearchParams({ Action, Version: '2010-03-31', ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.sim.send('sns', 'POST', '/', body, headers);
  }

  async #sure(Action: string, parameters: { [name: string]: string }): Promise<void> {
    const outcome = await this.#call(Action, parameters);
    assert.equal(outcome.kind, 'done', JSON.stringify(outcome));
  }

  #body(): string {
    this.#bodies += 1;
    return `m${this.#bodies}`;
  }
}

function entries(member: string, values: { readonly [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value], at) => [
      [`${member}.entry.${at + 1}.key`, key],
      [`${member}.entry.${at + 1}.value`, value],
    ]),
  );
}

simulate('tests/sim/sns.test.ts', 4, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  sim.fault({ service: 'sns', probability: 0.08, effect: { kind: 'drop' } });
  for (const service of ['sns', 'sqs']) {
    sim.fault({ service, probability: 0.05, effect: { kind: 'throttle' } });
    sim.fault({
      service,
      probability: 0.05,
      effect: { kind: 'error', code: 'InternalError', message: '', status: 500 },
    });
  }
  await sim.settle();
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(8) }, () => workload.act()));
    acting.catch(() => {});
    if (sim.chance(6)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      if (sim.chance(2)) await new Promise((resolve) => setImmediate(resolve));
      await sim.crash();
    }
    await sim.during(acting, SECOND);
    if (sim.chance(3)) await sim.advance(sim.pick([SECOND, 20 * SECOND, MINUTE, 6 * MINUTE]));
  }
  sim.mend();
  await sim.advance(HOUR);
  await workload.check();
});
