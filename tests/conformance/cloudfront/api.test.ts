/** A distribution before an API of API Gateway, and before another distribution. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateFor } from '../../support/certificates.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { apiFunction } from '../api-gateway/world.ts';
import { createApi } from '../apigatewayv2/world.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, DISABLED, distribute } from './support.ts';

const ALL_VIEWER = '216adef6-5c7f-47e4-b989-5492eafa07d3';
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

test('an API answers under its own name alone; posts and queries go through', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const uri = await apiFunction(
    cloud,
    'echo',
    `export const handler = async ({ rawQueryString, body, requestContext, headers }) => ({
      statusCode: 200,
      body: JSON.stringify([requestContext.http.method, rawQueryString, body, headers['x-asked']]),
    });`,
  );
  const target = await api.integration({
    IntegrationUri: uri.replace(/^.*functions\//, '').replace('/invocations', ''),
  });
  await api.stage();
  await api.route('ANY /{any+}', target);
  const DomainName = new URL(api.endpoint).hostname;
  const config = configOf(customOrigin(80, { DomainName }));
  const behavior = (OriginRequestPolicyId: string) => ({
    TargetOriginId: 'custom',
    ViewerProtocolPolicy: 'allow-all' as const,
    CachePolicyId: DISABLED,
    OriginRequestPolicyId,
    AllowedMethods: {
      Quantity: 7,
      Items: [
        'GET' as const,
        'HEAD' as const,
        'OPTIONS' as const,
        'PUT' as const,
        'POST' as const,
        'PATCH' as const,
        'DELETE' as const,
      ],
    },
  });
  config.DefaultCacheBehavior = behavior(ALL_BUT_HOST);
  config.CacheBehaviors = { Quantity: 1, Items: [{ ...behavior(ALL_VIEWER), PathPattern: '/named/*' }] };
  const { ask } = await distribute(cloud, config);
  const posted = await ask('/pets?a=1&b=2', {
    method: 'POST',
    body: 'rex',
    headers: { 'x-asked': 'yes', 'content-type': 'text/plain' },
  });
  assert.deepEqual([posted.status, posted.text], [200, '["POST","a=1&b=2","rex","yes"]']);
  const confused = await ask('/named/a');
  assert.deepEqual([confused.status, confused.text], [403, '{"message":"Forbidden"}']);
});

test('a distribution that leads back to itself comes to an end', async () => {
  await using origin = await startOrigin((_, response) => response.end('end'));
  await using cloud = await startTestCloud();
  const certificate = {
    ACMCertificateArn: await certificateFor(cloud, '*.example.com'),
    SSLSupportMethod: 'sni-only' as const,
  };
  const aliased = (alias: string, DomainName: string, port: number) =>
    distribute(
      cloud,
      configOf(customOrigin(port, { DomainName }), {
        Aliases: { Quantity: 1, Items: [alias] },
        ViewerCertificate: certificate,
      }),
    );
  await aliased('circle.example.com', 'circle.example.com', 80);
  const ask = (host: string) => visit(cloud.url, { headers: { host } });
  assert.equal((await ask('circle.example.com')).status, 508);
  await aliased('inner.example.com', 'localhost', origin.port);
  await aliased('outer.example.com', 'inner.example.com', 80);
  assert.equal((await ask('outer.example.com')).text, 'end');
});
