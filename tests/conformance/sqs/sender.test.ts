import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';

test('messages that services send have the id of a user of AWS, another in each Region', async () => {
  await using cloud = await startTestCloud();
  const sendersIn = async (region: string) => {
    const [sqs, sns, events] = [
      cloud.client(SQSClient, { region }),
      cloud.client(SNSClient, { region }),
      cloud.client(EventBridgeClient, { region }),
    ];
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: ['sns.amazonaws.com', 'events.amazonaws.com'] },
          Action: 'sqs:SendMessage',
          Resource: '*',
        },
      ],
    });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q', Attributes: { Policy } }));
    const Arn = `arn:aws:sqs:${region}:123456789012:q`;
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 't' }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Arn }));
    await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["own"]}' }));
    await events.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 'q', Arn }] }));
    const receive = async () => {
      await cloud.server.cloud.settle();
      const asked = { QueueUrl, MessageSystemAttributeNames: ['SenderId' as const] };
      return (await sqs.send(new ReceiveMessageCommand(asked))).Messages?.[0]?.Attributes?.SenderId;
    };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'by the root' }));
    const root = await receive();
    await sns.send(new PublishCommand({ TopicArn, Message: 'by SNS' }));
    const topic = await receive();
    await events.send(new PutEventsCommand({ Entries: [{ Source: 'own', DetailType: 'a', Detail: '{}' }] }));
    return [root, topic, await receive()];
  };
  const [root, topic, rule] = await sendersIn('us-east-1');
  assert.deepEqual([root, topic, rule], ['123456789012', 'AIDAIT2UOQQY3AUEKVGXU', 'AIDAJXNJGGKNS7OSV23OI']);
  const [, ...others] = await sendersIn('eu-west-1');
  for (const id of others) assert.match(id ?? '', /^AIDA[A-Z2-7]{17}$/);
  assert.equal(new Set([topic, rule, ...others]).size, 4);
});
