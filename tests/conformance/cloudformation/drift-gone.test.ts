/** Things that are never changed: drift tells that they are there, or gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, CreateLogStreamCommand, DeleteLogStreamCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteLayerVersionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { startTestCloud } from '../../support/cloud.ts';
import { create, templateOf } from './stacks.ts';

test('streams and versions of layers are looked for; a topic that is told to be no FIFO topic is none', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const logs = cloud.client(CloudWatchLogsClient);
  const template = templateOf({
    Topic: { Type: 'AWS::SNS::Topic', Properties: { FifoTopic: false } },
    Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'g' } },
    Stream: { Type: 'AWS::Logs::LogStream', Properties: { LogGroupName: { Ref: 'Group' }, LogStreamName: 's' } },
    Layer: {
      Type: 'AWS::Lambda::LayerVersion',
      Properties: { LayerName: 'l', Content: { S3Bucket: 'hot-reload', S3Key: '/nowhere' } },
    },
  });
  await create(cloud, 'still', template);
  const statuses = async () => {
    await formation.send(new DetectStackDriftCommand({ StackName: 'still' }));
    await cloud.server.cloud.settle();
    const { StackResourceDrifts = [] } = await formation.send(
      new DescribeStackResourceDriftsCommand({ StackName: 'still' }),
    );
    const byName = StackResourceDrifts.map((one) => [one.LogicalResourceId, one.StackResourceDriftStatus]);
    return Object.fromEntries(byName);
  };
  assert.deepEqual(await statuses(), { Topic: 'IN_SYNC', Group: 'IN_SYNC', Stream: 'IN_SYNC', Layer: 'IN_SYNC' });
  await logs.send(new DeleteLogStreamCommand({ logGroupName: 'g', logStreamName: 's' }));
  await logs.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: 's2' }));
  await cloud.client(LambdaClient).send(new DeleteLayerVersionCommand({ LayerName: 'l', VersionNumber: 1 }));
  assert.deepEqual(await statuses(), { Topic: 'IN_SYNC', Group: 'IN_SYNC', Stream: 'DELETED', Layer: 'DELETED' });
});
