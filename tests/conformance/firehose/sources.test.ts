/** What other services put into streams. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { UpdateStageCommand } from '@aws-sdk/client-api-gateway';
import {
  CloudWatchLogsClient,
  CreateDeliveryCommand,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutDeliveryDestinationCommand,
  PutDeliverySourceCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { ListTagsForDeliveryStreamCommand, UntagDeliveryStreamCommand } from '@aws-sdk/client-firehose';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createApi as createRestApi } from '../api-gateway/world.ts';
import { createApi as createHttpApi } from '../apigatewayv2/world.ts';
import { startOrigin } from '../cloudfront/origin.ts';
import { configOf, customOrigin, distribute } from '../cloudfront/support.ts';
import { makeBed } from './bed.ts';

const MINUTE = 60_000;

/** A role that a service may assume to put records. */
async function sourceRole(
  cloud: TestCloud,
  service: string,
  actions = ['firehose:PutRecord', 'firehose:PutRecordBatch'],
) {
  const iam = cloud.client(IAMClient);
  const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'source',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  const allowed = { Effect: 'Allow', Action: actions, Resource: '*' };
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'source',
      PolicyName: 'put',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allowed] }),
    }),
  );
  return Role?.Arn ?? '';
}

test('messages of a topic: a line each, and raw ones as they are', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const [plain, raw] = [await bed.create('plain', { Prefix: 'plain/' }), await bed.create('raw', { Prefix: 'raw/' })];
  const sns = cloud.client(SNSClient);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
  const SubscriptionRoleArn = await sourceRole(cloud, 'sns.amazonaws.com');
  const subscribe = (Endpoint: string, more: Record<string, string> = {}) =>
    sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'firehose',
        Endpoint,
        Attributes: { SubscriptionRoleArn, ...more },
        ReturnSubscriptionArn: true,
      }),
    );
  const { SubscriptionArn } = await subscribe(plain);
  await subscribe(raw, { RawMessageDelivery: 'true' });
  const bad = await failure(subscribe('arn:aws:firehose:us-east-1:123456789012:nothing'));
  assert.equal(bad.message, 'Invalid parameter: Firehose endpoint ARN');
  const color = { DataType: 'String', StringValue: 'red' };
  const { MessageId } = await sns.send(
    new PublishCommand({ TopicArn, Subject: 'S', Message: 'first', MessageAttributes: { color } }),
  );
  await sns.send(new PublishCommand({ TopicArn, Message: 'second' }));
  await cloud.advance(2 * MINUTE);
  assert.deepEqual([...(await bed.objects('raw/')).values()], ['firstsecond']);
  const [text = ''] = (await bed.objects('plain/')).values();
  const [first = '', second = ''] = text.split('\n');
  const { UnsubscribeURL, ...document } = JSON.parse(first);
  assert.deepEqual(document, {
    Type: 'Notification',
    MessageId,
    TopicArn,
    Subject: 'S',
    Message: 'first',
    Timestamp: new Date(START).toISOString(),
    MessageAttributes: { color: { Type: 'String', Value: 'red' } },
  });
  assert.ok(UnsubscribeURL.includes(SubscriptionArn));
  assert.equal('MessageAttributes' in JSON.parse(second), false);
});

test('events that a rule asks for', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const Arn = await bed.create('events');
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: 'shop', EventPattern: '{"source":["shop"]}' }));
  const put = (RoleArn?: string) =>
    events.send(new PutTargetsCommand({ Rule: 'shop', Targets: [{ Id: 't', Arn, RoleArn, InputPath: '$.detail' }] }));
  assert.equal((await failure(put())).message, `RoleArn is required for target ${Arn}.`);
  await put(await sourceRole(cloud, 'events.amazonaws.com'));
  const entry = (n: number) => ({ Source: 'shop', DetailType: 'sold', Detail: JSON.stringify({ n }) });
  await events.send(new PutEventsCommand({ Entries: [entry(1), entry(2)] }));
  await cloud.advance(2 * MINUTE);
  const [text = ''] = (await bed.objects()).values();
  assert.ok(['{"n":1}{"n":2}', '{"n":2}{"n":1}'].includes(text), text);
});

