/** Services that HTTP APIs call by themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from '@aws-sdk/client-kinesis';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

test('a record is put into a stream, as the integration says, by its role', async () => {
  await using cloud = await startTestCloud();
  const kinesis = cloud.client(KinesisClient);
  const iam = cloud.client(IAMClient);
  await kinesis.send(new CreateStreamCommand({ StreamName: 'clicks', ShardCount: 1 }));
  const allow = (more: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
  const trust = allow({ Action: 'sts:AssumeRole', Principal: { Service: 'apigateway.amazonaws.com' } });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'puts', AssumeRolePolicyDocument: trust }));
  const PolicyDocument = allow({ Action: 'kinesis:PutRecord', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'puts', PolicyName: 'put', PolicyDocument }));
  const api = await createApi(cloud);
  const integration = await api.integration({
    IntegrationSubtype: 'Kinesis-PutRecord',
    PayloadFormatVersion: '1.0',
    CredentialsArn: Role?.Arn,
    RequestParameters: { StreamName: 'clicks', Data: '$request.body.Data', PartitionKey: '$request.path.page' },
  });
  await api.route('POST /{page}', integration);
  await api.stage();
  const answer = await api.visit('/home', {
    method: 'POST',
    body: JSON.stringify({ Data: 'Here is the data' }),
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.status, 200);
  const at = { StreamName: 'clicks', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(at));
  const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  assert.deepEqual(
    Records?.map(({ Data, PartitionKey }) => [Buffer.from(Data ?? '').toString(), PartitionKey]),
    [['Here is the data', 'home']],
  );
  assert.match(answer.text, new RegExp(Records?.[0]?.SequenceNumber ?? 'none'));
});

test('SQS answers HTTP APIs in XML, as it does in its query protocol', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const iam = cloud.client(IAMClient);
  const allow = (more: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
  const trust = allow({ Action: 'sts:AssumeRole', Principal: { Service: 'apigateway.amazonaws.com' } });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'sends', AssumeRolePolicyDocument: trust }));
  const PolicyDocument = allow({ Action: ['sqs:SendMessage', 'sqs:ReceiveMessage'], Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'sends', PolicyName: 'send', PolicyDocument }));
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const api = await createApi(cloud);
  const call = async (route: string, IntegrationSubtype: string, RequestParameters: Record<string, string>) => {
    const shared = { PayloadFormatVersion: '1.0', CredentialsArn: Role?.Arn };
    await api.route(route, await api.integration({ IntegrationSubtype, ...shared, RequestParameters }));
  };
  await call('POST /jobs', 'SQS-SendMessage', {
    QueueUrl,
    MessageBody: '$request.body.job',
    MessageAttributes: '$request.body.attributes',
  });
  await call('GET /jobs', 'SQS-ReceiveMessage', { QueueUrl, AttributeNames: '["SenderId"]' });
  await call('DELETE /jobs', 'SQS-PurgeQueue', { QueueUrl });
  await api.stage();
  const attributes = { kind: { DataType: 'String', StringValue: 'a&b' } };
  const body = JSON.stringify({ job: 'hello', attributes });
  const sent = await api.visit('/jobs', { method: 'POST', body });
  assert.equal(sent.status, 200);
  assert.equal(sent.headers['content-type'], 'text/xml');
  assert.match(
    sent.text,
    /^<\?xml version="1.0"\?><SendMessageResponse xmlns="http:..queue.amazonaws.com.doc.2012-11-05.">/,
  );
  assert.match(sent.text, /<MD5OfMessageBody>5d41402abc4b2a76b9719d911017c592<.MD5OfMessageBody>/);
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['SenderId'],
    }),
  );
  assert.match(Messages?.[0]?.Attributes?.SenderId ?? '', /^AROA\w+:\d{19}$/);
  assert.deepEqual(
    Messages?.map(({ Body, MessageAttributes }) => [Body, MessageAttributes?.kind?.StringValue]),
    [['hello', 'a&b']],
  );
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'next' }));
  const received = await api.visit('/jobs');
  assert.match(received.text, /<Body>next<.Body>.*<Attribute><Name>SenderId<.Name><Value>/s);
  const wrong = await api.visit('/jobs', { method: 'POST', body: '{}' });
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /<Error><Type>Sender<.Type><Code>MissingParameter<.Code>/);
  const refused = await api.visit('/jobs', { method: 'DELETE' });
  assert.equal(refused.status, 403);
  assert.match(refused.text, /<Code>AccessDenied<.Code>/);
});
