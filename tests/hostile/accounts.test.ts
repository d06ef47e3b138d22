/** What one account has, another neither reads nor changes nor hands out, unless a policy lets it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeFieldIndexesCommand,
  DescribeIndexPoliciesCommand,
  PutDeliveryDestinationCommand,
  PutDeliverySourceCommand,
  PutIndexPolicyCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateEventBusCommand, EventBridgeClient, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient, ListLayerVersionsCommand, PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../support/cloud.ts';
import { zip } from '../support/functions.ts';

const OTHER = { credentials: { accessKeyId: '999988887777', secretAccessKey: 'test' } };

/** The code and the text of a refusal. */
async function refused(call: Promise<unknown>): Promise<readonly [string, string]> {
  const { name, message } = await failure(call);
  return [name, message];
}

test('a subscription is seen and changed by its owner and that of its topic', async () => {
  await using cloud = await startTestCloud();
  const [sns, theirs] = [cloud.client(SNSClient), cloud.client(SNSClient, OTHER)];
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
  const Endpoint = 'arn:aws:sqs:us-east-1:123456789012:jobs';
  const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  const why = (action: string) =>
    [
      'AuthorizationErrorException',
      `User: arn:aws:iam::999988887777:root is not authorized to perform: SNS:${action} on resource: ${TopicArn} because no resource-based policy allows the SNS:${action} action`,
    ] as const;
  const get = new GetSubscriptionAttributesCommand({ SubscriptionArn });
  const set = new SetSubscriptionAttributesCommand({
    SubscriptionArn,
    AttributeName: 'RawMessageDelivery',
    AttributeValue: 'true',
  });
  assert.deepEqual(await refused(theirs.send(get)), why('GetSubscriptionAttributes'));
  assert.deepEqual(await refused(theirs.send(set)), why('SetSubscriptionAttributes'));
  assert.equal((await sns.send(get)).Attributes?.RawMessageDelivery, 'false');
});

test('versions of a layer are listed by its owner', async () => {
  await using cloud = await startTestCloud();
  const Content = { ZipFile: zip({ 'a.js': '' }) };
  const { LayerArn } = await cloud
    .client(LambdaClient)
    .send(new PublishLayerVersionCommand({ LayerName: 'words', Content }));
  const list = new ListLayerVersionsCommand({ LayerName: LayerArn });
  assert.equal((await cloud.client(LambdaClient).send(list)).LayerVersions?.length, 1);
  assert.deepEqual(await refused(cloud.client(LambdaClient, OTHER).send(list)), [
    'AccessDeniedException',
    `User: arn:aws:iam::999988887777:root is not authorized to perform: lambda:ListLayerVersions on resource: ${LayerArn} because no resource-based policy allows the lambda:ListLayerVersions action`,
  ]);
});

test("of another account's log groups and buses no indexes are shown, no policies kept and no logs delivered", async () => {
  await using cloud = await startTestCloud();
  const [logs, theirs] = [cloud.client(CloudWatchLogsClient), cloud.client(CloudWatchLogsClient, OTHER)];
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'app' }));
  const arn = 'arn:aws:logs:us-east-1:123456789012:log-group:app';
  await logs.send(new PutIndexPolicyCommand({ logGroupIdentifier: arn, policyDocument: '{"Fields":["user"]}' }));
  const of = { logGroupIdentifiers: [arn] };
  assert.equal((await logs.send(new DescribeIndexPoliciesCommand(of))).indexPolicies?.length, 1);
  for (const call of [new DescribeIndexPoliciesCommand(of), new DescribeFieldIndexesCommand(of)])
    assert.equal((await refused(theirs.send(call as DescribeIndexPoliciesCommand)))[0], 'AccessDeniedException');
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::999988887777:root' },
        Action: 'logs:FilterLogEvents',
        Resource: '*',
      },
    ],
  });
  const policy = new PutResourcePolicyCommand({ resourceArn: arn, policyDocument });
  assert.equal((await refused(theirs.send(policy)))[0], 'ResourceNotFoundException');
  const { EventBusArn: resourceArn } = await cloud
    .client(EventBridgeClient)
    .send(new CreateEventBusCommand({ Name: 'orders' }));
  const source = new PutDeliverySourceCommand({ name: 'orders', resourceArn, logType: 'ERROR_LOGS' });
  assert.equal((await refused(theirs.send(source)))[0], 'AccessDeniedException');
  for (const destinationResourceArn of [arn, 'arn:aws:logs:us-east-1:999988887777:destination:there']) {
    const configuration = { deliveryDestinationConfiguration: { destinationResourceArn } };
    const destination = new PutDeliveryDestinationCommand({ name: 'there', ...configuration });
    assert.equal((await refused(theirs.send(destination)))[0], 'ValidationException');
  }
});

async function roleOf(cloud: TestCloud): Promise<string> {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: ['events.amazonaws.com', 'firehose.amazonaws.com'] },
        Action: 'sts:AssumeRole',
      },
    ],
  });
  const { Role } = await cloud
    .client(IAMClient)
    .send(new CreateRoleCommand({ RoleName: 'sender', AssumeRolePolicyDocument }));
  return Role?.Arn ?? '';
}

test('a role is handed to services of its own account only', async () => {
  await using cloud = await startTestCloud();
  const RoleArn = await roleOf(cloud);
  const rule = new PutRuleCommand({ Name: 'all', EventPattern: '{"source":["a"]}', RoleArn });
  await cloud.client(EventBridgeClient).send(rule);
  const stream = new CreateDeliveryStreamCommand({
    DeliveryStreamName: 'lake',
    ExtendedS3DestinationConfiguration: { RoleARN: RoleArn, BucketARN: 'arn:aws:s3:::lake' },
  });
  const denied = (message: string) => ['AccessDeniedException', message];
  assert.deepEqual(
    await refused(cloud.client(EventBridgeClient, OTHER).send(rule)),
    denied('Cross-account pass role is not allowed.'),
  );
  // Firehose says it in words of its own.
  assert.deepEqual(
    await refused(cloud.client(FirehoseClient, OTHER).send(stream)),
    denied('User: arn:aws:iam::999988887777:root is not authorized to access this resource'),
  );
});
