/** API destinations whose names, values, tokens and answers are made to break what calls them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpdateConnectionCommand } from '@aws-sdk/client-eventbridge';
import { startTestCloud } from '../../support/cloud.ts';
import { endpoint, world } from './destinations.ts';

test('names, values and paths that no request can have are failures of the delivery, and of nothing else', async () => {
  for (const [ApiKeyName, ApiKeyValue] of [
    ['x key', 'v'],
    ['X-Key', 'caf\u00e9 \u20ac'],
    ['host', 'evil'],
    ['content-length', '99'],
    ['transfer-encoding', 'chunked'],
    ['__proto__', 'v'],
  ]) {
    await using cloud = await startTestCloud();
    using partner = await endpoint(() => ({ status: 200 }));
    const AuthParameters = { ApiKeyAuthParameters: { ApiKeyName, ApiKeyValue } };
    const { put } = await world(
      cloud,
      `${partner.url}/*/..%2f/*`,
      { AuthorizationType: 'API_KEY', AuthParameters },
      {
        target: {
          HttpParameters: { PathParameterValues: ['../..', '?a=b#c'], QueryStringParameters: { 'a&b': 'c d' } },
          RetryPolicy: { MaximumRetryAttempts: 0 },
        },
      },
    );
    await put();
    for (const { url, headers } of partner.heard) {
      assert.equal(url, '/..%2F../..%2f/%3Fa%3Db%23c?a%26b=c+d');
      assert.match(String(headers.host), /^127\.0\.0\.1:/);
    }
  }
});

test('answers without end and tokens that are none end in failures', async () => {
  await using cloud = await startTestCloud();
  const tokens = [
    '{"access_token":{"a":1}}',
    '{"access_token":"a b\\r\\nX-Evil: 1"}',
    'x'.repeat(200_000),
    'null',
    '[]',
  ];
  using partner = await endpoint(({ url }) =>
    url === '/token' ? { status: 200, body: tokens.shift() ?? '{}' } : { status: 200, body: 'y'.repeat(2_000_000) },
  );
  const { events, put } = await world(cloud, `${partner.url}/orders`, {
    AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
    AuthParameters: {
      OAuthParameters: {
        ClientParameters: { ClientID: 'id', ClientSecret: 'secret' },
        AuthorizationEndpoint: `${partner.url}/token`,
        HttpMethod: 'POST',
      },
    },
  });
  for (let turn = 0; turn < 5; turn += 1) {
    await put();
    await events.send(new UpdateConnectionCommand({ Name: 'partner', Description: `${turn}` }));
    await cloud.server.cloud.settle();
  }
  assert.ok(partner.heard.every(({ headers }) => headers['x-evil'] === undefined));
});
