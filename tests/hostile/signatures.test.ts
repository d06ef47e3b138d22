/** Signatures that are forged, stale, moved elsewhere or tampered with: none of them opens anything. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { HOUR, MINUTE, SECOND } from '#kernel/base';
import { START, startTestCloud, type TestCloud } from '../support/cloud.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { type Keys, presign, type Signable, type SignOptions, signedChunks, signHeaders } from '../support/sign.ts';

const HOST = 'localhost';
const ACCOUNT = '123456789012';
const HOST_ONLY = { host: HOST };
const TIMEOUT = { timeout: 20_000 };

let cloud: TestCloud;
let keys: Keys;

/** A user of the account who may do everything, and a bucket with one object. */
async function furnish(target: TestCloud): Promise<Keys> {
  const { iam, s3 } = target.server.cloud.aws(ACCOUNT, 'us-east-1');
  await iam.CreateUser({ UserName: 'ann' });
  const { AccessKey: key } = await iam.CreateAccessKey({ UserName: 'ann' });
  await iam.AttachUserPolicy({ UserName: 'ann', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' });
  await s3.CreateBucket({ Bucket: 'vault' });
  const made = { accessKeyId: key?.AccessKeyId ?? '', secret: key?.SecretAccessKey ?? '' };
  assert.equal((await send(put('key', 'gold'), made, { service: 's3' }, target)).status, 200);
  return made;
}

before(async () => {
  cloud = await startTestCloud();
  keys = await furnish(cloud);
});
after(() => cloud.close());

type Answer = { status: number; code: string; body: string };

/** Sends a request as it stands. */
async function raw(
  request: Signable,
  headers: { [name: string]: string },
  target = cloud,
  path = request.path,
): Promise<Answer> {
  using socket = new RawSocket(target.url);
  const body = typeof request.body === 'string' ? request.body : '';
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.send(`${request.method} ${path} HTTP/1.1\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`);
  const answer = await socket.response(request.method);
  assert.ok(answer !== undefined, 'an answer');
  const code = /<Code>(.*?)<|"__type":"(?:[^"#]*#)?([^"]*)"/.exec(answer.body);
  return { status: answer.status, code: code?.[1] ?? code?.[2] ?? '', body: answer.body };
}

const send = (request: Signable, by: Keys, options: SignOptions, target = cloud) =>
  raw(request, signHeaders(request, by, options).headers, target);
const open = (path: string, target = cloud, method = 'GET', more: { [name: string]: string } = {}) =>
  raw({ method, path, headers: {} }, { ...HOST_ONLY, ...more }, target);

const get = (key: string): Signable => ({ method: 'GET', path: `/vault/${key}`, headers: HOST_ONLY });
const put = (key: string, body: string): Signable => ({
  method: 'PUT',
  path: `/vault/${key}`,
  headers: HOST_ONLY,
  body,
});
const list = (body = '{}'): Signable => ({
  method: 'POST',
  path: '/',
  headers: { ...HOST_ONLY, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ListQueues' },
  body,
});
const refused = (answer: Answer, status: number, code: string) =>
  assert.deepEqual([answer.status, answer.code], [status, code], answer.body);

describe('headers', () => {
  const [S3, SQS] = [{ service: 's3' }, { service: 'sqs' }];

  test('what is properly signed passes', TIMEOUT, async () => {
    assert.equal((await send(get('key'), keys, S3)).body, 'gold');
    assert.equal((await send(list(), keys, SQS)).status, 200);
  });

  test('forged ones do not', TIMEOUT, async () => {
    const wrong = { ...keys, secret: 'guess' };
    refused(await send(get('key'), wrong, S3), 403, 'SignatureDoesNotMatch');
    refused(await send(list(), wrong, SQS), 400, 'InvalidSignatureException');
    refused(
      await send(list(), { ...keys, accessKeyId: 'ASIAFORGED0000000000' }, SQS),
      400,
      'UnrecognizedClientException',
    );
    const { headers } = signHeaders(get('key'), keys, S3);
    for (const signature of [
      '',
      '0',
      '0'.repeat(64),
      'é'.repeat(64),
      '\xff'.repeat(64),
      headers.authorization?.slice(-64).toUpperCase(),
    ]) {
      const answer = await raw(get('key'), {
        ...headers,
        authorization: `${headers.authorization?.replace(/Signature=.*/, '')}Signature=${signature}`,
      });
      assert.ok(answer.status === 403 || answer.status === 400, `${signature}: ${answer.status}`);
      assert.doesNotMatch(answer.body, /gold|InternalError/);
    }
  });

  test('nor those of another request', TIMEOUT, async () => {
    const { headers } = signHeaders(get('other'), keys, S3);
    refused(await raw(get('key'), headers), 403, 'SignatureDoesNotMatch');
    refused(await raw({ ...get('other'), method: 'DELETE' }, headers), 403, 'SignatureDoesNotMatch');
    refused(await raw(get('other'), headers, cloud, '/vault/other?acl'), 403, 'SignatureDoesNotMatch');
    refused(await raw(get('other'), { ...headers, host: 'elsewhere' }), 403, 'SignatureDoesNotMatch');
    refused(
      await raw(list('{"QueueNamePrefix":"x"}'), signHeaders(list(), keys, SQS).headers),
      400,
      'InvalidSignatureException',
    );
    const unsigned = signHeaders(list(), keys, { ...SQS, signed: ['x-amz-date', 'x-amz-target'] });
    refused(await raw(list(), unsigned.headers), 400, 'InvalidSignatureException');
  });

  test('a body other than the signed one is stored nowhere', TIMEOUT, async () => {
    const { headers } = signHeaders(put('swapped', 'good'), keys, S3);
    refused(await raw(put('swapped', 'evil'), headers), 400, 'XAmzContentSHA256Mismatch');
    assert.equal((await send(get('swapped'), keys, S3)).status, 404);
  });

  test('headers that were not signed change nothing', TIMEOUT, async () => {
    const { headers } = signHeaders(put('copied', ''), keys, S3);
    refused(await raw(put('copied', ''), { ...headers, 'x-amz-copy-source': '/vault/key' }), 403, 'AccessDenied');
    refused(await raw(put('copied', ''), { ...headers, 'x-amz-acl': 'public-read' }), 403, 'AccessDenied');
    assert.equal((await send(get('copied'), keys, S3)).status, 404);
  });

  test('names of headers that are properties of objects are names like others', TIMEOUT, async () => {
    const { headers } = signHeaders(get('key'), keys, S3);
    for (const name of ['constructor', '__proto__', 'toString'])
      refused(
        await raw(get('key'), {
          ...headers,
          authorization: (headers.authorization ?? '').replace('SignedHeaders=', `SignedHeaders=${name};`),
        }),
        403,
        'SignatureDoesNotMatch',
      );
  });

  test('old and early ones are refused, replayed ones with them', TIMEOUT, async () => {
    const now = Date.now();
    refused(await send(get('key'), keys, { ...S3, at: now - 16 * MINUTE }), 403, 'RequestTimeTooSkewed');
    refused(await send(get('key'), keys, { ...S3, at: now + 16 * MINUTE }), 403, 'RequestTimeTooSkewed');
    const old = await send(list(), keys, { ...SQS, at: now - 16 * MINUTE });
    refused(old, 400, 'InvalidSignatureException');
    assert.match(old.body, /Signature expired: \d{8}T\d{6}Z is now earlier than/);
    assert.equal((await send(get('key'), keys, { ...S3, at: now - 14 * MINUTE })).status, 200);
    // A client that was told to use the cloud's own time.
    assert.equal((await send(get('key'), keys, { ...S3, at: cloud.server.cloud.kernel.clock.now() })).status, 200);
    refused(await send(list(), keys, { ...SQS, date: '20200101' }), 400, 'InvalidSignatureException');
  });

  test('a signature for one service opens no other', TIMEOUT, async () => {
    const confused = await send(list(), keys, S3);
    refused(confused, 400, 'InvalidSignatureException');
    assert.match(confused.body, /Credential should be scoped to correct service: 'sqs'/);
    const account = { ...keys, accessKeyId: `${keys.accessKeyId}/${ACCOUNT}` };
    assert.equal((await send(list(), account, SQS)).status, 400);
  });

  test('account numbers are no way into an account with keys under --strict', TIMEOUT, async () => {
    await using strict = await startTestCloud({ strict: true });
    refused(
      await send(list(), { accessKeyId: ACCOUNT, secret: 'test' }, SQS, strict),
      400,
      'UnrecognizedClientException',
    );
    refused(await send(get('key'), { accessKeyId: 'test', secret: 'test' }, S3, strict), 403, 'InvalidAccessKeyId');
  });
});

describe('sessions', () => {
  const S3 = { service: 's3' };

  async function assumed(own: TestCloud): Promise<Keys> {
    const { iam, sts } = own.server.cloud.aws(ACCOUNT, 'us-east-1');
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }],
    };
    await iam.CreateRole({ RoleName: 'guest', AssumeRolePolicyDocument: JSON.stringify(trust) }).catch(() => {});
    await iam.AttachRolePolicy({ RoleName: 'guest', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' });
    const { Credentials: made } = await sts.AssumeRole({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/guest`,
      RoleSessionName: 'visit',
      DurationSeconds: 900,
    });
    return { accessKeyId: made?.AccessKeyId ?? '', secret: made?.SecretAccessKey ?? '', token: made?.SessionToken };
  }

  test('a session needs its own token, until its end', TIMEOUT, async () => {
    await using own = await startTestCloud();
    const keys = await furnish(own);
    const [one, two] = [await assumed(own), await assumed(own)];
    assert.equal((await send(get('key'), one, S3, own)).status, 200);
    refused(await send(get('key'), { ...one, token: two.token }, S3, own), 400, 'InvalidToken');
    refused(await send(get('key'), { ...one, token: undefined }, S3, own), 400, 'InvalidToken');
    refused(
      await send(get('key'), { ...keys, token: two.token, accessKeyId: one.accessKeyId }, S3, own),
      400,
      'InvalidToken',
    );
    refused(await send(get('key'), { ...one, secret: keys.secret }, S3, own), 403, 'SignatureDoesNotMatch');
    await own.advance(901 * SECOND);
    refused(await send(get('key'), one, S3, own), 400, 'ExpiredToken');
  });
});

describe('presigned URLs', () => {
  const S3 = { service: 's3' };

  test('tampered with in any part', TIMEOUT, async () => {
    const url = presign(get('key'), keys, { ...S3, expires: 600 });
    assert.equal((await open(url)).body, 'gold');
    for (const [from, to] of [
      ['X-Amz-Expires=600', 'X-Amz-Expires=604800'],
      ['/vault/key', '/vault/other'],
      ['us-east-1', 'eu-west-1'],
      ['X-Amz-Signature=', 'versionId=1&X-Amz-Signature='],
      ['X-Amz-SignedHeaders=host', 'X-Amz-SignedHeaders=host%3Bx-amz-acl'],
    ] as const) {
      assert.ok(url.includes(from));
      refused(await open(url.replace(from, to)), 403, 'SignatureDoesNotMatch');
    }
    refused(await open(url, cloud, 'DELETE'), 403, 'SignatureDoesNotMatch');
    refused(await open(url, cloud, 'GET', { 'x-amz-copy-source': '/vault/key' }), 403, 'AccessDenied');
    refused(
      await open(presign(get('key'), keys, { ...S3, expires: 604_801 })),
      400,
      'AuthorizationQueryParametersError',
    );
    for (const broken of ['X-Amz-Expires=-1', 'X-Amz-Expires=1e9', 'X-Amz-Expires='])
      assert.equal((await open(url.replace('X-Amz-Expires=600', broken))).status, 400, broken);
  });

  /** A cloud on a clock of that kind, with a URL good for an hour, signed with the machine's time. */
  async function withUrl(options: Parameters<typeof startTestCloud>[0], at = Date.now()) {
    const target = await startTestCloud(options);
    const own = await furnish(target);
    return { target, own, url: presign(get('key'), own, { ...S3, at, expires: 3_600 }) };
  }

  for (const [name, options] of Object.entries({
    'a virtual clock elsewhere': { startAt: START },
    'a virtual clock far ahead': { startAt: Date.now() + 1_000 * HOUR },
    'the real clock': { clock: 'real' as const, startAt: undefined },
  })) {
    test(`end by ${name} when it is advanced past them`, TIMEOUT, async () => {
      const { target, own, url } = await withUrl(options);
      await using _ = target;
      assert.equal((await open(url, target)).body, 'gold');
      await target.advance(59 * MINUTE);
      assert.equal((await open(url, target)).body, 'gold');
      await target.advance(2 * MINUTE);
      const late = await open(url, target);
      refused(late, 403, 'AccessDenied');
      assert.match(late.body, /Request has expired/);
      // Signed earlier by the machine's time alone: it is the cloud's time that counts.
      refused(
        await open(presign(get('key'), own, { ...S3, at: Date.now() - 2 * HOUR, expires: 3_600 }), target),
        403,
        'AccessDenied',
      );
    });
  }

  test('signed with the cloud’s own time', TIMEOUT, async () => {
    const { target, url } = await withUrl({ startAt: START }, START);
    await using _ = target;
    assert.equal((await open(url, target)).body, 'gold');
    await target.advance(61 * MINUTE);
    refused(await open(url, target), 403, 'AccessDenied');
  });

  test('from the future', TIMEOUT, async () => {
    const { target, url } = await withUrl({ clock: 'real', startAt: undefined }, Date.now() + HOUR);
    await using _ = target;
    const early = await open(url, target);
    refused(early, 403, 'AccessDenied');
    assert.match(early.body, /Request is not yet valid/);
    await target.advance(HOUR);
    assert.equal((await open(url, target)).body, 'gold');
  });
});

describe('signed chunks', () => {
  const S3 = { service: 's3' };
  /** The first chunk, as long as one has to be that others follow. */
  const FIRST = 'abcd'.repeat(2_048);
  const WHOLE = `${FIRST}efghi`;
  const CRC = (text: string) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(text));
    return `x-amz-checksum-crc32:${bytes.toString('base64')}`;
  };
  const chunked = (key: string, trailer: boolean): Signable => ({
    method: 'PUT',
    path: `/vault/${key}`,
    headers: {
      ...HOST_ONLY,
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(WHOLE.length),
      ...(trailer && { 'x-amz-trailer': 'x-amz-checksum-crc32' }),
    },
    body: { hash: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? '-TRAILER' : ''}` },
  });

  async function upload(trailer: string | undefined, tamper: (body: string) => string): Promise<Answer> {
    const request = chunked('chunks', trailer !== undefined);
    const seed = signHeaders(request, keys, S3);
    const body = tamper(signedChunks([FIRST, 'efghi'], seed, keys, trailer));
    return raw({ ...request, body }, seed.headers);
  }

  test('whole ones are stored', TIMEOUT, async () => {
    for (const trailer of [undefined, CRC(WHOLE)]) {
      assert.equal((await upload(trailer, (body) => body)).status, 200);
      assert.equal((await send(get('chunks'), keys, S3)).body, WHOLE);
      assert.equal((await send({ ...get('chunks'), method: 'DELETE' }, keys, S3)).status, 204);
    }
  });

  for (const [name, trailer, tamper, status, code] of [
    ['data', undefined, (body) => body.replace('efghi', 'EFGHI'), 403, 'SignatureDoesNotMatch'],
    [
      'a chunk’s signature',
      undefined,
      (body) => body.replace(/signature=./, 'signature=x'),
      403,
      'SignatureDoesNotMatch',
    ],
    ['no signature', undefined, (body) => body.replace(/;chunk-signature=\w+/, ''), 403, 'SignatureDoesNotMatch'],
    [
      'chunks in another order',
      undefined,
      (body) => body.replace(/(2000;[\s\S]*?abcd\r\n)(5;[\s\S]*?efghi\r\n)/, '$2$1'),
      403,
      'SignatureDoesNotMatch',
    ],
    ['a chunk left out', undefined, (body) => body.replace(/5;[\s\S]*?efghi\r\n/, ''), 403, 'SignatureDoesNotMatch'],
    ['the end left out', undefined, (body) => body.replace(/0;[\s\S]*$/, ''), 400, 'IncompleteBody'],
    ['the trailer', CRC(WHOLE), (body) => body.replace(/crc32:./, 'crc32:!'), 403, 'SignatureDoesNotMatch'],
    [
      'the trailer’s signature',
      CRC(WHOLE),
      (body) => body.replace(/trailer-signature:./, 'trailer-signature:x'),
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'a trailer without one',
      CRC(WHOLE),
      (body) => body.replace(/x-amz-trailer-signature:\w+\r\n/, ''),
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'the trailer left out',
      CRC(WHOLE),
      (body) => body.replace(/x-amz-checksum[\s\S]*$/, '\r\n'),
      400,
      'MalformedTrailerError',
    ],
    ['a checksum of something else', CRC('other'), (body) => body, 400, 'BadDigest'],
    [
      'trailers without end',
      CRC(WHOLE),
      (body) => body.replace(/\r\n$/, 'x-a: 1\r\n'.repeat(10_000)),
      400,
      'IncompleteBody',
    ],
    ['a chunk larger than any', undefined, (body) => body.replace('2000;', 'ffffffff;'), 400, 'IncompleteBody'],
    ['a size that is none', undefined, (body) => body.replace('2000;', '-2000;'), 400, 'IncompleteBody'],
  ] as const satisfies readonly (readonly [string, string | undefined, (body: string) => string, number, string])[]) {
    test(`${name}, and nothing is stored`, TIMEOUT, async () => {
      refused(await upload(trailer, tamper), status, code);
      assert.equal((await send(get('chunks'), keys, S3)).status, 404);
    });
  }
});
