import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  CreateAuthorizerCommand,
  ResetAuthorizersCacheCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { DAY } from '#kernel/base';
import { START, startTestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { apiFunction } from '../api-gateway/world.ts';
import { createApi } from './world.ts';

const WHO = 'export const handler = async ({ requestContext }) => requestContext.authorizer ?? "nobody";';

/** A token of OpenID Connect, written by hand. */
function token(key: KeyObject, claims: object, kid: string | null = 'one'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = `${part({ alg: 'RS256', typ: 'JWT', kid: kid ?? undefined })}.${part(claims)}`;
  return `${head}.${sign('sha256', Buffer.from(head), key).toString('base64url')}`;
}

test('tokens of an issuer: whose they are, for whom, until when, and what for', async () => {
  await using cloud = await startTestCloud();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    const base = `http://${request.headers.host}`;
    const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] };
    response.end(JSON.stringify(request.url === '/keys' ? keys : { issuer: base, jwks_uri: `${base}/keys` }));
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  try {
    const Issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const api = await createApi(cloud);
    const target = await api.integration({ IntegrationUri: await apiFunction(cloud, 'who', WHO) });
    const { AuthorizerId } = await api.client.send(
      new CreateAuthorizerCommand({
        ApiId: api.ApiId,
        Name: 'jwt',
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer, Audience: ['me'] },
      }),
    );
    await api.route('GET /open', target, { AuthorizationType: 'JWT', AuthorizerId });
    await api.route('GET /scoped', target, {
      AuthorizationType: 'JWT',
      AuthorizerId,
      AuthorizationScopes: ['pets:read'],
    });
    await api.stage();
    const now = START / 1_000;
    const claims = { iss: Issuer, aud: 'me', sub: 'ann', exp: now + 60, iat: now, scope: 'pets:read other' };
    const ask = async (path: string, given?: string) => {
      const { status, text, headers } = await api.visit(
        path,
        given === undefined ? {} : { headers: { authorization: `Bearer ${given}` } },
      );
      return { status, text, why: headers['www-authenticate'] };
    };
    const good = await ask('/scoped', token(privateKey, { ...claims, groups: ['a', 'b'], nobody: null }));
    assert.equal(good.status, 200, good.text);
    assert.deepEqual(JSON.parse(good.text), {
      jwt: {
        claims: {
          aud: 'me',
          exp: String(now + 60),
          groups: '[a b]',
          iat: String(now),
          iss: Issuer,
          scope: 'pets:read other',
          sub: 'ann',
        },
        scopes: ['pets:read', 'other'],
      },
    });
    assert.deepEqual(await ask('/open'), { status: 401, text: '{"message":"Unauthorized"}', why: 'Bearer' });
    const refused = async (changed: object, key = privateKey, kid: string | null = 'one') => {
      const { status, why } = await ask('/open', token(key, { ...claims, ...changed }, kid));
      return [status, /error_description="(.*)"/.exec(String(why))?.[1]];
    };
    assert.deepEqual(await refused({ exp: now - 1 }), [401, 'the token has expired']);
    assert.deepEqual(await refused({ iat: now + 9 }), [401, 'the token has an invalid iat claim']);
    assert.deepEqual(await refused({ nbf: now + 9 }), [401, 'the token has an invalid nbf claim']);
    assert.deepEqual(await refused({}, privateKey, null), [401, 'the token does not name its key']);
    assert.deepEqual(await refused({ aud: undefined, client_id: 'me' }), [200, undefined]);
    assert.deepEqual(await refused({ aud: 'you', client_id: 'me' }), [401, 'the token does not have a valid audience']);
    assert.deepEqual(await refused({ aud: 'you' }), [401, 'the token does not have a valid audience']);
    assert.deepEqual(await refused({ iss: 'https://other.example' }), [401, 'the token has an invalid iss claim']);
    assert.deepEqual(await refused({}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), [
      401,
      'signature verification failed',
    ]);
    assert.deepEqual(await refused({}, privateKey, 'none'), [401, 'signature verification failed']);
    const narrow = await ask('/scoped', token(privateKey, { ...claims, scope: 'other' }));
    assert.deepEqual(narrow, {
      status: 403,
      text: '{"message":"Forbidden"}',
      why: 'Bearer scope="pets:read" error="insufficient_scope"',
    });
    assert.equal((await ask('/open', 'no.token.atall')).status, 401);
    assert.equal(asked, 2);
    // Issuers go by the machine's clock: their tokens are good here for as long as they meant, wherever the cloud's has been turned.
    await cloud.advance(1_000 * DAY);
    const ends = Math.floor(Date.now() / 1_000) + 60;
    assert.deepEqual(await refused({ iat: undefined, exp: ends }), [200, undefined]);
    assert.deepEqual(await refused({ iat: undefined, exp: ends - 120 }), [401, 'the token has expired']);
  } finally {
    server.close();
  }
});

