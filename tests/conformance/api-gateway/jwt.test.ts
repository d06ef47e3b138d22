/** Tokens of OpenID Connect, which REST APIs look at themselves. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  GetAuthorizerCommand,
  GetExportCommand,
  PutRestApiCommand,
  TestInvokeAuthorizerCommand,
} from '@aws-sdk/client-api-gateway';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { type Issuer, startIssuer } from '../../support/issuer.ts';
import { signHeaders } from '../../support/sign.ts';
import { apiFunction, createApi, type TestApi } from './world.ts';

const ECHO =
  'export const handler = async ({ requestContext }) => ({ statusCode: 200, body: JSON.stringify(requestContext.authorizer) });';
const NOW = START / 1_000;

const trust = (issuer: Issuer, more: object = {}) => ({
  issuers: [{ issuer: issuer.url, audiences: ['me', 'us'], ...more }],
  defaultAlgorithms: ['ES256' as const],
});

const KEYS = { accessKeyId: '123456789012', secret: 'any' };
type Made = { id: string; identitySource: string; jwtConfiguration: { issuers: { jwksUri: string }[] } };

/** Asks for an authorizer without a client: the one in use does not know these yet. */
async function create(cloud: TestCloud, { restApiId }: TestApi, jwtConfiguration: object | undefined) {
  const path = `/restapis/${restApiId}/authorizers`;
  const body = JSON.stringify({ name: 'jwt', type: 'JWT', jwtConfiguration });
  const signed = {
    method: 'POST',
    path,
    headers: { host: new URL(cloud.url).host, 'content-type': 'application/json' },
    body,
  };
  const { headers } = signHeaders(signed, KEYS, { service: 'apigateway' });
  const answer = await fetch(`${cloud.url}${path}`, { method: 'POST', headers, body });
  return { type: answer.headers.get('x-amzn-errortype'), ...((await answer.json()) as Made) };
}

