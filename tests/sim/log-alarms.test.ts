/**
 * Alarms on logs under throttles, errors, lost answers, crashes and a clock that jumps: at every minute, the state of each and of each of its
 * series is one that the events of the last minutes call for, by rules that are written down here once more; in the end there is one query for
 * each alarm.
 */
import assert from 'node:assert/strict';
import { MINUTE, SECOND } from '#kernel/base';
import { type Simulation, simulate } from '../support/simulation.ts';

const ROUNDS = 25;
const ATTEMPTS = 40;
const HOSTS = ['a', 'b', 'c'];
const ROLE = 'arn:aws:iam::123456789012:role/reader';
const AT = { logGroupName: 'app', logStreamName: 'one' };

type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
type Alarm = {
  name: string;
  runs: number;
  toAlarm: number;
  threshold: number;
  treatment: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
};
type Counts = { [host: string]: number };

/** What the documentation says of one series' state, for what its last runs gave. */
function expected(
  { runs, toAlarm, threshold, treatment }: Alarm,
  values: readonly (number | undefined)[],
  before: State,
) {
  const known = values.filter((value) => value !== undefined);
  const breaching = known.filter((value) => value > threshold).length;
  const of = (isAlarm: boolean): State[] => [isAlarm ? 'ALARM' : 'OK'];
  if (known.length === 0) {
    if (treatment === 'ignore') return [before];
    return treatment === 'missing' ? (['INSUFFICIENT_DATA'] as State[]) : of(treatment === 'breaching');
  }
  if (known.length === values.length) return of(breaching >= toAlarm);
  if (treatment === 'breaching') return of(breaching + runs - known.length >= toAlarm);
  if (treatment === 'notBreaching') return of(breaching >= toAlarm);
  if (breaching >= toAlarm) return of(true);
  const all = of(breaching === known.length);
  return treatment === 'ignore' ? ['OK' as const, ...all, before] : ['OK' as const, ...all];
}

class Workload {
  readonly sim: Simulation;
  readonly alarms: Alarm[] = [];
  /** What each minute had. */
  readonly minutes: Counts[] = [];
  readonly #states = new Map<string, State>();
  #changes = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  async start(): Promise<void> {
    const { sim } = this;
    const document = (statement: object) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
    const iam = async (Action: string, parameters: { [name: string]: string }) => {
      const body = new URLSearchParams({ Action, Version: '2010-05-08', RoleName: 'reader', ...parameters }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      assert.equal((await sim.send('iam', 'POST', '/', body, headers)).kind, 'done', Action);
    };
    const trust = document({ Principal: { Service: 'logs.amazonaws.com' }, Action: 'sts:AssumeRole' });
    await iam('CreateRole', { AssumeRolePolicyDocument: trust });
    await iam('PutRolePolicy', { PolicyName: 'p', PolicyDocument: document({ Action: 'logs:*', Resource: '*' }) });
    assert.equal((await sim.call('cloudwatch-logs', 'CreateLogGroup', AT)).kind, 'done');
    assert.equal((await sim.call('cloudwatch-logs', 'CreateLogStream', AT)).kind, 'done');
    for (let index = 0; index < 4; index += 1) {
      const runs = 1 + sim.random.below(3);
      this.alarms.push({
        name: `alarm-${index}`,
        runs,
        toAlarm: 1 + sim.random.below(runs),
        threshold: sim.random.below(3),
        treatment: sim.pick(['breaching', 'notBreaching', 'ignore', 'missing']),
      });
    }
    for (const alarm of this.alarms) await this.put(alarm);
  }

