import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';
import { apiRole, createApi } from './world.ts';

test('SQS answers integrations in JSON by the names that it has there, with null for what is not', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const sqs = cloud.client(SQSClient);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const credentials = await apiRole(cloud);
  const ask = async (name: string, path: string, form: string) => {
    const resource = await api.resource(name);
    await api.method(resource, 'GET', {
      type: 'AWS',
      integrationHttpMethod: 'POST',
      uri: `arn:aws:apigateway:us-east-1:sqs:path/${path}`,
      credentials,
      requestParameters: { 'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'" },
      requestTemplates: { 'application/json': form },
    });
    await api.response(resource, 'GET', '200');
  };
  await ask('next', '123456789012/jobs', 'Action=ReceiveMessage&AttributeName=SenderId&MessageAttributeName=All');
  await ask('queues', '', 'Action=ListQueues');
  await api.deploy();
  const get = async (name: string) => JSON.parse((await api.visit(`/v1/${name}`)).text);
  const { ReceiveMessageResponse: none } = await get('next');
  assert.deepEqual(none.ReceiveMessageResult, { messages: null });
  assert.match(none.ResponseMetadata.RequestId, /^[0-9a-f-]{36}$/);
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'a' } };
  const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageAttributes }));
  const { messages } = (await get('next')).ReceiveMessageResponse.ReceiveMessageResult;
  const { ReceiptHandle, MD5OfMessageAttributes, ...message } = messages[0];
  assert.deepEqual([typeof ReceiptHandle, typeof MD5OfMessageAttributes], ['string', 'string']);
  assert.deepEqual(message, {
    Attributes: { SenderId: '123456789012' },
    Body: 'hello',
    MD5OfBody: '5d41402abc4b2a76b9719d911017c592',
    MessageAttributes: {
      kind: {
        BinaryListValues: null,
        BinaryValue: null,
        DataType: 'String',
        StringListValues: null,
        StringValue: 'a',
      },
    },
    MessageId,
  });
  assert.deepEqual(Object.keys(messages[0]), Object.keys(messages[0]).sort());
  const { ListQueuesResponse } = await get('queues');
  assert.deepEqual(ListQueuesResponse.ListQueuesResult, {
    NextToken: null,
    queueUrls: ['https://sqs.us-east-1.amazonaws.com/123456789012/jobs'],
  });
});
