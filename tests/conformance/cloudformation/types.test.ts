import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, GetKeyRotationStatusCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetFunctionConfigurationCommand, GetPolicyCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListTopicsCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';
import { create, expectStatus, outputs, physicalIds, remove, templateOf, update } from './stacks.ts';

const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });

test('a bucket with all that S3 knows of it, its policy, and an access point', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const template = (second: boolean) =>
    templateOf(
      {
        Queue: { Type: 'AWS::SQS::Queue' },
        QueuePolicy: {
          Type: 'AWS::SQS::QueuePolicy',
          Properties: {
            Queues: [{ Ref: 'Queue' }],
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: att('Queue', 'Arn') },
            },
          },
        },
        Bucket: {
          Type: 'AWS::S3::Bucket',
          DependsOn: 'QueuePolicy',
          Properties: {
            AbacStatus: 'Disabled',
            VersioningConfiguration: { Status: second ? 'Suspended' : 'Enabled' },
            BucketEncryption: {
              ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
            },
            PublicAccessBlockConfiguration: { BlockPublicAcls: 'true', BlockPublicPolicy: false },
            OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
            CorsConfiguration: {
              CorsRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'], ExposedHeaders: ['etag'], MaxAge: '60' }],
            },
            LifecycleConfiguration: {
              Rules: [
                {
                  Id: 'old',
                  Status: 'Enabled',
                  Prefix: 'logs/',
                  ExpirationInDays: second ? 20 : 10,
                  NoncurrentVersionExpiration: { NoncurrentDays: 3 },
                  TagFilters: [{ Key: 'a', Value: 'b' }],
                },
              ],
            },
            ...(!second && { WebsiteConfiguration: { IndexDocument: 'index.html', ErrorDocument: 'error.html' } }),
            NotificationConfiguration: {
              QueueConfigurations: [
                {
                  Event: 's3:ObjectCreated:*',
                  Queue: att('Queue', 'Arn'),
                  Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'in/' }] } },
                },
              ],
            },
            InventoryConfigurations: [
              {
                Id: 'all',
                Enabled: true,
                IncludedObjectVersions: 'All',
                ScheduleFrequency: 'Daily',
                Destination: { BucketArn: 'arn:aws:s3:::somewhere', Format: 'CSV' },
              },
            ],
            MetricsConfigurations: [{ Id: 'all' }],
            AnalyticsConfigurations: [{ Id: 'all', Prefix: 'in/', StorageClassAnalysis: {} }],
            Tags: [{ Key: 'team', Value: second ? 'b' : 'a' }],
          },
        },
        Policy: {
          Type: 'AWS::S3::BucketPolicy',
          Properties: {
            Bucket: { Ref: 'Bucket' },
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Deny',
                  Principal: '*',
                  Action: 's3:DeleteBucketPolicy',
                  Resource: att('Bucket', 'Arn'),
                  Condition: { StringEquals: { 'aws:PrincipalTag/never': 'x' } },
                },
              ],
            },
          },
        },
        Point: { Type: 'AWS::S3::AccessPoint', Properties: { Bucket: { Ref: 'Bucket' }, Name: 'mine' } },
      },
      {
        Outputs: { Url: { Value: att('Bucket', 'WebsiteURL') }, Alias: { Value: att('Point', 'Alias') } },
      },
    );
  await create(cloud, 'Store', template(false));
  const Bucket = (await physicalIds(cloud, 'Store')).Bucket ?? '';
  assert.match(Bucket, /^store-bucket-[0-9a-z]{12}$/);
  assert.equal((await outputs(cloud, 'Store')).Url, `http://${Bucket}.s3-website-us-east-1.amazonaws.com`);
  assert.match((await outputs(cloud, 'Store')).Alias ?? '', /^mine-.*-s3alias$/);
  assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled');
  assert.deepEqual((await s3.send(new GetBucketWebsiteCommand({ Bucket }))).IndexDocument, { Suffix: 'index.html' });
  const { QueueConfigurations } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  assert.deepEqual(QueueConfigurations?.[0]?.Filter?.Key?.FilterRules, [{ Name: 'Prefix', Value: 'in/' }]);
  const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  assert.deepEqual(Rules?.[0]?.Filter?.And, { Prefix: 'logs/', Tags: [{ Key: 'a', Value: 'b' }] });
  assert.match((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? '', /DeleteBucketPolicy/);
  await update(cloud, 'Store', template(true));
  assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Suspended');
  const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }));
  assert.equal(TagSet?.find(({ Key }) => Key === 'team')?.Value, 'b');
  await assert.rejects(s3.send(new GetBucketWebsiteCommand({ Bucket })), { name: 'NoSuchWebsiteConfiguration' });
  await remove(cloud, 'Store');
  assert.deepEqual((await s3.send(new ListBucketsCommand({}))).Buckets, []);
});

