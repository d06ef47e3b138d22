/**
 * Kinesis under throttles, errors, lost answers, crashes, splits, merges and a clock that jumps: every record that was acknowledged lies where its answer
 * says, once; shards keep their order; readers that go on after what they have read miss nothing.
 */
import assert from 'node:assert/strict';
import { HOUR, MINUTE, SECOND } from '#kernel/base';
import { type Outcome, type Simulation, simulate } from '../support/simulation.ts';

const ROUNDS = 60;
const StreamName = 'clicks';
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

type Shard = {
  ShardId: string;
  ParentShardId?: string;
  HashKeyRange: { StartingHashKey: string; EndingHashKey: string };
  SequenceNumberRange: { EndingSequenceNumber?: string };
};
type Found = { SequenceNumber: string; Data: string };
type Page = { Records: Found[]; NextShardIterator?: string; MillisBehindLatest: number };
type Place = { ShardId: string; SequenceNumber: string };

class Workload {
  readonly sim: Simulation;
  /** Where records lie, by what they say. */
  readonly acknowledged = new Map<string, Place>();
  readonly sent = new Set<string>();
  /** By shard, what a reader has seen, and up to where. */
  readonly seen = new Map<string, { texts: string[]; last: string }>();
  #records = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  async start(): Promise<void> {
    assert.equal((await this.#call('CreateStream', { StreamName, ShardCount: 2 })).kind, 'done');
  }

  async act(): Promise<void> {
    const { sim } = this;
    const choice = sim.random.below(12);
    if (choice === 0) return this.#reshard();
    if (choice < 3) return this.read();
    const texts = Array.from({ length: 1 + sim.random.below(5) }, () => this.#record());
    for (const text of texts) this.sent.add(text);
    const [first = ''] = texts;
    if (texts.length === 1) {
      const outcome = await this.#call('PutRecord', { StreamName, ...entry(first) });
      if (outcome.kind === 'done') this.acknowledged.set(first, outcome.output as Place);
      return;
    }
    const outcome = await this.#call('PutRecords', { StreamName, Records: texts.map(entry) });
    if (outcome.kind !== 'done') return;
    const { Records } = outcome.output as { Records: Partial<Place>[] };
    for (const [at, { ShardId, SequenceNumber }] of Records.entries())
      if (ShardId !== undefined && SequenceNumber !== undefined)
        this.acknowledged.set(texts[at] ?? '', { ShardId, SequenceNumber });
  }

  /** Goes on in one shard where the reader was. */
  async read(): Promise<void> {
    const shards = await this.#shards();
    if (shards === undefined) return;
    await this.#follow(this.sim.pick(shards).ShardId);
  }

  /** Everything that was acknowledged lies where it was said, in order, once; and the reader has seen it all. */
  async check(): Promise<void> {
    const shards = (await this.#shards()) ?? [];
    const times = new Map<string, number>();
    for (const { ShardId } of shards) {
      const records = await this.#all(ShardId);
      const sequences = records.map(({ SequenceNumber }) => SequenceNumber);
      assert.deepEqual(sequences, sequences.toSorted(), `${ShardId} is in order`);
      for (const { Data, SequenceNumber } of records) {
        const text = Buffer.from(Data, 'base64').toString();
        times.set(text, (times.get(text) ?? 0) + 1);
        const place = this.acknowledged.get(text);
        if (place !== undefined) assert.deepEqual({ ...place }, { ...place, ShardId, SequenceNumber });
        assert.ok(this.sent.has(text), 'what is there was sent');
      }
      await this.#follow(ShardId);
      assert.deepEqual(
        this.seen.get(ShardId)?.texts ?? [],
        records.map(({ Data }) => Buffer.from(Data, 'base64').toString()),
        'a reader that goes on misses nothing, and sees nothing twice',
      );
    }
    for (const text of this.acknowledged.keys()) assert.equal(times.get(text), 1, `${text} is there once`);
    for (const [text, count] of times) assert.equal(count, 1, `${text} is there once`);
    assert.ok(this.acknowledged.size > ROUNDS, 'there was something to lose');
    assert.ok(shards.length > 2, 'shards were split');
  }

  async #follow(ShardId: string): Promise<void> {
    const { texts, last } = this.seen.get(ShardId) ?? { texts: [], last: '' };
    const place =
      last === ''
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last };
    const page = await this.#page({ ShardId, ...place });
    const end = page?.Records.at(-1)?.SequenceNumber;
    if (
      page === undefined ||
      end === undefined ||
      this.seen.get(ShardId)?.texts.length !== (last === '' ? undefined : texts.length)
    )
      return;
    const more = page.Records.map(({ Data }) => Buffer.from(Data, 'base64').toString());
    this.seen.set(ShardId, { texts: [...texts, ...more], last: end });
  }

  async #all(ShardId: string): Promise<Found[]> {
    const page = await this.#page({ ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    assert.ok(page !== undefined && page.MillisBehindLatest === 0);
    return page.Records;
  }