test('tokens: whose they are, for whom, until when, and what for', async () => {
  await using cloud = await startTestCloud();
  await using issuer = await startIssuer();
  const api = await createApi(cloud);
  const { id: authorizerId, identitySource, jwtConfiguration } = await create(cloud, api, trust(issuer));
  assert.equal(identitySource, 'method.request.header.Authorization');
  assert.equal(jwtConfiguration.issuers[0]?.jwksUri, `${issuer.url}/keys`);
  const method = { authorizationType: 'JWT', authorizerId };
  await api.method(await api.resource('open'), 'GET', {}, method);
  const [open, scoped] = [await api.resource('texts'), await api.resource('scoped')];
  await api.method(open, 'GET', {}, method);
  await api.response(
    open,
    'GET',
    '200',
    '$context.authorizer.claims.name|$context.authorizer.claims.iat|$context.authorizer.claims.roles|$context.authorizer.claims.address.city',
  );
  const uri = await apiFunction(cloud, 'echo', ECHO);
  const proxy = { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri } as const;
  await api.method(scoped, 'GET', proxy, { ...method, authorizationScopes: ['pets:read', 'pets:write'] });
  await api.deploy();
  const good = { aud: 'me', exp: NOW + 60, iat: NOW, scope: 'pets:read other' };
  const ask = async (path: string, token?: string) => {
    const { status, text } = await api.visit(`/v1${path}`, {
      headers: token === undefined ? {} : { authorization: token },
    });
    return [status, text];
  };
  const status = async (claims: object, key?: Parameters<Issuer['token']>[1], kid?: string) =>
    (await ask('/scoped', `Bearer ${issuer.token({ ...good, ...claims }, key, kid)}`))[0];

  const [, echoed = ''] = await ask('/scoped', issuer.token({ ...good, roles: ['a', 'b'], nested: { é: 1 } }));
  assert.deepEqual(JSON.parse(String(echoed)), {
    claims: { iss: issuer.url, ...good, roles: ['a', 'b'], nested: { é: 1 } },
  });
  assert.deepEqual(
    await ask('/texts', issuer.token({ ...good, name: 'Doe, "Zoé"', roles: ['user'], address: { city: 'S' } })),
    [200, `"Doe, \\"Zo\\u00E9\\""|${NOW}|["user"]|`],
  );
  assert.deepEqual(await ask('/scoped'), [401, '{"message":"Unauthorized"}']);
  assert.deepEqual(await ask('/scoped', 'Bearer no.token.atall'), [401, '{"message":"Unauthorized"}']);
  assert.deepEqual(
    await Promise.all([
      status({ aud: undefined, client_id: 'us' }),
      status({ aud: ['you', 'us'] }),
      status({ aud: 'you' }),
      status({ exp: NOW - 1 }),
      status({ nbf: NOW + 9 }),
      status({ iat: NOW + 9 }),
      status({ iss: 'https://other.example' }),
      status({ scope: undefined, scp: ['pets:write'] }),
      status({ scope: 'pets' }),
      status({}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
      status({}, undefined, 'two'),
    ]),
    [200, 200, 401, 401, 401, 401, 401, 200, 403, 401, 401],
  );
  assert.deepEqual(issuer.asked, ['/.well-known/openid-configuration', '/keys']);
});

test('claims that an issuer’s tokens must have', async () => {
  await using cloud = await startTestCloud();
  await using issuer = await startIssuer();
  const api = await createApi(cloud);
  const claim = (claimName: string, more: object) => ({ claimName, format: 'SINGLE_STRING', ...more });
  const additionalClaims = [claim('tenant', { required: true }), claim('tier', { expectedValues: ['gold', 'silver'] })];
  const { id: authorizerId } = await create(cloud, api, trust(issuer, { additionalClaims }));
  const tried = async (claims: object) => {
    const Authorization = issuer.token({ aud: 'me', ...claims });
    const input = { restApiId: api.restApiId, authorizerId, headers: { Authorization } };
    const { clientStatus, claims: seen } = await api.client.send(new TestInvokeAuthorizerCommand(input));
    return [clientStatus, seen?.tenant];
  };
  assert.deepEqual(await tried({ tenant: 'a' }), [200, '"a"']);
  assert.deepEqual(await tried({ tenant: 'a', tier: 'gold' }), [200, '"a"']);
  assert.deepEqual(await tried({ tenant: 'a', tier: 'lead' }), [401, undefined]);
  assert.deepEqual(await tried({ tenant: 7 }), [401, undefined]);
  assert.deepEqual(await tried({ tier: 'gold' }), [401, undefined]);
});

test('what is no issuer is refused; documents keep whom an API trusts', async () => {
  await using cloud = await startTestCloud();
  await using issuer = await startIssuer();
  const api = await createApi(cloud);
  const { restApiId } = api;
  const refused = async (trusted: object | undefined) => (await create(cloud, api, trusted)).type;
  for (const name of [
    'no url',
    'http://example.com',
    'https://example.com?a',
    'https://example.com#a',
    'ftp://example.com',
  ])
    assert.equal(await refused(trust({ ...issuer, url: name })), 'BadRequestException', name);
  assert.equal(await refused(undefined), 'BadRequestException');
  assert.equal(await refused({ issuers: [], defaultAlgorithms: ['ES256'] }), 'BadRequestException');
  assert.equal(await refused({ ...trust(issuer), defaultAlgorithms: [] }), 'BadRequestException');
  const { id: authorizerId } = await create(cloud, api, trust(issuer));
  await api.method(api.rootResourceId, 'GET', {}, { authorizationType: 'JWT', authorizerId });
  await api.response(api.rootResourceId, 'GET', '200');
  await api.deploy();
  const { body = new Uint8Array() } = await api.client.send(
    new GetExportCommand({ restApiId, stageName: 'v1', exportType: 'oas30', parameters: { extensions: 'apigateway' } }),
  );
  const other = await createApi(cloud);
  await other.client.send(new PutRestApiCommand({ restApiId: other.restApiId, mode: 'overwrite', body }));
  await other.deploy();
  const headers = { authorization: issuer.token({ aud: 'us' }) };
  assert.equal((await other.visit('/v1', { headers })).status, 200);
  assert.equal((await other.visit('/v1')).status, 401);
  const kept = await api.client.send(new GetAuthorizerCommand({ restApiId, authorizerId }));
  assert.equal(kept.authorizerResultTtlInSeconds, undefined);
});