test('a bucket of the same name, made by somebody else, is not taken over', async () => {
  await using cloud = await startTestCloud();
  const template = templateOf({ Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'taken-name' } } });
  await create(cloud, 'first', template);
  await assert.rejects(
    create(cloud, 'second', template, { DisableValidation: true }),
    /The requested bucket name is not available/,
  );
  assert.equal((await physicalIds(cloud, 'first')).Bucket, 'taken-name');
});

test('tables with their indexes, expiry and recovery; a key of one kind is another table', async () => {
  await using cloud = await startTestCloud();
  const dynamodb = cloud.client(DynamoDBClient);
  const index = (name: string) => ({
    IndexName: name,
    KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
    Projection: { ProjectionType: 'ALL' },
  });
  const template = (indexes: string[], key = 'id', ttl = 'until') =>
    templateOf(
      {
        Table: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            AttributeDefinitions: [key, ...indexes].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
            KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
            BillingMode: 'PAY_PER_REQUEST',
            GlobalSecondaryIndexes: indexes.map(index),
            StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
            TimeToLiveSpecification: { AttributeName: ttl, Enabled: 'true' },
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            Tags: [{ Key: 'team', Value: 'a' }],
          },
        },
      },
      { Outputs: { Stream: { Value: att('Table', 'StreamArn') } } },
    );
  await create(cloud, 'data', template(['aaa']));
  const TableName = (await physicalIds(cloud, 'data')).Table ?? '';
  assert.match((await outputs(cloud, 'data')).Stream ?? '', /:table\/data-Table-\w{12}\/stream\//);
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  assert.equal(TimeToLiveDescription?.AttributeName, 'until');
  const TemplateBody = template(['bbb', 'ccc']);
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand({ StackName: 'data', TemplateBody }));
  for (let round = 0; round < 10; round += 1) await cloud.advance(60_000);
  await expectStatus(cloud, 'data', 'UPDATE_COMPLETE');
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).toSorted(), ['bbb', 'ccc']);
  await update(cloud, 'data', template([], 'other'));
  assert.notEqual((await physicalIds(cloud, 'data')).Table, TableName);
  await remove(cloud, 'data');
});

test('keys and their aliases', async () => {
  await using cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const template = (Description: string, EnableKeyRotation: boolean) =>
    templateOf({
      Key: { Type: 'AWS::KMS::Key', Properties: { Description, EnableKeyRotation, PendingWindowInDays: '8' } },
      Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/mine', TargetKeyId: { Ref: 'Key' } } },
    });
  await create(cloud, 'keys', template('one', true));
  const KeyId = (await physicalIds(cloud, 'keys')).Key ?? '';
  assert.equal((await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled, true);
  await update(cloud, 'keys', template('two', false));
  const described = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/mine' }));
  assert.deepEqual([described.KeyMetadata?.KeyId, described.KeyMetadata?.Description], [KeyId, 'two']);
  assert.equal((await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled, false);
  await remove(cloud, 'keys');
  assert.equal((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState, 'PendingDeletion');
});

test('topics, subscriptions and their policies', async () => {
  await using cloud = await startTestCloud();
  const sns = cloud.client(SNSClient);
  const template = (DisplayName: string, raw: boolean) =>
    templateOf({
      Queue: { Type: 'AWS::SQS::Queue' },
      Topic: {
        Type: 'AWS::SNS::Topic',
        Properties: {
          DisplayName,
          Subscription: [{ Protocol: 'sqs', Endpoint: att('Queue', 'Arn') }],
          Tags: [{ Key: 'team', Value: 'a' }],
        },
      },
      Fifo: { Type: 'AWS::SNS::Topic', Properties: { FifoTopic: true, ContentBasedDeduplication: true } },
      Other: { Type: 'AWS::SQS::Queue' },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: { Ref: 'Topic' },
          Protocol: 'sqs',
          Endpoint: att('Other', 'Arn'),
          RawMessageDelivery: raw,
          FilterPolicy: { kind: ['a'] },
        },
      },
      Policy: {
        Type: 'AWS::SNS::TopicPolicy',
        Properties: {
          Topics: [{ Ref: 'Topic' }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sns:Publish', Resource: { Ref: 'Topic' } }],
          },
        },
      },
    });
  await create(cloud, 'news', template('one', true));
  const ids = await physicalIds(cloud, 'news');
  assert.match(ids.Fifo ?? '', /:news-Fifo-\w{12}\.fifo$/);
  const attributes = async () => {
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: ids.Topic }));
    return Attributes ?? {};
  };
  assert.deepEqual([(await attributes()).DisplayName, (await attributes()).SubscriptionsConfirmed], ['one', '2']);
  await update(cloud, 'news', template('two', false));
  assert.equal((await attributes()).DisplayName, 'two');
  const subscription = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: ids.Subscription }));
  assert.equal(subscription.Attributes?.RawMessageDelivery, 'false');
  const queue = await cloud
    .client(SQSClient)
    .send(new GetQueueAttributesCommand({ QueueUrl: ids.Queue, AttributeNames: ['QueueArn'] }));
  assert.equal(queue.Attributes?.QueueArn?.endsWith(ids.Queue?.split('/').at(-1) ?? '?'), true);
  await remove(cloud, 'news');
  assert.deepEqual((await sns.send(new ListTopicsCommand({}))).Topics, []);
});

