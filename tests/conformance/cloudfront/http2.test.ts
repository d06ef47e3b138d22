/** Viewers that speak HTTP/2. */
import assert from 'node:assert/strict';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { test } from 'node:test';
import { CloudFrontClient, CreateFunctionCommand, PublishFunctionCommand } from '@aws-sdk/client-cloudfront';
import { startTestCloud } from '../../support/cloud.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, DISABLED, distribute } from './support.ts';

/** Source: CloudFront Developer Guide, "Use managed origin request policies": AllViewer. */
const ALL_VIEWER = '216adef6-5c7f-47e4-b989-5492eafa07d3';

test('a request over HTTP/2 reaches functions and the origin as any other does', async () => {
  await using origin = await startOrigin((_, response) => response.end('here'));
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const code = new TextEncoder().encode('function handler(event) { return event.request; }');
  const FunctionConfig = { Comment: '', Runtime: 'cloudfront-js-2.0' } as const;
  const { ETag } = await cloudfront.send(
    new CreateFunctionCommand({ Name: 'same', FunctionConfig, FunctionCode: code }),
  );
  const { FunctionSummary } = await cloudfront.send(new PublishFunctionCommand({ Name: 'same', IfMatch: ETag }));
  const FunctionARN = FunctionSummary?.FunctionMetadata?.FunctionARN;
  const config = configOf(customOrigin(origin.port));
  const FunctionAssociations = { Quantity: 1, Items: [{ EventType: 'viewer-request', FunctionARN }] };
  const behavior = { CachePolicyId: DISABLED, OriginRequestPolicyId: ALL_VIEWER, FunctionAssociations };
  Object.assign(config.DefaultCacheBehavior ?? {}, behavior);
  const { domain } = await distribute(cloud, config);
  const session = connect(cloud.url);
  try {
    const stream = session.request({ ':path': '/a?b=c', ':authority': domain, 'x-own': 'kept' });
    const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
      stream.on('response', resolve);
      stream.on('error', reject);
      session.on('error', reject);
    });
    assert.equal(headers[':status'], 200);
    assert.deepEqual(
      origin.asked.map(({ url, headers: sent }) => [url, sent['x-own'], sent.host]),
      [['/a?b=c', 'kept', domain]],
    );
  } finally {
    session.destroy();
  }
});
