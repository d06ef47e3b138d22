/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateStreamCommand,
  KinesisClient,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
} from '@aws-sdk/client-kinesis';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';

test('streams of other Regions, and consumers that are there', async () => {
  await using cloud = await startTestCloud();
  const kinesis = cloud.client(KinesisClient);
  await kinesis.send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
  const arn = (region: string) => `arn:aws:kinesis:${region}:123456789012:stream/s`;
  const register = (region: string) =>
    kinesis.send(new RegisterStreamConsumerCommand({ StreamARN: arn(region), ConsumerName: 'c' }));
  await register('us-east-1');
  const elsewhere = `The region specified in the ARN '${arn('us-west-2')}' does not match the endpoint region`;
  const cases: [Promise<unknown>, string][] = [
    [register('us-west-2'), elsewhere],
    [kinesis.send(new PutResourcePolicyCommand({ ResourceARN: arn('us-west-2'), Policy: '{}' })), elsewhere],
    [register('us-east-1'), 'Consumer c under stream s already exists for account 123456789012.'],
  ];
  const told = await Promise.all(cases.map(([answer]) => failure(answer)));
  assert.deepEqual(
    told.map(({ message }) => message),
    cases.map(([, text]) => text),
  );
});

test('streams of a template that can’t be warm', async () => {
  await using cloud = await startTestCloud();
  await expectRefusals(cloud, 'AWS::Kinesis::Stream', {}, [
    [
      { StreamModeDetails: { StreamMode: 'PROVISIONED' }, ShardCount: 1, WarmThroughputMiBps: 10 },
      'WarmThroughputMiBps can only be set for ON_DEMAND streams',
    ],
  ]);
});