  put({ name, runs, toAlarm, threshold, treatment }: Alarm): Promise<unknown> {
    return this.#sure('PutLogAlarm', {
      AlarmName: name,
      ScheduledQueryConfiguration: {
        QueryString: 'filter level = "ERROR"',
        LogGroupIdentifiers: ['app'],
        ScheduledQueryRoleARN: ROLE,
        ScheduleConfiguration: { ScheduleExpression: 'cron(* * * * ? *)', StartTimeOffset: 60 },
        AggregationExpression: 'count(*) by host',
      },
      QueryResultsToEvaluate: runs,
      QueryResultsToAlarm: toAlarm,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: treatment,
    });
  }

  /** Events in the middle of a minute, and what was made of it at its end. */
  async minute(isQuiet: boolean): Promise<void> {
    const { sim } = this;
    await sim.advance(MINUTE / 2);
    const counts: Counts = {};
    for (const host of isQuiet ? [] : HOSTS) if (sim.chance(2)) counts[host] = 1 + sim.random.below(4);
    const logEvents = Object.entries(counts).flatMap(([host, count]) =>
      Array.from({ length: count }, () => ({ timestamp: sim.now, message: JSON.stringify({ level: 'ERROR', host }) })),
    );
    if (logEvents.length > 0)
      assert.equal((await sim.call('cloudwatch-logs', 'PutLogEvents', { ...AT, logEvents })).kind, 'done');
    if (sim.chance(4)) await this.#crashWhileChanging();
    this.minutes.push(counts);
    await sim.advance(MINUTE / 2);
    const { LogAlarms: shown } = (await this.#sure('DescribeAlarms', { AlarmTypes: ['LogAlarm'] })) as {
      LogAlarms: { AlarmName: string; StateValue: State }[];
    };
    for (const alarm of this.alarms)
      await this.#look(alarm, shown.find(({ AlarmName }) => AlarmName === alarm.name)?.StateValue ?? 'OK');
  }

  async #crashWhileChanging(): Promise<void> {
    const { sim } = this;
    const changing = this.put(sim.pick(this.alarms));
    for (let turns = sim.random.below(60); turns > 0; turns -= 1) await Promise.resolve();
    await sim.crash();
    await changing;
  }

  async #look(alarm: Alarm, state: State): Promise<void> {
    type Shown = { AlarmContributors: { ContributorAttributes: { host: string } }[] };
    const input = { AlarmName: alarm.name };
    const { AlarmContributors: shown } = (await this.#sure('DescribeAlarmContributors', input)) as Shown;
    const alarming = new Set(shown.map(({ ContributorAttributes }) => ContributorAttributes.host));
    const last = this.minutes.slice(-alarm.runs);
    const isAnySeen = last.some((counts) => Object.keys(counts).length > 0);
    for (const host of HOSTS) {
      const values = last.map((counts) => counts[host]);
      const isSeen = values.some((value) => value !== undefined);
      this.#see(`${alarm.name}/${host}`, alarming.has(host) ? 'ALARM' : 'OK', alarm, last, (before) => {
        if (isSeen) return expected(alarm, values, before);
        return isAnySeen || alarm.treatment !== 'ignore' ? ['OK'] : [before];
      });
    }
    this.#see(alarm.name, state, alarm, last, (before) =>
      isAnySeen ? [alarming.size > 0 ? 'ALARM' : 'OK'] : expected(alarm, [], before),
    );
  }

  /** A state is one of those that are called for. */
  #see(name: string, state: State, alarm: Alarm, last: Counts[], called: (before: State) => State[]): void {
    const before = this.#states.get(name) ?? (name.includes('/') ? 'OK' : 'INSUFFICIENT_DATA');
    const told = `${name} went from ${before} to ${state} for ${JSON.stringify([last, alarm])}`;
    assert.ok(called(before).includes(state), told);
    if (state !== before) this.#changes += 1;
    this.#states.set(name, state);
  }

  /** Much has happened, and nothing is left behind. */
  async check(): Promise<void> {
    assert.ok(this.#changes > ROUNDS, `${this.#changes} changes`);
    const listed = await this.sim.call<{ scheduledQueries: object[] }>('cloudwatch-logs', 'ListScheduledQueries', {});
    assert.equal(listed.kind, 'done');
    assert.equal(listed.kind === 'done' && listed.output.scheduledQueries.length, this.alarms.length);
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

simulate('tests/sim/log-alarms.test.ts', 3, async (sim) => {
  const workload = new Workload(sim);
  sim.fault({ service: 'cloudwatch', probability: 0.08, effect: { kind: 'drop' } });
  sim.fault({ service: 'cloudwatch', probability: 0.05, effect: { kind: 'throttle' } });
  const failing = { kind: 'error', code: 'InternalError', message: '', status: 500 } as const;
  sim.fault({ service: 'cloudwatch', probability: 0.05, effect: failing });
  await workload.start();
  await sim.settle();
  for (let round = 0; round < ROUNDS; round += 1) await workload.minute(round % 8 > 4);
  sim.mend();
  for (let minutes = 0; minutes < 4; minutes += 1) await workload.minute(true);
  await sim.advance(10 * SECOND);
  await workload.check();
});
