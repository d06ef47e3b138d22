/** What CloudFront Functions find at run time: their event, bytes, hashes, tokens, stores, and the choice of an origin. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateFunctionCommand,
  CreateKeyValueStoreCommand,
  type FunctionRuntime,
  PublishFunctionCommand,
  TestFunctionCommand,
} from '@aws-sdk/client-cloudfront';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { startOrigin } from './origin.ts';
import { allowDistribution, bucketOrigin, configOf, customOrigin, DISABLED, distribute, OPTIMIZED } from './support.ts';

let functions = 0;

async function create(cloud: TestCloud, code: string, Runtime: FunctionRuntime = 'cloudfront-js-2.0', store?: string) {
  const cloudfront = cloud.client(CloudFrontClient);
  functions += 1;
  const Name = `f${functions}`;
  const KeyValueStoreAssociations = { Quantity: 1, Items: [{ KeyValueStoreARN: store ?? '' }] };
  const { ETag, FunctionSummary } = await cloudfront.send(
    new CreateFunctionCommand({
      Name,
      FunctionConfig: { Comment: '', Runtime, ...(store !== undefined && { KeyValueStoreAssociations }) },
      FunctionCode: Buffer.from(code),
    }),
  );
  return { cloudfront, Name, IfMatch: ETag ?? '', arn: FunctionSummary?.FunctionMetadata?.FunctionARN ?? '' };
}

const EVENT = {
  version: '1.0',
  context: { eventType: 'viewer-request' },
  viewer: { ip: '127.0.0.1' },
  request: { method: 'GET', uri: '/', querystring: {}, headers: { host: { value: 'a.example' } }, cookies: {} },
};

/** What an expression, or a function that ends with \`return …\`, gives in the world of functions. */
async function told(cloud: TestCloud, code: string, runtime?: FunctionRuntime, store?: string): Promise<unknown> {
  const body = code.includes('return') ? code : `return ${code};`;
  const isModern = runtime !== 'cloudfront-js-1.0';
  const source = `${isModern ? "import cf from 'cloudfront';" : ''}
    ${isModern ? 'async ' : ''}function handler(event) {
      const found = ${isModern ? 'await (async () =>' : '(() =>'} { ${body} })();
      return { statusCode: 200, body: JSON.stringify(found === undefined ? null : found) };
    }`;
  const { cloudfront, Name, IfMatch } = await create(cloud, source, runtime, store);
  const EventObject = Buffer.from(JSON.stringify(EVENT));
  const { TestResult } = await cloudfront.send(new TestFunctionCommand({ Name, IfMatch, EventObject }));
  assert.equal(TestResult?.FunctionErrorMessage, '', code);
  return JSON.parse(JSON.parse(TestResult?.FunctionOutput ?? '{}').response.body);
}

/** A distribution whose requests, or answers, go through a function. */
async function through(cloud: TestCloud, port: number, code: string, EventType: 'viewer-request' | 'viewer-response') {
  const made = await create(cloud, code);
  await made.cloudfront.send(new PublishFunctionCommand(made));
  const config = configOf(customOrigin(port, { Id: 'first' }));
  Object.assign(config.DefaultCacheBehavior ?? {}, {
    TargetOriginId: 'first',
    CachePolicyId: DISABLED,
    OriginRequestPolicyId: '216adef6-5c7f-47e4-b989-5492eafa07d3',
    FunctionAssociations: { Quantity: 1, Items: [{ FunctionARN: made.arn, EventType }] },
  });
  return config;
}

test('the newer runtime has buffers and texts of bytes, the older one strings of bytes', async () => {
  await using cloud = await startTestCloud();
  const text = 'ü€😀 a?>';
  const bytes = Buffer.from(text);
  for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) {
    const written = JSON.stringify(bytes.toString(encoding));
    assert.equal(
      await told(cloud, `Buffer.from(${JSON.stringify(text)}).toString('${encoding}')`),
      bytes.toString(encoding),
    );
    assert.equal(await told(cloud, `Buffer.from(${written}, '${encoding}').toString()`), text, encoding);
  }
  assert.deepEqual(await told(cloud, "Buffer.from('abc')"), { type: 'Buffer', data: [97, 98, 99] });
  assert.equal(await told(cloud, 'Buffer.from([0xff, 0x61, 0xe2, 0x82]).toString()'), '\ufffda\ufffd');
  assert.deepEqual(
    await told(
      cloud,
      "const b = Buffer.concat([Buffer.from('ab'), Buffer.alloc(2, 'x')]); return [b.length, b.indexOf('x'), b.includes('bx'), b.equals(Buffer.from('abxx')), Buffer.compare(b, Buffer.from('b')), b.slice(1, 3).toString(), b.readUInt16BE(0), b.writeInt32LE(-2), b.readIntLE(0, 4), Buffer.isBuffer(b), Buffer.byteLength('ü')]",
    ),
    [4, 2, true, true, -1, 'bx', 0x6162, 4, -2, true, 2],
  );
  assert.deepEqual(
    await told(cloud, "[btoa('hi?'), atob('aGk/'), new TextDecoder().decode(new TextEncoder().encode('ü'))]"),
    ['aGk/', 'hi?', 'ü'],
  );
  assert.equal(await told(cloud, "require('buffer').Buffer === Buffer"), true);
  const old = (code: string) => told(cloud, code, 'cloudfront-js-1.0');
  assert.equal(await old("String.bytesFrom('eyJhIjoxfQ', 'base64url')"), '{"a":1}');
  assert.deepEqual(
    await old(
      "['ü'.toUTF8().toString('hex'), 'ü'.toUTF8().fromUTF8(), '\xff'.fromUTF8(), '€'.toBytes(), typeof Buffer]",
    ),
    ['c3bc', 'ü', null, null, 'undefined'],
  );
});

