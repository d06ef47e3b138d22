/** Measuring that the cost of an operation does not grow with what is stored. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Aws } from '#kernel/contract';
import { BlobMemory } from '#kernel/store';
import { type Cloud, createCloud } from '#main/cloud';
import { START } from '../support/cloud.ts';
import { CountingDriver, type Touched } from './counting-driver.ts';

/** Things of a kind, at first and in the end. */
export const FEW = 10;
export const MANY = 10_000;
export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
/** Now and then a call also sweeps what has expired (the audit's every 200th): the least of some calls is one that doesn't. */
const TRIES = 3;

/** Makes the things from number `from` to `to`, exclusive. */
type Fill = (aws: Aws, from: number, to: number, measured: Measured) => Promise<void>;
/** Operations by name. `among` things are stored; `turn` is another one each time. */
type Operations = {
  readonly [name: string]: (aws: Aws, among: number, turn: number, measured: Measured) => Promise<unknown>;
};

class Measured {
  readonly driver = new CountingDriver();
  readonly cloud: Cloud;
  readonly aws: Aws;

  constructor() {
    const storage = { driver: this.driver, blobs: new BlobMemory(), folder: undefined };
    this.cloud = createCloud({ clock: 'virtual', startAt: START, seed: '1' }, () => {}, storage);
    this.aws = this.cloud.aws(ACCOUNT, REGION);
  }

  async cost(work: (turn: number) => Promise<unknown>): Promise<Touched> {
    const costs: Touched[] = [];
    for (let turn = 0; turn < TRIES; turn += 1) {
      await this.cloud.settle();
      this.cloud.kernel.store.replace(() => {});
      this.driver.touched = { gets: 0, ranges: 0, rows: 0, writes: 0 };
      await work(turn);
      costs.push({ ...this.driver.touched });
    }
    const sum = ({ gets, ranges, rows, writes }: Touched) => gets + ranges + rows + writes;
    return costs.reduce((least, one) => (sum(one) < sum(least) ? one : least));
  }
}

/** Each operation's cost among few and among many must be the same. */
export async function compare(t: TestContext, fill: Fill, operations: Operations): Promise<void> {
  const measured = new Measured();
  t.after(() => measured.cloud.close());
  const { aws } = measured;
  const costs = async (among: number) => {
    const all: { [name: string]: Touched } = {};
    for (const [name, work] of Object.entries(operations))
      all[name] = await measured.cost((turn) => work(aws, among, turn, measured));
    return all;
  };
  await fill(aws, 0, FEW, measured);
  const few = await costs(FEW);
  await fill(aws, FEW, MANY, measured);
  const many = await costs(MANY);
  assert.deepEqual(many, few);
}

/** Names in the order of their numbers. */
export const name = (index: number) => `n${String(index).padStart(8, '0')}`;