test('an issuer that could not be read is left alone for some seconds', async () => {
  await using cloud = await startTestCloud();
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(500).end();
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  try {
    const Issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const api = await createApi(cloud);
    const { AuthorizerId } = await api.client.send(
      new CreateAuthorizerCommand({
        ApiId: api.ApiId,
        Name: 'jwt',
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer, Audience: ['me'] },
      }),
    );
    const target = await api.integration({ IntegrationUri: await apiFunction(cloud, 'who', WHO) });
    await api.route('GET /', target, { AuthorizationType: 'JWT', AuthorizerId });
    await api.stage();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const given = token(privateKey, { iss: Issuer, aud: 'me', exp: START / 1_000 + 600 });
    const ask = async () => (await api.visit('/', { headers: { authorization: `Bearer ${given}` } })).status;
    // So slow that no second passes while the test runs.
    cloud.server.cloud.kernel.clock.run(1e-6);
    assert.deepEqual([await ask(), await ask(), await ask(), asked], [500, 500, 500, 1]);
    await cloud.advance(10_000);
    assert.deepEqual([await ask(), await ask(), asked], [500, 500, 2]);
  } finally {
    server.close();
  }
});

test('functions decide by yes and no, or by a policy, and are remembered', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const who = await apiFunction(cloud, 'who', WHO);
  const role = 'arn:aws:iam::123456789012:role/functions';
  const yes = await apiFunction(
    cloud,
    'yes',
    'let n = 0; export const handler = async ({ identitySource }) => ({ isAuthorized: identitySource[0] === "good", context: { n: (n += 1) } });',
    role,
  );
  const policy = await apiFunction(
    cloud,
    'policy',
    'export const handler = async ({ headers, methodArn }) => ({ principalId: "p", policyDocument: { Version: "2012-10-17", Statement: [{ Action: "execute-api:Invoke", Effect: headers["x-token"] === "good" ? "Allow" : "Deny", Resource: methodArn }] }, context: { k: 1 } });',
    role,
  );
  const target = await api.integration({ IntegrationUri: who });
  const authorizer = (Name: string, AuthorizerUri: string, options: object) =>
    api.client.send(
      new CreateAuthorizerCommand({
        ApiId: api.ApiId,
        Name,
        AuthorizerType: 'REQUEST',
        AuthorizerUri,
        IdentitySource: ['$request.header.X-Token'],
        AuthorizerPayloadFormatVersion: '2.0',
        ...options,
      }),
    );
  const simple = await authorizer('simple', yes, { EnableSimpleResponses: true, AuthorizerResultTtlInSeconds: 60 });
  const full = await authorizer('full', policy, {
    AuthorizerPayloadFormatVersion: '1.0',
    AuthorizerResultTtlInSeconds: 0,
  });
  await api.route('GET /simple', target, { AuthorizationType: 'CUSTOM', AuthorizerId: simple.AuthorizerId });
  await api.route('GET /full', target, { AuthorizationType: 'CUSTOM', AuthorizerId: full.AuthorizerId });
  await api.stage();
  const ask = async (path: string, given?: string) => {
    const { status, text } = await api.visit(path, given === undefined ? {} : { headers: { 'x-token': given } });
    return [status, text];
  };
  assert.deepEqual(await ask('/simple'), [401, '{"message":"Unauthorized"}']);
  for (let n = 0; n < 2; n += 1) assert.deepEqual(await ask('/simple', 'good'), [200, '{"lambda":{"n":1}}']);
  await api.client.send(new ResetAuthorizersCacheCommand({ ApiId: api.ApiId, StageName: '$default' }));
  assert.deepEqual(await ask('/simple', 'good'), [200, '{"lambda":{"n":2}}']);
  assert.deepEqual(await ask('/simple', 'bad'), [403, '{"message":"Forbidden"}']);
  assert.deepEqual(await ask('/full', 'good'), [200, '{"lambda":{"k":"1"}}']);
  assert.deepEqual(await ask('/full', 'bad'), [403, '{"message":"Forbidden"}']);
});

test('signed requests, and too many of them', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const target = await api.integration({ IntegrationUri: await apiFunction(cloud, 'who', WHO) });
  await api.route('GET /iam', target, { AuthorizationType: 'AWS_IAM' });
  await api.stage();
  assert.deepEqual((await api.visit('/iam')).text, '{"message":"Forbidden"}');
  const { host } = new URL(api.endpoint);
  const keys = { accessKeyId: '123456789012', secret: 'test' };
  const signed = signHeaders({ method: 'GET', path: '/iam', headers: { host } }, keys, {
    service: 'execute-api',
    at: START,
  });
  const { iam } = JSON.parse((await api.visit('/iam', { headers: signed.headers })).text);
  assert.deepEqual([iam.accountId, iam.userArn], ['123456789012', 'arn:aws:iam::123456789012:root']);
  await api.client.send(
    new UpdateStageCommand({
      ApiId: api.ApiId,
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 },
    }),
  );
  cloud.server.cloud.kernel.clock.run(1e-6);
  const replies = [await api.visit('/iam'), await api.visit('/iam'), await api.visit('/iam')];
  assert.deepEqual(
    replies.map(({ status }) => status),
    [403, 403, 429],
  );
  assert.equal(replies[2]?.text, '{"message":"Too Many Requests"}');
});
