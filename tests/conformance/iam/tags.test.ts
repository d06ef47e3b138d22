/** Policies that go by tags: those of the resource, and those of the request. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIGatewayClient, CreateRestApiCommand, GetResourcesCommand } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client, CreateApiCommand, GetApiCommand } from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient, CreateStackCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, CreateConnectionGroupCommand, GetConnectionGroupCommand } from '@aws-sdk/client-cloudfront';
import { CloudTrailClient, CreateEventDataStoreCommand, GetEventDataStoreCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, GetDashboardCommand, PutDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateTableCommand, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, EventBridgeClient, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateSecretCommand, DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageCommand, SQSClient, UntagQueueCommand } from '@aws-sdk/client-sqs';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { ACCOUNT, allow, type Keys, policy, userWithKey } from './support.ts';

type Case = {
  /** Makes one of a name with a tag `team`; what `use` needs of it. */
  make(cloud: TestCloud, name: string, team: string): Promise<string | undefined>;
  use(cloud: TestCloud, credentials: Keys, id: string): Promise<unknown>;
};

const listed = (Value: string) => [{ Key: 'team', Value }];

const CASES: { [service: string]: Case } = {
  sqs: {
    make: async (cloud, QueueName, team) =>
      (await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName, tags: { team } }))).QueueUrl,
    use: (cloud, credentials, QueueUrl) =>
      cloud.client(SQSClient, { credentials }).send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' })),
  },
  sns: {
    make: async (cloud, Name, team) =>
      (await cloud.client(SNSClient).send(new CreateTopicCommand({ Name, Tags: listed(team) }))).TopicArn,
    use: (cloud, credentials, TopicArn) =>
      cloud.client(SNSClient, { credentials }).send(new PublishCommand({ TopicArn, Message: 'hello' })),
  },
  dynamodb: {
    make: async (cloud, TableName, team) => {
      const AttributeDefinitions = [
        { AttributeName: 'id', AttributeType: 'S' as const },
        { AttributeName: 'other', AttributeType: 'S' as const },
      ];
      await cloud.client(DynamoDBClient).send(
        new CreateTableCommand({
          TableName,
          AttributeDefinitions,
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          GlobalSecondaryIndexes: [
            {
              IndexName: 'others',
              KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' },
            },
          ],
          BillingMode: 'PAY_PER_REQUEST',
          Tags: listed(team),
        }),
      );
      return TableName;
    },
    use: (cloud, credentials, TableName) =>
      cloud.client(DynamoDBClient, { credentials }).send(
        new QueryCommand({
          TableName,
          IndexName: 'others',
          KeyConditionExpression: '#other = :other',
          ExpressionAttributeNames: { '#other': 'other' },
          ExpressionAttributeValues: { ':other': { S: 'x' } },
        }),
      ),
  },
  logs: {
    make: async (cloud, logGroupName, team) => {
      await cloud.client(CloudWatchLogsClient).send(new CreateLogGroupCommand({ logGroupName, tags: { team } }));
      return logGroupName;
    },
    use: (cloud, credentials, logGroupName) =>
      cloud
        .client(CloudWatchLogsClient, { credentials })
        .send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'one' })),
  },
  secretsmanager: {
    make: async (cloud, Name, team) =>
      (
        await cloud
          .client(SecretsManagerClient)
          .send(new CreateSecretCommand({ Name, SecretString: 'x', Tags: listed(team) }))
      ).ARN,
    use: (cloud, credentials, SecretId) =>
      cloud.client(SecretsManagerClient, { credentials }).send(new DescribeSecretCommand({ SecretId })),
  },
  ssm: {
    make: async (cloud, name, team) => {
      const Name = `/${name}`;
      await cloud
        .client(SSMClient)
        .send(new PutParameterCommand({ Name, Value: 'x', Type: 'String', Tags: listed(team) }));
      return Name;
    },
    use: (cloud, credentials, Name) => cloud.client(SSMClient, { credentials }).send(new GetParameterCommand({ Name })),
  },
  events: {
    make: async (cloud, Name, team) => {
      await cloud
        .client(EventBridgeClient)
        .send(new PutRuleCommand({ Name, EventPattern: '{"source":["x"]}', Tags: listed(team) }));
      return Name;
    },
    use: (cloud, credentials, Name) =>
      cloud.client(EventBridgeClient, { credentials }).send(new DescribeRuleCommand({ Name })),
  },
  cloudwatch: {
    make: async (cloud, DashboardName, team) => {
      await cloud
        .client(CloudWatchClient)
        .send(new PutDashboardCommand({ DashboardName, DashboardBody: '{"widgets":[]}', Tags: listed(team) }));
      return DashboardName;
    },
    use: (cloud, credentials, DashboardName) =>
      cloud.client(CloudWatchClient, { credentials }).send(new GetDashboardCommand({ DashboardName })),
  },
  cloudtrail: {
    make: async (cloud, Name, team) =>
      (await cloud.client(CloudTrailClient).send(new CreateEventDataStoreCommand({ Name, TagsList: listed(team) })))
        .EventDataStoreArn,
    use: (cloud, credentials, EventDataStore) =>
      cloud.client(CloudTrailClient, { credentials }).send(new GetEventDataStoreCommand({ EventDataStore })),
  },
  cloudfront: {
    make: async (cloud, Name, team) =>
      (
        await cloud
          .client(CloudFrontClient)
          .send(new CreateConnectionGroupCommand({ Name, Tags: { Items: listed(team) } }))
      ).ConnectionGroup?.Id,
    use: (cloud, credentials, Identifier) =>
      cloud.client(CloudFrontClient, { credentials }).send(new GetConnectionGroupCommand({ Identifier })),
  },
  cloudformation: {
    make: async (cloud, StackName, team) => {
      const TemplateBody = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
      await cloud
        .client(CloudFormationClient)
        .send(new CreateStackCommand({ StackName, TemplateBody, Tags: listed(team) }));
      return StackName;
    },
    use: (cloud, credentials, StackName) =>
      cloud.client(CloudFormationClient, { credentials }).send(new GetTemplateCommand({ StackName })),
  },
  'rest apis': {
    make: async (cloud, name, team) =>
      (await cloud.client(APIGatewayClient).send(new CreateRestApiCommand({ name, tags: { team } }))).id,
    use: (cloud, credentials, restApiId) =>
      cloud.client(APIGatewayClient, { credentials }).send(new GetResourcesCommand({ restApiId })),
  },
  'http apis': {
    make: async (cloud, Name, team) =>
      (
        await cloud
          .client(ApiGatewayV2Client)
          .send(new CreateApiCommand({ Name, ProtocolType: 'HTTP', Tags: { team } }))
      ).ApiId,
    use: (cloud, credentials, ApiId) =>
      cloud.client(ApiGatewayV2Client, { credentials }).send(new GetApiCommand({ ApiId })),
  },
  lambda: {
    make: async (cloud, name, team) => {
      const role = await functionRole(cloud, undefined, `of-${name}`);
      await createFunction(cloud, role, name, '', { Tags: { team }, Publish: true });
      return name;
    },
    use: (cloud, credentials, FunctionName) =>
      cloud.client(LambdaClient, { credentials }).send(new GetFunctionCommand({ FunctionName, Qualifier: '1' })),
  },
};

