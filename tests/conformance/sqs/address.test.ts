/** A queue's URL is an address: requests to it need not name the queue again. Source: SQS Developer Guide, "Making Query API requests". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';

const SIGNED =
  'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0';

test('a queue that lets everybody in is reached by its URL alone', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const Statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'open', Attributes: { Policy } }));
  const send = (query: string) =>
    fetch(`${QueueUrl}${query}`).then(async (answer) => [answer.status, await answer.text()]);
  const [status, text] = await send('?Action=SendMessage&MessageBody=hello&Version=2012-11-05');
  assert.deepEqual([status, /<SendMessageResult>/.test(String(text))], [200, true]);
  assert.equal((await send('?Action=SendMessage&MessageBody=again'))[0], 200);
  const form = {
    method: 'POST',
    body: new URLSearchParams({ Action: 'SendMessage', MessageBody: 'by form', Version: '2012-11-05' }),
  };
  assert.equal((await fetch(QueueUrl ?? '', form)).status, 200);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  assert.deepEqual(Messages.map(({ Body }) => Body).toSorted(), ['again', 'by form', 'hello']);
  const own = { headers: { authorization: SIGNED, 'x-amz-date': '20260101T000000Z' } };
  const set = '?Action=SetQueueAttributes&Attribute.Name=DelaySeconds&Attribute.Value=7&Version=2012-11-05';
  assert.equal((await fetch(`${QueueUrl}${set}`, own)).status, 200);
  const got = await fetch(`${QueueUrl}?Action=GetQueueAttributes&AttributeName=DelaySeconds&Version=2012-11-05`, own);
  assert.match(await got.text(), /<Attribute><Name>DelaySeconds<\/Name><Value>7<\/Value><\/Attribute>/);
  const [refused] = await send('?Action=ReceiveMessage&Version=2012-11-05');
  assert.equal(refused, 403);
  const missing = await fetch(
    `${QueueUrl?.replace('open', 'other')}?Action=SendMessage&MessageBody=x&Version=2012-11-05`,
  );
  assert.deepEqual(
    [missing.status, /<Code>([^<]+)</.exec(await missing.text())?.[1]],
    [400, 'AWS.SimpleQueueService.NonExistentQueue'],
  );
});
