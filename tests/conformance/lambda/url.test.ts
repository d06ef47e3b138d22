import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListFunctionUrlConfigsCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, openAddress } from '../../support/functions.ts';
import { visit } from '../../support/traffic.ts';

const ECHO = `export const handler = async (event) => event.rawPath === '/answer'
  ? { statusCode: 201, headers: { 'X-Kind': 'own', 'Bad Name': 'x', 'X-Price': '3 €', 'X-Bell': '\\u0007' }, cookies: ['a=1', 'b=2'], body: 'made' }
  : event;`;

test('a function answers at its address, for everybody where it says so', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  await createFunction(cloud, await functionRole(cloud), 'echo', ECHO);
  const made = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: 'echo', AuthType: 'NONE' }));
  assert.match(made.FunctionUrl ?? '', /^http:\/\/[a-z2-7]{32}\.lambda-url\.us-east-1\.localhost:\d+\/$/);
  const url = made.FunctionUrl ?? '';
  const forbidden = await visit(url);
  const Message =
    'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';
  assert.deepEqual([forbidden.status, JSON.parse(forbidden.text)], [403, { Message }]);
  assert.equal(forbidden.headers['x-amzn-errortype'], 'AccessDeniedException');
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'echo',
      StatementId: 'all',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    }),
  );
  // One of both permissions is not enough, and the other is for the address only.
  assert.equal((await visit(url)).status, 403);
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'echo',
      StatementId: 'call',
      Action: 'lambda:InvokeFunction',
      Principal: '*',
      InvokedViaFunctionUrl: true,
    }),
  );
  const {
    status,
    text,
    headers: told,
  } = await visit(`${url}some/%20path?x=1&x=2&y=`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', cookie: 'one=1; two=2', 'user-agent': 'test', connection: 'keep-alive' },
    body: 'hello',
  });
  assert.equal(status, 200);
  const { requestContext, headers, ...event } = JSON.parse(text);
  assert.deepEqual(event, {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/some/%20path',
    rawQueryString: 'x=1&x=2&y=',
    cookies: ['one=1', 'two=2'],
    queryStringParameters: { x: '1,2', y: '' },
    body: 'hello',
    isBase64Encoded: false,
  });
  assert.equal(headers['content-type'], 'text/plain');
  assert.equal(headers.connection, undefined);
  assert.equal(told['x-amzn-requestid'], requestContext.requestId);
  assert.ok(String(told['x-amzn-trace-id']).startsWith(`${headers['x-amzn-trace-id']};Parent=`));
  assert.equal(requestContext.http.method, 'POST');
  assert.equal(requestContext.time, '01/Jan/2026:00:00:00 +0000');
  const binary = await visit(url, {
    method: 'PUT',
    headers: { 'content-type': 'image/png' },
    body: Buffer.from([1, 2]),
  });
  assert.deepEqual([JSON.parse(binary.text).body, JSON.parse(binary.text).isBase64Encoded], ['AQI=', true]);
  const own = await visit(`${url}answer`);
  assert.deepEqual([own.status, own.text, own.headers['x-kind']], [201, 'made', 'own']);
  const price = Buffer.from(String(own.headers['x-price']), 'latin1').toString('utf8');
  assert.deepEqual([price, own.headers['x-bell']], ['3 €', undefined]);
  assert.deepEqual(own.headers['set-cookie'], ['a=1', 'b=2']);
  assert.equal(own.headers['bad name'], undefined);
});

test('answers with members that are null or odd, and parameters with names that every object has', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const source = `export const handler = async ({ queryStringParameters: asked, body }) =>
    body === undefined ? { statusCode: 200, body: JSON.stringify(asked) } : JSON.parse(body);`;
  await createFunction(cloud, await functionRole(cloud), 'odd', source);
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'odd', AuthType: 'NONE' }),
  );
  await openAddress(cloud, 'odd');
  const asked = await visit(`${FunctionUrl}?constructor=1&__proto__=2&__proto__=3&a=4`);
  assert.equal(asked.text, '{"constructor":"1","__proto__":"2,3","a":"4"}');
  const answer = async (value: object) => {
    const { status, headers, text } = await visit(FunctionUrl, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify(value),
    });
    return [status, headers['x-own'], text];
  };
  assert.deepEqual(await answer({ statusCode: 201, headers: null, body: null, cookies: null }), [201, undefined, '']);
  assert.deepEqual(await answer({ statusCode: 200, headers: 'none', body: { a: 1 } }), [200, undefined, '{"a":1}']);
  const headers = { Server: 'uvicorn', 'Content-Length': '99', 'WWW-Authenticate': 'Basic', Date: 'd' };
  const renamed = await visit(FunctionUrl, { method: 'POST', body: JSON.stringify({ statusCode: 401, headers }) });
  assert.deepEqual(
    Object.keys(headers).map((name) => renamed.headers[`x-amzn-remapped-${name.toLowerCase()}`]),
    Object.values(headers),
  );
  assert.equal(renamed.headers['www-authenticate'], undefined);
  const own = { 'x-own': { toString: 1 } };
  assert.deepEqual(await answer({ statusCode: 200, headers: own, cookies: [own] }), [200, '{"toString":1}', '']);
  for (const statusCode of [{ toString: 1 }, [200], 100, 'ok', null])
    assert.deepEqual(
      await answer({ statusCode }),
      [502, undefined, 'Internal Server Error'],
      String(statusCode === null),
    );
});

