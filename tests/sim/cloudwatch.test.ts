/**
 * CloudWatch under throttles, errors, lost answers, crashes and a clock that jumps: the state of every alarm, at every minute, is the one that
 * the values call for, by rules that are written down here once more; every change is told, and what suppresses holds back.
 */
import assert from 'node:assert/strict';
import { HOUR, MINUTE, SECOND } from '#kernel/base';
import { type Simulation, simulate } from '../support/simulation.ts';

const ACCOUNT = '123456789012';
const ROUNDS = 45;
const ATTEMPTS = 40;
const NAMESPACE = 'Sim';
const METRICS = ['a', 'b'];
/** Of which each is a series that one alarm looks at. */
const MACHINES = ['m0', 'm1', 'm2'];
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:alerts`;
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:alerts`;

type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
type Treatment = 'breaching' | 'notBreaching' | 'ignore' | 'missing';
type Alarm = {
  name: string;
  metric: string;
  /** Milliseconds. */
  period: number;
  periods: number;
  toAlarm: number;
  threshold: number;
  treatment: Treatment;
};

/** What the documentation says of a state, in the order in which periods come, oldest first. */
function expected(alarm: Alarm, values: readonly (number | undefined)[], before: State): State[] {
  const { periods, toAlarm, threshold, treatment } = alarm;
  const known = values.filter((value) => value !== undefined);
  const breaching = (some: readonly number[]) => some.filter((value) => value > threshold).length;
  const of = (isAlarm: boolean): State[] => [isAlarm ? 'ALARM' : 'OK'];
  // Enough real values, however late: the last of them decide.
  if (known.length >= periods) return of(breaching(known.slice(-periods)) >= toAlarm);
  if (known.length === 0) {
    if (treatment === 'ignore') return [before];
    return treatment === 'missing' ? ['INSUFFICIENT_DATA'] : of(treatment === 'breaching');
  }
  const absent = periods - known.length;
  if (treatment === 'breaching') return of(breaching(known) + absent >= toAlarm);
  if (treatment === 'notBreaching') return of(breaching(known) >= toAlarm);
  // Some are missing, and nothing is made of them. If all others breach, and are too few, it waits until the first is old enough.
  if (breaching(known) >= toAlarm) return ['ALARM'];
  if (breaching(known) < known.length) return ['OK'];
  const age = values.length - values.findIndex((value) => value !== undefined);
  return treatment === 'ignore' || age < toAlarm ? [before] : ['ALARM'];
}