  async #page(place: object): Promise<Page | undefined> {
    const begun = await this.#call('GetShardIterator', { StreamName, ...place });
    if (begun.kind !== 'done') return undefined;
    const got = await this.#call('GetRecords', begun.output as { ShardIterator: string });
    return got.kind === 'done' ? (got.output as Page) : undefined;
  }

  async #shards(): Promise<Shard[] | undefined> {
    const listed = await this.#call('ListShards', { StreamName });
    return listed.kind === 'done' ? (listed.output as { Shards: Shard[] }).Shards : undefined;
  }

  async #reshard(): Promise<void> {
    const open = (await this.#shards())
      ?.filter((one) => one.SequenceNumberRange.EndingSequenceNumber === undefined)
      .toSorted((a, b) => (BigInt(a.HashKeyRange.StartingHashKey) < BigInt(b.HashKeyRange.StartingHashKey) ? -1 : 1));
    const [first, second] = open ?? [];
    if (open === undefined || first === undefined || second === undefined) return;
    if (open.length > 4) {
      await this.#call('MergeShards', {
        StreamName,
        ShardToMerge: first.ShardId,
        AdjacentShardToMerge: second.ShardId,
      });
      return;
    }
    const { ShardId, HashKeyRange: range } = this.sim.pick(open);
    const middle = (BigInt(range.StartingHashKey) + BigInt(range.EndingHashKey)) / 2n;
    await this.#call('SplitShard', { StreamName, ShardToSplit: ShardId, NewStartingHashKey: middle.toString() });
  }

  /** Its key, and a number. */
  #record(): string {
    this.#records += 1;
    return `${this.sim.pick(KEYS)} ${this.#records}${this.sim.chance(5) ? 'x'.repeat(2_000) : ''}`;
  }

  #call(operation: string, input: object): Promise<Outcome> {
    return this.sim.call('kinesis', operation, input as { [name: string]: unknown });
  }
}

const entry = (text: string) => ({
  Data: Buffer.from(text).toString('base64'),
  PartitionKey: text.slice(0, 1),
});

simulate('tests/sim/kinesis.test.ts', 4, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  sim.fault({ service: 'kinesis', probability: 0.08, effect: { kind: 'drop' } });
  sim.fault({
    service: 'kinesis',
    probability: 0.08,
    effect: { kind: 'error', code: 'InternalFailure', message: '', status: 500 },
  });
  sim.fault({ service: 'kinesis', probability: 0.05, effect: { kind: 'throttle' } });
  await sim.settle();
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(5) }, () => workload.act()));
    acting.catch(() => {});
    if (sim.chance(5)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      if (sim.chance(2)) await new Promise((resolve) => setImmediate(resolve));
      await sim.crash();
    }
    await sim.during(acting, SECOND);
    if (sim.chance(3)) await sim.advance(sim.pick([SECOND, 20 * SECOND, 6 * MINUTE]));
  }
  sim.mend();
  await sim.advance(HOUR);
  await workload.check();
});
