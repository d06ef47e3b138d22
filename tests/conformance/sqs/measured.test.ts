/** Refusals as they were measured at AWS in September 2026. Source: badmintoncryer/cdk-preflight. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';

const arn = (name: string, region = 'us-east-1') => `arn:aws:sqs:${region}:123456789012:${name}`;
const NAME = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';

test('queues that can not be are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const refused = async (Attributes: Record<string, string>, code: string, text: string, QueueName = 'q') => {
    const { name, message } = await failure(sqs.send(new CreateQueueCommand({ QueueName, Attributes })));
    assert.deepEqual([name, message], [code, text]);
  };
  const redrive = (target: string, count = 5) =>
    JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: String(count) });
  const value = (text: string, of: string, reason: string) => `Value ${text} for parameter ${of} is invalid.${reason}`;
  for (const [target, count, reason] of [
    [arn('dead.fifo'), 5, 'Dead-letter queue must be same type of queue as the source..'],
    [arn('dead', 'eu-west-1'), 5, 'Dead-letter target must be in same region as the source.'],
    [arn('dead'), 1001, 'Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.'],
  ] as const) {
    const RedrivePolicy = redrive(target, count);
    await refused(
      { RedrivePolicy },
      'InvalidAttributeValue',
      value(RedrivePolicy, 'RedrivePolicy', ` Reason: ${reason}`),
    );
  }
  const byQueue = { redrivePermission: 'byQueue' };
  const eleven = { ...byQueue, sourceQueueArns: Array.from({ length: 11 }, (_, at) => arn(`q${at}`)) };
  for (const [policy, reason] of [
    [
      byQueue,
      " Reason: Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
    ],
    [eleven, ''],
  ] as const) {
    const RedriveAllowPolicy = JSON.stringify(policy);
    await refused(
      { RedriveAllowPolicy },
      'InvalidAttributeValue',
      value(RedriveAllowPolicy, 'RedriveAllowPolicy', reason),
    );
  }
  await refused(
    { ContentBasedDeduplication: 'true' },
    'InvalidAttributeName',
    'Unknown Attribute ContentBasedDeduplication.',
  );
  await refused({}, 'InvalidParameterValue', NAME, 'q.fifo');
  await refused({}, 'InvalidParameterValue', NAME, 'テスト');
  const QueueUrl = arn('q');
  const { name, message } = await failure(sqs.send(new GetQueueAttributesCommand({ QueueUrl })));
  assert.deepEqual([name, message], ['InvalidAddress', `The address ${QueueUrl} is not valid for this endpoint.`]);
});

test('stacks with queues that can not be are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  await expectRefusals(cloud, 'AWS::SQS::Queue', {}, [
    [
      { SqsManagedSseEnabled: true, KmsMasterKeyId: 'alias/aws/sqs' },
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    ],
    [
      { FifoQueue: true, FifoThroughputLimit: 'perMessageGroupId', DeduplicationScope: 'queue' },
      'Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.',
    ],
  ]);
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arn('q') }];
  await expectRefusals(cloud, 'AWS::SQS::QueuePolicy', { PolicyDocument: { Version: '2012-10-17', Statement } }, [
    [{ Queues: [arn('q')] }, `The address ${arn('q')} is not valid for this endpoint.`],
  ]);
});
