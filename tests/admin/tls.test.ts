import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { Agent, request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ApiGatewayV2Client, CreateApiCommand } from '@aws-sdk/client-apigatewayv2';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { startTestCloud } from '../support/cloud.ts';

async function authorityOf(url: string): Promise<string> {
  return ((await (await fetch(`${url}/_cloudyard/v1/authority`)).json()) as { pem: string }).pem;
}

/** Not every machine resolves names below localhost. */
const toLoopback: LookupFunction = (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]);

test('HTTPS on the same port, for clients that trust the authority; buckets in the host name too', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const secure = cloud.url.replace('http:', 'https:');
  // Node, like browsers, takes no certificate for *.localhost: buckets in the host name need s3.localhost.
  const virtual = secure.replace('localhost', 's3.localhost');
  const ca = await authorityOf(cloud.url);
  const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca, lookup: toLoopback }) });
  const read = async (s3: S3Client) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a' }));
    return Body?.transformToString();
  };
  for (const [endpoint, forcePathStyle] of [
    [virtual, false],
    [secure, true],
  ] as const) {
    const s3 = cloud.client(S3Client, { endpoint, requestHandler, forcePathStyle });
    await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
    await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a', Body: 'over TLS' }));
    assert.equal(await read(s3), 'over TLS');
  }
  assert.equal(await read(cloud.client(S3Client, { forcePathStyle: true })), 'over TLS');
});

test('addresses that are handed out over HTTPS say so', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const endpoint = cloud.url.replace('http:', 'https:');
  const ca = await authorityOf(cloud.url);
  const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca, lookup: toLoopback }) });
  const apis = cloud.client(ApiGatewayV2Client, { endpoint, requestHandler });
  const http = await apis.send(new CreateApiCommand({ Name: 'a', ProtocolType: 'HTTP' }));
  assert.match(http.ApiEndpoint ?? '', /^https:/);
  const RouteSelectionExpression = '$request.body.action';
  const chat = new CreateApiCommand({ Name: 'b', ProtocolType: 'WEBSOCKET', RouteSelectionExpression });
  assert.match((await apis.send(chat)).ApiEndpoint ?? '', /^wss:/);
  const s3 = cloud.client(S3Client, { endpoint, requestHandler, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  const Statement = { Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::photos/*' };
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: 'photos' }));
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'photos', Policy }));
  const asked = request(`${endpoint}/photos`, {
    ca,
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  });
  const field = (name: string, text: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
  asked.end(`${field('key', 'a')}${field('file"; filename="a', 'x')}--b--\r\n`);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  assert.deepEqual([answer.statusCode, answer.headers.location], [204, `${endpoint}/photos/a`]);
});

test('policies of buckets see the version of TLS', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const endpoint = cloud.url.replace('http:', 'https:');
  const ca = await authorityOf(cloud.url);
  const by = (maxVersion: 'TLSv1.2' | 'TLSv1.3') =>
    cloud.client(S3Client, {
      endpoint,
      requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca, lookup: toLoopback, maxVersion }) }),
      forcePathStyle: true,
    });
  const s3 = by('TLSv1.3');
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a', Body: 'a' }));
  const Statement = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::photos/*',
    Condition: { NumericLessThan: { 's3:TlsVersion': '1.3' } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'photos', Policy }));
  await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a' }));
  await assert.rejects(by('TLSv1.2').send(new GetObjectCommand({ Bucket: 'photos', Key: 'a' })), {
    name: 'AccessDenied',
  });
});

test('a client that does not trust the authority is not connected', async () => {
  await using cloud = await startTestCloud({ tls: true });
  await assert.rejects(
    new Promise((resolve, reject) => {
      request(`${cloud.url.replace('http:', 'https:')}/_cloudyard/v1/health`, resolve)
        .on('error', reject)
        .end();
    }),
    { code: 'SELF_SIGNED_CERT_IN_CHAIN' },
  );
});

test('the certificate is for the addresses that the cloud gives out', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const { port } = new URL(cloud.url);
  const ca = await authorityOf(cloud.url);
  for (const name of [
    'abc.cloudfront',
    'abc.execute-api.eu-west-1',
    'abc.lambda-url.us-east-1',
    '123456789012.dkr.ecr.us-east-1',
    'photos.s3.eu-west-1',
  ]) {
    const socket = connectTls({ port: Number(port), host: '127.0.0.1', servername: `${name}.localhost`, ca });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true, name);
    socket.destroy();
  }
});

test('HTTP/2 is agreed on by ALPN', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const session = connect(cloud.url.replace('http:', 'https:'), { ca: await authorityOf(cloud.url) });
  try {
    const stream = session.request({ ':path': '/_cloudyard/v1/health' });
    const status = await new Promise((resolve, reject) => {
      stream.on('response', (headers) => resolve(headers[':status']));
      stream.on('error', reject);
      session.on('error', reject);
    });
    assert.equal(status, 200);
  } finally {
    session.destroy();
  }
});

test('without --tls there is no authority, and nobody answers HTTPS', async () => {
  await using cloud = await startTestCloud();
  const response = await fetch(`${cloud.url}/_cloudyard/v1/authority`);
  assert.equal(response.status, 404);
  await assert.rejects(fetch(cloud.url.replace('http:', 'https:')));
});

test('a folder keeps its certificate, so that trust outlives a restart', async () => {
  const data = mkdtempSync(join(tmpdir(), 'cloudyard-'));
  try {
    const seen: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      await using cloud = await startTestCloud({ tls: true, data });
      seen.push(await authorityOf(cloud.url));
    }
    assert.equal(seen[0], seen[1]);
    assert.equal(readFileSync(join(data, 'tls/ca.pem'), 'utf8'), seen[0]);
  } finally {
    rmSync(data, { recursive: true });
  }
});

test('a fork is trusted by whoever trusts its source', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-fork-'));
  try {
    await using cloud = await startTestCloud({ tls: true, data: join(folder, 'one') });
    const ca = await authorityOf(cloud.url);
    const data = join(folder, 'two');
    const answer = await fetch(`${cloud.url}/_cloudyard/v1/fork`, { method: 'POST', body: JSON.stringify({ data }) });
    const { url } = (await answer.json()) as { url: string };
    assert.equal(await authorityOf(url), ca);
    assert.equal(readFileSync(join(data, 'tls/ca.pem'), 'utf8'), ca);
    const socket = connectTls({ port: Number(new URL(url).port), host: '127.0.0.1', servername: 'localhost', ca });
    await once(socket, 'secureConnect');
    socket.destroy();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
