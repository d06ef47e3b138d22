/**
 * CloudWatch Logs under throttles, errors, lost answers, crashes and a clock that jumps: every event that was acknowledged is in its group once, at
 * least once in the stream and in the bucket that its subscriptions lead to, and counted once by the filter that makes a metric of it.
 */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { DAY, HOUR, MINUTE, SECOND } from '#kernel/base';
import { type Outcome, type Simulation, simulate } from '../support/simulation.ts';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const ROUNDS = 24;
const GROUP = 'words';
const BUCKET = 'lake';
const LOG_STREAMS = ['a', 'b'];
const policy = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

/** What a subscription sends. */
type Sent = { messageType: string; logEvents: { message: string }[] };

class Workload {
  readonly sim: Simulation;
  readonly acknowledged = new Set<string>();
  readonly uncertain = new Set<string>();
  #count = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  aws() {
    return this.sim.cloud.aws(ACCOUNT, REGION);
  }

  async start(): Promise<void> {
    const { iam, s3, kinesis, firehose, 'cloudwatch-logs': logs } = this.aws();
    const Service = ['logs.amazonaws.com', 'firehose.amazonaws.com'];
    const AssumeRolePolicyDocument = policy({ Principal: { Service }, Action: 'sts:AssumeRole' });
    const { Role } = await iam.CreateRole({ RoleName: 'writer', AssumeRolePolicyDocument });
    const PolicyDocument = policy({ Action: ['kinesis:*', 'firehose:*', 's3:*'], Resource: '*' });
    await iam.PutRolePolicy({ RoleName: 'writer', PolicyName: 'p', PolicyDocument });
    const roleArn = Role?.Arn ?? '';
    await s3.CreateBucket({ Bucket: BUCKET });
    await kinesis.CreateStream({ StreamName: 'words', ShardCount: 1 });
    await firehose.CreateDeliveryStream({
      DeliveryStreamName: 'words',
      ExtendedS3DestinationConfiguration: { RoleARN: roleArn, BucketARN: `arn:aws:s3:::${BUCKET}` },
    });
    await this.sim.advance(MINUTE);
    await logs.CreateLogGroup({ logGroupName: GROUP });
    for (const logStreamName of LOG_STREAMS) await logs.CreateLogStream({ logGroupName: GROUP, logStreamName });
    for (const destinationArn of [
      `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/words`,
      `arn:aws:firehose:${REGION}:${ACCOUNT}:deliverystream/words`,
    ])
      await logs.PutSubscriptionFilter({
        logGroupName: GROUP,
        filterName: destinationArn.includes('kinesis') ? 'stream' : 'lake',
        filterPattern: 'loud',
        destinationArn,
        roleArn,
      });
    await logs.PutMetricFilter({
      logGroupName: GROUP,
      filterName: 'counted',
      filterPattern: 'loud',
      metricTransformations: [{ metricName: 'Loud', metricNamespace: 'Words', metricValue: '1' }],
    });
  }

  async act(): Promise<void> {
    const { sim } = this;
    const texts = Array.from({ length: 1 + sim.random.below(4) }, () => {
      this.#count += 1;
      return `n${this.#count} ${sim.chance(3) ? 'quiet' : 'loud'}`;
    });
    const logEvents = texts.map((message) => ({ timestamp: sim.now, message }));
    const input = { logGroupName: GROUP, logStreamName: sim.pick(LOG_STREAMS), logEvents };
    this.#note(texts, await sim.call('cloudwatch-logs', 'PutLogEvents', input));
  }

  #note(texts: readonly string[], outcome: Outcome): void {
    for (const text of texts) (outcome.kind === 'done' ? this.acknowledged : this.uncertain).add(text);
  }

  async check(): Promise<void> {
    const inGroup = await this.#logged();
    assert.equal(new Set(inGroup).size, inGroup.length, 'nothing is there twice');
    this.#checkHas('its group', inGroup, this.acknowledged);
    const loud = new Set([...this.acknowledged].filter((text) => text.endsWith('loud')));
    this.#checkHas('the stream', await this.#streamed(), loud);
    this.#checkHas('the bucket', await this.#filed(), loud);
    assert.ok(loud.size > ROUNDS, 'there was something to lose');
    const { Datapoints = [] } = await this.aws().cloudwatch.GetMetricStatistics({
      Namespace: 'Words',
      MetricName: 'Loud',
      StartTime: this.sim.now - DAY,
      EndTime: this.sim.now + DAY,
      Period: 86_400,
      Statistics: ['Sum'],
    });
    const counted = Datapoints.reduce((all, { Sum = 0 }) => all + Sum, 0);
    assert.equal(counted, inGroup.filter((text) => text.endsWith('loud')).length, 'the metric counts what is there');
  }

  #checkHas(where: string, found: readonly string[], wanted: ReadonlySet<string>): void {
    const there = new Set(found);
    const missing = [...wanted].filter((text) => !there.has(text));
    assert.deepEqual(missing, [], `${where} has every event`);
    const strange = [...there].filter((text) => !this.acknowledged.has(text) && !this.uncertain.has(text));
    assert.deepEqual(strange, [], `${where} has what was sent`);
  }

  async #logged(): Promise<string[]> {
    const logs = this.aws()['cloudwatch-logs'];
    const all: string[] = [];
    for (let nextToken: string | undefined, isMore = true; isMore; isMore = nextToken !== undefined) {
      const page = await logs.FilterLogEvents({ logGroupName: GROUP, ...(nextToken !== undefined && { nextToken }) });
      all.push(...(page.events ?? []).map(({ message = '' }) => message));
      nextToken = page.nextToken;
    }
    return all;
  }

  async #streamed(): Promise<string[]> {
    const { kinesis } = this.aws();
    const at = { StreamName: 'words', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
    let { ShardIterator } = await kinesis.GetShardIterator(at);
    const all: string[] = [];
    for (;;) {
      const page = await kinesis.GetRecords({ ShardIterator: ShardIterator ?? '' });
      all.push(...page.Records.flatMap(({ Data }) => textsOf(gunzipSync(Data))));
      if (page.Records.length === 0 && page.MillisBehindLatest === 0) return all;
      ShardIterator = page.NextShardIterator;
    }
  }

  async #filed(): Promise<string[]> {
    const { s3 } = this.aws();
    const { Contents = [] } = await s3.ListObjectsV2({ Bucket: BUCKET });
    const all: string[] = [];
    for (const { Key = '' } of Contents) {
      const { Body } = await s3.GetObject({ Bucket: BUCKET, Key });
      const pieces: Uint8Array[] = [];
      for await (const piece of Body as AsyncIterable<Uint8Array>) pieces.push(piece);
      // Compressed texts one after another, which are objects of JSON one after another.
      const text = gunzipSync(Buffer.concat(pieces)).toString();
      all.push(...text.split(/(?<=\})(?=\{"messageType")/).flatMap((one) => textsOf(Buffer.from(one))));
    }
    return all;
  }
}

function textsOf(bytes: Uint8Array): string[] {
  const { messageType, logEvents } = JSON.parse(Buffer.from(bytes).toString()) as Sent;
  return messageType === 'DATA_MESSAGE' ? logEvents.map(({ message }) => message) : [];
}

simulate('tests/sim/logs.test.ts', 3, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  await sim.settle();
  for (const service of ['cloudwatch-logs', 'kinesis', 'firehose', 's3', 'sts'])
    sim.fault({
      service,
      probability: 0.15,
      effect: { kind: 'error', code: 'InternalFailure', message: '', status: 500 },
    });
  for (const service of ['kinesis', 'firehose']) sim.fault({ service, probability: 0.1, effect: { kind: 'throttle' } });
  sim.fault({ service: 'cloudwatch-logs', probability: 0.08, effect: { kind: 'drop' } });
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(4) }, () => workload.act()));
    acting.catch(() => {});
    if (sim.chance(5)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      await sim.crash();
    }
    await sim.during(acting, SECOND);
    if (sim.chance(3)) await sim.advance(sim.pick([SECOND, 20 * SECOND, MINUTE, 6 * MINUTE]));
  }
  sim.mend();
  await sim.advance(HOUR);
  await workload.check();
});
