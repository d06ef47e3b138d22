import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ServiceModel } from '#kernel/wire';
import { faultsOfOutput } from './answers.ts';

const sqs = JSON.parse(readFileSync(join(import.meta.dirname, '../../models/sqs.json'), 'utf8')) as ServiceModel;

test('an output is checked against the model', () => {
  const faults = (operation: string, output: object) => faultsOfOutput(sqs, operation, output);
  const failed = { Id: 'a', SenderFault: true, Code: 'x' };
  assert.deepEqual(faults('SendMessageBatch', { Successful: [], Failed: [failed] }), []);
  assert.deepEqual(faults('SendMessageBatch', { Failed: [{ ...failed, SenderFault: 'yes' }] }), [
    'sqs.SendMessageBatch: Successful is required',
    'sqs.SendMessageBatch.Failed[0].SenderFault: "yes" is no boolean',
  ]);
  assert.deepEqual(faults('CreateQueue', { QueueUrl: 'u', QueueArn: 'a' }), ['sqs.CreateQueue: there is no QueueArn']);
  assert.deepEqual(faults('GetQueueAttributes', { Attributes: { DelaySeconds: 5 } }), [
    'sqs.GetQueueAttributes.Attributes.DelaySeconds: 5 is no string',
  ]);
});
