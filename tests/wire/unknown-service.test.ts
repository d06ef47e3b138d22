/** A request of a service of which there is no model at all says so in JSON, and is not taken for one of S3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { START, startTestCloud } from '../support/cloud.ts';
import { signHeaders } from '../support/sign.ts';

test('a service without a model answers 501 by name', async () => {
  await using cloud = await startTestCloud();
  const plain = {
    host: new URL(cloud.url).host,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters',
  };
  const { headers } = signHeaders(
    { method: 'POST', path: '/', headers: plain, body: '{}' },
    { accessKeyId: '123456789012', secret: 'any' },
    { service: 'ecs', at: START },
  );
  const answer = await fetch(cloud.url, { method: 'POST', headers, body: '{}' });
  assert.equal(answer.status, 501);
  assert.deepEqual(await answer.json(), {
    __type: 'NotImplemented',
    message: 'Cloudyard has not built ecs ListClusters yet: the service comes with a later release',
  });
});

test('so does one that is told by its path', async () => {
  await using cloud = await startTestCloud();
  const plain = { host: new URL(cloud.url).host, 'content-type': 'application/json' };
  const { headers } = signHeaders(
    { method: 'POST', path: '/v1/speech', headers: plain, body: '{}' },
    { accessKeyId: '123456789012', secret: 'any' },
    { service: 'polly', at: START },
  );
  const answer = await fetch(`${cloud.url}/v1/speech`, { method: 'POST', headers, body: '{}' });
  assert.equal(answer.status, 501);
  assert.deepEqual(await answer.json(), {
    __type: 'NotImplemented',
    message: 'Cloudyard has not built polly POST /v1/speech yet: the service comes with a later release',
  });
});