test('hashes, query strings and the time are as the runtimes have them', async () => {
  await using cloud = await startTestCloud();
  const digest = createHash('sha1').update('a').digest('hex');
  assert.equal(
    await told(cloud, "require('crypto').createHash('sha1').update(Buffer.from('a')).digest().toString('hex')"),
    digest,
  );
  assert.equal(
    await told(cloud, "require('crypto').createHash('sha1').update('a').digest().toString('hex')", 'cloudfront-js-1.0'),
    digest,
  );
  const failing = "try { require('crypto').createHash('sha512'); } catch (error) { return error.message; }";
  assert.equal(await told(cloud, failing), 'not supported algorithm: "sha512"');
  const query =
    "const q = require('querystring'); return [q.parse('a=1&b=x+y&a=2&__proto__=%zz'), q.decode('a=%C3%BC'), q.encode({ a: [1, true], b: 'ü &', c: null })]";
  assert.deepEqual(await told(cloud, query), [
    JSON.parse('{"a":["1","2"],"b":"x y","__proto__":"%zz"}'),
    { a: 'ü' },
    'a=1&a=true&b=%C3%BC%20%26&c=',
  ]);
  assert.deepEqual(await told(cloud, '[Date.now(), new Date().getTime(), new Date(0).toISOString(), typeof Date()]'), [
    START,
    START,
    '1970-01-01T00:00:00.000Z',
    'string',
  ]);
  // Functions are in strict mode, and may extend what is built in.
  assert.equal(await told(cloud, 'try { undeclared = 1; } catch (error) { return error.name; }'), 'ReferenceError');
  assert.equal(
    await told(
      cloud,
      "class Own extends Error { constructor() { super('no'); this.name = 'Own'; } } return new Own().name",
    ),
    'Own',
  );
});

test('tokens in CBOR are made, read and told from forged ones', async () => {
  await using cloud = await startTestCloud();
  const make =
    "const make = (algorithm) => cf.cwt.generateToken({ protected: { 1: algorithm }, unprotected: {}, payload: { 1: 'issuer', 4: 1800000000, 7: Buffer.from('id'), '-5': -7, 300: [1.5, true, null], x: { y: 'ü' } } }, { cwtTag: true, coseTag: 'MAC0', key: 'secret' });";
  const attempt = (code: string) => `${make} try { ${code}; return 'passed'; } catch (error) { return error.message; }`;
  const made = await told(
    cloud,
    `${make} const token = make(5); return [token.subarray(0, 5).toString('hex'), cf.cwt.validateToken(token, { key: Buffer.from('secret') })]`,
  );
  const payload = {
    '1': 'issuer',
    '4': 1_800_000_000,
    '7': { type: 'Buffer', data: [105, 100] },
    '-5': -7,
    '300': [1.5, true, null],
    x: { y: 'ü' },
  };
  assert.deepEqual(made, ['d83dd18443', { protected: { '1': 5 }, unprotected: {}, payload }]);
  assert.match(String(await told(cloud, attempt("cf.cwt.validateToken(make(5), { key: 'other' })"))), /MAC/);
  assert.match(
    String(
      await told(cloud, attempt("const t = make(5); t[t.length - 1] ^= 1; cf.cwt.validateToken(t, { key: 'secret' })")),
    ),
    /MAC/,
  );
  assert.match(
    String(await told(cloud, attempt("cf.cwt.validateToken(Buffer.alloc(1025), { key: 'secret' })"))),
    /longer than 1024/,
  );
  assert.match(
    String(await told(cloud, attempt("cf.cwt.validateToken(Buffer.from('9b7fffffffffffffff', 'hex'), { key: 'a' })"))),
    /cut off/,
  );
  assert.match(String(await told(cloud, attempt('make(7)'))), /algorithm/);
  // Source: RFC 8392, A.4; a MAC of 64 bits.
  const token =
    'd83dd18443a10104a1044c53796d6d65747269633235365850a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b7148093101ef6d789200';
  const key = '403697de87af64611c1d32a05dab0fe1fcb715a86ab435f1ec99192d79569388';
  const [subject] = (await told(
    cloud,
    `[cf.cwt.validateToken(Buffer.from('${token}', 'hex'), { key: Buffer.from('${key}', 'hex') }).payload[2]]`,
  )) as string[];
  assert.equal(subject, 'erikw');
});

