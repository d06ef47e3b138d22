/** A bus whose rules were made before events found rules by their anchors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { viewOf } from '#kernel/store';
import { anchors } from '#services/eventbridge/state';
import { startTestCloud } from '../../support/cloud.ts';

test('rules of before there were anchors are found', async () => {
  await using cloud = await startTestCloud();
  const [sqs, events] = [cloud.client(SQSClient), cloud.client(EventBridgeClient)];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:q';
  const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: Arn };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await events.send(new PutRuleCommand({ Name: 'old', EventPattern: '{"source":["shop"]}' }));
  await events.send(new PutTargetsCommand({ Rule: 'old', Targets: [{ Id: 'q', Arn }] }));
  cloud.server.cloud.kernel.store.transact((tx) => {
    const view = viewOf(() => tx, { account: '123456789012', region: 'us-east-1' });
    for (const row of view.list(anchors)) view.delete(anchors, row);
  });
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 't', Detail: '{}' }] }));
  await cloud.server.cloud.settle();
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  assert.equal(Messages?.length, 1);
});
