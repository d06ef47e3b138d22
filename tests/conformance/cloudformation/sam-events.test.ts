/** Events of SAM at work that need more than a mapping or a rule; stacks within stacks; WebSocket APIs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiGatewayV2Client, GetApisCommand, GetRoutesCommand } from '@aws-sdk/client-apigatewayv2';
import { EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSubscriptionAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { startTestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, remove } from './stacks.ts';

const SAY = 'Runtime: nodejs24.x, Handler: index.handler, InlineCode: "exports.handler = async () => 1;"';

test('queues that are made for events, and what may send to them', async () => {
  await using cloud = await startTestCloud();
  await create(
    cloud,
    'queues',
    `
Transform: AWS::Serverless-2016-10-31
Resources:
  Say:
    Type: AWS::Serverless::Function
    Properties:
      ${SAY.replaceAll(/, (?=[HI])/g, '\n      ')}
      Events:
        News: { Type: SNS, Properties: { Topic: !Ref Topic, SqsSubscription: true, FilterPolicy: { kind: [news] }, FilterPolicyScope: MessageBody } }
        Day: { Type: Schedule, Properties: { Schedule: rate(1 day), Name: sam-day, DeadLetterConfig: { Type: SQS, QueueLogicalId: Lost }, RetryPolicy: { MaximumRetryAttempts: 3 } } }
        Put: { Type: S3, Properties: { Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*', Filter: { S3Key: { Rules: [{ Name: prefix, Value: in/ }] } } } }
        Rows: { Type: DynamoDB, Properties: { Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST, DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Failed.Arn } } } }
  Topic: { Type: AWS::SNS::Topic }
  Bucket: { Type: AWS::S3::Bucket, DependsOn: Topic }
  Failed: { Type: AWS::SQS::Queue }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      StreamSpecification: { StreamViewType: KEYS_ONLY }
Outputs: { Subscription: { Value: !Ref SayNews }, Bucket: { Value: !Ref Bucket }, Failed: { Value: !GetAtt Failed.Arn }, Queue: { Value: !GetAtt SayNewsQueue.Arn }, Lost: { Value: !GetAtt Lost.Arn } }
`,
  );
  const ids = await physicalIds(cloud, 'queues');
  assert.deepEqual(
    Object.keys(ids)
      .filter((id) => id.startsWith('Say') || id === 'Lost')
      .toSorted(),
    [
      'Lost',
      'Say',
      'SayDay',
      'SayDayPermission',
      'SayDayQueuePolicy',
      'SayNews',
      'SayNewsEventSourceMapping',
      'SayNewsQueue',
      'SayNewsQueuePolicy',
      'SayPutPermission',
      'SayRole',
      'SayRows',
    ],
  );
  const { Subscription, Bucket, Failed, Queue, Lost } = await outputs(cloud, 'queues');
  const { Attributes } = await cloud
    .client(SNSClient)
    .send(new GetSubscriptionAttributesCommand({ SubscriptionArn: Subscription }));
  assert.deepEqual(
    [Attributes?.Protocol, Attributes?.Endpoint, Attributes?.FilterPolicyScope],
    ['sqs', Queue, 'MessageBody'],
  );
  const lambda = cloud.client(LambdaClient);
  const polling = await lambda.send(new GetEventSourceMappingCommand({ UUID: ids.SayNewsEventSourceMapping }));
  assert.deepEqual([polling.EventSourceArn, polling.BatchSize], [Queue, 10]);
  const rows = await lambda.send(new GetEventSourceMappingCommand({ UUID: ids.SayRows }));
  assert.deepEqual(rows.DestinationConfig?.OnFailure, { Destination: Failed });
  const { PolicyDocument = '' } = await cloud
    .client(IAMClient)
    .send(new GetRolePolicyCommand({ RoleName: ids.SayRole, PolicyName: 'SayRowsSQSPolicy' }));
  assert.deepEqual(JSON.parse(decodeURIComponent(PolicyDocument)), {
    Statement: [{ Action: 'sqs:SendMessage', Effect: 'Allow', Resource: Failed }],
  });
  const { Targets } = await cloud.client(EventBridgeClient).send(new ListTargetsByRuleCommand({ Rule: 'sam-day' }));
  assert.deepEqual(
    Targets?.map(({ Id, DeadLetterConfig, RetryPolicy }) => ({ Id, DeadLetterConfig, RetryPolicy })),
    [{ Id: 'SayDayLambdaTarget', DeadLetterConfig: { Arn: Lost }, RetryPolicy: { MaximumRetryAttempts: 3 } }],
  );
  const { LambdaFunctionConfigurations } = await cloud
    .client(S3Client, { forcePathStyle: true })
    .send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  assert.deepEqual(
    LambdaFunctionConfigurations?.map(({ Events, Filter }) => [Events, Filter?.Key?.FilterRules?.[0]?.Value]),
    [[['s3:ObjectCreated:*'], 'in/']],
  );
  await remove(cloud, 'queues');
});

test('an application is a stack within the stack', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'applications' }));
  const Body = `
Transform: AWS::Serverless-2016-10-31
Parameters: { Name: { Type: String } }
Resources: { Table: { Type: AWS::Serverless::SimpleTable, Properties: { TableName: !Ref Name, PrimaryKey: { Name: who, Type: Number } } } }
Outputs: { Table: { Value: !Ref Table } }
`;
  await s3.send(new PutObjectCommand({ Bucket: 'applications', Key: 'inner.yaml', Body }));
  await create(
    cloud,
    'outer',
    `
Transform: AWS::Serverless-2016-10-31
Resources: { App: { Type: AWS::Serverless::Application, Properties: { Location: 'https://s3.amazonaws.com/applications/inner.yaml', Parameters: { Name: inner-table }, Tags: { team: a } } } }
Outputs: { Table: { Value: !GetAtt App.Outputs.Table } }
`,
  );
  assert.deepEqual(await outputs(cloud, 'outer'), { Table: 'inner-table' });
  await remove(cloud, 'outer');
});

test('a WebSocket API with its routes', async () => {
  await using cloud = await startTestCloud();
  await create(
    cloud,
    'sockets',
    `
Transform: AWS::Serverless-2016-10-31
Resources:
  Say: { Type: AWS::Serverless::Function, Properties: { ${SAY} } }
  Sockets:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: { $connect: { FunctionArn: !GetAtt Say.Arn }, send: { FunctionArn: !GetAtt Say.Arn, IntegrationTimeout: 5000 } }
Outputs: { Id: { Value: !Ref Sockets }, Stage: { Value: !Ref Sockets.Stage } }
`,
  );
  const { Id = '', Stage } = await outputs(cloud, 'sockets');
  assert.equal(Stage, 'default');
  const gateway = cloud.client(ApiGatewayV2Client);
  const { Items } = await gateway.send(new GetApisCommand({}));
  assert.deepEqual(
    Items?.map(({ Name, ProtocolType, Tags }) => [Name, ProtocolType, Tags?.['websocketapi:createdBy']]),
    [['Sockets', 'WEBSOCKET', 'SAM']],
  );
  const { Items: routes = [] } = await gateway.send(new GetRoutesCommand({ ApiId: Id }));
  assert.deepEqual(routes.map(({ RouteKey }) => RouteKey).toSorted(), ['$connect', 'send']);
  await remove(cloud, 'sockets');
});

test('a consumer of a stream is read with the role that SAM makes', async () => {
  await using cloud = await startTestCloud();
  await create(
    cloud,
    'fan',
    `
Transform: AWS::Serverless-2016-10-31
Resources:
  Say: { Type: AWS::Serverless::Function, Properties: { ${SAY}, Events: { Fan: { Type: Kinesis, Properties: { Stream: !GetAtt Consumer.ConsumerARN, StartingPosition: LATEST } } } } }
  Stream: { Type: AWS::Kinesis::Stream, Properties: { ShardCount: 1 } }
  Consumer: { Type: AWS::Kinesis::StreamConsumer, Properties: { StreamARN: !GetAtt Stream.Arn, ConsumerName: fan } }
`,
  );
  const { SayFan } = await physicalIds(cloud, 'fan');
  const mapping = await cloud.client(LambdaClient).send(new GetEventSourceMappingCommand({ UUID: SayFan }));
  assert.match(mapping.EventSourceArn ?? '', /\/consumer\/fan:\d+$/);
  await remove(cloud, 'fan');
});