class Workload {
  readonly sim: Simulation;
  readonly alarms: Alarm[] = [];
  /** The highest value of a metric at each instant. */
  readonly #values = new Map<string, Map<number, number>>([...METRICS, ...MACHINES].map((name) => [name, new Map()]));
  #each: Alarm | undefined;
  readonly #states = new Map<string, State>();
  /** Changes that were seen: alarm, state. */
  readonly changes: string[] = [];

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  async start(): Promise<void> {
    const { sim } = this;
    const open = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
    const Attributes = { Policy, MessageRetentionPeriod: '1209600' };
    assert.equal((await sim.call('sqs', 'CreateQueue', { QueueName: 'alerts', Attributes })).kind, 'done');
    await this.#sns('CreateTopic', { Name: 'alerts' });
    const raw = { 'Attributes.entry.1.key': 'RawMessageDelivery', 'Attributes.entry.1.value': 'true' };
    await this.#sns('Subscribe', { TopicArn: TOPIC, Protocol: 'sqs', Endpoint: QUEUE, ...raw });
    for (let index = 0; index < 8; index += 1) await this.#alarm(index);
    await this.#alarmOnEach();
    await this.#sure('PutCompositeAlarm', {
      AlarmName: 'any',
      AlarmRule: this.alarms.map(({ name }) => `ALARM(${name})`).join(' OR '),
    });
  }

  #drawn(name: string, metric: string, lengths: readonly number[]): Alarm {
    const { sim } = this;
    const periods = 1 + sim.random.below(3);
    return {
      name,
      metric,
      period: sim.pick(lengths),
      periods,
      toAlarm: 1 + sim.random.below(periods),
      threshold: sim.pick([20, 50, 80]),
      treatment: sim.pick(['breaching', 'notBreaching', 'ignore', 'missing']),
    };
  }

  async #alarm(index: number): Promise<void> {
    const alarm = this.#drawn(`alarm-${index}`, this.sim.pick(METRICS), [MINUTE, MINUTE, 2 * MINUTE, 5 * MINUTE]);
    this.alarms.push(alarm);
    // A value that comes twice is no other maximum.
    const metric = { Namespace: NAMESPACE, MetricName: alarm.metric, Statistic: 'Maximum' };
    await this.#put(alarm, { ...metric, Period: alarm.period / SECOND });
  }

  /** One alarm on the series of all machines. */
  async #alarmOnEach(): Promise<void> {
    const each = this.#drawn('each', 'load', [MINUTE, 2 * MINUTE]);
    const Expression = `SELECT MAX(load) FROM ${NAMESPACE} GROUP BY Machine`;
    await this.#put(each, { Metrics: [{ Id: 'q', Expression, Period: each.period / SECOND }] });
    this.#each = each;
  }

  async #put(alarm: Alarm, what: object): Promise<void> {
    this.#states.set(alarm.name, 'INSUFFICIENT_DATA');
    await this.#sure('PutMetricAlarm', {
      AlarmName: alarm.name,
      ...what,
      EvaluationPeriods: alarm.periods,
      DatapointsToAlarm: alarm.toAlarm,
      Threshold: alarm.threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: alarm.treatment,
      AlarmActions: [TOPIC],
      OKActions: [TOPIC],
      InsufficientDataActions: [TOPIC],
    });
  }

  async put(): Promise<void> {
    const { sim } = this;
    const name = sim.pick([...METRICS, ...MACHINES]);
    const value = sim.random.below(100);
    // By the minute, as metrics are kept that are not of high resolution; sometimes late.
    const at = sim.now - (sim.now % MINUTE) - (sim.chance(4) ? MINUTE : 0);
    const datum = { Value: value, Timestamp: at / SECOND };
    const metric = MACHINES.includes(name)
      ? { MetricName: 'load', Dimensions: [{ Name: 'Machine', Value: name }] }
      : { MetricName: name };
    await this.#sure('PutMetricData', { Namespace: NAMESPACE, MetricData: [{ ...datum, ...metric }] });
    const values = this.#values.get(name);
    values?.set(at, Math.max(value, values.get(at) ?? 0));
  }

  /** A minute goes by: each alarm has been looked at. */
  async minute(): Promise<void> {
    await this.sim.advance(MINUTE - (this.sim.now % MINUTE));
    const states = await this.#read();
    for (const alarm of this.alarms) {
      const values = this.#window(alarm);
      this.#see(alarm, alarm.name, states.get(alarm.name) ?? 'OK', (before) => expected(alarm, values, before));
    }
    if (this.#each !== undefined) await this.#minuteOfEach(this.#each, states.get('each') ?? 'OK');
    const isAny = this.alarms.some(({ name }) => states.get(name) === 'ALARM');
    assert.equal(states.get('any'), isAny ? 'ALARM' : 'OK', 'the composite alarm follows');
  }

  /** A state is one of those that are called for. */
  #see(alarm: Alarm, name: string, state: State, called: (before: State) => State[]): void {
    const before = this.#states.get(name) ?? 'OK';
    assert.ok(called(before).includes(state), `${name} went from ${before} to ${state} for ${JSON.stringify(alarm)}`);
    if (state !== before) this.changes.push(`${name} ${state}`);
    this.#states.set(name, state);
  }

  /** Each machine's series is in ALARM for its own values, and the alarm while one is. */
  async #minuteOfEach(each: Alarm, state: State): Promise<void> {
    type Shown = { AlarmContributors: { ContributorAttributes: { Machine: string } }[] };
    const { AlarmContributors: shown } = (await this.#sure('DescribeAlarmContributors', {
      AlarmName: 'each',
    })) as Shown;
    const alarming = new Set(shown.map(({ ContributorAttributes }) => ContributorAttributes.Machine));
    const windows = new Map(MACHINES.map((machine) => [machine, this.#window({ ...each, metric: machine })]));
    const isSeen = (machine: string) => windows.get(machine)?.some((value) => value !== undefined) === true;
    const isAnySeen = MACHINES.some(isSeen);
    for (const machine of MACHINES)
      this.#see(each, `each/${machine}`, alarming.has(machine) ? 'ALARM' : 'OK', (before) => {
        if (isSeen(machine)) return expected(each, windows.get(machine) ?? [], before);
        return isAnySeen || each.treatment !== 'ignore' ? ['OK'] : [before];
      });
    this.#see(each, 'each', state, (before) =>
      isAnySeen ? [alarming.size > 0 ? 'ALARM' : 'OK'] : expected(each, [], before),
    );
  }

  /** The highest values of the periods up to now, and of two before. */
  #window({ metric, period, periods }: Alarm): (number | undefined)[] {
    const count = periods + 2;
    return Array.from({ length: count }, (_, index) => {
      const from = this.sim.now - (count - index) * period;
      const inside = [...(this.#values.get(metric) ?? [])].filter(([at]) => at >= from && at < from + period);
      return inside.length === 0 ? undefined : Math.max(...inside.map(([, value]) => value));
    });
  }

  async #read(): Promise<Map<string, State>> {
    const input = { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] };
    type Shown = { AlarmName: string; StateValue: State }[];
    const { MetricAlarms, CompositeAlarms } = (await this.#sure('DescribeAlarms', input)) as {
      MetricAlarms: Shown;
      CompositeAlarms: Shown;
    };
    return new Map([...MetricAlarms, ...CompositeAlarms].map(({ AlarmName, StateValue }) => [AlarmName, StateValue]));
  }

  /** Every change was told, in the end. */
  async check(): Promise<void> {
    const told: string[] = [];
    for (;;) {
      const QueueUrl = `http://localhost/${ACCOUNT}/alerts`;
      const input = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 };
      const received = await this.sim.call<{ Messages?: { Body: string }[] }>('sqs', 'ReceiveMessage', input);
      assert.equal(received.kind, 'done');
      const page = received.kind === 'done' ? (received.output.Messages ?? []) : [];
      if (page.length === 0) break;
      for (const { Body } of page) {
        const { AlarmName, AlarmContributorAttributes: series, NewStateValue, StateChangeTime } = JSON.parse(Body);
        const name = series === undefined ? AlarmName : `${AlarmName}/${series.Machine}`;
        told.push(`${StateChangeTime} ${name} ${NewStateValue}`);
      }
    }
    const once = [...new Set(told)].map((line) => line.slice(line.indexOf(' ') + 1)).toSorted();
    assert.deepEqual(once, this.changes.toSorted());
  }

  async #sns(Action: string, parameters: { [name: string]: string }): Promise<void> {
    const body = new URLSearchParams({ Action, Version: '2010-03-31', ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await this.sim.send('sns', 'POST', '/', body, headers)).kind, 'done', Action);
  }

  /** Until it is acknowledged. */
  async #sure(operation: string, input: object): Promise<Record<string, unknown>> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const outcome = await this.sim.call<Record<string, unknown>>('cloudwatch', operation, input);
      if (outcome.kind === 'done') return outcome.output;
      assert.ok(outcome.kind === 'lost' || outcome.status >= 500 || /Throttl/.test(outcome.code), outcome.kind);
    }
    return assert.fail(`${operation} was never done`);
  }
}

simulate('tests/sim/cloudwatch.test.ts', 4, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  sim.fault({ service: 'cloudwatch', probability: 0.08, effect: { kind: 'drop' } });
  sim.fault({ service: 'cloudwatch', probability: 0.05, effect: { kind: 'throttle' } });
  sim.fault({
    service: 'cloudwatch',
    probability: 0.05,
    effect: { kind: 'error', code: 'InternalError', message: '', status: 500 },
  });
  await sim.settle();
  for (let round = 0; round < ROUNDS; round += 1) {
    // Now and then nothing comes for a while.
    const count = round % 12 > 8 ? 0 : sim.random.below(4);
    const acting = Promise.all(Array.from({ length: count }, () => workload.put()));
    acting.catch(() => {});
    if (sim.chance(6)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      await sim.crash();
    }
    await acting;
    if (sim.chance(3)) await sim.advance(10 * SECOND);
    await workload.minute();
  }
  sim.mend();
  // Until no alarm sees a value any more.
  for (let minutes = 0; minutes < 30; minutes += 1) await workload.minute();
  await sim.advance(HOUR);
  await workload.check();
});