test('an address is asked by path, too, where names don’t resolve', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  await createFunction(cloud, await functionRole(cloud), 'echo', ECHO);
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'echo', AuthType: 'NONE' }),
  );
  await openAddress(cloud, 'echo');
  const id = new URL(FunctionUrl).hostname.split('.')[0];
  const { text } = await visit(`${cloud.url}/_aws/lambda-url/${id}/deep/er?a=b`);
  assert.deepEqual([JSON.parse(text).rawPath, JSON.parse(text).rawQueryString], ['/deep/er', 'a=b']);
  assert.equal((await visit(`${cloud.url}/_aws/lambda-url/nobody/`)).status, 404);
});

test('an answer in pieces is sent as it is written', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const source = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: 206, headers: { 'content-type': 'text/html' } });
    out.write('<p>');
    await new Promise((done) => setTimeout(done, 100));
    out.write('</p>');
    out.write([{ a: 1 }]);
    out.end();
  });`;
  await createFunction(cloud, await functionRole(cloud), 'streams', source);
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'streams', AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' }),
  );
  await openAddress(cloud, 'streams');
  const { status, text, headers, pieces } = await visit(FunctionUrl);
  assert.deepEqual([status, text, headers['content-type']], [206, '<p></p>[{"a":1}]', 'text/html']);
  assert.ok(pieces > 1);
});

/** A runtime of its own, as Go's: it names no response mode, and tells by its content type alone that it streams. */
const OWN_RUNTIME = `const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
  const type = 'application/vnd.awslambda.http-integration-response';
  for (;;) {
    const next = await fetch(api + 'next');
    const { rawPath } = await next.json();
    const body = '{"statusCode":201,"headers":{"x-kind":"own"},"cookies":["c=1"]}' + '\\0'.repeat(8) + 'at ' + rawPath;
    const id = next.headers.get('lambda-runtime-aws-request-id');
    await fetch(api + id + '/response', { method: 'POST', headers: { 'content-type': type }, body });
  }`;

test('an answer that streams by its content type alone, as aws-lambda-go writes it', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  await createFunction(cloud, await functionRole(cloud), 'own', OWN_RUNTIME);
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'own', AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' }),
  );
  await openAddress(cloud, 'own');
  const { status, text, headers } = await visit(`${FunctionUrl}here`);
  assert.deepEqual([status, text, headers['x-kind'], headers['set-cookie']], [201, 'at /here', 'own', ['c=1']]);
});

test('under TLS functions hear with what version and cipher they are asked', async () => {
  await using cloud = await startTestCloud({ tls: true });
  const lambda = cloud.client(LambdaClient);
  await createFunction(cloud, await functionRole(cloud), 'echo', ECHO);
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'echo', AuthType: 'NONE' }),
  );
  await openAddress(cloud, 'echo');
  const { host, hostname, port } = new URL(FunctionUrl);
  const at = { host: '127.0.0.1', port, servername: hostname, headers: { host }, agent: false };
  const text = await new Promise<string>((resolve, reject) => {
    const asked = { ...at, rejectUnauthorized: false, maxVersion: 'TLSv1.2' as const };
    request(asked, async (answer) => resolve(Buffer.concat(await answer.toArray()).toString()))
      .on('error', reject)
      .end();
  });
  const { headers } = JSON.parse(text);
  assert.equal(headers['x-amzn-tls-version'], 'TLSv1.2');
  assert.match(headers['x-amzn-tls-cipher-suite'], /^ECDHE-[A-Z]+-AES\d+-GCM-SHA\d+$/);
  assert.equal(headers['x-forwarded-proto'], 'https');
});

test('what a function says to other origins is told beside what is configured', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  const source = `export const handler = async () => ({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*', Vary: 'Accept' } });`;
  await createFunction(cloud, await functionRole(cloud), 'open', source);
  const Cors = { AllowOrigins: ['*'] };
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'open', AuthType: 'NONE', Cors }),
  );
  await openAddress(cloud, 'open');
  const { headers } = await visit(FunctionUrl, { headers: { origin: 'https://a.example' } });
  assert.deepEqual([headers['access-control-allow-origin'], headers.vary], ['*, *', 'Accept, Origin']);
  const own = await visit(FunctionUrl);
  assert.deepEqual([own.headers['access-control-allow-origin'], own.headers.vary], ['*', 'Accept']);
});

test('addresses are shown, changed and given back', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  await createFunction(cloud, await functionRole(cloud), 'f', ECHO);
  const FunctionName = 'f';
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' }),
  );
  const again = await failure(lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' })));
  assert.equal(again.name, 'ResourceConflictException');
  const cors = { AllowOrigins: ['https://a.example'], AllowMethods: ['GET'] };
  await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, Cors: cors }));
  const shown = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
  assert.deepEqual([shown.AuthType, shown.Cors, shown.FunctionUrl], ['AWS_IAM', cors, FunctionUrl]);
  const preflight = await visit(FunctionUrl, {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'GET' },
  });
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [200, 'https://a.example']);
  assert.equal((await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, Cors: {} }))).Cors, undefined);
  assert.equal((await visit(FunctionUrl)).status, 403);
  const { FunctionUrlConfigs } = await lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName }));
  assert.equal(FunctionUrlConfigs?.length, 1);
  await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
  assert.equal((await visit(FunctionUrl)).status, 404);
});