test('what has a tag is open to those whom a policy lets at its tag', async (t) => {
  await using cloud = await startTestCloud();
  const red = { StringEquals: { 'aws:ResourceTag/team': 'red' } };
  const credentials = await userWithKey(cloud, 'bob', policy(allow('*', '*', red)));
  for (const [service, { make, use }] of Object.entries(CASES)) {
    await t.test(service, async () => {
      const [red, blue] = [await make(cloud, 'reds', 'red'), await make(cloud, 'blues', 'blue')];
      await use(cloud, credentials, red ?? '');
      assert.match(
        (await failure(use(cloud, credentials, blue ?? ''))).name,
        /AccessDenied|AuthorizationError|Forbidden/,
      );
    });
  }
});

test('what is made, and what is tagged, can be bound to tags of the request', async () => {
  await using cloud = await startTestCloud();
  const credentials = await userWithKey(
    cloud,
    'bob',
    policy(
      allow(['sqs:CreateQueue', 'sqs:TagQueue', 'sns:CreateTopic', 'sns:TagResource'], '*', {
        StringEquals: { 'aws:RequestTag/team': 'red' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'stage'] },
      }),
      allow('sqs:UntagQueue', '*', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['stage'] } }),
    ),
  );
  const sqs = cloud.client(SQSClient, { credentials });
  const queue = (tags?: { [key: string]: string }) => sqs.send(new CreateQueueCommand({ QueueName: 'jobs', tags }));
  const wrong: ({ [key: string]: string } | undefined)[] = [undefined, { team: 'blue' }, { team: 'red', other: 'x' }];
  for (const tags of wrong) assert.equal((await failure(queue(tags))).name, 'AccessDeniedException');
  const { QueueUrl } = await queue({ team: 'red', stage: 'test' });
  assert.equal(
    (await failure(sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['team'] })))).name,
    'AccessDeniedException',
  );
  await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['stage'] }));
  const sns = cloud.client(SNSClient, { credentials });
  const topic = (team: string) => sns.send(new CreateTopicCommand({ Name: 'news', Tags: listed(team) }));
  assert.equal((await failure(topic('blue'))).name, 'AuthorizationErrorException');
  assert.equal((await topic('red')).TopicArn, `arn:aws:sns:us-east-1:${ACCOUNT}:news`);
});
