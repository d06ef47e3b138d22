/** Numbers of an event arrive as they were sent, whatever JavaScript makes of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateArchiveCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { START, startTestCloud } from '../../support/cloud.ts';

const BUS = 'arn:aws:events:us-east-1:123456789012:event-bus/default';
const DETAIL = '{"id":12345678901234567890,"price":1.0,"count":3,"parts":[2.50]}';

test('as a whole, in part, within a text, and from an archive', async () => {
  await using cloud = await startTestCloud();
  const [sqs, events] = [cloud.client(SQSClient), cloud.client(EventBridgeClient)];
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'q', Attributes: { VisibilityTimeout: '3600' } }),
  );
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:q';
  const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: Arn };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const { ArchiveArn } = await events.send(new CreateArchiveCommand({ ArchiveName: 'all', EventSourceArn: BUS }));
  await events.send(new PutRuleCommand({ Name: 'shop', EventPattern: '{"source":["shop"],"detail":{"count":[3]}}' }));
  const transformer = { InputPathsMap: { id: '$.detail.id' }, InputTemplate: '{"order":<id>,"told":"no. <id>"}' };
  const Targets = [
    { Id: 'whole', Arn, InputPath: '$.detail' },
    { Id: 'part', Arn, InputPath: '$.detail.parts' },
    { Id: 'text', Arn, InputTransformer: transformer },
  ];
  await events.send(new PutTargetsCommand({ Rule: 'shop', Targets }));
  const received = async () => {
    await cloud.server.cloud.settle();
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body }) => Body).sort();
  };
  const all = ['[2.50]', DETAIL, '{"order":12345678901234567890,"told":"no. 12345678901234567890"}'];
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 't', Detail: DETAIL }] }));
  assert.deepEqual(await received(), all);
  const times = { EventStartTime: new Date(START - 1_000), EventEndTime: new Date(START + 1_000) };
  await cloud.advance(60_000);
  await events.send(
    new StartReplayCommand({ ReplayName: 'r', EventSourceArn: ArchiveArn, Destination: { Arn: BUS }, ...times }),
  );
  await cloud.advance(60_000);
  assert.deepEqual(await received(), all);
});