test('a key value store is read in several forms, and tells of itself', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'data' }));
  const data = [
    { key: 'a', value: '{"b":1}' },
    { key: '__proto__', value: 'own' },
  ];
  await s3.send(new PutObjectCommand({ Bucket: 'data', Key: 'pairs.json', Body: JSON.stringify({ data }) }));
  const { KeyValueStore } = await cloud.client(CloudFrontClient).send(
    new CreateKeyValueStoreCommand({
      Name: 'pairs',
      ImportSource: { SourceType: 'S3', SourceARN: 'arn:aws:s3:::data/pairs.json' },
    }),
  );
  const read = (code: string) => told(cloud, code, undefined, KeyValueStore?.ARN);
  assert.deepEqual(
    await read(
      `const s = cf.kvs('${KeyValueStore?.Id}'); return [await s.get('a', { format: 'json' }), (await s.get('a', { format: 'bytes' })).length, await s.get('__proto__'), await s.exists('toString'), await s.count(), await s.meta()]`,
    ),
    [
      { b: 1 },
      7,
      'own',
      false,
      2,
      {
        creationDateTime: new Date(START).toISOString(),
        lastUpdatedDateTime: new Date(START).toISOString(),
        keyCount: 2,
      },
    ],
  );
  const failing = "try { cf.kvs('other'); } catch (error) { return error.message; }";
  assert.equal(await read(failing), 'KVSNamespaceNotFound');
});

test('what comes several times is listed, and changed as AWS says', async () => {
  await using origin = await startOrigin((request, response) => {
    response.writeHead(200, { 'set-cookie': ['a=1; Path=/', 'a=2', 'b=3'], 'x-amzn-requestid': 'r' });
    response.end(JSON.stringify([request.url, request.headers.cookie, request.headers['x-event']]));
  });
  await using cloud = await startTestCloud();
  const request = await distribute(
    cloud,
    await through(
      cloud,
      origin.port,
      `function handler(event) {
        const { request, context } = event;
        const { a, b } = request.querystring;
        request.headers['x-event'] = { value: JSON.stringify([request.rawQueryString(), a, b, request.cookies, context.endpoint, 'x-real-ip' in request.headers]) };
        if (a) a.value = '9';
        if (b) b.multiValue.push({ value: '8' });
        return request;
      }`,
      'viewer-request',
    ),
  );
  const asked = await request.ask('/?a=1&a=2&b=3&b=4&c', {
    headers: { cookie: 'x=1; x=2; y=3', 'x-real-ip': '1.1.1.1' },
  });
  const [url, cookie, event] = JSON.parse(asked.text);
  assert.deepEqual([url, cookie], ['/?a=9&a=2&b=3&b=4&b=8&c', 'x=1; x=2; y=3']);
  assert.deepEqual(JSON.parse(event), [
    'a=1&a=2&b=3&b=4&c',
    { value: '1', multiValue: [{ value: '1' }, { value: '2' }] },
    { value: '3', multiValue: [{ value: '3' }, { value: '4' }] },
    { x: { value: '1', multiValue: [{ value: '1' }, { value: '2' }] }, y: { value: '3' } },
    null,
    false,
  ]);
  const response = await distribute(
    cloud,
    await through(
      cloud,
      origin.port,
      `function handler(event) {
        const { response } = event;
        const { statusDescription, headers, cookies } = response;
        headers['x-seen'] = { value: JSON.stringify([statusDescription, cookies.a, 'x-amzn-requestid' in headers]) };
        cookies.a.value = 'new';
        return response;
      }`,
      'viewer-response',
    ),
  );
  const { headers } = await response.ask('/');
  const list = [{ value: '1', attributes: 'Path=/' }, { value: '2' }];
  assert.deepEqual(JSON.parse(String(headers['x-seen'])), ['OK', { ...list[0], multiValue: list }, false]);
  assert.deepEqual([headers['set-cookie'], headers['x-amzn-requestid']], [['a=new; Path=/', 'a=2', 'b=3'], 'r']);
});

