/** How many parameters there can be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteParameterCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { viewOf } from '#kernel/store';
import { tallies } from '#services/ssm/state';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const put = (cloud: TestCloud, Name: string, Value: string, options: Partial<PutParameterCommandInput> = {}) =>
  cloud.client(SSMClient).send(new PutParameterCommand({ Name, Value, Type: 'String', ...options }));

test('there are 10,000 parameters of the standard tier; what chooses its tier goes on in the advanced one', async () => {
  await using cloud = await startTestCloud();
  await put(cloud, 'p0', 'v');
  const { store } = cloud.server.cloud.kernel;
  store.transact((tx) => {
    const view = viewOf(() => tx, { account: '123456789012', region: 'us-east-1' });
    view.put(tallies, { tier: 'Standard', count: (view.get(tallies, { tier: 'Standard' })?.count ?? 0) + 9_999 });
  });
  const full = await failure(put(cloud, 'more', 'v'));
  assert.deepEqual(
    [full.name, full.message],
    [
      'ParameterLimitExceeded',
      'You have exceeded the number of parameters for this AWS account. Delete one or more parameters and try again.',
    ],
  );
  assert.equal((await put(cloud, 'p0', 'w', { Overwrite: true })).Tier, 'Standard');
  assert.equal((await put(cloud, 'chosen', 'v', { Tier: 'Intelligent-Tiering' })).Tier, 'Advanced');
  await put(cloud, 'p0', 'w', { Overwrite: true, Tier: 'Advanced' });
  assert.equal((await put(cloud, 'more', 'v')).Tier, 'Standard');
  assert.equal((await failure(put(cloud, 'another', 'v'))).name, 'ParameterLimitExceeded');
  await cloud.client(SSMClient).send(new DeleteParameterCommand({ Name: 'more' }));
  assert.equal((await put(cloud, 'another', 'v')).Tier, 'Standard');
});
