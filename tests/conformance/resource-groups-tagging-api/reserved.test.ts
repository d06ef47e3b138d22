import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIGatewayClient, CreateRestApiCommand } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client, CreateApiCommand } from '@aws-sdk/client-apigatewayv2';
import { CloudTrailClient, CreateEventDataStoreCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, PutDashboardCommand, TagResourceCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateCodeSigningConfigCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failure, startTestCloud } from '../../support/cloud.ts';

// Source: AWS General Reference, "Tagging AWS resources": the prefix is reserved, in either case.
test('tags that only AWS makes are taken from nobody else', async () => {
  await using cloud = await startTestCloud();
  const Tags = [{ Key: 'AWS:x', Value: 'y' }];
  const tags = { 'aws:x': 'y' };
  const profile = 'arn:aws:signer:us-east-1:123456789012:/signing-profiles/abc/abcdefghij';
  const AllowedPublishers = { SigningProfileVersionArns: [profile] };
  const refusals: [code: string, call: () => Promise<unknown>][] = [
    [
      'InvalidParameterException',
      () => cloud.client(CloudWatchLogsClient).send(new CreateLogGroupCommand({ logGroupName: 'g', tags })),
    ],
    [
      'InvalidArgumentException',
      () => cloud.client(KinesisClient).send(new CreateStreamCommand({ StreamName: 's', Tags: tags })),
    ],
    ['InvalidParameterValue', () => cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'q', tags }))],
    ['ValidationException', () => cloud.client(EventBridgeClient).send(new CreateEventBusCommand({ Name: 'b', Tags }))],
    [
      'ValidationException',
      () => cloud.client(SSMClient).send(new PutParameterCommand({ Name: 'p', Type: 'String', Value: 'v', Tags })),
    ],
    ['BadRequestException', () => cloud.client(APIGatewayClient).send(new CreateRestApiCommand({ name: 'a', tags }))],
    [
      'BadRequestException',
      () =>
        cloud.client(ApiGatewayV2Client).send(new CreateApiCommand({ Name: 'a', ProtocolType: 'HTTP', Tags: tags })),
    ],
    [
      'InvalidTagParameterException',
      () => cloud.client(CloudTrailClient).send(new CreateEventDataStoreCommand({ Name: 'abc', TagsList: Tags })),
    ],
    [
      'InvalidParameterValueException',
      () => cloud.client(LambdaClient).send(new CreateCodeSigningConfigCommand({ AllowedPublishers, Tags: tags })),
    ],
  ];
  for (const [code, call] of refusals) {
    const { name, message } = await failure(call());
    assert.equal(name, code);
    assert.match(message, /aws: prefixed tag key names are not allowed|Tag keys cannot start with 'aws:'/);
  }
  const cloudwatch = cloud.client(CloudWatchClient);
  await cloudwatch.send(new PutDashboardCommand({ DashboardName: 'd', DashboardBody: '{"widgets":[]}' }));
  const ResourceARN = 'arn:aws:cloudwatch::123456789012:dashboard/d';
  const refused = await failure(cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags })));
  assert.equal(refused.name, 'InvalidParameterValueException');
  await cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'laws:x', Value: 'y' }] }));
});
