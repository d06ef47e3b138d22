/** Connections that the gateway's fast lane reads, and those it leaves to Node's server: one can't be told from the other. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type GatewayReply, type GatewayRequest, Listener } from '#kernel/gateway';
import { RawSocket } from '../support/raw-socket.ts';

type Answer = (request: GatewayRequest) => Promise<GatewayReply>;

async function listen(answer: Answer) {
  const listener = new Listener(answer, undefined);
  const port = await listener.listen('127.0.0.1', 0);
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => listener.close(0) };
}

const ok = (body: string | Uint8Array, headers: Record<string, string> = {}): GatewayReply => ({
  status: 200,
  headers,
  body,
});
const echo: Answer = async (request) => {
  const body = await request.readBody(2 ** 20, () => new Error('too large'));
  return ok(`${request.method} ${request.target} ${Buffer.from(body).toString()}`);
};
const get = (target: string, method = 'GET') => `${method} ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (body: string) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';

/** A body in pieces, of which a length may be claimed. */
function flowing(pieces: readonly string[], length?: number) {
  return {
    length,
    async *[Symbol.asyncIterator]() {
      for (const piece of pieces) yield Buffer.from(piece);
    },
  };
}

test('requests of both kinds are answered in order on one connection', { timeout: 20_000 }, async () => {
  await using server = await listen(echo);
  using raw = new RawSocket(server.url);
  raw.send(post('1') + get('/2') + post('x'.repeat(40_000)) + CHUNKED + post('4') + CHUNKED);
  const bodies = ['POST / 1', 'GET /2 ', `POST / ${'x'.repeat(40_000)}`, 'POST / abc', 'POST / 4', 'POST / abc'];
  for (const body of bodies) assert.equal((await raw.response())?.body, body);
});

test('a request in two pieces, and one too long for the lane, are read all the same', {
  timeout: 20_000,
}, async () => {
  await using server = await listen(async (request) => ok(`${(await request.readBody(2 ** 20, Error)).length}`));
  for (const at of [1, 20, 40]) {
    using raw = new RawSocket(server.url);
    assert.equal((await raw.send(post('ab')).response())?.body, '2');
    const request = post('hello');
    raw.send(request.slice(0, at));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await raw.send(request.slice(at)).response())?.body, '5');
  }
  using raw = new RawSocket(server.url);
  assert.equal((await raw.send(post('x'.repeat(200_000))).response())?.body, '200000');
});

describe('an answer can’t break out of its frame', () => {
  const lying: { [name: string]: GatewayReply } = {
    'a value with a line break': ok('yes', { 'x-a': '1\r\nx-b: 2' }),
    'a value with a line feed': ok('yes', { 'x-a': '1\nx-b: 2' }),
    'a value past Latin-1': ok('yes', { 'x-a': 'Ā' }),
    'a name with a colon': ok('yes', { 'x-a: 1\r\nx-b': '2' }),
    'an empty name': ok('yes', { '': '2' }),
  };
  for (const [name, reply] of Object.entries(lying))
    test(name, { timeout: 20_000 }, async () => {
      await using server = await listen(async () => reply);
      using raw = new RawSocket(server.url);
      assert.equal(await raw.send(get('/')).response(), undefined);
    });

  test('framing that a handler names counts for nothing', { timeout: 20_000 }, async () => {
    const headers = { 'Transfer-Encoding': 'chunked', 'Content-Length': '99', connection: 'close', 'x-a': 'é' };
    await using server = await listen(async () => ok('yes', headers));
    using raw = new RawSocket(server.url);
    for (let round = 0; round < 2; round += 1) {
      const answer = await raw.send(get('/')).response();
      assert.equal(answer?.body, 'yes');
      assert.equal(answer.head.match(/content-length|transfer-encoding|connection/gi)?.length, 2);
      assert.equal(answer.headers.get('x-a'), 'é');
    }
  });

  test('a body of another length than was said ends the connection', { timeout: 20_000 }, async () => {
    for (const pieces of [['abc'], ['abc', 'def', 'ghi']]) {
      await using server = await listen(async () => ({
        status: 200,
        headers: { 'content-length': '5' },
        body: flowing(pieces),
      }));
      using raw = new RawSocket(server.url);
      const rest = await raw.send(get('/') + get('/')).rest();
      assert.match(rest.toString(), /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nabc$/s);
    }
  });
});

