import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateBasePathMappingCommand, CreateDomainNameCommand } from '@aws-sdk/client-api-gateway';
import { certificateFor } from '../../support/certificates.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { apiFunction, createApi } from './world.ts';

const TELL = 'export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });';
const VIA = /^1\.1 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)$/;

test('what comes to an edge-optimized API has come by the edge, which tells of the viewer, and answers say so', async () => {
  await using cloud = await startTestCloud();
  const uri = await apiFunction(cloud, 'tell', TELL);
  const [edge, regional] = [
    await createApi(cloud),
    await createApi(cloud, { endpointConfiguration: { types: ['REGIONAL'] } }),
  ];
  for (const api of [edge, regional]) {
    await api.method(api.rootResourceId, 'GET', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
    await api.deploy();
  }
  const asked = {
    headers: {
      'x-cloudyard-viewer': 'CDG',
      'user-agent': 'Mozilla/5.0 (iPhone) Mobile',
      'X-Forwarded-For': '203.0.113.7',
      'cloudfront-viewer-country': 'US',
      'x-amz-cf-id': 'mine',
    },
  };
  const answer = await edge.visit('/v1/', asked);
  const { headers, multiValueHeaders, requestContext } = JSON.parse(answer.text);
  const { Via, 'X-Amz-Cf-Id': id, 'X-Amzn-Trace-Id': _, Host: __, Connection: ___, ...others } = headers;
  assert.deepEqual(others, {
    'CloudFront-Forwarded-Proto': 'http',
    'CloudFront-Is-Desktop-Viewer': 'false',
    'CloudFront-Is-Mobile-Viewer': 'true',
    'CloudFront-Is-SmartTV-Viewer': 'false',
    'CloudFront-Is-Tablet-Viewer': 'false',
    'CloudFront-Viewer-Country': 'FR',
    'User-Agent': 'Mozilla/5.0 (iPhone) Mobile',
    'X-Forwarded-For': '203.0.113.7, 127.0.0.1, 127.0.0.1',
    'X-Forwarded-Port': '80',
    'X-Forwarded-Proto': 'http',
  });
  assert.match(Via, VIA);
  assert.deepEqual(multiValueHeaders['CloudFront-Viewer-Country'], ['FR']);
  assert.equal(requestContext.identity.sourceIp, '127.0.0.1');
  const { via, 'x-amz-cf-id': told, 'x-amz-cf-pop': pop, 'x-cache': cache } = answer.headers;
  assert.deepEqual([via, told, pop, cache], [Via, id, 'CDG50-C1', 'Miss from cloudfront']);
  assert.match(id, /^[\w-]{54}==$/);

  for (const path of ['/v1/none', '/nostage']) {
    const missing = await edge.visit(path);
    assert.deepEqual([missing.status, missing.headers['x-cache']], [403, 'Error from cloudfront']);
  }

  const withBody = await edge.visit('/v1/', { method: 'GET', body: '{}' });
  assert.deepEqual([withBody.status, withBody.headers['x-cache']], [403, 'Error from cloudfront']);
  assert.match(withBody.text, /<H1>403 ERROR<.H1>.*\nBad request\.\n/s);
  assert.equal((await regional.visit('/v1/', { method: 'GET', body: '{}' })).status, 200);

  const near = await regional.visit('/v1/');
  const seen = JSON.parse(near.text).headers;
  assert.deepEqual([near.headers['x-cache'], near.headers.via, seen.Via], [undefined, undefined, undefined]);
  assert.deepEqual([seen['CloudFront-Viewer-Country'], seen['X-Forwarded-For']], [undefined, '127.0.0.1']);
});

test('an edge-optimized domain name leads by the edge, whichever endpoint the API has; a regional one does not', async () => {
  await using cloud = await startTestCloud();
  const edge = await createApi(cloud);
  const regional = await createApi(cloud, { endpointConfiguration: { types: ['REGIONAL'] } });
  for (const api of [edge, regional]) {
    await api.method(api.rootResourceId, 'GET');
    await api.response(api.rootResourceId, 'GET', '200');
    await api.deploy();
  }
  const at = async (domainName: string, type: 'EDGE' | 'REGIONAL', restApiId: string) => {
    const arn = await certificateFor(cloud, domainName);
    const certificate = type === 'EDGE' ? { certificateArn: arn } : { regionalCertificateArn: arn };
    const endpointConfiguration = { types: [type] };
    await edge.client.send(new CreateDomainNameCommand({ domainName, endpointConfiguration, ...certificate }));
    await edge.client.send(new CreateBasePathMappingCommand({ domainName, restApiId, stage: 'v1' }));
    const { status, headers } = await visit(`http://${domainName}:${new URL(cloud.url).port}/`);
    return [status, headers['x-cache']];
  };
  assert.deepEqual(await at('far.example.com', 'EDGE', regional.restApiId), [200, 'Miss from cloudfront']);
  assert.deepEqual(await at('near.example.com', 'REGIONAL', edge.restApiId), [200, undefined]);
});
