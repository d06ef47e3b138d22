/**
 * Changes of a table on their way to a stream of Kinesis, which throttles, fails, loses answers and crashes: each one that was acknowledged arrives, and
 * those of an item arrive in their order, however often.
 */
import assert from 'node:assert/strict';
import { HOUR, SECOND } from '#kernel/base';
import { type Outcome, type Simulation, simulate } from '../support/simulation.ts';

const ROUNDS = 40;
const TableName = 'counters';
const StreamName = 'changes';
const KEYS = ['a', 'b', 'c', 'd'];

type Change = { dynamodb: { Keys: { id: { S: string } }; NewImage: { n: { N: string } } } };

class Workload {
  readonly sim: Simulation;
  /** The last number that was acknowledged, by item. */
  readonly counts = new Map<string, number>();

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  async start(): Promise<void> {
    assert.equal((await this.#call('kinesis', 'CreateStream', { StreamName, ShardCount: 2 })).kind, 'done');
    const made = await this.#call('dynamodb', 'CreateTable', {
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    assert.equal(made.kind, 'done');
    await this.sim.settle();
    const summary = await this.#call('kinesis', 'DescribeStreamSummary', { StreamName });
    assert.ok(summary.kind === 'done');
    const { StreamARN } = (summary.output as { StreamDescriptionSummary: { StreamARN: string } })
      .StreamDescriptionSummary;
    const enabled = await this.#call('dynamodb', 'EnableKinesisStreamingDestination', {
      TableName,
      StreamArn: StreamARN,
    });
    assert.equal(enabled.kind, 'done');
  }

  async act(id: string): Promise<void> {
    const outcome = await this.#call('dynamodb', 'UpdateItem', {
      TableName,
      Key: { id: { S: id } },
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'UPDATED_NEW',
    });
    if (outcome.kind !== 'done') return;
    const { Attributes } = outcome.output as { Attributes: { n: { N: string } } };
    this.counts.set(id, Math.max(this.counts.get(id) ?? 0, Number(Attributes.n.N)));
  }

  async check(): Promise<void> {
    const arrived = new Map<string, number[]>();
    for (const ShardId of ['shardId-000000000000', 'shardId-000000000001'])
      for (const { dynamodb } of await this.#changes(ShardId)) {
        const { S: id } = dynamodb.Keys.id;
        arrived.set(id, [...(arrived.get(id) ?? []), Number(dynamodb.NewImage.n.N)]);
      }
    for (const [id, count] of this.counts) {
      const numbers = arrived.get(id) ?? [];
      const news = numbers.filter((number, at) => numbers.indexOf(number) === at);
      assert.deepEqual(
        news.slice(0, count),
        Array.from({ length: count }, (_, at) => at + 1),
        `${id} in order: ${numbers}`,
      );
    }
    const total = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(total > ROUNDS, 'there was something to lose');
  }

  async #changes(ShardId: string): Promise<Change[]> {
    const begun = await this.#call('kinesis', 'GetShardIterator', {
      StreamName,
      ShardId,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    assert.ok(begun.kind === 'done');
    const got = await this.#call('kinesis', 'GetRecords', begun.output);
    assert.ok(got.kind === 'done');
    const { Records } = got.output as { Records: { Data: string }[] };
    return Records.map(({ Data }) => JSON.parse(Buffer.from(Data, 'base64').toString()) as Change);
  }

  #call(service: 'dynamodb' | 'kinesis', operation: string, input: object): Promise<Outcome> {
    return this.sim.call(service, operation, input as { [name: string]: unknown });
  }
}

simulate('tests/sim/dynamodb-kinesis.test.ts', 4, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  sim.fault({
    service: 'kinesis',
    probability: 0.2,
    effect: { kind: 'error', code: 'InternalFailure', message: '', status: 500 },
  });
  sim.fault({ service: 'kinesis', probability: 0.1, effect: { kind: 'throttle' } });
  sim.fault({ service: 'dynamodb', probability: 0.05, effect: { kind: 'drop' } });
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(6) }, () => workload.act(sim.pick(KEYS))));
    acting.catch(() => {});
    if (sim.chance(5)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      if (sim.chance(2)) await new Promise((resolve) => setImmediate(resolve));
      await sim.crash();
    }
    await sim.during(acting, SECOND);
    if (sim.chance(3)) await sim.advance(sim.pick([SECOND, 90 * SECOND]));
  }
  sim.mend();
  await sim.advance(HOUR);
  await workload.check();
});