test('headers that functions may not add or change are a 502, and said when a function is tried out', async () => {
  await using origin = await startOrigin((_, response) => response.end('in'));
  await using cloud = await startTestCloud();
  for (const [code, text] of [
    ["event.request.headers.host = { value: 'evil' };", 'host is read-only'],
    ["event.request.headers['x-amz-cf-id'] = { value: 'a' };", "x-amz-cf-id can't be set"],
    ["event.request.headers.Upper = { value: 'a' };", 'request.headers must have header names in lower case'],
  ] as const) {
    const source = `function handler(event) { ${code} return event.request; }`;
    const { ask } = await distribute(cloud, await through(cloud, origin.port, source, 'viewer-request'));
    const { status, headers, text: page } = await ask('/');
    assert.deepEqual([status, headers['x-cache']], [502, 'FunctionValidationError from cloudfront'], code);
    assert.match(page, /The CloudFront function returned an invalid value\./);
    const { cloudfront, Name, IfMatch } = await create(cloud, source);
    const EventObject = Buffer.from(JSON.stringify(EVENT));
    const { TestResult } = await cloudfront.send(new TestFunctionCommand({ Name, IfMatch, EventObject }));
    assert.equal(TestResult?.FunctionErrorMessage, `The CloudFront function returned an invalid value: ${text}.`);
    assert.equal(TestResult?.FunctionOutput, '');
  }
  assert.equal(origin.asked.length, 0);
});

test('a function chooses the origin of a request', async () => {
  await using first = await startOrigin((_, response) => response.writeHead(500).end('first'));
  await using second = await startOrigin((request, response) =>
    response.end(JSON.stringify([request.url, request.headers.host, request.headers['x-a'], request.headers['x-key']])),
  );
  await using cloud = await startTestCloud();
  const { s3 } = await bucketOrigin(cloud, { 'pre/in': 'of the bucket' });
  const config = await through(
    cloud,
    first.port,
    `import cf from 'cloudfront';
    function handler(event) {
      const { uri } = event.request;
      if (uri === '/group') cf.createRequestOriginGroup({ originIds: [{ originId: 'first' }, 'second'], failoverCriteria: { statusCodes: [500] } });
      else if (uri === '/none') cf.selectRequestOriginById('none');
      else if (uri === '/in') cf.updateRequestOrigin({ domainName: 'site.s3.us-east-1.amazonaws.com', originPath: '/pre', originAccessControlConfig: { enabled: true, signingBehavior: 'always', signingProtocol: 'sigv4', originType: 's3' } });
      else if (uri === '/new') cf.updateRequestOrigin({ hostHeader: 'own.example', originPath: '/path', customHeaders: { 'x-a': 'b' }, customOriginConfig: { port: ${second.port}, protocol: 'http', sslProtocols: ['TLSv1.2'] } });
      else if (uri === '/where') return { statusCode: 200, body: JSON.stringify(cf.edgeLocation) };
      else cf.selectRequestOriginById('second');
      return event.request;
    }`,
    'viewer-request',
  );
  const headers = { Quantity: 1, Items: [{ HeaderName: 'x-key', HeaderValue: 'k' }] };
  config.Origins?.Items?.push(customOrigin(second.port, { Id: 'second', CustomHeaders: headers }));
  Object.assign(config.Origins ?? {}, { Quantity: 2 });
  const { OriginRequestPolicyId: _, ...behavior } = config.DefaultCacheBehavior ?? {};
  Object.assign(config, { DefaultCacheBehavior: { ...behavior, CachePolicyId: OPTIMIZED } });
  const { ask, arn } = await distribute(cloud, config);
  await allowDistribution(s3, arn);
  const host = `localhost:${second.port}`;
  const json = async (path: string) => JSON.parse((await ask(path)).text);
  assert.deepEqual(await json('/any'), ['/any', host, null, 'k']);
  assert.deepEqual(await json('/group'), ['/group', host, null, 'k']);
  assert.deepEqual(await json('/new'), ['/path/new', 'own.example', 'b', null]);
  assert.equal((await ask('/in')).text, 'of the bucket');
  assert.equal((await ask('/in')).headers['x-cache'], 'Hit from cloudfront');
  assert.deepEqual([(await ask('/none')).status, first.asked.length], [502, 1]);
  const place = JSON.parse((await ask('/where', { headers: { 'x-cloudyard-viewer': 'CDG' } })).text);
  assert.deepEqual([place.name, place.region], ['CDG', 'eu-west-2']);
});
