import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateBasePathMappingCommand, CreateDomainNameCommand } from '@aws-sdk/client-api-gateway';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { certificateFor } from '../../support/certificates.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { apiFunction, createApi } from './world.ts';

const TELL = `export const handler = async (event) => {
  console.log('got ' + event.headers['x-amz-sns-message-type']);
  return { statusCode: 200, headers: { 'Set-Cookie': 'a=b' }, body: JSON.stringify(event) };
};`;

test('what is for an address of AWS that is one of this cloud stays here, whichever service sends it', async () => {
  await using cloud = await startTestCloud();
  const uri = await apiFunction(cloud, 'tell', TELL, await functionRole(cloud));
  const behind = await createApi(cloud, { endpointConfiguration: { types: ['REGIONAL'] } });
  await behind.method(behind.rootResourceId, 'POST', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  await behind.deploy();
  const domainName = 'api.example.com';
  const certificateArn = await certificateFor(cloud, domainName);
  const { client, restApiId } = behind;
  await client.send(new CreateDomainNameCommand({ domainName, certificateArn }));
  await client.send(new CreateBasePathMappingCommand({ domainName, restApiId, stage: 'v1' }));

  const own = `https://${restApiId}.execute-api.us-east-1.amazonaws.com/v1/`;
  const front = await createApi(cloud);
  for (const [name, address] of [
    ['own', own],
    ['custom', `https://${domainName}/`],
  ] as const)
    await front.method(await front.resource(name), 'POST', {
      type: 'HTTP_PROXY',
      integrationHttpMethod: 'POST',
      uri: address,
    });
  await front.deploy();
  for (const [name, host] of [
    ['own', new URL(own).host],
    ['custom', domainName],
  ] as const) {
    const answer = await front.visit(`/v1/${name}`, { method: 'POST', body: '{"a": 1}' });
    const { headers, body, requestContext } = JSON.parse(answer.text);
    assert.deepEqual(
      [answer.status, body, headers.Host, headers['X-Forwarded-Proto'], requestContext.stage],
      [200, '{"a": 1}', host, 'https', 'v1'],
    );
    assert.deepEqual(answer.headers['set-cookie'], ['a=b']);
  }

  const sns = cloud.client(SNSClient);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 't' }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'https', Endpoint: own }));
  await cloud.server.cloud.settle();
  const logs = { logGroupName: '/aws/lambda/tell', filterPattern: 'SubscriptionConfirmation' };
  const { events } = await cloud.client(CloudWatchLogsClient).send(new FilterLogEventsCommand(logs));
  assert.equal(events?.length, 1);
});

test('an API that is behind itself comes to an end', async () => {
  await using cloud = await startTestCloud();
  for (const type of ['EDGE', 'REGIONAL'] as const) {
    const api = await createApi(cloud, { endpointConfiguration: { types: [type] } });
    const uri = `https://${api.restApiId}.execute-api.us-east-1.amazonaws.com/v1/`;
    await api.method(api.rootResourceId, 'GET', { type: 'HTTP_PROXY', integrationHttpMethod: 'GET', uri });
    await api.deploy();
    assert.equal((await api.visit('/v1/')).status, 431);
  }
});
