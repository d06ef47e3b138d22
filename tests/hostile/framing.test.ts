/** Clients that frame their requests wrongly, oddly or without end: refused cleanly, and never taken for somebody else's request. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { RawSocket } from '../support/raw-socket.ts';

const AUTH =
  'Authorization: AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\nX-Amz-Date: 20260101T000000Z';
const HEAD = `POST / HTTP/1.1\r\nHost: localhost\r\n${AUTH}\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n`;
const LIST = `${HEAD}Content-Length: 2\r\n\r\n{}`;
const S3_AUTH = AUTH.replace('/sqs/', '/s3/');

let cloud: TestCloud;
const calls: string[] = [];
before(async () => {
  cloud = await startTestCloud();
  cloud.server.cloud.kernel.audit.listen((record) => void calls.push(record.operation));
});
after(() => cloud.close());

/** What the server answers to one write, and that it then hangs up; a second request must not be seen in it. */
async function refusal(bytes: string): Promise<number | undefined> {
  using raw = new RawSocket(cloud.url);
  const seen = calls.length;
  const first = await raw.send(bytes).response();
  const second = await raw.response();
  assert.equal(second, undefined, `a second answer: ${second?.head}`);
  assert.equal(calls.length, seen, 'the request got as far as a service');
  return first?.status;
}

