import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startTestCloud } from '../../support/cloud.ts';
import { apiFunction, createApi } from './world.ts';

const TOLD = {
  Authorization: 'a',
  Connection: 'close',
  'Content-Length': '99',
  'Content-MD5': 'm',
  Date: 'd',
  Host: 'h',
  Server: 's',
  'User-Agent': 'u',
  'WWW-Authenticate': 'Basic',
  'X-Amzn-RequestId': 'r',
  'X-Forwarded-For': 'f',
  'X-Own': 'own',
  TE: 't',
  Upgrade: 'g',
};

/** What a backend hears that no integration is sent. */
const ASKED = { 'content-md5': 'm', 'max-forwards': '1', server: 's', 'www-authenticate': 'w', 'x-own': 'own' };

test('headers of a function’s answer that are API Gateway’s own leave by another name', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const source = `export const handler = async (event) => ({
    statusCode: 200, headers: ${JSON.stringify(TOLD)}, body: JSON.stringify(event.headers) });`;
  const uri = await apiFunction(cloud, 'tell', source);
  await api.method(api.rootResourceId, 'GET', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  await api.deploy();
  const signature = 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/execute-api/aws4_request';
  const { headers, text } = await api.visit('/v1', { headers: { ...ASKED, authorization: signature } });
  const renamed = ['Authorization', 'Connection', 'Content-Length', 'Content-MD5', 'Date', 'Host', 'Server']
    .concat('User-Agent', 'WWW-Authenticate', 'X-Amzn-RequestId', 'X-Forwarded-For')
    .map((name) => [headers[`x-amzn-remapped-${name.toLowerCase()}`], name]);
  assert.deepEqual(
    renamed,
    renamed.map(([, name = '']) => [TOLD[name as keyof typeof TOLD], name]),
  );
  assert.deepEqual(
    [headers['x-own'], headers.te, headers.upgrade, headers['www-authenticate'], headers['content-md5']],
    ['own', undefined, undefined, undefined, undefined],
  );
  assert.notEqual(headers['x-amzn-requestid'], 'r');
  const sent = JSON.parse(text);
  assert.deepEqual(
    Object.keys({ ...ASKED, authorization: '' }).filter((name) => name in sent),
    ['x-own'],
  );
});

test('a proxy names itself, keeps back what is not for its backend, and renames what that answers', async () => {
  await using cloud = await startTestCloud();
  const server = createServer((request, response) => {
    response.writeHead(200, { server: 'theirs', 'x-amzn-requestid': 'r', 'content-length': '2', 'x-own': 'own' });
    response.end(request.url === '/agent' ? 'ok' : 'no');
    seen.push(request.headers);
  }).listen(0, '127.0.0.1');
  const seen: Record<string, unknown>[] = [];
  await new Promise((done) => server.once('listening', done));
  try {
    const api = await createApi(cloud);
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/agent`;
    await api.method(api.rootResourceId, 'GET', { type: 'HTTP_PROXY', integrationHttpMethod: 'GET', uri });
    await api.deploy();
    const { headers, text } = await api.visit('/v1', { headers: { ...ASKED, via: 'v' } });
    assert.equal(text, 'ok');
    const names = ['server', 'x-amzn-requestid', 'content-length', 'connection'];
    assert.deepEqual(
      names.map((name) => headers[`x-amzn-remapped-${name}`]),
      ['theirs', 'r', '2', 'keep-alive'],
    );
    assert.equal(headers['x-own'], 'own');
    const [asked = {}] = seen;
    assert.equal(asked['user-agent'], `AmazonAPIGateway_${api.restApiId}`);
    assert.deepEqual(
      Object.keys({ ...ASKED, via: '' }).filter((name) => name in asked),
      ['x-own'],
    );
  } finally {
    server.close();
  }
});