test('what a subscription filter of a log group lets pass, compressed', async () => {
  await using cloud = await startTestCloud();
  const bed = await makeBed(cloud);
  const destinationArn = await bed.create('logs');
  const logs = cloud.client(CloudWatchLogsClient);
  const [logGroupName, logStreamName] = ['app', 'one'];
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const filter = (arn: string, roleArn: string) =>
    logs.send(
      new PutSubscriptionFilterCommand({
        logGroupName,
        filterName: 'f',
        filterPattern: 'ERROR',
        destinationArn: arn,
        roleArn,
      }),
    );
  const roleArn = await sourceRole(cloud, 'logs.amazonaws.com');
  const nowhere = await failure(filter(`${destinationArn}-not`, roleArn));
  assert.equal(
    nowhere.message,
    'Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE state.',
  );
  await filter(destinationArn, roleArn);
  await logs.send(
    new PutLogEventsCommand({
      logGroupName,
      logStreamName,
      logEvents: [
        { timestamp: START, message: 'fine' },
        { timestamp: START, message: 'ERROR one' },
      ],
    }),
  );
  await cloud.advance(2 * MINUTE);
  const [key = ''] = (await bed.objects()).keys();
  // Several members follow each other in one file.
  const texts = gunzipSync(await bed.bytes(key)).toString();
  const [control, data] = texts
    .replace('}{', '}\n{')
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(control.messageType, 'CONTROL_MESSAGE');
  assert.equal(data.messageType, 'DATA_MESSAGE');
  assert.deepEqual(
    data.logEvents.map(({ message }: { message: string }) => message),
    ['ERROR one'],
  );
});

test('logs that services vend, by the role that is linked to their delivery', async () => {
  await using cloud = await startTestCloud();
  await using origin = await startOrigin((_, response) => response.end('body'));
  const bed = await makeBed(cloud);
  const destinationResourceArn = await bed.create('access');
  const logs = cloud.client(CloudWatchLogsClient);
  const { ask, arn: resourceArn } = await distribute(cloud, configOf(customOrigin(origin.port)));
  await logs.send(new PutDeliverySourceCommand({ name: 'web', resourceArn, logType: 'ACCESS_LOGS' }));
  const { deliveryDestination } = await logs.send(
    new PutDeliveryDestinationCommand({
      name: 'stream',
      outputFormat: 'json',
      deliveryDestinationConfiguration: { destinationResourceArn },
    }),
  );
  assert.equal(deliveryDestination?.deliveryDestinationType, 'FH');
  await logs.send(
    new CreateDeliveryCommand({
      deliverySourceName: 'web',
      deliveryDestinationArn: deliveryDestination?.arn,
      recordFields: ['cs-uri-stem', 'sc-status'],
    }),
  );
  const { Tags } = await bed.firehose.send(new ListTagsForDeliveryStreamCommand({ DeliveryStreamName: 'access' }));
  assert.deepEqual(Tags, [{ Key: 'LogDeliveryEnabled', Value: 'true' }]);
  await ask('/a');
  await cloud.server.cloud.settle();
  await bed.firehose.send(
    new UntagDeliveryStreamCommand({ DeliveryStreamName: 'access', TagKeys: ['LogDeliveryEnabled'] }),
  );
  await ask('/b');
  await cloud.advance(2 * MINUTE);
  assert.deepEqual(
    [...(await bed.objects()).values()],
    ['{"cs-uri-stem":"/a","sc-status":"200"}\n'],
    'without the tag nothing more comes',
  );
});

test('access logs of APIs, into streams whose names say so', async () => {
  await using cloud = await startTestCloud();
  await using origin = await startOrigin((_, response) => response.end('body'));
  const bed = await makeBed(cloud);
  const arn = await bed.create('amazon-apigateway-access');
  const rest = await createRestApi(cloud);
  await rest.method(rest.rootResourceId, 'GET');
  await rest.response(rest.rootResourceId, 'GET', '200');
  await rest.deploy();
  const logTo = (destination: string) => {
    const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;
    const patchOperations = [
      replace('/accessLogSettings/destinationArn', destination),
      replace('/accessLogSettings/format', 'rest $context.httpMethod $context.status'),
    ];
    return rest.client.send(new UpdateStageCommand({ restApiId: rest.restApiId, stageName: 'v1', patchOperations }));
  };
  const other = await failure(logTo(await bed.create('other')));
  assert.equal(
    other.message,
    "Kinesis Firehose delivery stream name must begin with the characters 'amazon-apigateway-': 'deliverystream/other'",
  );
  await logTo(arn);
  assert.equal((await rest.visit('/v1')).status, 200);
  const http = await createHttpApi(cloud);
  const IntegrationUri = `http://127.0.0.1:${origin.port}/`;
  const proxy = { IntegrationType: 'HTTP_PROXY', IntegrationMethod: 'GET', PayloadFormatVersion: '1.0' } as const;
  await http.route('GET /a', await http.integration({ ...proxy, IntegrationUri }));
  const Format = 'http $context.routeKey $context.status';
  await http.stage('$default', { AutoDeploy: true, AccessLogSettings: { DestinationArn: arn, Format } });
  assert.equal((await http.visit('/a')).status, 200);
  await cloud.server.cloud.settle();
  await cloud.advance(2 * MINUTE);
  assert.deepEqual([...(await bed.objects()).values()], ['rest GET 200\nhttp GET /a 200\n']);
});
