/** How often a table may be switched to on demand. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { startWorld } from './world.ts';

const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
const HOUR = 3_600_000;

test('a table that was made on demand was switched to it once', async () => {
  await using world = await startWorld();
  const update = async (more: object) => {
    await world.db.send(new UpdateTableCommand({ TableName: 'things', ...more }));
    await world.cloud.advance(HOUR);
  };
  const onDemand = () => update({ BillingMode: 'PAY_PER_REQUEST' });
  const provisioned = () => update({ BillingMode: 'PROVISIONED', ProvisionedThroughput });
  for (let switches = 0; switches < 3; switches += 1) {
    await provisioned();
    await onDemand();
    await onDemand();
  }
  await provisioned();
  const refused = await failure(onDemand());
  assert.equal(refused.name, 'LimitExceededException');
  // A day after it was made.
  await world.cloud.advance(24 * HOUR - 10 * HOUR - 1);
  assert.equal((await failure(onDemand())).name, 'LimitExceededException');
  await world.cloud.advance(1);
  await onDemand();
});
