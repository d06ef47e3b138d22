/**
 * Firehose under throttles, errors, lost answers, crashes and a clock that jumps: every record that was acknowledged is in the bucket; it is there
 * once where the call was made once, though its object may have been written several times.
 */
import assert from 'node:assert/strict';
import { HOUR, MINUTE, SECOND } from '#kernel/base';
import { viewOf } from '#kernel/store';
import { batches, buffers, chunks } from '#services/firehose/state';
import { type Outcome, type Simulation, simulate } from '../support/simulation.ts';

const ROUNDS = 40;
const BUCKET = 'lake';
const ROLE = 'arn:aws:iam::123456789012:role/hose';
const STREAMS = ['plain', 'parted'];
const policy = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

class Workload {
  readonly sim: Simulation;
  /** Records by what became of the call that sent them. */
  readonly acknowledged = new Set<string>();
  readonly uncertain = new Set<string>();
  #records = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  async start(): Promise<void> {
    await this.#iam('CreateRole', {
      RoleName: 'hose',
      AssumeRolePolicyDocument: policy({ Principal: { Service: 'firehose.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    });
    await this.#iam('PutRolePolicy', {
      RoleName: 'hose',
      PolicyName: 'p',
      PolicyDocument: policy({ Action: 's3:*', Resource: '*' }),
    });
    assert.equal((await this.sim.send('s3', 'PUT', `/${BUCKET}`)).kind, 'done');
    const settings = {
      RoleARN: ROLE,
      BucketARN: `arn:aws:s3:::${BUCKET}`,
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
    };
    const query = { ParameterName: 'MetadataExtractionQuery', ParameterValue: '{n: .n}' };
    await this.#create('plain', { ...settings, Prefix: 'plain/' });
    await this.#create('parted', {
      ...settings,
      Prefix: 'parted/!{partitionKeyFromQuery:n}/',
      ErrorOutputPrefix: 'bad/',
      BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
      DynamicPartitioningConfiguration: { Enabled: true },
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          {
            Type: 'MetadataExtraction',
            Parameters: [query, { ParameterName: 'JsonParsingEngine', ParameterValue: 'JQ-1.6' }],
          },
        ],
      },
    });
  }

  async act(): Promise<void> {
    const { sim } = this;
    const DeliveryStreamName = sim.pick(STREAMS);
    if (sim.chance(3)) {
      const text = this.#record();
      const Data = Buffer.from(text).toString('base64');
      this.#note([text], await sim.call('firehose', 'PutRecord', { DeliveryStreamName, Record: { Data } }));
      return;
    }
    const texts = Array.from({ length: 1 + sim.random.below(6) }, () => this.#record());
    const Records = texts.map((text) => ({ Data: Buffer.from(text).toString('base64') }));
    this.#note(texts, await sim.call('firehose', 'PutRecordBatch', { DeliveryStreamName, Records }));
  }

  /** Everything that was acknowledged is in the bucket once, and what is there was sent. */
  async check(): Promise<void> {
    const found = new Map<string, number>();
    for (const key of await this.#keys())
      for (const record of (await this.#object(key)).split('\n').filter((line) => line !== ''))
        found.set(record, (found.get(record) ?? 0) + 1);
    for (const record of this.acknowledged) {
      const text = record.trimEnd();
      assert.equal(found.get(text), 1, `${text.slice(0, 60)} was acknowledged`);
    }
    for (const [text, times] of found) {
      assert.ok(this.acknowledged.has(`${text}\n`) || this.uncertain.has(`${text}\n`), 'what is there was sent');
      assert.equal(times, 1, `${text.slice(0, 60)} is there once`);
    }
    assert.ok(this.acknowledged.size > ROUNDS, 'there was something to lose');
    const left = this.sim.cloud.kernel.store.transact((tx) => {
      const view = viewOf(() => tx, { account: '123456789012', region: 'us-east-1' });
      return [chunks, batches, buffers].map((table) => view.list(table as typeof chunks).length);
    });
    assert.deepEqual(left, [0, 0, 0], 'nothing is left behind');
  }

  #note(texts: readonly string[], outcome: Outcome): void {
    for (const text of texts)
      if (outcome.kind === 'done') this.acknowledged.add(text);
      else this.uncertain.add(text);
  }

  /** What a call brings stays within its row: how long files take to write no seed knows. */
  #record(): string {
    this.#records += 1;
    const pad = this.sim.chance(5) ? 'x'.repeat(2_000) : '';
    return `${JSON.stringify({ id: this.#records, n: this.sim.random.below(3), pad })}\n`;
  }

  async #create(name: string, ExtendedS3DestinationConfiguration: object): Promise<void> {
    const input = { DeliveryStreamName: name, ExtendedS3DestinationConfiguration };
    const made = await this.sim.call('firehose', 'CreateDeliveryStream', input);
    assert.equal(made.kind, 'done', JSON.stringify(made));
  }

  async #iam(Action: string, parameters: { [name: string]: string }): Promise<void> {
    const body = new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await this.sim.send('iam', 'POST', '/', body, headers)).kind, 'done');
  }

  async #keys(): Promise<string[]> {
    const listed = await this.sim.send('s3', 'GET', `/${BUCKET}?list-type=2`);
    assert.equal(listed.kind, 'done');
    const { body } = (listed as Extract<typeof listed, { kind: 'done' }>).output;
    assert.ok(body.includes('<IsTruncated>false'));
    return [...body.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = '']) => key);
  }

  async #object(key: string): Promise<string> {
    const read = await this.sim.send('s3', 'GET', `/${BUCKET}/${key}`);
    assert.equal(read.kind, 'done');
    return (read as Extract<typeof read, { kind: 'done' }>).output.body;
  }
}

simulate('tests/sim/firehose.test.ts', 4, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  sim.fault({ service: 'firehose', probability: 0.08, effect: { kind: 'drop' } });
  for (const service of ['firehose', 's3', 'sts'])
    sim.fault({
      service,
      probability: 0.08,
      effect: { kind: 'error', code: 'InternalError', message: '', status: 500 },
    });
  sim.fault({ service: 'firehose', probability: 0.05, effect: { kind: 'throttle' } });
  await sim.settle();
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(6) }, () => workload.act()));
    acting.catch(() => {});
    if (sim.chance(5)) {
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
