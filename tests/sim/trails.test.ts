/**
 * A trail under throttles, errors, lost answers, crashes and a clock that jumps: every call that was acknowledged is in its files, in its log
 * group and told to EventBridge, at least once, as is every call on objects; the digests name all files, in one chain.
 */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { HOUR, MINUTE, SECOND, sha256Hex } from '#kernel/base';
import { type Simulation, simulate } from '../support/simulation.ts';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const ROUNDS = 24;
const BUCKET = 'trail-of-all';
const SHELF = 'shelf';
const GROUP = 'calls';
const LOGS = `AWSLogs/${ACCOUNT}/CloudTrail/`;
const DIGESTS = `AWSLogs/${ACCOUNT}/CloudTrail-Digest/`;
const policy = (...statements: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements.map((one) => ({ Effect: 'Allow', ...one })) });

type Told = { eventName: string; requestParameters?: { queueName?: string; key?: string } | null };
type Digest = {
  digestS3Object: string;
  previousDigestS3Object: string | null;
  previousDigestHashValue: string | null;
  logFiles: { s3Object: string; hashValue: string }[];
};

class Workload {
  readonly sim: Simulation;
  /** Names of queues that were made, and of objects that were written. */
  readonly done = { CreateQueue: new Set<string>(), PutObject: new Set<string>() };
  #count = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  aws() {
    return this.sim.cloud.aws(ACCOUNT, REGION);
  }

  async start(): Promise<void> {
    const { s3, iam, sqs, eventbridge, cloudtrail, 'cloudwatch-logs': logs } = this.aws();
    await s3.CreateBucket({ Bucket: SHELF });
    await s3.CreateBucket({ Bucket: BUCKET });
    const trail = { Service: 'cloudtrail.amazonaws.com' };
    const Policy = policy({ Principal: trail, Action: 's3:*', Resource: [`arn:aws:s3:::${BUCKET}/*`] });
    await s3.PutBucketPolicy({ Bucket: BUCKET, Policy });
    const AssumeRolePolicyDocument = policy({ Principal: trail, Action: 'sts:AssumeRole' });
    const { Role } = await iam.CreateRole({ RoleName: 'writer', AssumeRolePolicyDocument });
    const PolicyDocument = policy({ Action: 'logs:*', Resource: '*' });
    await iam.PutRolePolicy({ RoleName: 'writer', PolicyName: 'p', PolicyDocument });
    await logs.CreateLogGroup({ logGroupName: GROUP });
    const heard = `arn:aws:sqs:${REGION}:${ACCOUNT}:heard`;
    const open = policy({ Principal: '*', Action: 'sqs:SendMessage', Resource: heard });
    await sqs.CreateQueue({ QueueName: 'heard', Attributes: { Policy: open } });
    await eventbridge.PutRule({ Name: 'calls', EventPattern: '{"detail-type":["AWS API Call via CloudTrail"]}' });
    await eventbridge.PutTargets({ Rule: 'calls', Targets: [{ Id: 'q', Arn: heard }] });
    await cloudtrail.CreateTrail({
      Name: 'all-calls',
      S3BucketName: BUCKET,
      EnableLogFileValidation: true,
      CloudWatchLogsLogGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${GROUP}:*`,
      CloudWatchLogsRoleArn: Role?.Arn,
    });
    const DataResources = [{ Type: 'AWS::S3::Object', Values: [`arn:aws:s3:::${SHELF}/`] }];
    await cloudtrail.PutEventSelectors({
      TrailName: 'all-calls',
      EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true, DataResources }],
    });
    await cloudtrail.StartLogging({ Name: 'all-calls' });
  }

  async act(): Promise<void> {
    const { sim } = this;
    this.#count += 1;
    const name = `n${this.#count}`;
    if (sim.chance(2)) {
      if ((await sim.call('sqs', 'CreateQueue', { QueueName: name })).kind === 'done') this.done.CreateQueue.add(name);
    } else if ((await sim.send('s3', 'PUT', `/${SHELF}/${name}`, name)).kind === 'done') this.done.PutObject.add(name);
  }

  async check(): Promise<void> {
    const files = await this.#files(LOGS);
    this.#checkTold(
      'its files',
      [...files.values()].flatMap((text) => JSON.parse(text).Records as Told[]),
    );
    this.#checkTold('its log group', await this.#logged());
    this.#checkTold('EventBridge', await this.#heard());
    const digests = [...(await this.#files(DIGESTS))].map(([, text]) => ({ text, digest: JSON.parse(text) as Digest }));
    const named = new Map(digests.flatMap(({ digest }) => digest.logFiles).map((one) => [one.s3Object, one.hashValue]));
    for (const [key, hash] of named)
      assert.equal(sha256Hex(files.get(key) ?? ''), hash, `${key} is what its digest says`);
    for (const { digest } of digests.slice(1)) {
      const before = digests.find((one) => one.digest.digestS3Object === digest.previousDigestS3Object);
      assert.equal(sha256Hex(before?.text ?? ''), digest.previousDigestHashValue, 'one digest follows another');
    }
    assert.ok(
      this.done.CreateQueue.size > ROUNDS / 3 && this.done.PutObject.size > ROUNDS / 3,
      'there was something to lose',
    );
  }

  #checkTold(where: string, told: readonly Told[]): void {
    const [queues, objects] = [new Set<string>(), new Set<string>()];
    for (const { eventName, requestParameters } of told) {
      if (eventName === 'CreateQueue') queues.add(requestParameters?.queueName ?? '');
      if (eventName === 'PutObject') objects.add(requestParameters?.key ?? '');
    }
    const missing = [
      ...[...this.done.CreateQueue].filter((name) => !queues.has(name)),
      ...[...this.done.PutObject].filter((name) => !objects.has(name)),
    ];
    assert.deepEqual(missing, [], `${where} have every call`);
  }

  /** Texts of a folder's files, by their keys. */
  async #files(Prefix: string): Promise<Map<string, string>> {
    const { s3 } = this.aws();
    const { Contents = [] } = await s3.ListObjectsV2({ Bucket: BUCKET, Prefix });
    const found = new Map<string, string>();
    for (const { Key = '' } of Contents) {
      const { Body } = await s3.GetObject({ Bucket: BUCKET, Key });
      const pieces: Uint8Array[] = [];
      for await (const piece of Body as AsyncIterable<Uint8Array>) pieces.push(piece);
      if (Key.endsWith('.gz')) found.set(Key, gunzipSync(Buffer.concat(pieces)).toString());
    }
    return found;
  }

  async #logged(): Promise<Told[]> {
    const logs = this.aws()['cloudwatch-logs'];
    const all: Told[] = [];
    for (let nextToken: string | undefined, isMore = true; isMore; isMore = nextToken !== undefined) {
      const page = await logs.FilterLogEvents({ logGroupName: GROUP, ...(nextToken !== undefined && { nextToken }) });
      all.push(...(page.events ?? []).map(({ message = '' }) => JSON.parse(message) as Told));
      nextToken = page.nextToken;
    }
    return all;
  }

  async #heard(): Promise<Told[]> {
    const { sqs } = this.aws();
    const QueueUrl = `http://localhost/${ACCOUNT}/heard`;
    const all: Told[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.ReceiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
      if (Messages.length === 0) return all;
      for (const { Body = '', ReceiptHandle = '' } of Messages) {
        all.push(JSON.parse(Body).detail);
        await sqs.DeleteMessage({ QueueUrl, ReceiptHandle });
      }
    }
  }
}

simulate('tests/sim/trails.test.ts', 3, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  await sim.settle();
  for (const service of ['sqs', 's3', 'sts', 'cloudwatch-logs'])
    sim.fault({
      service,
      probability: 0.25,
      effect: { kind: 'error', code: 'InternalError', message: '', status: 500 },
    });
  sim.fault({ service: 's3', probability: 0.05, effect: { kind: 'drop' } });
  sim.fault({ service: 'cloudwatch-logs', probability: 0.05, effect: { kind: 'throttle' } });
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(6) }, () => workload.act()));
    acting.catch(() => {});
    if (sim.chance(6)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      await sim.crash();
    }
    await sim.during(acting, SECOND);
    if (sim.chance(2)) await sim.advance(sim.pick([20 * SECOND, MINUTE, 6 * MINUTE, 20 * MINUTE]));
  }
  sim.mend();
  await sim.advance(2 * HOUR);
  await workload.check();
});
