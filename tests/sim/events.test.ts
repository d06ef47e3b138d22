/**
 * EventBridge under throttles, errors, lost answers, crashes and a clock that jumps: what was acknowledged reaches the target of every rule
 * that matches it, at least once, also through another bus and out of an archive; nothing reaches the target of a rule that does not match.
 */
import assert from 'node:assert/strict';
import { HOUR, MINUTE, SECOND } from '#kernel/base';
import { viewOf } from '#kernel/store';
import { deliveries } from '#services/eventbridge/state';
import { type Simulation, simulate } from '../support/simulation.ts';

const ACCOUNT = '123456789012';
const ROUNDS = 40;
const ATTEMPTS = 40;
const OTHER = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/other`;
const DEFAULT = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`;
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
const queueUrl = (name: string) => `http://localhost/${ACCOUNT}/${name}`;

type Sent = { source: string; type: string; n: number; body: string };
/** A rule with its pattern, and the same in words of our own. */
type Rule = { name: string; bus?: string; pattern: object; wants: (event: Sent) => boolean };

const RULES: readonly Rule[] = [
  { name: 'by-source', pattern: { source: ['shop'] }, wants: ({ source }) => source === 'shop' },
  { name: 'by-type', pattern: { 'detail-type': ['Order'] }, wants: ({ type }) => type === 'Order' },
  {
    name: 'by-both',
    pattern: { source: ['shop', 'depot'], 'detail-type': ['Return'] },
    wants: ({ source, type }) => source !== 'lab' && type === 'Return',
  },
  { name: 'by-detail', pattern: { detail: { n: [{ numeric: ['>=', 5] }] } }, wants: ({ n }) => n >= 5 },
  {
    name: 'either',
    pattern: { $or: [{ source: ['lab'] }, { detail: { n: [1, 2] } }] },
    wants: ({ source, n }) => source === 'lab' || n === 1 || n === 2,
  },
  { name: 'prefixed', pattern: { source: [{ prefix: 'de' }] }, wants: ({ source }) => source === 'depot' },
  { name: 'none', pattern: { source: ['nobody'] }, wants: () => false },
  // What the default bus passes on, seen by a rule of the other bus.
  {
    name: 'beyond',
    bus: 'other',
    pattern: { 'detail-type': ['Order'] },
    wants: ({ source, type }) => source === 'shop' && type === 'Order',
  },
];

type Received = { Messages?: { Body: string; ReceiptHandle: string }[] };
type Told = { source: string; 'detail-type': string; detail: { n: number; body: string }; 'replay-name'?: string };

