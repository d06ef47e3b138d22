/** What requests in JSON are told whose values are of other types than the model's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBridgeClient, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';

const QueueUrl = 'http://localhost/123456789012/q';

const receive = (input: object) => (cloud: TestCloud) =>
  cloud.client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl, ...input }));
const target = (Targets: unknown) => (cloud: TestCloud) =>
  cloud.client(EventBridgeClient).send(new PutTargetsCommand({ Rule: 'r', Targets } as never));

for (const [what, send, text] of [
  ['a text for a number', receive({ VisibilityTimeout: '30' }), 'STRING_VALUE can not be converted to an Integer'],
  ['a list for a text', receive({ QueueUrl: ['a'] }), 'Start of list found where not expected'],
  ['a text for a list', target('a'), 'Expected list or null'],
  ['a text for a structure', target(['a']), 'Expected null'],
  [
    'a structure for a text',
    target([{ Id: { a: 1 }, Arn: 'a' }]),
    'Start of structure or map found where not expected.',
  ],
  ['a truth for a text', target([{ Id: true, Arn: 'a' }]), 'TRUE_VALUE can not be converted to a String'],
] as const)
  test(what, async () => {
    await using cloud = await startTestCloud();
    await assert.rejects(send(cloud), { name: 'SerializationException', message: text });
  });

test('a number for a text, in REST', async () => {
  await using cloud = await startTestCloud();
  const given = { FunctionName: 'f', Role: 'arn:aws:iam::123456789012:role/r', Code: {}, Handler: 1 as never };
  await assert.rejects(cloud.client(LambdaClient).send(new CreateFunctionCommand(given)), {
    name: 'SerializationException',
    message: 'NUMBER_VALUE can not be converted to a String',
  });
});
