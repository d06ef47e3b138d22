/** Clients that take their time: cut off when it is their turn for too long, left alone when they wait for us. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type GatewayReply, type GatewayRequest, Listener, type ListenLimits } from '#kernel/gateway';
import { RawSocket } from '../support/raw-socket.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const NEVER = 3_600_000;
/** Only what a test is about may end a connection. */
const PATIENT = { headersTimeout: NEVER, keepAliveTimeout: NEVER, silenceTimeout: NEVER };

type Answer = (request: GatewayRequest) => Promise<GatewayReply>;

const ok = (body: string): GatewayReply => ({ status: 200, headers: {}, body });
const readAll: Answer = async (request) => {
  const body = await request.readBody(2 ** 20, () => new Error('too large'));
  return ok(`${body.length} bytes`);
};

async function listen(answer: Answer, limits: Partial<ListenLimits> = {}) {
  const listener = new Listener(answer, undefined, { ...PATIENT, ...limits });
  const port = await listener.listen('127.0.0.1', 0);
  return {
    listener,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => listener.close(0),
  };
}

/** Sends a byte whenever the last one has left, until the connection ends. */
async function drip(raw: RawSocket, byte: string): Promise<void> {
  while (!raw.socket.destroyed) {
    await new Promise((resolve) => raw.socket.write(byte, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a deadline that dripping does not move', () => {
  for (const [name, bytes, byte] of [
    ['headers', 'GET / HTTP/1.1\r\nHost: a\r\nX: ', 'x'],
    ['a request line', 'GET /', 'x'],
    ['headers of a second request', `${GET}GET / HTTP/1.1\r\nX: `, 'x'],
  ] as const) {
    test(name, { timeout: 20_000 }, async () => {
      await using server = await listen(async () => ok('yes'), { headersTimeout: 100 });
      using raw = new RawSocket(server.url);
      raw.send(bytes);
      if (bytes.startsWith(GET)) assert.equal((await raw.response())?.status, 200);
      const dripping = drip(raw, byte);
      assert.equal((await raw.response())?.status, 408);
      await raw.closed;
      await dripping;
    });
  }
});

test('a connection that says nothing, or not enough to tell what it speaks, is closed', {
  timeout: 20_000,
}, async () => {
  await using server = await listen(async () => ok('yes'), { headersTimeout: 100 });
  for (const bytes of ['', 'P', 'PRI * HTTP/2']) {
    using raw = new RawSocket(server.url);
    if (bytes !== '') raw.send(bytes);
    await raw.closed;
  }
});

test('a body that stops is given up', { timeout: 20_000 }, async () => {
  let failed: unknown;
  const heard = Promise.withResolvers<void>();
  await using server = await listen(
    async (request) => {
      try {
        return await readAll(request);
      } catch (error) {
        failed = error;
        heard.resolve();
        throw error;
      }
    },
    { silenceTimeout: 100 },
  );
  for (const framing of ['Content-Length: 10\r\n\r\nhalf', 'Transfer-Encoding: chunked\r\n\r\nA\r\nhalf']) {
    using raw = new RawSocket(server.url);
    // The timeout counts for the second request of a connection as for the first.
    raw.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}POST / HTTP/1.1\r\nHost: a\r\n${framing}`);
    assert.equal((await raw.response())?.body, '2 bytes');
    assert.equal(await raw.response(), undefined);
  }
  await heard.promise;
  assert.equal((failed as { code?: string }).code, 'ECONNRESET');
});

test('a client that does not read what it asked for is given up', { timeout: 20_000 }, async () => {
  const gone = Promise.withResolvers<void>();
  await using server = await listen(
    async (request) => {
      request.gone?.addEventListener('abort', () => gone.resolve());
      const body = {
        length: undefined,
        async *[Symbol.asyncIterator]() {
          for (;;) yield Buffer.alloc(2 ** 18);
        },
      };
      return { status: 200, headers: {}, body };
    },
    { silenceTimeout: 100 },
  );
  using raw = new RawSocket(server.url);
  raw.socket.pause();
  raw.send(GET);
  await gone.promise;
});

test('who waits for our answer may be silent, however long it takes', { timeout: 20_000 }, async () => {
  const answer = Promise.withResolvers<GatewayReply>();
  await using server = await listen(() => answer.promise, { silenceTimeout: 50 });
  using waiting = new RawSocket(server.url);
  waiting.send(GET);
  await new Promise((resolve) => waiting.socket.once('ready', resolve));
  // Another connection that is cut for its silence tells when the time is up, many times over.
  for (let round = 0; round < 3; round += 1) {
    using idle = new RawSocket(server.url);
    idle.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
    await idle.closed;
  }
  answer.resolve(ok('at last'));
  assert.equal((await waiting.response())?.body, 'at last');
});

test('idle connections end after keep-alive, and many of them disturb nobody', { timeout: 30_000 }, async () => {
  await using server = await listen(async () => ok('yes'), { keepAliveTimeout: 1 });
  const idle = Array.from({ length: 500 }, () => new RawSocket(server.url));
  await Promise.all(idle.map((raw) => new Promise((resolve) => raw.socket.once('ready', resolve))));
  using busy = new RawSocket(server.url);
  for (let round = 0; round < 20; round += 1) assert.equal((await busy.send(GET).response())?.status, 200);
  for (const raw of idle) assert.equal((await raw.send(GET).response())?.body, 'yes');
  await Promise.all(idle.map((raw) => raw.closed));
});

test('closing finishes what was accepted, to the last byte, and takes nothing new', { timeout: 30_000 }, async () => {
  const size = 8 * 2 ** 20;
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<GatewayReply>();
  const server = await listen(async () => {
    asked.resolve();
    return answer.promise;
  });
  using raw = new RawSocket(server.url);
  raw.send(GET);
  using idle = new RawSocket(server.url);
  await new Promise((resolve) => idle.socket.once('ready', resolve));
  await asked.promise;
  const closed = server.listener.close(20_000);
  using late = new RawSocket(server.url);
  await late.closed;
  answer.resolve({ status: 200, headers: {}, body: Buffer.alloc(size, 'x') });
  const reply = await raw.response();
  assert.deepEqual([reply?.headers.get('connection'), reply?.body.length], ['close', size]);
  await closed;
  await idle.closed;
});

describe('Expect: 100-continue', () => {
  const HEAD = 'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';

  test('is answered when the body is asked for', { timeout: 20_000 }, async () => {
    await using server = await listen(readAll);
    using raw = new RawSocket(server.url);
    assert.equal((await raw.send(HEAD).response())?.status, 100);
    assert.equal((await raw.send('hello').response())?.body, '5 bytes');
    assert.equal((await raw.send(GET).response())?.status, 200);
  });

  test('a refusal comes instead of it, and ends the connection', { timeout: 20_000 }, async () => {
    await using server = await listen(async () => ({ status: 403, headers: {}, body: 'no' }));
    using raw = new RawSocket(server.url);
    const reply = await raw.send(HEAD).response();
    assert.deepEqual([reply?.status, reply?.headers.get('connection')], [403, 'close']);
    await raw.closed;
  });

  test('a client that does not wait is served as well', { timeout: 20_000 }, async () => {
    await using server = await listen(readAll);
    using raw = new RawSocket(server.url);
    raw.send(`${HEAD}hello`);
    assert.equal((await raw.response())?.status, 100);
    assert.equal((await raw.response())?.body, '5 bytes');
  });

  test('another expectation is passed over, as AWS does', { timeout: 20_000 }, async () => {
    await using server = await listen(readAll);
    using raw = new RawSocket(server.url);
    assert.equal((await raw.send(`${HEAD.replace('100-continue', 'miracles')}hello`).response())?.body, '5 bytes');
  });
});

test('a refused upload that is sent to its end is answered, not reset', { timeout: 20_000 }, async () => {
  await using server = await listen(async () => ({ status: 403, headers: {}, body: 'no' }));
  using raw = new RawSocket(server.url);
  const size = 4 * 2 ** 20;
  raw.send(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
  await new Promise((resolve) => raw.socket.write(Buffer.alloc(size), resolve));
  assert.equal((await raw.response())?.body, 'no');
  await raw.closed;
});