class Workload {
  readonly sim: Simulation;
  /** Acknowledged, by body. */
  readonly sent = new Map<string, Sent>();
  /** Bodies that the switched rule must see, and those that it must not. */
  readonly seen = new Set<string>();
  readonly unseen = new Set<string>();
  #isOn = true;
  #bodies = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  async start(): Promise<void> {
    await this.#sure('CreateEventBus', { Name: 'other' });
    await this.#sure('CreateArchive', {
      ArchiveName: 'kept',
      EventSourceArn: DEFAULT,
      EventPattern: JSON.stringify({ source: ['depot'] }),
    });
    for (const { name, bus, pattern } of RULES) await this.#rule(name, pattern, queueArn(name), bus);
    await this.#rule('switched', { 'detail-type': ['Return'] }, queueArn('switched'));
    await this.#rule('again', { source: ['depot'], 'replay-name': [{ exists: true }] }, queueArn('again'));
    await this.#rule('passes-on', { source: ['shop'] }, OTHER);
  }

  async #rule(Rule: string, pattern: object, Arn: string, EventBusName = 'default'): Promise<void> {
    const RoleArn = Arn === OTHER ? { RoleArn: await this.#role() } : {};
    if (Arn !== OTHER) await this.#queue(Rule);
    await this.#sure('PutRule', { Name: Rule, EventPattern: JSON.stringify(pattern), EventBusName });
    await this.#sure('PutTargets', { Rule, EventBusName, Targets: [{ Id: 't', Arn, ...RoleArn }] });
  }

  async #queue(QueueName: string): Promise<void> {
    const open = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
    const Attributes = { Policy, MessageRetentionPeriod: '1209600' };
    const made = await this.sim.call('sqs', 'CreateQueue', { QueueName, Attributes });
    assert.equal(made.kind, 'done');
  }

  async #role(): Promise<string> {
    const trust = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const allowed = { Effect: 'Allow', Action: 'events:PutEvents', Resource: OTHER };
    const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await this.#iam('CreateRole', { RoleName: 'passes-on', AssumeRolePolicyDocument: policy(trust) });
    await this.#iam('PutRolePolicy', { RoleName: 'passes-on', PolicyName: 'p', PolicyDocument: policy(allowed) });
    return `arn:aws:iam::${ACCOUNT}:role/passes-on`;
  }

  async #iam(Action: string, parameters: { [name: string]: string }): Promise<void> {
    const body = new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { kind } = await this.sim.send('iam', 'POST', '/', body, headers);
    assert.equal(kind, 'done', Action);
  }

  /** One to three events in one call; those that are acknowledged are to be delivered. */
  async put(): Promise<void> {
    const events = Array.from({ length: 1 + this.sim.random.below(3) }, (): Sent => {
      this.#bodies += 1;
      return {
        source: this.sim.pick(['shop', 'depot', 'lab']),
        type: this.sim.pick(['Order', 'Return']),
        n: this.sim.random.below(9),
        body: `m${this.#bodies}`,
      };
    });
    const isOn = this.#isOn;
    for (const { type, body } of events) if (type === 'Return' && !isOn) this.unseen.add(body);
    const outcome = await this.sim.call<{ FailedEntryCount: number }>('eventbridge', 'PutEvents', {
      Entries: events.map(({ source, type, n, body }) => ({
        Source: source,
        DetailType: type,
        Detail: JSON.stringify({ n, body }),
      })),
    });
    if (outcome.kind !== 'done') return;
    assert.equal(outcome.output.FailedEntryCount, 0);
    for (const event of events) {
      this.sent.set(event.body, event);
      if (event.type === 'Return' && isOn) this.seen.add(event.body);
    }
  }

  /** Between rounds, while nobody puts. */
  async turnSwitch(): Promise<void> {
    this.#isOn = !this.#isOn;
    await this.#sure(this.#isOn ? 'EnableRule' : 'DisableRule', { Name: 'switched' });
  }

  async check(): Promise<void> {
    this.#nothingIsLeft();
    for (const { name, wants } of RULES) {
      const got = await this.#drain(name);
      const bodies = new Set(got.map(({ detail }) => detail.body));
      for (const event of this.sent.values())
        assert.equal(bodies.has(event.body), wants(event), `${event.body} and the rule ${name}`);
      // Also what nobody has acknowledged may come, but only where it belongs.
      for (const { source, 'detail-type': type, detail } of got)
        assert.ok(wants({ source, type, ...detail }), `${detail.body} does not belong to ${name}`);
    }
    const switched = new Set((await this.#drain('switched')).map(({ detail }) => detail.body));
    for (const body of this.seen) assert.ok(switched.has(body), `${body} came while the rule was on`);
    for (const body of this.unseen) assert.ok(!switched.has(body), `${body} came while the rule was off`);
  }

  /** What the archive kept comes again, to the rules that want it. */
  async replay(): Promise<void> {
    const kept = [...this.sent.values()].filter(({ source }) => source === 'depot');
    await this.#sure('StartReplay', {
      ReplayName: 'once',
      EventSourceArn: `arn:aws:events:us-east-1:${ACCOUNT}:archive/kept`,
      EventStartTime: 0,
      EventEndTime: this.sim.now / 1_000,
      Destination: { Arn: DEFAULT },
    });
    if (this.sim.chance(2)) await this.sim.crash();
    await this.sim.advance(HOUR);
    const again = await this.#drain('again');
    assert.ok(again.every((event) => event['replay-name'] === 'once' && event.source === 'depot'));
    const bodies = new Set(again.map(({ detail }) => detail.body));
    for (const { body } of kept) assert.ok(bodies.has(body), `${body} came again`);
    this.#nothingIsLeft();
  }

  #nothingIsLeft(): void {
    const { store } = this.sim.cloud.kernel;
    store.transact((tx) => {
      const view = viewOf(() => tx, { account: ACCOUNT, region: 'us-east-1' });
      assert.deepEqual(view.list(deliveries), [], 'nothing is left over');
    });
  }

  async #drain(name: string): Promise<Told[]> {
    const all: Told[] = [];
    for (;;) {
      const QueueUrl = queueUrl(name);
      const received = await this.sim.call<Received>('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      assert.equal(received.kind, 'done');
      const page = received.kind === 'done' ? (received.output.Messages ?? []) : [];
      if (page.length === 0) return all;
      all.push(...page.map(({ Body }) => JSON.parse(Body) as Told));
      for (const { ReceiptHandle } of page) await this.sim.call('sqs', 'DeleteMessage', { QueueUrl, ReceiptHandle });
    }
  }

  /** Until it is acknowledged. */
  async #sure(operation: string, input: object): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const outcome = await this.sim.call('eventbridge', operation, input);
      if (outcome.kind === 'done') return;
      assert.ok(outcome.kind === 'lost' || outcome.status >= 500 || /Throttl/.test(outcome.code), outcome.kind);
    }
    assert.fail(`${operation} was never done`);
  }
}

simulate('tests/sim/events.test.ts', 4, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  sim.fault({ service: 'eventbridge', probability: 0.08, effect: { kind: 'drop' } });
  for (const service of ['eventbridge', 'sqs']) {
    sim.fault({ service, probability: 0.05, effect: { kind: 'throttle' } });
    sim.fault({
      service,
      probability: 0.05,
      effect: { kind: 'error', code: 'InternalError', message: '', status: 500 },
    });
  }
  await sim.settle();
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(6) }, () => workload.put()));
    acting.catch(() => {});
    if (sim.chance(6)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      if (sim.chance(2)) await new Promise((resolve) => setImmediate(resolve));
      await sim.crash();
    }
    await sim.during(acting, SECOND);
    if (sim.chance(3)) await sim.advance(sim.pick([SECOND, 20 * SECOND, MINUTE, 6 * MINUTE]));
    if (sim.chance(5)) await workload.turnSwitch();
  }
  sim.mend();
  await sim.advance(6 * HOUR);
  await workload.check();
  await workload.replay();
});
