import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PutIntegrationCommand,
  type PutIntegrationCommandInput,
  TestInvokeMethodCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { startOrigin } from '../cloudfront/origin.ts';
import { apiFunction, createApi, logged } from './world.ts';

/** Says its metadata and two pieces; the path says what goes wrong. */
const FUNCTION = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.path === '/early') throw new Error('no');
  if (event.path === '/plain') return stream.end('no metadata');
  const cookies = ['a=1', 'b=2'];
  const multiValueHeaders = { 'x-many': ['one', 'two'] };
  const status = event.path === '/status' ? 99 : 201;
  const root = process.env._X_AMZN_TRACE_ID.split(';')[0];
  const out = awslambda.HttpResponseStream.from(stream, { statusCode: status, headers: { 'content-type': 'text/plain', 'x-root': root }, multiValueHeaders, cookies });
  out.write('first ');
  await new Promise((done) => setTimeout(done, 100));
  if (event.path === '/late') throw new Error('no');
  out.write(event.path);
  out.end();
});`;

async function flowingApi(cloud: TestCloud) {
  const api = await createApi(cloud);
  const uri = (await apiFunction(cloud, 'flows', FUNCTION))
    .replace('2015-03-31', '2021-11-15')
    .replace(/invocations$/, 'response-streaming-invocations');
  const resourceId = await api.resource('{any+}');
  const integration: Partial<PutIntegrationCommandInput> = {
    type: 'AWS_PROXY',
    integrationHttpMethod: 'POST',
    uri,
    responseTransferMode: 'STREAM',
    timeoutInMillis: 60_000,
  };
  await api.method(resourceId, 'GET', integration);
  await api.deploy();
  return { api, resourceId, integration };
}

test("a function's answer flows through a REST API as it is written", async () => {
  await using cloud = await startTestCloud();
  const { api } = await flowingApi(cloud);
  const { status, text, headers, pieces } = await api.visit('/v1/hello');
  assert.deepEqual([status, text, headers['content-type']], [201, 'first /hello', 'text/plain']);
  assert.deepEqual([headers['set-cookie'], headers['x-many']], [['a=1', 'b=2'], 'one, two']);
  // The function is of the trace that the client is told.
  assert.equal(String(headers['x-amzn-trace-id']).split(';')[0], headers['x-root']);
  assert.ok(pieces > 1);
  for (const path of ['/v1/early', '/v1/plain', '/v1/status']) {
    const failed = await api.visit(path);
    assert.deepEqual([failed.status, failed.text], [502, '{"message": "Internal server error"}'], path);
  }
  assert.equal((await failure(api.visit('/v1/late'))).message, 'aborted');
});

test("an HTTP endpoint's answer flows through a REST API, however long it is", async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using origin = await startOrigin(async (request, response) => {
    response.writeHead(203, { 'content-type': 'text/plain', 'x-own': 'yes' });
    if (request.url === '/long') return void response.end(Buffer.alloc(11 * 1_048_576));
    response.write('first ');
    await released;
    if (request.url === '/broken') response.destroy();
    else response.end(request.url);
  });
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const resourceId = await api.resource('{any+}');
  await api.method(
    resourceId,
    'GET',
    {
      type: 'HTTP_PROXY',
      integrationHttpMethod: 'GET',
      uri: `http://localhost:${origin.port}/{any}`,
      responseTransferMode: 'STREAM',
      timeoutInMillis: 60_000,
      requestParameters: { 'integration.request.path.any': 'method.request.path.any' },
    },
    { requestParameters: { 'method.request.path.any': true } },
  );
  await api.deploy();
  const answer = await fetch(`${cloud.url}/_aws/execute-api/${api.restApiId}/v1/hello`);
  assert.deepEqual([answer.status, answer.headers.get('x-own')], [203, 'yes']);
  const reader = answer.body?.getReader();
  // The endpoint says the rest only now that the first piece has come.
  assert.equal(Buffer.from((await reader?.read())?.value ?? '').toString(), 'first ');
  release();
  assert.equal(Buffer.from((await reader?.read())?.value ?? '').toString(), '/hello');
  assert.equal((await failure(api.visit('/v1/broken'))).message, 'aborted');
  const long = await fetch(`${cloud.url}/_aws/execute-api/${api.restApiId}/v1/long`);
  assert.equal((await long.arrayBuffer()).byteLength, 11 * 1_048_576);
});

test('what flowed is in the access log when it has ended, and can be tried', async () => {
  await using cloud = await startTestCloud();
  const { api, resourceId } = await flowingApi(cloud);
  const logs = cloud.client(CloudWatchLogsClient);
  await logged(cloud);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'access' }));
  const format = '$context.integration.responseTransferMode $context.status $context.responseLength';
  const settings = { destinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:access', format };
  const patchOperations = Object.entries(settings).map(
    ([name, value]) => ({ op: 'replace', path: `/accessLogSettings/${name}`, value }) as const,
  );
  await api.client.send(new UpdateStageCommand({ restApiId: api.restApiId, stageName: 'v1', patchOperations }));
  await api.visit('/v1/hello');
  await cloud.server.cloud.settle();
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'access' }));
  assert.deepEqual(
    events?.map(({ message }) => message),
    ['STREAMED 201 12'],
  );
  const tried = await api.client.send(
    new TestInvokeMethodCommand({
      restApiId: api.restApiId,
      resourceId,
      httpMethod: 'GET',
      pathWithQueryString: '/try',
    }),
  );
  assert.deepEqual([tried.status, tried.body], [201, 'first /try']);
});

test('only what can flow may be asked to', async () => {
  await using cloud = await startTestCloud();
  const { api, resourceId, integration } = await flowingApi(cloud);
  const put = (changed: Partial<PutIntegrationCommandInput>) =>
    failure(
      api.client.send(
        new PutIntegrationCommand({
          restApiId: api.restApiId,
          resourceId,
          httpMethod: 'GET',
          type: 'AWS_PROXY',
          ...integration,
          ...changed,
        }),
      ),
    );
  assert.equal(
    (await put({ type: 'MOCK' })).message,
    'Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations',
  );
  assert.equal((await put({ timeoutInMillis: 900_001 })).message, 'Timeout should be between 50 ms and 900000 ms');
  assert.equal(
    (await put({ responseTransferMode: 'BUFFERED' })).message,
    'Timeout should be between 50 ms and 29000 ms',
  );
});