test('bodies of every kind leave the connection good for the next', { timeout: 20_000 }, async () => {
  const large = Buffer.alloc(300_000, 'y');
  const replies: { [target: string]: GatewayReply } = {
    '/text': ok('grüße 🎈'),
    '/bytes': ok(Buffer.from('bytes')),
    '/large': ok(large),
    '/empty': ok(''),
    '/none': { status: 204, headers: {}, body: '' },
    '/same': { status: 304, headers: { etag: '"1"' }, body: 'not sent' },
    '/known': { status: 200, headers: {}, body: flowing(['ab', '', 'c'], 3) },
    '/unknown': { status: 200, headers: {}, body: flowing(['ab', '', 'c']) },
    '/lists': { status: 200, headers: { 'set-cookie': ['a=1', 'b=2'] as unknown as string }, body: '' },
  };
  await using server = await listen(async ({ target }) => structuredReply(replies[target]));
  using raw = new RawSocket(server.url);
  const ask = async (target: string, method = 'GET') => await raw.send(get(target, method)).response(method);
  assert.equal((await ask('/text'))?.body, 'grüße 🎈');
  assert.equal((await ask('/bytes'))?.body, 'bytes');
  assert.equal((await ask('/large'))?.body.length, large.length);
  assert.equal((await ask('/empty'))?.headers.get('content-length'), '0');
  assert.equal((await ask('/none'))?.headers.has('content-length'), false);
  assert.equal((await ask('/same'))?.status, 304);
  assert.equal((await ask('/text', 'HEAD'))?.status, 200);
  assert.equal((await ask('/known'))?.body, 'abc');
  assert.equal((await ask('/unknown'))?.body, 'abc');
  assert.match((await ask('/lists'))?.head ?? '', /Set-Cookie: a=1\r\nSet-Cookie: b=2/);
  assert.match((await ask('/text'))?.headers.get('date') ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
});

test('headers are named as AWS names them, on the lane and beside it', { timeout: 20_000 }, async () => {
  const headers = {
    etag: '"1"',
    'content-type': 'a/b',
    'x-amzn-requestid': '2',
    'x-amz-version-id': '3',
    'X-oWn': '4',
  };
  const names = ['ETag', 'Content-Type', 'x-amzn-RequestId', 'x-amz-version-id', 'X-oWn', 'Date', 'Content-Length'];
  await using server = await listen(async () => ok('abc', { ...headers }));
  for (const request of [get('/'), CHUNKED]) {
    using raw = new RawSocket(server.url);
    const head = (await raw.send(request).response())?.head ?? '';
    for (const name of names) assert.ok(head.includes(`\r\n${name}: `), `${name} in ${head}`);
  }
});

/** Answers are used up by being sent. */
function structuredReply(reply: GatewayReply | undefined): GatewayReply {
  assert.ok(reply !== undefined && reply !== 'close');
  return { ...reply, headers: { ...reply.headers } };
}

test('whoever waits on a client hears that it has gone', { timeout: 20_000 }, async () => {
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using server = await listen(async (request) => {
    request.gone?.addEventListener('abort', () => gone.resolve());
    asked.resolve();
    await gone.promise;
    assert.equal(request.gone?.aborted, true);
    return ok('to nobody');
  });
  using raw = new RawSocket(server.url);
  raw.send(get('/'));
  await asked.promise;
  raw.destroy();
  await gone.promise;
});

test('a client that goes in the middle of its answer holds up no closing', { timeout: 20_000 }, async () => {
  const asked = Promise.withResolvers<void>();
  const closing = Promise.withResolvers<void>();
  const listener = new Listener(async (request) => {
    const gone = new Promise<void>((resolve) => request.gone?.addEventListener('abort', () => resolve()));
    asked.resolve();
    await closing.promise;
    const body = {
      length: undefined,
      async *[Symbol.asyncIterator]() {
        yield Buffer.from('the beginning');
        await gone;
      },
    };
    return { status: 200, headers: {}, body };
  }, undefined);
  const port = await listener.listen('127.0.0.1', 0);
  using raw = new RawSocket(`http://127.0.0.1:${port}`);
  raw.send(get('/'));
  await asked.promise;
  const closed = listener.close(3_600_000);
  raw.socket.once('data', () => raw.destroy());
  closing.resolve();
  await closed;
});
