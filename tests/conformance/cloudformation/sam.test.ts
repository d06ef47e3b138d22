/** What SAM's resources stand for, at work: APIs, layers, and all that calls a function. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient, ListLayerVersionsCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';
import { zip } from '../../support/functions.ts';
import { visit } from '../../support/traffic.ts';
import { create, outputs, physicalIds, remove, update } from './stacks.ts';

const MINUTE = 60_000;

test('events of all kinds reach their function', async () => {
  await using cloud = await startTestCloud();
  await create(
    cloud,
    'heard',
    `
Transform: AWS::Serverless-2016-10-31
Resources:
  Hear:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        const { gunzipSync } = require('node:zlib');
        exports.handler = async (event) => {
          const text = event.awslogs ? gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString() : JSON.stringify(event);
          console.log('heard ' + text);
        };
      Events:
        Tick: { Type: Schedule, Properties: { Schedule: rate(1 minute), Input: '{"tick":"tock"}' } }
        Silent: { Type: Schedule, Properties: { Schedule: rate(1 minute), Input: '{"never":"heard"}', Enabled: false } }
        Order: { Type: EventBridgeRule, Properties: { Pattern: { source: [shop] }, InputPath: $.detail } }
        Cancelled: { Type: CloudWatchEvent, Properties: { Pattern: { source: [cancelled] } } }
        Lines: { Type: CloudWatchLogs, Properties: { LogGroupName: !Ref Group, FilterPattern: ERROR } }
        Jobs: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn, BatchSize: 2 } }
        Items: { Type: DynamoDB, Properties: { Stream: !GetAtt Table.StreamArn, StartingPosition: TRIM_HORIZON } }
  Group: { Type: AWS::Logs::LogGroup }
  Queue: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 60 } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
`,
  );
  const ids = await physicalIds(cloud, 'heard');
  const { AttachedPolicies } = await cloud
    .client(IAMClient)
    .send(new ListAttachedRolePoliciesCommand({ RoleName: ids.HearRole }));
  assert.deepEqual(AttachedPolicies?.map(({ PolicyName }) => PolicyName).toSorted(), [
    'AWSLambdaBasicExecutionRole',
    'AWSLambdaDynamoDBExecutionRole',
    'AWSLambdaSQSQueueExecutionRole',
  ]);
  await cloud.client(SQSClient).send(new SendMessageCommand({ QueueUrl: ids.Queue, MessageBody: 'a job' }));
  const Item = { id: { S: 'an item' } };
  await cloud.client(DynamoDBClient).send(new PutItemCommand({ TableName: ids.Table, Item }));
  const event = (Source: string, Detail: string) => ({ Source, DetailType: 'happened', Detail });
  await cloud.client(EventBridgeClient).send(
    new PutEventsCommand({
      Entries: [event('shop', '{"order":"first"}'), event('cancelled', '{"order":"second"}'), event('else', '{}')],
    }),
  );
  const logs = cloud.client(CloudWatchLogsClient);
  const stream = { logGroupName: ids.Group, logStreamName: 'a' };
  await logs.send(new CreateLogStreamCommand(stream));
  const line = (message: string) => ({ timestamp: Date.UTC(2026, 0, 1), message });
  await logs.send(new PutLogEventsCommand({ ...stream, logEvents: [line('ERROR a line'), line('another')] }));
  await cloud.advance(MINUTE + 5_000);
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${ids.Hear}`, filterPattern: 'heard' }),
  );
  const heard = events.map(({ message = '' }) => message).join('\n');
  for (const one of [
    '{"tick":"tock"}',
    'heard {"order":"first"}',
    '"source":"cancelled"',
    'ERROR a line',
    'a job',
    'an item',
  ])
    assert.ok(heard.includes(one), `${one} in ${heard}`);
  for (const one of ['never', 'another', '"source":"else"']) assert.ok(!heard.includes(one), one);
  await remove(cloud, 'heard');
});

test('APIs lead to functions: implied ones and declared ones', async () => {
  await using cloud = await startTestCloud();
  await create(
    cloud,
    'apis',
    `
Transform: AWS::Serverless-2016-10-31
Globals:
  Api: { Variables: { who: all } }
Resources:
  Rest:
    Type: AWS::Serverless::Api
    Properties: { StageName: v1, EndpointConfiguration: REGIONAL }
  Http:
    Type: AWS::Serverless::HttpApi
    Properties: { StageName: v2, CorsConfiguration: { AllowOrigins: ['https://example.com'] } }
  Say:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async (event) => ({
          statusCode: 200,
          body: [event.version, event.httpMethod ?? event.requestContext.http.method, event.pathParameters?.id, event.stageVariables?.who].join(),
        });
      Events:
        Implied: { Type: Api, Properties: { Path: '/things/{id}', Method: get } }
        Any: { Type: Api, Properties: { RestApiId: !Ref Rest, Path: /any, Method: ANY } }
        Short: { Type: HttpApi, Properties: { Path: '/short/{id}', Method: post } }
        Old: { Type: HttpApi, Properties: { ApiId: !Ref Http, Path: /old, Method: get, PayloadFormatVersion: '1.0' } }
        Rest: { Type: HttpApi, Properties: { ApiId: !Ref Http } }
Outputs:
  Stage: { Value: !Ref ServerlessRestApiProdStage }
`,
  );
  const ids = await physicalIds(cloud, 'apis');
  const names = Object.keys(ids).map((name) => name.replace(/Deployment[0-9a-f]{10}$/, 'Deployment#'));
  assert.deepEqual(names.toSorted(), [
    'Http',
    'Httpv2Stage',
    'Rest',
    'RestDeployment#',
    'Restv1Stage',
    'Say',
    'SayAnyPermissionv1',
    'SayImpliedPermissionProd',
    'SayRestPermission',
    'SayRole',
    'SayShortPermission',
    'ServerlessHttpApi',
    'ServerlessHttpApiApiGatewayDefaultStage',
    'ServerlessRestApi',
    'ServerlessRestApiDeployment#',
    'ServerlessRestApiProdStage',
  ]);
  assert.equal((await outputs(cloud, 'apis')).Stage, 'Prod');
  const { port } = new URL(cloud.url);
  const ask = async (api: string | undefined, path: string, method = 'GET') => {
    const { status, text } = await visit(`http://${api}.execute-api.us-east-1.localhost:${port}${path}`, { method });
    return `${status} ${text}`;
  };
  assert.equal(await ask(ids.ServerlessRestApi, '/Prod/things/7'), '200 ,GET,7,all');
  assert.equal(await ask(ids.Rest, '/v1/any', 'PUT'), '200 ,PUT,,all');
  assert.equal(await ask(ids.ServerlessHttpApi, '/short/7', 'POST'), '200 2.0,POST,7,');
  assert.equal(await ask(ids.Http, '/v2/old'), '200 1.0,GET,,');
  assert.equal(await ask(ids.Http, '/v2/whatever'), '200 2.0,GET,,');
  assert.match(await ask(ids.ServerlessRestApi, '/Prod/none'), /^403 /);
  await remove(cloud, 'apis');
});

test('a layer is found by its name, stays when its content is another, and is used', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  for (const version of ['one', 'two']) {
    const Body = zip({ 'nodejs/node_modules/said/index.js': `module.exports = '${version}';` });
    await s3.send(new PutObjectCommand({ Bucket: 'code', Key: `${version}.zip`, Body }));
  }
  const template = (version: string) => `
Transform: AWS::Serverless-2016-10-31
Resources:
  Said:
    Type: AWS::Serverless::LayerVersion
    Properties: { ContentUri: s3://code/${version}.zip, CompatibleRuntimes: [nodejs24.x], RetentionPolicy: Delete }
  Say:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: exports.handler = async () => require('said');
      Layers: [!Ref Said]
`;
  await create(cloud, 'layers', template('one'));
  const said = async () => {
    const { Say } = await physicalIds(cloud, 'layers');
    const { Payload } = await cloud.client(LambdaClient).send(new InvokeCommand({ FunctionName: Say }));
    return JSON.parse(Buffer.from(Payload ?? []).toString());
  };
  assert.equal(await said(), 'one');
  const named = Object.keys(await physicalIds(cloud, 'layers')).find((name) => name.startsWith('Said'));
  assert.match(named ?? '', /^Said[0-9a-f]{10}$/);
  await update(cloud, 'layers', template('two'));
  assert.equal(await said(), 'two');
  const { LayerVersions } = await cloud.client(LambdaClient).send(new ListLayerVersionsCommand({ LayerName: 'Said' }));
  assert.deepEqual(
    LayerVersions?.map(({ Version }) => Version),
    [2],
  );
  await remove(cloud, 'layers');
});