test('groups of logs, their filters and policies', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const template = (RetentionInDays: number | undefined, value: string) =>
    templateOf(
      {
        Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'mine', RetentionInDays } },
        Stream: { Type: 'AWS::Logs::LogStream', Properties: { LogGroupName: { Ref: 'Group' } } },
        Filter: {
          Type: 'AWS::Logs::MetricFilter',
          Properties: {
            LogGroupName: { Ref: 'Group' },
            FilterPattern: '{ $.size = * }',
            MetricTransformations: [
              {
                MetricName: 'n',
                MetricNamespace: 'mine',
                MetricValue: value,
                Dimensions: [{ Key: 'Who', Value: '$.who' }],
              },
            ],
          },
        },
        Policy: {
          Type: 'AWS::Logs::ResourcePolicy',
          Properties: {
            PolicyName: 'p',
            PolicyDocument: JSON.stringify({
              Version: '2012-10-17',
              Statement: [
                { Effect: 'Allow', Principal: { Service: 'es.amazonaws.com' }, Action: 'logs:*', Resource: '*' },
              ],
            }),
          },
        },
        Query: {
          Type: 'AWS::Logs::QueryDefinition',
          Properties: { Name: 'q', QueryString: `fields @message | limit ${value}` },
        },
      },
      { Outputs: { Arn: { Value: att('Group', 'Arn') } } },
    );
  await create(cloud, 'logs', template(7, '1'));
  assert.equal((await outputs(cloud, 'logs')).Arn, 'arn:aws:logs:us-east-1:123456789012:log-group:mine:*');
  await update(cloud, 'logs', template(undefined, '2'));
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
  assert.deepEqual(
    logGroups?.map(({ retentionInDays }) => retentionInDays),
    [undefined],
  );
  const { metricFilters } = await logs.send(new DescribeMetricFiltersCommand({ logGroupName: 'mine' }));
  assert.deepEqual(metricFilters?.[0]?.metricTransformations, [
    { metricName: 'n', metricNamespace: 'mine', metricValue: '2', unit: 'None', dimensions: { Who: '$.who' } },
  ]);
  await remove(cloud, 'logs');
  assert.deepEqual((await logs.send(new DescribeLogGroupsCommand({}))).logGroups, []);
});

test('functions of text in the template, who may call them, and their addresses', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const template = (answer: string, variable?: string) =>
    templateOf(
      {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
              ],
            },
          },
        },
        Function: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Handler: 'index.handler',
            Runtime: 'nodejs22.x',
            Role: att('Role', 'Arn'),
            Timeout: '10',
            Code: { ZipFile: `exports.handler = async () => '${answer}' + (process.env.MORE ?? '');` },
            ...(variable !== undefined && { Environment: { Variables: { MORE: variable } } }),
          },
        },
        Permission: {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            Action: 'lambda:InvokeFunction',
            FunctionName: { Ref: 'Function' },
            Principal: 's3.amazonaws.com',
          },
        },
        Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: att('Function', 'Arn'), AuthType: 'NONE' } },
        Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Function' } } },
      },
      { Outputs: { Version: { Value: att('Version', 'Version') }, Url: { Value: att('Url', 'FunctionUrl') } } },
    );
  await create(cloud, 'code', template('one', '!'));
  const FunctionName = (await physicalIds(cloud, 'code')).Function;
  const call = async () => {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
    return JSON.parse(Buffer.from(Payload ?? []).toString());
  };
  assert.equal(await call(), 'one!');
  assert.equal((await outputs(cloud, 'code')).Version, '1');
  assert.match((await outputs(cloud, 'code')).Url ?? '', /^https?:\/\/.*lambda-url/);
  assert.match((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy ?? '', /s3\.amazonaws\.com/);
  await update(cloud, 'code', template('two'));
  assert.equal(await call(), 'two');
  await remove(cloud, 'code');
  await assert.rejects(lambda.send(new GetFunctionConfigurationCommand({ FunctionName })), {
    name: 'ResourceNotFoundException',
  });
});
