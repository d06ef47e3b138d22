import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';

/** Sends many messages to a new queue; how many were taken, and the errors of those that were not. */
async function flood(cloud: TestCloud, QueueName: string, Attributes: Record<string, string>, count: number) {
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const errors = new Set<string>();
  let taken = 0;
  for (let round = 0; round < count; round += 20) {
    const batch = Array.from({ length: 20 }, (_, index) => {
      const fifo =
        Attributes.FifoQueue === 'true' ? { MessageGroupId: 'g', MessageDeduplicationId: `${round + index}` } : {};
      return sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...fifo }));
    });
    for (const result of await Promise.allSettled(batch))
      if (result.status === 'fulfilled') taken += 1;
      else errors.add(`${result.reason.name} ${result.reason.$metadata.httpStatusCode}`);
  }
  return { taken, errors: [...errors] };
}

test('a FIFO queue takes 300 sends a second; with high throughput, or standard, more', async () => {
  await using cloud = await startTestCloud();
  const { clock } = cloud.server.cloud.kernel;
  // So slow that no token comes back while the test runs.
  clock.run(1e-6);
  assert.deepEqual(await flood(cloud, 'slow.fifo', { FifoQueue: 'true' }, 340), {
    taken: 300,
    errors: ['RequestThrottled 403'],
  });
  const high = { FifoQueue: 'true', DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' };
  assert.deepEqual(await flood(cloud, 'high.fifo', high, 340), { taken: 340, errors: [] });
  assert.deepEqual(await flood(cloud, 'standard', {}, 340), { taken: 340, errors: [] });
});

test('a clock that stands still has no rate', async () => {
  await using cloud = await startTestCloud();
  assert.deepEqual(await flood(cloud, 'still.fifo', { FifoQueue: 'true' }, 340), { taken: 340, errors: [] });
});