describe('ambiguous framing is refused and the connection closed', () => {
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const cases: { [name: string]: string } = {
    'length and chunked': `${HEAD}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'two lengths': `${HEAD}Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}${smuggled}`,
    'a list of lengths': `${HEAD}Content-Length: 2, 2\r\n\r\n{}${smuggled}`,
    'a signed length': `${HEAD}Content-Length: +2\r\n\r\n{}${smuggled}`,
    'a negative length': `${HEAD}Content-Length: -1\r\n\r\n${smuggled}`,
    'a length past 64 bits': `${HEAD}Content-Length: 18446744073709551618\r\n\r\n{}${smuggled}`,
    'chunked twice': `${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
    'chunked, then something': `${HEAD}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${smuggled}`,
    'chunked by another name': `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a space before the colon': `${HEAD}Content-Length : 2\r\n\r\n{}${smuggled}`,
    'a tab before the colon': `${HEAD}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a folded header': `${HEAD}X-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a folded transfer encoding': `${HEAD}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'a bare CR in a value': `${HEAD}X-A: 1\rTransfer-Encoding: chunked\r\n\r\n${smuggled}`,
    'a NUL in a value': `${HEAD}X-A: 1\0\r\n\r\n${smuggled}`,
    'bare LFs': `${HEAD.replaceAll('\r\n', '\n')}Content-Length: 2\n\n{}${smuggled}`,
    'a chunk size past 64 bits': `${HEAD}Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n${smuggled}`,
    'a chunk size that is none': `${HEAD}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n${smuggled}`,
    'a negative chunk size': `${HEAD}Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n${smuggled}`,
    'a chunk longer than it says': `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n${smuggled}`,
    'no host': 'GET / HTTP/1.1\r\n\r\n',
    'a version of its own': 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n',
    'a space in the target': 'GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'a method of its own': 'SMUGGLE / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'no HTTP at all': '\x01\x02\x03\x04\r\n\r\n',
    'a TLS handshake without TLS': '\x16\x03\x01\x00\x05hello\r\n\r\n',
  };
  for (const [name, bytes] of Object.entries(cases))
    test(name, { timeout: 20_000 }, async () => assert.equal(await refusal(bytes), 400));
});

test('what looks odd and is right is answered', { timeout: 20_000 }, async () => {
  for (const [name, bytes, status] of [
    ['chunked', `${HEAD}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n`, 200],
    ['in single bytes', LIST, 200],
    ['an expectation nobody knows', LIST.replace('\r\n\r\n', '\r\nExpect: 200\r\n\r\n'), 200],
    ['absolute form', LIST.replace('POST /', 'POST http://localhost/'), 200],
    ['absolute form without a path', LIST.replace('POST /', 'POST http://localhost'), 200],
    ['a fragment', LIST.replace('POST /', 'POST /#x'), 200],
    ['an upgrade that nobody offers', LIST.replace('Host:', 'Connection: Upgrade\r\nUpgrade: websocket\r\nHost:'), 200],
  ] as const) {
    using raw = new RawSocket(cloud.url);
    if (name === 'in single bytes') for (const byte of bytes) raw.send(byte);
    else raw.send(bytes);
    assert.equal((await raw.response())?.status, status, name);
  }
});

test('the authority of an absolute target counts, not Host', { timeout: 20_000 }, async () => {
  using raw = new RawSocket(cloud.url);
  await cloud.server.cloud.aws('123456789012', 'us-east-1').s3.CreateBucket({ Bucket: 'by-authority' });
  raw.send(`HEAD http://by-authority.s3.localhost/ HTTP/1.1\r\nHost: other.s3.localhost\r\n${S3_AUTH}\r\n\r\n`);
  assert.equal((await raw.response('HEAD'))?.status, 200);
});

test('HTTP/1.0 is answered and the connection closed', { timeout: 20_000 }, async () => {
  using raw = new RawSocket(cloud.url);
  raw.send(LIST.replace('HTTP/1.1', 'HTTP/1.0'));
  assert.equal((await raw.response())?.status, 200);
  await raw.closed;
});

test('pipelined requests are answered in order', { timeout: 20_000 }, async () => {
  using raw = new RawSocket(cloud.url);
  const wrong = LIST.replace('ListQueues', 'Nothing');
  raw.send(LIST + wrong + LIST + wrong.repeat(20) + LIST);
  const statuses: (number | undefined)[] = [];
  for (let at = 0; at < 24; at += 1) statuses.push((await raw.response())?.status);
  assert.deepEqual(statuses, [200, 400, 200, ...Array(20).fill(400), 200]);
});

test('a connection goes on after errors in what it carried', { timeout: 20_000 }, async () => {
  using raw = new RawSocket(cloud.url);
  for (const [body, status] of [
    ['{', 400],
    ['[]', 400],
    ['{"QueueNamePrefix":{"__proto__":1}}', 400],
    ['{"__proto__":{"QueueNamePrefix":1}}', 200],
    ['\xff\xfe', 400],
    [`${'['.repeat(50_000)}`, 400],
    ['{}', 200],
  ] as const) {
    raw.send(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`);
    assert.equal((await raw.response())?.status, status, body.slice(0, 40));
  }
  for (const target of ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', '.', 'ListQueues.'])
    assert.equal((await raw.send(LIST.replace('SQS.ListQueues', `SQS.${target}`)).response())?.status, 400, target);
  for (const path of [
    '/%',
    '/%00',
    '/..%2f..%2fetc/passwd',
    '/%ff%fe',
    '/a/../../b',
    `/${'a'.repeat(3_000)}`,
    '/_cloudyard/v1/%',
  ]) {
    raw.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${S3_AUTH}\r\n\r\n`);
    const answer = await raw.response();
    assert.ok(answer !== undefined && answer.status >= 400 && answer.status < 500, `${path}: ${answer?.status}`);
  }
});

test('HEAD has no body, OPTIONS and CONNECT are no way in', { timeout: 20_000 }, async () => {
  using raw = new RawSocket(cloud.url);
  raw.send(`HEAD /no-such-bucket HTTP/1.1\r\nHost: localhost\r\n${S3_AUTH}\r\n\r\n`);
  assert.equal((await raw.response('HEAD'))?.status, 404);
  raw.send('OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.equal((await raw.response())?.status, 400);
  raw.send(LIST);
  assert.equal((await raw.response())?.status, 200, 'no stray bytes of a HEAD answer');
  raw.send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n');
  await raw.closed;
});

test('too many and too large headers are refused', { timeout: 20_000 }, async () => {
  assert.equal(await refusal(`${HEAD}X-Large: ${'a'.repeat(70_000)}\r\nContent-Length: 2\r\n\r\n{}`), 431);
  assert.equal(await refusal(`GET /${'a'.repeat(70_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`), 431);
  assert.equal(await refusal(`${HEAD}${'X-Many: headers\r\n'.repeat(6_000)}Content-Length: 2\r\n\r\n{}`), 431);
  using raw = new RawSocket(cloud.url);
  // Those within the bounds count, down to the last one.
  raw.send(
    `POST / HTTP/1.1\r\nHost: localhost\r\n${'A: b\r\n'.repeat(3_000)}${HEAD.slice(HEAD.indexOf('Auth'))}Content-Length: 2\r\n\r\n{}`,
  );
  assert.equal((await raw.response())?.status, 200);
});

test('a body without end is refused at the limit, and the client hears why', { timeout: 60_000 }, async () => {
  using raw = new RawSocket(cloud.url);
  raw.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(2 ** 20, 'x'), Buffer.from('\r\n')]);
  let answered = false;
  const answer = raw.response().finally(() => {
    answered = true;
  });
  while (!answered) {
    if (!raw.socket.write(piece))
      await Promise.race([answer, new Promise((resolve) => raw.socket.once('drain', resolve))]);
  }
  assert.equal((await answer)?.status, 413);
  raw.socket.end();
  await raw.closed;
});

test('a client that announces more than is allowed is refused at once', { timeout: 20_000 }, async () => {
  using raw = new RawSocket(cloud.url);
  const answer = await raw.send(`${HEAD}Content-Length: 999999999\r\n\r\n{}`).response();
  assert.deepEqual([answer?.status, answer?.headers.get('connection')], [413, 'close']);
  assert.match(answer?.body ?? '', /RequestEntityTooLargeException/);
});

test('the client goes away in the middle of its body', { timeout: 20_000 }, async () => {
  for (const head of [HEAD, `PUT /b/k HTTP/1.1\r\nHost: localhost\r\n${S3_AUTH}\r\n`]) {
    const raw = new RawSocket(cloud.url);
    raw.send(`${head}Content-Length: 100000\r\n\r\n{"a`);
    await new Promise((resolve) => raw.socket.once('ready', resolve));
    raw.socket.resetAndDestroy();
    await raw.closed;
  }
  using raw = new RawSocket(cloud.url);
  assert.equal((await raw.send(LIST).response())?.status, 200);
});
