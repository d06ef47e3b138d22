/**
 * DynamoDB under lost answers, throttles, crashes and a clock that jumps: transactions happen as a whole, once and one after the
 * other; items hold what was acknowledged last; who replays the stream has the table; and so has the replica in another Region.
 */
import assert from 'node:assert/strict';
import { HOUR, MINUTE, SECOND } from '#kernel/base';
import type { AttributeValue } from '#models/dynamodb';
import { type Outcome, type Simulation, simulate } from '../support/simulation.ts';

const ROUNDS = 40;
const ACCOUNTS = 5;
const OPENING = 100;
const NOTES = ['x', 'y', 'z'];
const OWNER = '123456789012';
const OTHER = 'eu-west-1';
const table = { TableName: 'bank' };

type Item = { [name: string]: AttributeValue };
type StreamRecord = { eventName: string; dynamodb: { Keys: Item; OldImage?: Item; NewImage?: Item } };

const key = (id: string): Item => ({ id: { S: id } });
const account = (at: number) => `account ${at}`;
const isUnsure = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === 'lost' ||
  (outcome.kind === 'refused' && (outcome.status >= 500 || outcome.code.startsWith('Throttling')));

class Workload {
  readonly sim: Simulation;
  readonly balances = Array.from({ length: ACCOUNTS }, () => OPENING);
  /** What each note may hold: one thing, or several after lost answers. */
  readonly notes = new Map<string, (string | undefined)[]>(NOTES.map((id) => [id, [undefined]]));
  readonly #busy = new Set<string>();
  #count = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  async start(): Promise<void> {
    await this.#sure('CreateTable', {
      ...table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    for (let at = 0; at < ACCOUNTS; at += 1)
      await this.#sure('PutItem', { ...table, Item: { ...key(account(at)), balance: { N: String(OPENING) } } });
    await this.#sure('UpdateTable', { ...table, ReplicaUpdates: [{ Create: { RegionName: OTHER } }] });
    await this.sim.advance(1);
  }

  async act(): Promise<void> {
    await this.sim.pick([this.transfer, this.transfer, this.audit, this.write, this.write, this.read]).call(this);
  }

  /** Moves money, again and again with the same token until it is known whether it moved. */
  async transfer(): Promise<void> {
    const { sim } = this;
    const from = sim.random.below(ACCOUNTS);
    const to = (from + 1 + sim.random.below(ACCOUNTS - 1)) % ACCOUNTS;
    const amount = 1 + sim.random.below(60);
    const values = { ':n': { N: String(amount) } };
    this.#count += 1;
    const request = {
      ClientRequestToken: `transfer-${this.#count}`,
      TransactItems: [
        {
          Update: {
            ...table,
            Key: key(account(from)),
            UpdateExpression: 'SET balance = balance - :n',
            ConditionExpression: 'balance >= :n',
            ExpressionAttributeValues: values,
          },
        },
        {
          Update: {
            ...table,
            Key: key(account(to)),
            UpdateExpression: 'ADD balance :n',
            ExpressionAttributeValues: values,
          },
        },
      ],
    };
    let outcome = await sim.call('dynamodb', 'TransactWriteItems', request);
    while (isUnsure(outcome)) outcome = await sim.call('dynamodb', 'TransactWriteItems', request);
    if (outcome.kind === 'refused') {
      assert.equal(outcome.code, 'TransactionCanceledException');
      return;
    }
    this.balances[from] = (this.balances[from] ?? 0) - amount;
    this.balances[to] = (this.balances[to] ?? 0) + amount;
  }

  /** Whoever reads all accounts in one transaction never sees money under way. */
  async audit(): Promise<void> {
    const TransactItems = this.balances.map((_, at) => ({ Get: { ...table, Key: key(account(at)) } }));
    const outcome = await this.sim.call<{ Responses: { Item: Item }[] }>('dynamodb', 'TransactGetItems', {
      TransactItems,
    });
    if (outcome.kind !== 'done') return;
    const sum = outcome.output.Responses.reduce((total, { Item }) => total + Number(Item.balance?.N), 0);
    assert.equal(sum, ACCOUNTS * OPENING, 'money is constant');
  }

  async write(): Promise<void> {
    const id = this.sim.pick(NOTES);
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    this.#count += 1;
    const text = this.sim.chance(4) ? undefined : `text ${this.#count}`;
    const outcome =
      text === undefined
        ? await this.sim.call('dynamodb', 'DeleteItem', { ...table, Key: key(id) })
        : await this.sim.call('dynamodb', 'PutItem', { ...table, Item: { ...key(id), text: { S: text } } });
    if (outcome.kind === 'done') this.notes.set(id, [text]);
    else if (outcome.kind === 'lost') this.notes.set(id, [...(this.notes.get(id) ?? []), text]);
    this.#busy.delete(id);
  }

  async read(): Promise<void> {
    const id = this.sim.pick(NOTES);
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    const outcome = await this.sim.call<{ Item?: Item }>('dynamodb', 'GetItem', { ...table, Key: key(id) });
    if (outcome.kind === 'done') this.#sees(id, outcome.output.Item);
    this.#busy.delete(id);
  }

  /** Both replicas are written to at the same instant. */
  async disturb(): Promise<void> {
    this.#count += 1;
    const Item = (where: string) => ({ ...key('shared'), text: { S: `text ${this.#count} ${where}` } });
    const { dynamodb } = this.sim.cloud.aws(OWNER, OTHER);
    const here = this.sim.chance(3)
      ? this.sim.call('dynamodb', 'DeleteItem', { ...table, Key: key('shared') })
      : this.sim.call('dynamodb', 'PutItem', { ...table, Item: Item('here') });
    await Promise.all([here, dynamodb.PutItem({ ...table, Item: Item('there') }).catch(() => {})]);
  }

  #sees(id: string, item: Item | undefined): void {
    const may = this.notes.get(id) ?? [];
    assert.ok(may.includes(item?.text?.S), `${id} holds ${item?.text?.S}; it may hold ${may}`);
  }

  async check(): Promise<void> {
    const { Items } = await this.#sure<{ Items: Item[] }>('Scan', table);
    const found = new Map(Items.map((item) => [item.id?.S ?? '', item]));
    for (const [at, balance] of this.balances.entries())
      assert.equal(Number(found.get(account(at))?.balance?.N), balance, `${account(at)}: every transfer, once`);
    for (const id of NOTES) this.#sees(id, found.get(id));
    assert.deepEqual(await this.#replayed(), found, 'the replayed stream is the table');
    const { Items: others = [] } = await this.sim.cloud.aws(OWNER, OTHER).dynamodb.Scan(table);
    assert.deepEqual(new Map(others.map((item) => [item.id?.S ?? '', item])), found, 'the replica is the table');
  }

  /** The table as its stream tells it, which is as old as the table itself. */
  async #replayed(): Promise<Map<string, Item>> {
    const copy = new Map<string, Item>();
    const { Table } = await this.#sure<{ Table: { LatestStreamArn: string } }>('DescribeTable', table);
    const StreamArn = Table.LatestStreamArn;
    const { StreamDescription } = await this.#sure<{ StreamDescription: { Shards: { ShardId: string }[] } }>(
      'DescribeStream',
      { StreamArn },
    );
    for (const { ShardId } of StreamDescription.Shards) {
      const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
      let { ShardIterator } = await this.#sure<{ ShardIterator?: string }>('GetShardIterator', from);
      while (ShardIterator !== undefined) {
        const page = await this.#sure<{ Records: StreamRecord[]; NextShardIterator?: string }>('GetRecords', {
          ShardIterator,
        });
        for (const { dynamodb } of page.Records) {
          const id = dynamodb.Keys.id?.S ?? '';
          assert.deepEqual(dynamodb.OldImage, copy.get(id), `${id}: each change begins where the last one ended`);
          if (dynamodb.NewImage === undefined) copy.delete(id);
          else copy.set(id, dynamodb.NewImage);
        }
        ShardIterator = page.Records.length === 0 ? undefined : page.NextShardIterator;
      }
    }
    return copy;
  }

  async #sure<Output>(operation: string, input: object): Promise<Output> {
    const service = /Stream|Shard|Records/.test(operation) ? 'dynamodb-streams' : 'dynamodb';
    const outcome = await this.sim.call<Output>(service, operation, input);
    assert.ok(outcome.kind === 'done', `${operation}: ${JSON.stringify(outcome)}`);
    return outcome.output;
  }
}

simulate('tests/sim/dynamodb.test.ts', 5, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  sim.fault({ service: 'dynamodb', probability: 0.08, effect: { kind: 'drop' } });
  sim.fault({ service: 'dynamodb', probability: 0.05, effect: { kind: 'throttle' } });
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(6) }, () => workload.act()));
    // A failure is heard of below.
    acting.catch(() => {});
    if (sim.chance(6)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      if (sim.chance(2)) await new Promise((resolve) => setImmediate(resolve));
      await sim.crash();
    }
    await acting;
    if (sim.chance(4)) await workload.disturb();
    if (sim.chance(3)) await sim.advance(sim.pick([SECOND, MINUTE, HOUR]));
  }
  sim.mend();
  await sim.advance(HOUR);
  await workload.check();
});
