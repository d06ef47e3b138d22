/** CloudFront Functions: what they may do, and what they can't. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateFunctionCommand,
  CreateKeyValueStoreCommand,
  DeleteFunctionCommand,
  DescribeFunctionCommand,
  PublishFunctionCommand,
  TestFunctionCommand,
  UpdateFunctionCommand,
} from '@aws-sdk/client-cloudfront';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, distribute } from './support.ts';

const EVENT = JSON.stringify({
  version: '1.0',
  context: { eventType: 'viewer-request' },
  viewer: { ip: '127.0.0.1' },
  request: { method: 'GET', uri: '/', querystring: {}, headers: {}, cookies: {} },
});

const COULD_NOT_RUN =
  'The CloudFront function associated with the CloudFront distribution is invalid or could not run.';

async function create(cloud: TestCloud, name: string, code: string, stores: string[] = []) {
  const cloudfront = cloud.client(CloudFrontClient);
  const made = await cloudfront.send(
    new CreateFunctionCommand({
      Name: name,
      FunctionConfig: {
        Comment: '',
        Runtime: 'cloudfront-js-2.0',
        ...(stores.length > 0 && {
          KeyValueStoreAssociations: {
            Quantity: stores.length,
            Items: stores.map((KeyValueStoreARN) => ({ KeyValueStoreARN })),
          },
        }),
      },
      FunctionCode: Buffer.from(code),
    }),
  );
  return { cloudfront, etag: made.ETag ?? '', arn: made.FunctionSummary?.FunctionMetadata?.FunctionARN ?? '' };
}

async function tryOut(cloud: TestCloud, name: string, code: string) {
  const { cloudfront, etag } = await create(cloud, name, code);
  const { TestResult } = await cloudfront.send(
    new TestFunctionCommand({ Name: name, IfMatch: etag, EventObject: Buffer.from(EVENT) }),
  );
  return TestResult ?? {};
}

test('a function rewrites requests, answers them, and changes answers', async () => {
  await using origin = await startOrigin((request, response) =>
    response.end(`${request.url} ${request.headers['x-added']}`),
  );
  await using cloud = await startTestCloud();
  const first = await create(
    cloud,
    'request',
    `function handler(event) {
      const request = event.request;
      if (request.uri === '/old') return { statusCode: 302, statusDescription: 'Found', headers: { location: { value: '/new' } } };
      if (request.uri.endsWith('/')) request.uri += 'index.html';
      request.headers['x-added'] = { value: request.querystring.a ? request.querystring.a.value : 'none' };
      return request;
    }`,
  );
  const second = await create(
    cloud,
    'response',
    `async function handler(event) {
      event.response.headers['x-frame'] = { value: event.request.uri };
      event.response.cookies.seen = { value: '1', attributes: 'Path=/' };
      return event.response;
    }`,
  );
  for (const [Name, { cloudfront, etag }] of Object.entries({ request: first, response: second }))
    await cloudfront.send(new PublishFunctionCommand({ Name, IfMatch: etag }));
  const config = configOf(customOrigin(origin.port));
  config.DefaultCacheBehavior = {
    TargetOriginId: 'custom',
    ViewerProtocolPolicy: 'allow-all',
    ForwardedValues: {
      QueryString: false,
      Cookies: { Forward: 'none' },
      Headers: { Quantity: 1, Items: ['x-added'] },
    },
    FunctionAssociations: {
      Quantity: 2,
      Items: [
        { FunctionARN: first.arn, EventType: 'viewer-request' },
        { FunctionARN: second.arn, EventType: 'viewer-response' },
      ],
    },
  };
  const { ask } = await distribute(cloud, config);
  const folder = await ask('/docs/?a=b');
  assert.deepEqual([folder.text, folder.headers['x-frame']], ['/docs/index.html b', '/docs/index.html']);
  assert.deepEqual(folder.headers['set-cookie'], ['seen=1; Path=/']);
  const moved = await ask('/old');
  assert.deepEqual([moved.status, moved.headers.location], [302, '/new']);
  assert.equal(moved.headers['x-cache'], 'FunctionGeneratedResponse from cloudfront');
  assert.deepEqual([folder.headers.server, moved.headers.server], [undefined, 'CloudFront']);
  // What a function has made itself is not changed by the other.
  assert.deepEqual([moved.headers['x-frame'], moved.headers['set-cookie']], [undefined, undefined]);
  const error = await failure(
    first.cloudfront.send(new DeleteFunctionCommand({ Name: 'request', IfMatch: first.etag })),
  );
  assert.equal(error.name, 'FunctionInUse');
});

test('a function is tried out before it is published; its versions are guarded by their etags', async () => {
  await using cloud = await startTestCloud();
  const { cloudfront, etag } = await create(
    cloud,
    'try',
    'function handler(event) { console.log("seen", event.request); return event.request; }',
  );
  const { TestResult } = await cloudfront.send(
    new TestFunctionCommand({ Name: 'try', IfMatch: etag, EventObject: Buffer.from(EVENT) }),
  );
  assert.deepEqual(JSON.parse(TestResult?.FunctionOutput ?? ''), { request: JSON.parse(EVENT).request });
  assert.deepEqual(TestResult?.FunctionExecutionLogs, [`seen ${JSON.stringify(JSON.parse(EVENT).request)}`]);
  assert.equal(TestResult?.FunctionErrorMessage, '');
  const missing = await failure(cloudfront.send(new DescribeFunctionCommand({ Name: 'try', Stage: 'LIVE' })));
  assert.equal(missing.name, 'NoSuchFunctionExists');
  const update = {
    Name: 'try',
    FunctionConfig: { Comment: '', Runtime: 'cloudfront-js-2.0' as const },
    FunctionCode: Buffer.from('x'),
  };
  const stale = await failure(cloudfront.send(new UpdateFunctionCommand({ ...update, IfMatch: 'EOLD' })));
  assert.equal(stale.name, 'PreconditionFailed');
  const large = await failure(
    cloudfront.send(new UpdateFunctionCommand({ ...update, IfMatch: etag, FunctionCode: Buffer.alloc(10_241, 'a') })),
  );
  assert.equal(large.name, 'FunctionSizeLimitExceeded');
});

test('a function reads the key value store that it is associated with', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'data' }));
  const Body = JSON.stringify({ data: [{ key: '/a', value: '/b' }] });
  await s3.send(new PutObjectCommand({ Bucket: 'data', Key: 'pairs.json', Body }));
  const SourceARN = 'arn:aws:s3:::data/none.json';
  const missing = new CreateKeyValueStoreCommand({ Name: 'none', ImportSource: { SourceType: 'S3', SourceARN } });
  assert.equal((await failure(cloud.client(CloudFrontClient).send(missing))).name, 'InvalidArgument');
  const { KeyValueStore } = await cloud.client(CloudFrontClient).send(
    new CreateKeyValueStoreCommand({
      Name: 'pairs',
      ImportSource: { SourceType: 'S3', SourceARN: 'arn:aws:s3:::data/pairs.json' },
    }),
  );
  const { cloudfront, etag } = await create(
    cloud,
    'reader',
    `import cf from 'cloudfront';
    const store = cf.kvs();
    async function handler(event) {
      event.request.uri = await store.get('/a');
      try { await store.get('/none'); } catch (error) { event.request.headers.missing = { value: error.message }; }
      return event.request;
    }`,
    [KeyValueStore?.ARN ?? ''],
  );
  const { TestResult } = await cloudfront.send(
    new TestFunctionCommand({ Name: 'reader', IfMatch: etag, EventObject: Buffer.from(EVENT) }),
  );
  const { request } = JSON.parse(TestResult?.FunctionOutput ?? '{}');
  assert.deepEqual([request.uri, request.headers.missing.value], ['/b', 'KeyNotFound']);
});

test('functions hash as AWS does', async () => {
  await using cloud = await startTestCloud();
  const { FunctionOutput } = await tryOut(
    cloud,
    'hash',
    `const crypto = require('crypto');
    function handler(event) {
      event.request.uri = '/' + crypto.createHash('sha256').update('a').update('bç').digest('hex') + '/' + crypto.createHmac('sha256', 'key').update('data').digest('base64url');
      return event.request;
    }`,
  );
  const { createHash, createHmac } = await import('node:crypto');
  const hash = createHash('sha256').update('abç').digest('hex');
  const mac = createHmac('sha256', 'key').update('data').digest('base64url');
  assert.equal(JSON.parse(FunctionOutput ?? '{}').request.uri, `/${hash}/${mac}`);
});

test('a function has no way out: no network, no files, no timers, no code from text, no end of time or memory', async () => {
  await using cloud = await startTestCloud();
  const probe = (expression: string) =>
    `function handler(event) {
      let found;
      try { found = String(${expression}); } catch (error) { found = 'threw ' + error.message; }
      event.request.headers.found = { value: found.replace(/[^ -~]/g, '?') };
      return event.request;
    }`;
  const attempts: [string, RegExp][] = [
    [
      'typeof process + typeof fetch + typeof setTimeout + typeof setInterval + typeof XMLHttpRequest + typeof WebSocket',
      /^(undefined){6}$/,
    ],
    ['typeof require("crypto").createHash', /^function$/],
    ['require("fs")', /^threw Cannot find module/],
    ['eval("1+1")', /^threw Code generation from strings disallowed/],
    ['new Function("return 1")()', /^threw Code generation from strings disallowed/],
    ['this.constructor.constructor("return process")()', /^threw/],
    ['console.log.constructor("return process")()', /^threw Code generation/],
    ['require.constructor("return process")()', /^threw Code generation/],
    ['(async () => {}).constructor("return process")()', /^threw Code generation/],
    ['(function* () {}).constructor("return process")()', /^threw Code generation/],
    ['require("crypto").createHash("sha256").update.constructor("return process")()', /^threw Code generation/],
    [
      'Object.getPrototypeOf(globalThis) && Object.getPrototypeOf(globalThis).constructor.constructor("return process")()',
      /^threw/,
    ],
    [
      '(() => { try { require("crypto").createHash("nope").update("a").digest(); } catch (e) { return e.constructor.constructor("return process")(); } })()',
      /^threw Code generation/,
    ],
    [
      '(() => { try { (function f() { f(); })(); } catch (e) { return e.constructor.constructor("return process")(); } })()',
      /^threw Code generation/,
    ],
    [
      '(() => { Error.prepareStackTrace = (_, frames) => frames.map((frame) => typeof frame.getThis() + typeof frame.getFunction()).join(); return new Error().stack; })()',
      /^(?!.*object)/,
    ],
    ['typeof WebAssembly + typeof SharedArrayBuffer + typeof Atomics', /^(undefined){3}$/],
  ];
  for (const [index, [expression, expected]] of attempts.entries()) {
    const { FunctionOutput, FunctionErrorMessage } = await tryOut(cloud, `escape-${index}`, probe(expression));
    assert.equal(FunctionErrorMessage, '', expression);
    assert.match(JSON.parse(FunctionOutput ?? '{}').request.headers.found.value, expected, expression);
  }
  const dynamic = await tryOut(
    cloud,
    'dynamic',
    `async function handler(event) {
      let found = 'none';
      try { await import('fs'); found = 'fs'; } catch (error) {
        try { found = String(error.constructor.constructor('return process')()); } catch (other) { found = 'threw'; }
      }
      event.request.uri = found;
      return event.request;
    }`,
  );
  assert.doesNotMatch(dynamic.FunctionOutput ?? '', /fs|process/);
  const endless = await tryOut(cloud, 'endless', 'function handler() { for (;;) {} }');
  assert.equal(endless.FunctionErrorMessage, `${COULD_NOT_RUN} The function exceeded its time.`);
  const later = await tryOut(cloud, 'later', 'async function handler() { for (;;) await 1; }');
  assert.equal(later.FunctionErrorMessage, `${COULD_NOT_RUN} The function exceeded its time.`);
  const greedy = await tryOut(
    cloud,
    'greedy',
    'function handler() { const all = []; for (;;) all.push(new Array(1e6).fill(1)); }',
  );
  assert.match(greedy.FunctionErrorMessage ?? '', /exceeded its (memory|time)/);
  // All at once, and outside of what an engine counts as its heap.
  const atOnce = await tryOut(cloud, 'at-once', 'function handler() { return "x".repeat(1e8).split("").length; }');
  assert.match(atOnce.FunctionErrorMessage ?? '', /exceeded its memory/);
  const beside = await tryOut(cloud, 'beside', 'function handler() { return new Uint8Array(4e9).fill(1).length; }');
  assert.match(beside.FunctionErrorMessage ?? '', /allocation failed|exceeded its (memory|time)/);
  const polluting = await tryOut(
    cloud,
    'polluting',
    'Object.prototype.output = "{}"; JSON.stringify = () => "{}"; function handler(event) { return event.request; }',
  );
  assert.notEqual(polluting.FunctionOutput, '{}');
  // Whoever runs them has survived all of it.
  const { FunctionErrorMessage } = await tryOut(cloud, 'alive', 'function handler(event) { return event.request; }');
  assert.equal(FunctionErrorMessage, '');
});

test('what a function gives can not end the head of a message', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const bad = [
    `event.request.uri = '/a HTTP/1.1\\r\\nx: y'; return event.request;`,
    `event.request.headers['x-a'] = { value: 'b\\r\\nx-c: d' }; return event.request;`,
    `return { statusCode: 200, headers: { 'x-a': { value: 'b\\r\\nset-cookie: c=d' } } };`,
    `return { statusCode: 200, headers: { 'transfer-encoding': { value: 'chunked' } } };`,
    `return { statusCode: 99 };`,
    `return null;`,
    `return 'text';`,
  ];
  for (const [index, code] of [...bad, `throw new Error('no');`].entries()) {
    const { cloudfront, etag, arn } = await create(cloud, `bad-${index}`, `function handler(event) { ${code} }`);
    await cloudfront.send(new PublishFunctionCommand({ Name: `bad-${index}`, IfMatch: etag }));
    const config = configOf(customOrigin(origin.port));
    config.DefaultCacheBehavior = {
      ...config.DefaultCacheBehavior,
      TargetOriginId: 'custom',
      ViewerProtocolPolicy: 'allow-all',
      FunctionAssociations: { Quantity: 1, Items: [{ FunctionARN: arn, EventType: 'viewer-request' }] },
    };
    const { ask } = await distribute(cloud, config);
    const { status, headers } = await ask('/');
    assert.deepEqual(
      [status, headers['set-cookie'], headers['x-cache']],
      index < bad.length
        ? [502, undefined, 'FunctionValidationError from cloudfront']
        : [503, undefined, 'FunctionExecutionError from cloudfront'],
      code,
    );
  }
  assert.equal(origin.asked.length, 0);
});

test('what a function writes to the console lies in CloudWatch Logs, and its runs are counted', async () => {
  await using cloud = await startTestCloud();
  await using origin = await startOrigin((_, response) => response.end('x'));
  const said = await create(
    cloud,
    'said',
    'function handler(event) { if (event.request.uri === "/say") console.log("seen", event.request.uri); return event.request; }',
  );
  const statusOf = async () => {
    const { FunctionSummary } = await said.cloudfront.send(new DescribeFunctionCommand({ Name: 'said' }));
    return FunctionSummary?.Status;
  };
  assert.equal(await statusOf(), 'UNPUBLISHED');
  await said.cloudfront.send(new PublishFunctionCommand({ Name: 'said', IfMatch: said.etag }));
  assert.equal(await statusOf(), 'UNASSOCIATED');
  const config = configOf(customOrigin(origin.port));
  config.DefaultCacheBehavior = {
    ...(config.DefaultCacheBehavior as NonNullable<typeof config.DefaultCacheBehavior>),
    FunctionAssociations: { Quantity: 1, Items: [{ FunctionARN: said.arn, EventType: 'viewer-request' }] },
  };
  const { ask, id } = await distribute(cloud, config);
  assert.equal(await statusOf(), 'ASSOCIATED');
  const { headers } = await ask('/say');
  await ask('/silent');
  await cloud.server.cloud.settle();
  const { events = [] } = await cloud
    .client(CloudWatchLogsClient)
    .send(new FilterLogEventsCommand({ logGroupName: '/aws/cloudfront/function/said' }));
  const request = headers['x-amz-cf-id'];
  assert.deepEqual(
    events.map(({ message }) => message),
    [`${request} START DistributionID: ${id}`, `${request} seen /say`, `${request} END`],
  );
  for (const { logStreamName = '' } of events)
    assert.match(logStreamName, /^2026\/1\/1\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-/);
  await cloud.advance(60_000);
  const { Datapoints } = await cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/CloudFront',
      MetricName: 'FunctionInvocations',
      Dimensions: [
        { Name: 'FunctionName', Value: 'said' },
        { Name: 'Region', Value: 'Global' },
      ],
      StartTime: new Date(START),
      EndTime: new Date(START + 60_000),
      Period: 60,
      Statistics: ['Sum'],
    }),
  );
  assert.equal(Datapoints?.[0]?.Sum, 2);
});
